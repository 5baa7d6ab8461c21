// What runs and checks have in common: where the rows of a table come from, and what of them is not to be shown.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/dead_letters.h"
#include "rules/world.h"
#include "sql/data_version.h"

namespace migrate {

// Of the source tables that a table's views read, in their order.
std::vector<DataVersionRequest> version_requests(World& world, const TableViews& views);

// What `mask:` of the project file hides in a target table: columns of the row keys, and every attribute and key that
// is made of a column named there.
Result<Masking> masking(World& world, const std::string& table);
// The entries that hide something in the table, as an input of what shows its values; none where nothing is hidden.
std::vector<Leaf> mask_leaf(World& world, const std::string& table);

std::string dead_letters_path(const Project& project, const std::string& table);

}  // namespace migrate
