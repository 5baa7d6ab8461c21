// What the runs of a plan will take.
#pragma once

#include <vector>

#include "graph/plan.h"
#include "report/estimate.h"
#include "rules/world.h"

namespace migrate {

// For each run:T that will or may be made. Empty where the schema is not known.
std::vector<TableEstimate> estimate_runs(World& world, const Plan& plan);

}  // namespace migrate
