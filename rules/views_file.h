// out/views.sql, every statement of every view, for people; and what is remembered of views.
#pragma once

#include <string>
#include <vector>

#include "base/digest.h"
#include "rules/world.h"

namespace migrate {

inline constexpr const char* VIEWS_FILE = "views.sql";

// Writes the file and gives the digest of its content. Errors: as World::views; io.
Result<Digest> write_views_file(World& world);

// The names of the views that were made, by a record of view:T. Errors: cache_corrupt.
Result<std::vector<std::string>> recorded_views(const Record& record);

}  // namespace migrate
