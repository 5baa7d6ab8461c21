// The front of sorted files: sorted_head(), read_sorted_head().
#include "engine/sorted_head.h"

#include <xxhash.h>

#include "engine/bytes.h"
#include "engine/sorted_file.h"

namespace migrate {
namespace {

constexpr std::string_view sorted_magic = "migrate\n";
constexpr size_t head_before_header = 20, head_checksum = 8;

uint64_t head_seed(std::string_view bytes) { return XXH3_64bits_withSeed(bytes.data(), bytes.size(), 0); }

}  // namespace

std::string SortedHead::header() const {
  return stored.substr(head_before_header, stored.size() - head_before_header - head_checksum);
}

std::string sorted_head(std::string_view header, size_t fixed_bytes, uint64_t& seed) {
  std::string head(sorted_magic);
  append_little_endian(head, sorted_file_version, 4);
  append_little_endian(head, header.size(), 4);
  append_little_endian(head, fixed_bytes, 4);
  head += header;
  seed = head_seed(head);
  append_little_endian(head, seed, head_checksum);
  return head;
}

Result<SortedHead> read_sorted_head(const OpenFile& file, const std::string& path, uint64_t file_size) {
  const auto damaged = [&](const std::string& what) {
    return Error(ErrorKind::manifest_damaged, "'" + path + "' is damaged: " + what);
  };
  SortedHead head;
  const auto read_up_to = [&](size_t bytes) -> Result<void> {
    const size_t from = head.stored.size();
    head.stored.resize(bytes);
    TRY(got, file.read(from, head.stored.data() + from, bytes - from));
    if (from + got != bytes) return damaged("it is cut at byte " + std::to_string(from + got));
    return {};
  };
  if (file_size < head_before_header + head_checksum) {
    return damaged("it has " + std::to_string(file_size) + " bytes, fewer than its header");
  }
  CHECK_OK(read_up_to(head_before_header));
  const std::string fixed = head.stored;
  if (!fixed.starts_with(sorted_magic)) return damaged("it does not begin as a sorted file of migrate does");
  const uint64_t version = little_endian(std::string_view(fixed).substr(8, 4));
  const uint64_t length = little_endian(std::string_view(fixed).substr(12, 4));
  head.fixed_bytes = little_endian(std::string_view(fixed).substr(16, 4));
  const uint64_t end = head_before_header + length;
  if (length > max_sorted_header || end + head_checksum > file_size) {
    return damaged("its header is not what was written");
  }
  CHECK_OK(read_up_to(end + head_checksum));
  head.seed = head_seed(std::string_view(head.stored).substr(0, end));
  if (little_endian(std::string_view(head.stored).substr(end)) != head.seed) {
    return damaged("its header is not what was written");
  }
  if (version > sorted_file_version) {
    return Error(ErrorKind::manifest_version, "'" + path + "' has format version " + std::to_string(version) +
                                                  ", and this migrate reads up to " +
                                                  std::to_string(sorted_file_version));
  }
  if (version == 0 || head.fixed_bytes > max_sorted_fixed) return damaged("its header is none that migrate writes");
  return head;
}

}  // namespace migrate
