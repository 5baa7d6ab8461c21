// A schema as JSON, for the cache: `plan --offline` works from the one that was seen last. docs/cache.md, fact
// "schema".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "contract/schema.h"

namespace migrate {

std::string schema_json(const Schema& schema);
// Errors: cache_corrupt.
Result<Schema> schema_from_json(std::string_view json);

}  // namespace migrate
