// Sorts more records than fit into memory: full buffers are sorted and spilled to temporary files, and merged in the
// end. The files have no name from the start, so that nothing stays behind when the process is killed. Records of any
// length have a sort of their own, record_sort.h.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "engine/open_file.h"

namespace migrate {

// What a row, an item or an entry of an index is reduced to. Sorted by key, kind and index.
struct SortRecord {
  Digest key;
  Digest content;
  uint32_t place = 0;  // where it can be read again
  uint8_t kind = 0;
  uint8_t index = 0;
  uint16_t unused = 0;
};
static_assert(sizeof(SortRecord) == 40);

class ExternalSort {
 public:
  // For one thread: threads feed without waiting for each other.
  class Feeder {
   public:
    Result<void> add(const SortRecord& record);

   private:
    friend class ExternalSort;
    struct Run {
      uint64_t begin, end;  // bytes in the file
    };
    Result<void> spill();
    ExternalSort* owner_ = nullptr;
    std::vector<SortRecord> buffer_;
    std::optional<OpenFile> file_;
    uint64_t written_ = 0;
    std::vector<Run> runs_;
  };

  // `folder` is made when something is spilled. All feeders together take `memory_bytes`, and so does the merge.
  ExternalSort(std::string folder, uint64_t memory_bytes, size_t feeders);
  ExternalSort(const ExternalSort&) = delete;
  ExternalSort& operator=(const ExternalSort&) = delete;

  Feeder& feeder(size_t i) { return feeders_[i]; }
  // Hands all records on in order, once, when every feeder is done. Errors: io (disk full, …), and those of `each`.
  Result<void> merge(const std::function<Result<void>(const SortRecord&)>& each);
  uint64_t spilled_bytes() const { return spilled_; }

 private:
  class RunReader;
  std::string folder_;
  uint64_t memory_;
  size_t capacity_;  // records of one feeder
  std::vector<Feeder> feeders_;
  std::atomic<uint64_t> spilled_ = 0;
};

}  // namespace migrate
