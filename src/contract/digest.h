// What a table of the contract means, as digests: one for each part, so that "why" can name the attribute. Formatting,
// places, the order of attributes and of indexes do not count; the order of `select_columns` does, because JSON text
// keeps it. `satisfies` and `estimated_item_size_bytes` are left out: they change no item.
#pragma once

#include <string>
#include <vector>

#include "base/digest.h"
#include "contract/model.h"

namespace migrate {

struct TablePart {
  std::string name;  // "keys", "index by_email", "attribute email", "entity ORDER", "entity ORDER attribute email"
  Digest digest;
};

// In the order of the names.
std::vector<TablePart> table_parts(const Table& table);

}  // namespace migrate
