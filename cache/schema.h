// The schema of cache.db, version by version. docs/cache.md describes the newest.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "cache/sqlite.h"

namespace migrate {

// What brings a cache of the version before to version `to`. Steps are never changed once released: fixtures of old
// versions in tests/fixtures/cache/ must still load.
struct SchemaStep {
  int to;
  const char* sql;
};

std::span<const SchemaStep> schema_steps();

// The version that the file says; 0 for one that has no meta table. Errors: cache_corrupt, cache_io.
Result<int> schema_version(Database& db);
// Runs the steps that are missing, all in one transaction. Errors: cache_version when the file is newer than the last
// step.
Result<void> bring_forward(Database& db, std::span<const SchemaStep> steps);

}  // namespace migrate
