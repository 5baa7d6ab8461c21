// Files, whole: reading with a bound, writing so that a reader sees the old or the new content and nothing between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace migrate {

// Errors: io, naming the path and what the system said. A file over `limit` bytes is an error before it is read.
Result<std::string> read_file(const std::string& path, uint64_t limit = 1ULL << 30);
// Writes beside the target, syncs, renames. Leaves the old file as it was when anything fails (disk full, rights).
// Several threads and processes may write one path at once: it holds one of their contents whole.
Result<void> write_file(const std::string& path, std::string_view content);
Result<void> make_folders(const std::string& path);
bool file_exists(const std::string& path);
// `path` if absolute, else inside `folder`.
std::string resolve_path(const std::string& folder, const std::string& path);
std::string folder_of(const std::string& path);

}  // namespace migrate
