// ExternalSort: sorted runs in unnamed files, merged by a heap.
#include "engine/external_sort.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <tuple>

#include "engine/merge_runs.h"

namespace migrate {
namespace {

bool before(const SortRecord& a, const SortRecord& b) {
  const int keys = std::memcmp(a.key.bytes.data(), b.key.bytes.data(), a.key.bytes.size());
  if (keys != 0) return keys < 0;
  return std::tie(a.kind, a.index, a.place, a.content) < std::tie(b.kind, b.index, b.place, b.content);
}

}  // namespace

ExternalSort::ExternalSort(std::string folder, uint64_t memory_bytes, size_t feeders)
    : folder_(std::move(folder)),
      memory_(memory_bytes),
      capacity_(std::max<size_t>(64, memory_bytes / sizeof(SortRecord) / std::max<size_t>(feeders, 1))),
      feeders_(feeders) {
  for (Feeder& f : feeders_) f.owner_ = this;
}

Result<void> ExternalSort::Feeder::add(const SortRecord& record) {
  if (buffer_.size() == owner_->capacity_) CHECK_OK(spill());
  // The whole at once: growing by copies would take twice the memory. Pages that are not written to cost nothing.
  if (buffer_.capacity() == 0) buffer_.reserve(owner_->capacity_);
  buffer_.push_back(record);
  return {};
}

Result<void> ExternalSort::Feeder::spill() {
  if (!file_) {
    TRY(file, OpenFile::unnamed(owner_->folder_));
    file_ = std::move(file);
  }
  std::sort(buffer_.begin(), buffer_.end(), before);
  const uint64_t size = buffer_.size() * sizeof(SortRecord);
  CHECK_OK(file_->append({reinterpret_cast<const char*>(buffer_.data()), size}));
  runs_.push_back({written_, written_ + size});
  written_ += size;
  owner_->spilled_ += size;
  buffer_.clear();
  return {};
}

// A sorted run, in a file or in memory.
class ExternalSort::RunReader {
 public:
  RunReader(const SortRecord* begin, const SortRecord* end) : next_(begin), end_(end) {}
  RunReader(const OpenFile& file, uint64_t begin, uint64_t end, size_t buffer_records)
      : file_(&file), offset_(begin), file_end_(end), buffer_(buffer_records) {}

  const SortRecord& head() const { return *(next_ - 1); }
  Result<bool> next() {
    if (next_ == end_) {
      if (offset_ == file_end_) return false;
      CHECK_OK(fill());
    }
    ++next_;
    return true;
  }

 private:
  Result<void> fill() {
    const uint64_t want = std::min<uint64_t>(buffer_.size() * sizeof(SortRecord), file_end_ - offset_);
    TRY(got, file_->read(offset_, reinterpret_cast<char*>(buffer_.data()), want));
    if (got != want) return Error(ErrorKind::io, "a temporary file was cut while it was read");
    offset_ += want;
    next_ = buffer_.data();
    end_ = next_ + want / sizeof(SortRecord);
    return {};
  }
  const OpenFile* file_ = nullptr;
  uint64_t offset_ = 0, file_end_ = 0;
  std::vector<SortRecord> buffer_;
  const SortRecord* next_ = nullptr;  // behind the head
  const SortRecord* end_ = nullptr;
};

Result<void> ExternalSort::merge(const std::function<Result<void>(const SortRecord&)>& each) {
  size_t spilled_runs = 0;
  for (Feeder& f : feeders_) {
    // What is left goes to disk too where runs need memory for reading, so that the merge has it to itself.
    if (!f.runs_.empty()) {
      CHECK_OK(f.spill());
      std::vector<SortRecord>().swap(f.buffer_);
    }
    spilled_runs += f.runs_.size();
    std::sort(f.buffer_.begin(), f.buffer_.end(), before);
  }
  const size_t run_records =
      std::clamp<size_t>(memory_ / sizeof(SortRecord) / std::max<size_t>(spilled_runs, 1), 64, 16384);
  std::vector<std::unique_ptr<RunReader>> runs;
  for (Feeder& f : feeders_) {
    if (!f.buffer_.empty()) {
      runs.push_back(std::make_unique<RunReader>(f.buffer_.data(), f.buffer_.data() + f.buffer_.size()));
    }
    for (const auto& run : f.runs_) {
      if (run.begin != run.end) runs.push_back(std::make_unique<RunReader>(*f.file_, run.begin, run.end, run_records));
    }
  }
  return merge_runs(std::move(runs), before, each);
}

}  // namespace migrate
