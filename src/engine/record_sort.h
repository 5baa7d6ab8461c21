// Sorts more records with keys than fit into memory, as external_sort.h does with records of one size. There are two,
// because those of one size are sorted where they stand, without an index, and spilled as they are; these are of any
// length, and are spilled front coded and compressed, in the blocks of sorted_block.h. The files and the merge are the
// same.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/open_file.h"
#include "engine/sorted_block.h"

namespace migrate {

// Order: by key, then by info, then by the fixed bytes, as memcmp has each. So it does not depend on who fed what, and
// the caller says by the info which of several records with one key comes first: by a number in front of it, say. All
// of them come out.
class RecordSort {
  struct Run {
    std::shared_ptr<OpenFile> file;
    uint64_t begin, end;  // bytes in the file
    uint64_t memory;      // that reading it takes, at most
  };

 public:
  // For one thread: threads feed without waiting for each other.
  class Feeder {
   public:
    // The record is within the limits of sorted_block.h. Errors: io (disk full, …); internal, when it is not.
    Result<void> add(const SortedRecord& record);

   private:
    friend class RecordSort;
    struct Entry;
    // Records from the front, their index from the back, of one piece of memory.
    Entry* index_end() const;
    Result<void> spill();
    void sort();
    void free();
    SortedRecord record(const Entry& entry) const;
    RecordSort* owner_ = nullptr;
    std::unique_ptr<char[]> buffer_;
    size_t size_ = 0, used_ = 0, entries_ = 0;
    std::shared_ptr<OpenFile> file_;
    uint64_t written_ = 0;
    std::vector<Run> runs_;
  };

  // `folder` is made when something is spilled. All feeders together take `memory_bytes`, and so does the merge; beside
  // that, a thread that spills takes about 1 MB for zstd. A record alone may be larger than its feeder's share.
  RecordSort(std::string folder, uint64_t memory_bytes, size_t feeders, size_t fixed_bytes);
  RecordSort(const RecordSort&) = delete;
  RecordSort& operator=(const RecordSort&) = delete;

  Feeder& feeder(size_t i) { return feeders_[i]; }
  // Hands all records on in order, once, when every feeder is done. When there are more runs than have room for their
  // largest block each, some are merged into longer ones first. Errors: io (disk full, …), and those of `each`.
  Result<void> merge(const std::function<Result<void>(const SortedRecord&)>& each);
  uint64_t spilled_bytes() const { return spilled_; }

 private:
  class RunWriter;
  class RunReader;
  Result<void> open(std::shared_ptr<OpenFile>& file) const;
  Result<void> merge_some(std::vector<Run> runs, const std::function<Result<void>(const SortedRecord&)>& each) const;
  Result<void> shorten(std::vector<Run>& runs);

  const std::string folder_;
  const uint64_t memory_;
  const size_t share_;  // of one feeder
  const size_t fixed_bytes_;
  std::vector<Feeder> feeders_;
  std::atomic<uint64_t> spilled_ = 0;
};

}  // namespace migrate
