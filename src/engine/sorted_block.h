// Records with keys, packed into one block of bytes: the form in which sorted_file stores them and record_sort spills
// them.
//
// Stored (integers little endian; docs/manifest.md has an example):
//   4 bytes   number of records, at least 1
//   4         bytes of the packed part
//   4         bytes of it when unpacked
//   …         the packed part, a zstd frame. Unpacked: for each record the number of bytes that its key shares with the
//             one before it (0 for the first), then for each the length of its key, then for each the length of its
//             info, all as LEB128; then the rest of each key, then each info
//   N each    the fixed bytes of each record
//   8         XXH3-64 of all before, with a seed that says which block of which file it is
// Lengths stand together, because those of keys and infos are much the same throughout a file, and digests do not
// compress at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace migrate {

struct SortedRecord {
  std::string_view key;
  std::string_view fixed;  // N bytes, N a constant of the file
  std::string_view info;
};

inline constexpr size_t max_sorted_record = 4 << 20;  // bytes of key and info together: the JSON of any item, too
inline constexpr size_t max_sorted_fixed = 1024;      // N

inline constexpr size_t sorted_block_head = 12;
inline constexpr size_t max_sorted_block_part = 8 << 20;  // the unpacked part, and the fixed bytes, are at most that

class SortedBlockWriter {
 public:
  // A block is full with `part_bytes` of unpacked bytes; `level` is zstd's.
  SortedBlockWriter(size_t fixed_bytes, size_t part_bytes, int level);
  // Keys may be equal. The record is within the limits above.
  void add(const SortedRecord& record);
  bool full() const;
  bool empty() const { return count_ == 0; }
  uint32_t count() const { return count_; }
  const std::string& last_key() const { return last_; }
  // That reading the block as it is now will take, at most.
  size_t memory() const;
  // Appends the block to `out`, and begins the next one. Errors: internal, when zstd finds no memory.
  Result<void> pack(uint64_t seed, std::string& out);

 private:
  size_t part_size() const {
    return shared_.size() + lengths_.size() + info_lengths_.size() + rest_.size() + info_.size();
  }
  const size_t part_bytes_;
  const int level_;
  const size_t max_fixed_;
  uint32_t count_ = 0;
  std::string last_, shared_, lengths_, info_lengths_, rest_, info_, fixed_;
};

// Nothing it is given can make it crash or take more than a few times max_sorted_block_part.
class SortedBlockReader {
 public:
  explicit SortedBlockReader(size_t fixed_bytes) : fixed_bytes_(fixed_bytes) {}
  // How many bytes come behind a head (of sorted_block_head bytes); nothing when no block has such a head.
  std::optional<size_t> behind(std::string_view head) const;
  // Takes a whole block, which must stay until all records are read. False: it is not what was written, and there are
  // no records.
  bool load(std::string_view block, uint64_t seed);
  // False at the end of the block. The views live until the next call of any function.
  bool next(SortedRecord& record);
  // Whether the key that next() gave last is above the one before it, which may be of the block before.
  bool ascends() const { return ascends_; }

 private:
  struct Lengths {
    uint32_t shared, key, info;
  };
  bool read_lengths(size_t count);
  const size_t fixed_bytes_;
  std::string_view fixed_;
  std::string part_, key_;
  std::vector<Lengths> lengths_;
  size_t at_ = 0, rest_at_ = 0, info_at_ = 0;
  bool any_ = false, ascends_ = true;
};

}  // namespace migrate
