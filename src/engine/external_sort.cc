// ExternalSort: sorted runs in unnamed files, merged by a heap.
#include "engine/external_sort.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "base/file.h"
#include "base/text.h"

namespace migrate {
namespace {

bool before(const SortRecord& a, const SortRecord& b) {
  const int keys = std::memcmp(a.key.bytes.data(), b.key.bytes.data(), a.key.bytes.size());
  if (keys != 0) return keys < 0;
  return std::tie(a.kind, a.index, a.place, a.content) < std::tie(b.kind, b.index, b.place, b.content);
}

Error failed(const std::string& folder, const char* doing) {
  return Error(
      ErrorKind::io, std::string("cannot ") + doing + " a temporary file in " + folder + ": " + std::strerror(errno),
      "make room there, or set `state:` to a folder on a larger disk; a larger `limits.memory_mb` spills less");
}

Result<int> open_unnamed(const std::string& folder) {
  CHECK_OK(make_folders(folder));
  std::string path = folder + "/sort-XXXXXX";
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) return failed(folder, "make");
  ::unlink(path.c_str());
  return file;
}

}  // namespace

ExternalSort::ExternalSort(std::string folder, uint64_t memory_bytes, size_t feeders)
    : folder_(std::move(folder)),
      memory_(memory_bytes),
      capacity_(std::max<size_t>(64, memory_bytes / sizeof(SortRecord) / std::max<size_t>(feeders, 1))),
      feeders_(feeders) {
  for (Feeder& f : feeders_) f.owner_ = this;
}

ExternalSort::~ExternalSort() {
  for (const Feeder& f : feeders_) {
    if (f.file_ >= 0) ::close(f.file_);
  }
}

Result<void> ExternalSort::Feeder::add(const SortRecord& record) {
  if (buffer_.size() == owner_->capacity_) CHECK_OK(spill());
  // The whole at once: growing by copies would take twice the memory. Pages that are not written to cost nothing.
  if (buffer_.capacity() == 0) buffer_.reserve(owner_->capacity_);
  buffer_.push_back(record);
  return {};
}

Result<void> ExternalSort::Feeder::spill() {
  if (file_ < 0) {
    TRY(file, open_unnamed(owner_->folder_));
    file_ = file;
  }
  std::sort(buffer_.begin(), buffer_.end(), before);
  const char* data = reinterpret_cast<const char*>(buffer_.data());
  const uint64_t size = buffer_.size() * sizeof(SortRecord);
  for (uint64_t done = 0; done < size;) {
    const ssize_t n = ::write(file_, data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed(owner_->folder_, "write");
    done += static_cast<uint64_t>(n);
  }
  runs_.push_back({written_, written_ + size});
  written_ += size;
  owner_->spilled_ += size;
  buffer_.clear();
  return {};
}

// A sorted run, in a file or in memory.
class ExternalSort::RunReader {
 public:
  RunReader(const SortRecord* begin, const SortRecord* end) : at_(begin), end_(end) {}
  RunReader(int file, uint64_t begin, uint64_t end, size_t buffer_records)
      : file_(file), offset_(begin), file_end_(end), buffer_(buffer_records) {}

  const SortRecord& head() const { return *at_; }
  // False at the end.
  Result<bool> advance() {
    if (at_ != end_) ++at_;
    return fill();
  }
  Result<bool> fill() {
    if (at_ != end_) return true;
    if (offset_ == file_end_) return false;
    const uint64_t want = std::min<uint64_t>(buffer_.size() * sizeof(SortRecord), file_end_ - offset_);
    char* data = reinterpret_cast<char*>(buffer_.data());
    for (uint64_t done = 0; done < want;) {
      const ssize_t n = ::pread(file_, data + done, want - done, static_cast<off_t>(offset_ + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return failed("the state folder", "read");
      done += static_cast<uint64_t>(n);
    }
    offset_ += want;
    at_ = buffer_.data();
    end_ = at_ + want / sizeof(SortRecord);
    return true;
  }

 private:
  int file_ = -1;
  uint64_t offset_ = 0, file_end_ = 0;
  std::vector<SortRecord> buffer_;
  const SortRecord* at_ = nullptr;
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
      if (run.begin != run.end) runs.push_back(std::make_unique<RunReader>(f.file_, run.begin, run.end, run_records));
    }
  }
  for (auto& run : runs) {
    TRY(more, run->fill());
    if (!more) return Error(ErrorKind::internal, "an empty run was to be merged");
  }
  const auto later = [](const auto& a, const auto& b) { return before(b->head(), a->head()); };
  std::make_heap(runs.begin(), runs.end(), later);
  while (!runs.empty()) {
    std::pop_heap(runs.begin(), runs.end(), later);
    RunReader& first = *runs.back();
    CHECK_OK(each(first.head()));
    TRY(more, first.advance());
    if (more) {
      std::push_heap(runs.begin(), runs.end(), later);
    } else {
      runs.pop_back();
    }
  }
  return {};
}

}  // namespace migrate
