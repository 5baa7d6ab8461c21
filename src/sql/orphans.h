// Denormalised values come from joined rows; a row that names a joined row which is not there is an orphan.
#pragma once

#include <string>
#include <vector>

#include "sql/view.h"

namespace migrate {

struct OrphanSelect {
  std::string attribute;  // the first that reads the joined row
  std::string joined_table;
  std::string sql;  // gives one number
};

// One for each table that the entity joins where one row is meant: how many of its rows have a value in every column
// that the join's condition takes from their side, and no match. Aggregates and collections are no references: that
// nothing matches is a value of theirs.
std::vector<OrphanSelect> orphan_selects(const EntityView& entity, Flavor flavor);

}  // namespace migrate
