// out/views.sql: every statement of every view, for people.
#pragma once

#include "base/digest.h"
#include "rules/world.h"

namespace migrate {

inline constexpr const char* VIEWS_FILE = "views.sql";

// Writes the file and gives the digest of its content. Errors: as World::views; io.
Result<Digest> write_views_file(World& world);

}  // namespace migrate
