// What a run did, as the JSON that its record keeps: for estimates, status, and reports that are written later.
#pragma once

#include <string>
#include <string_view>

#include "engine/native.h"

namespace migrate {

std::string run_facts(const TableRun& run);
// Errors: cache_corrupt.
Result<TableRun> run_from_facts(std::string_view json);

}  // namespace migrate
