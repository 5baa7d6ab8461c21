// Which tables of the target migrate made: two facts of the cache for each name, so that one is known again although
// the build that asked for it was killed, or never heard the answer.
#pragma once

#include <optional>
#include <string>

#include "cache/cache.h"
#include "cloud/table.h"

namespace migrate {

// Remembers what becomes of a CreateTable. `cache` must outlive it.
CreationLog creation_log(Cache& cache, const std::string& table, const Endpoint& endpoint);

// Whether migrate made the table that was found: this very creation, or one in the seconds in which a build asked for
// it and was not told. Reads only. Errors: cache_*.
Result<bool> made_by_migrate(Cache& cache, const std::optional<TableDescription>& found, const Endpoint& endpoint);

}  // namespace migrate
