// Whether a value of a view can show what a column of the source holds: for masking.
#pragma once

#include <string_view>

#include "sql/tree.h"

namespace migrate {

// Whether `column` stands, by whatever way, in the value that `value` gives in `select`: by itself, inside an
// expression, a joined row, an aggregate, a collection. Conditions that only choose rows do not count. Names match in
// any case.
bool made_of(const SelectTree& select, const Expr& value, std::string_view table, std::string_view column);

}  // namespace migrate
