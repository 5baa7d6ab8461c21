// What a plan says beside its targets: which rows are left out, and how it was told whether tables changed.
#pragma once

#include <string>
#include <vector>

#include "graph/plan.h"
#include "rules/world.h"

namespace migrate {

// Lines for people; of the tables that will or may be read. Empty offline.
std::vector<std::string> plan_notes(World& world, const Plan& plan);

}  // namespace migrate
