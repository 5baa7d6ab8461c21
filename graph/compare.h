// A target's inputs now against those of its record: one walk serves hashing and explaining.
#pragma once

#include <vector>

#include "cache/record.h"
#include "graph/plan.h"

namespace migrate {

// The inputs in the order of record: leaves first, then what the target needs. False when the output of a need is not
// known yet; `inputs` is then without use.
bool gather_inputs(const Graph& graph, const Target& target, const std::vector<Leaf>& leaves,
                   const std::vector<PlanItem>& items, RecordInputs& inputs);

// Every difference to `record`. A need whose output is not known yet gives needs_remade.
std::vector<Reason> compare_inputs(const Graph& graph, const Target& target, const std::vector<Leaf>& leaves,
                                   const std::vector<PlanItem>& items, const Record& record);

}  // namespace migrate
