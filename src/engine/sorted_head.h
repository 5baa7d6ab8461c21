// The front of a sorted file, and of a log in the same blocks (engine/load_log.h).
//
// Stored (integers little endian): "migrate\n", 4 bytes version, 4 length H of the caller's header, 4 N, H bytes,
// 8 XXH3-64 of all before. In all versions magic, version and H come first, and the checksum stands at byte 20 + H: so
// a newer file is told from a damaged one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/open_file.h"

namespace migrate {

struct SortedHead {
  std::string stored;  // all of it
  size_t fixed_bytes = 0;
  uint64_t seed = 0;  // of the file's blocks: the checksum
  std::string header() const;
};

// `seed` is set.
std::string sorted_head(std::string_view header, size_t fixed_bytes, uint64_t& seed);
// Errors: manifest_damaged, manifest_version, io.
Result<SortedHead> read_sorted_head(const OpenFile& file, const std::string& path, uint64_t file_size);

}  // namespace migrate
