// A sorted sequence of records as one file, written and read as a stream in the memory of a block or two. Damage
// anywhere is noticed before one record of the damaged block is handed out, and a file that is cut is never taken for
// whole.
//
// Stored, version 1 (integers little endian; docs/manifest.md has it byte by byte):
//   header   "migrate\n", 4 bytes version, 4 length H of the caller's header, 4 N, H bytes, 8 XXH3-64 of all before
//   blocks   as sorted_block.h has them; the seed is the header's checksum plus the number of the block, from 0, so
//   that
//            neither a block in another's place nor one of another file passes for right
//   footer   4 bytes zero (no block has no records), 8 number of records, 8 number of blocks, 8 size of the file,
//            16 XXH3-128 of all before, 8 XXH3-64 of the 44 bytes before, seeded as if it were the next block
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/sorted_block.h"

namespace migrate {

inline constexpr uint32_t sorted_file_version = 1;
inline constexpr size_t max_sorted_header = 16 << 20;

// Writes beside the target, `path`.new, which finish() renames: until then there is nothing at `path` but what was
// there before. One writer a path; the lock of the state folder sees to that.
class SortedWriter {
 public:
  // `fixed_bytes` is N. Level 3 of zstd for what stays, 1 for what is soon gone.
  static Result<SortedWriter> create(std::string path, std::string_view header, size_t fixed_bytes, int level = 3);
  SortedWriter(SortedWriter&&) noexcept;
  SortedWriter& operator=(SortedWriter&&) noexcept;
  ~SortedWriter();  // removes what was not finished

  // Keys ascend strictly (as memcmp has it). Errors: io (disk full, …); internal, for a record that must not be there.
  // After an error nothing more can be written.
  Result<void> add(const SortedRecord& record);
  // The file is at `path`, and outlives a power cut.
  Result<void> finish();
  uint64_t count() const;
  uint64_t bytes() const;  // written so far

 private:
  struct State;
  explicit SortedWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Errors of open() and next(): manifest_damaged; manifest_version for a file of a newer migrate; io.
class SortedReader {
 public:
  // Looks at the header and at the end, so that a cut file is refused here.
  static Result<SortedReader> open(const std::string& path);
  SortedReader(SortedReader&&) noexcept;
  SortedReader& operator=(SortedReader&&) noexcept;
  ~SortedReader();

  const std::string& path() const;
  const std::string& header() const;
  size_t fixed_bytes() const;
  uint64_t count() const;  // of records, as the footer has it
  // False at the end, when the checksum of the whole has been found right, too. The views live until the next call.
  Result<bool> next(SortedRecord& record);
  // For a caller who finds that the content of a record is none it could have written.
  Error damaged(const std::string& what) const;

 private:
  struct State;
  explicit SortedReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace migrate
