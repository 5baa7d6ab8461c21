// RecordSort: buffers sorted by an index, runs of blocks in unnamed files, merged by a heap.
#include "engine/record_sort.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "engine/merge_runs.h"

namespace migrate {
namespace {

// Small, because a merge holds one block of each run.
constexpr size_t run_block_part = 16 << 10;
constexpr size_t least_share = 4096;
constexpr uint64_t least_merge = 512 << 10;  // memory: with less, each record would be read and written many times
constexpr size_t greatest_share = 1 << 30;   // an index entry has 32 bits for a place
constexpr size_t record_head = 4;            // the length of the info stands before each record

bool record_before(const SortedRecord& a, const SortedRecord& b) {
  return std::tie(a.key, a.info, a.fixed) < std::tie(b.key, b.info, b.fixed);
}

Error not_what_was_spilled(const std::string& folder) {
  return Error(ErrorKind::io, "a temporary file in '" + folder + "' does not give back what was written to it",
               "look at that disk and the machine's memory, then run the same command again");
}

}  // namespace

struct RecordSort::Feeder::Entry {
  uint64_t prefix;  // while sorting: eight bytes of the key, as a number, behind those that all keys share
  uint32_t at;
  uint32_t key_bytes;
};

// A record that is longer than a buffer makes the buffer longer; nothing else does.
Result<void> RecordSort::Feeder::add(const SortedRecord& record) {
  const size_t bytes = record_head + record.key.size() + record.fixed.size() + record.info.size();
  if (record.key.size() + record.info.size() > max_sorted_record || record.fixed.size() != owner_->fixed_bytes_) {
    return Error(ErrorKind::internal, "a record of " + std::to_string(bytes) + " bytes was to be sorted");
  }
  if (used_ + bytes + (entries_ + 1) * sizeof(Entry) > size_) {
    CHECK_OK(spill());
    const size_t wanted = std::max(owner_->share_, (bytes / sizeof(Entry) + 2) * sizeof(Entry));
    if (size_ != wanted) {
      free();
      buffer_ = std::make_unique_for_overwrite<char[]>(wanted);  // pages that are not written to cost nothing
      size_ = wanted;
    }
  }
  Entry& entry = *(index_end() - ++entries_);
  entry = {0, static_cast<uint32_t>(used_), static_cast<uint32_t>(record.key.size())};
  const auto put = [&](const void* from, size_t n) {
    if (n > 0) std::memcpy(buffer_.get() + used_, from, n);
    used_ += n;
  };
  const auto info_bytes = static_cast<uint32_t>(record.info.size());
  put(&info_bytes, record_head);
  put(record.key.data(), record.key.size());
  put(record.fixed.data(), record.fixed.size());
  put(record.info.data(), record.info.size());
  return {};
}

RecordSort::Feeder::Entry* RecordSort::Feeder::index_end() const {
  return reinterpret_cast<Entry*>(buffer_.get() + size_);
}

SortedRecord RecordSort::Feeder::record(const Entry& entry) const {
  const char* at = buffer_.get() + entry.at;
  uint32_t info_bytes = 0;
  std::memcpy(&info_bytes, at, record_head);
  at += record_head;
  const std::string_view key(at, entry.key_bytes), fixed(at + key.size(), owner_->fixed_bytes_);
  return {key, fixed, {fixed.data() + fixed.size(), info_bytes}};
}

// Keys of one table begin alike: the bytes that tell them apart are compared in the index, without a look at the
// record.
void RecordSort::Feeder::sort() {
  if (entries_ == 0) return;
  Entry* const end = index_end();
  Entry* const begin = end - entries_;
  const std::string_view first = record(*begin).key;
  size_t shared = first.size();
  for (const Entry* e = begin; e != end; ++e) {
    const std::string_view key = record(*e).key;
    const size_t most = std::min(shared, key.size());
    shared = static_cast<size_t>(
        std::mismatch(key.begin(), key.begin() + static_cast<ptrdiff_t>(most), first.begin()).first - key.begin());
  }
  for (Entry* e = begin; e != end; ++e) {
    const std::string_view tail = record(*e).key.substr(shared, sizeof(uint64_t));
    e->prefix = 0;
    for (size_t i = 0; i < sizeof(uint64_t); ++i) {
      e->prefix = e->prefix << 8 | (i < tail.size() ? static_cast<unsigned char>(tail[i]) : 0);
    }
  }
  std::sort(begin, end, [this](const Entry& a, const Entry& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : record_before(record(a), record(b));
  });
}

void RecordSort::Feeder::free() {
  buffer_.reset();
  size_ = used_ = entries_ = 0;
}

// Writes records that come in order to the end of a file.
class RecordSort::RunWriter {
 public:
  RunWriter(RecordSort& owner, std::shared_ptr<OpenFile> file, uint64_t at)
      : owner_(owner), run_{std::move(file), at, at, 0}, block_(owner.fixed_bytes_, run_block_part, 1) {}
  Result<void> add(const SortedRecord& record) {
    block_.add(record);
    return block_.full() ? put_block() : Result<void>();
  }
  Result<Run> finish() {
    if (!block_.empty()) CHECK_OK(put_block());
    return std::move(run_);
  }

 private:
  Result<void> put_block() {
    run_.memory = std::max<uint64_t>(run_.memory, block_.memory());
    packed_.clear();
    CHECK_OK(block_.pack(run_.end, packed_));
    CHECK_OK(run_.file->append(packed_));
    run_.end += packed_.size();
    owner_.spilled_ += packed_.size();
    return {};
  }
  RecordSort& owner_;
  Run run_;
  SortedBlockWriter block_;
  std::string packed_;
};

// A sorted run, in a file or in the memory of a feeder.
class RecordSort::RunReader {
 public:
  explicit RunReader(const Feeder& feeder)
      : feeder_(&feeder), entry_(feeder.index_end() - feeder.entries_), block_(0) {}
  RunReader(const RecordSort& owner, Run run) : owner_(&owner), run_(std::move(run)), block_(owner.fixed_bytes_) {}

  const SortedRecord& head() const { return head_; }
  Result<bool> next() {
    if (feeder_ != nullptr) {
      if (entry_ == feeder_->index_end()) return false;
      head_ = feeder_->record(*entry_++);
      return true;
    }
    while (!block_.next(head_)) {
      if (run_.begin == run_.end) return false;
      CHECK_OK(read_block());
    }
    return true;
  }

 private:
  Result<void> read_block() {
    CHECK_OK(read(0, sorted_block_head));
    const auto behind = block_.behind(stored_);
    if (!behind) return not_what_was_spilled(owner_->folder_);
    CHECK_OK(read(sorted_block_head, *behind));
    if (!block_.load(stored_, run_.begin)) return not_what_was_spilled(owner_->folder_);
    run_.begin += stored_.size();
    return {};
  }
  Result<void> read(size_t from, size_t bytes) {
    if (from + bytes > run_.end - run_.begin) return not_what_was_spilled(owner_->folder_);
    stored_.resize(from + bytes);
    TRY(got, run_.file->read(run_.begin + from, stored_.data() + from, bytes));
    if (got != bytes) return not_what_was_spilled(owner_->folder_);
    return {};
  }
  const Feeder* feeder_ = nullptr;
  const Feeder::Entry* entry_ = nullptr;
  const RecordSort* owner_ = nullptr;
  Run run_;
  std::string stored_;
  SortedBlockReader block_;
  SortedRecord head_;
};

Result<void> RecordSort::Feeder::spill() {
  if (entries_ == 0) return {};
  CHECK_OK(owner_->open(file_));
  sort();
  RunWriter run(*owner_, file_, written_);
  const Entry* const end = index_end();
  for (const Entry* e = end - entries_; e != end; ++e) CHECK_OK(run.add(record(*e)));
  TRY(written, run.finish());
  written_ = written.end;
  runs_.push_back(std::move(written));
  used_ = entries_ = 0;
  return {};
}

RecordSort::RecordSort(std::string folder, uint64_t memory_bytes, size_t feeders, size_t fixed_bytes)
    : folder_(std::move(folder)),
      memory_(memory_bytes),
      share_(std::clamp<uint64_t>(memory_bytes / std::max<size_t>(feeders, 1), least_share, greatest_share) /
             sizeof(Feeder::Entry) * sizeof(Feeder::Entry)),
      fixed_bytes_(fixed_bytes),
      feeders_(feeders) {
  for (Feeder& f : feeders_) f.owner_ = this;
}

Result<void> RecordSort::open(std::shared_ptr<OpenFile>& file) const {
  if (file == nullptr) {
    TRY(opened, OpenFile::unnamed(folder_));
    file = std::make_shared<OpenFile>(std::move(opened));
  }
  return {};
}

Result<void> RecordSort::merge(const std::function<Result<void>(const SortedRecord&)>& each) {
  const bool spilled = spilled_ > 0;
  std::vector<Run> runs;
  std::vector<std::unique_ptr<RunReader>> in_memory;
  for (Feeder& f : feeders_) {
    // Where one spilled, all that is left goes to disk too, so that the merge has the memory to itself.
    if (!spilled) {
      f.sort();
      if (f.entries_ > 0) in_memory.push_back(std::make_unique<RunReader>(f));
      continue;
    }
    CHECK_OK(f.spill());
    f.free();
    f.file_.reset();
    std::move(f.runs_.begin(), f.runs_.end(), std::back_inserter(runs));
    f.runs_.clear();
  }
  if (!spilled) return merge_runs(std::move(in_memory), record_before, each);
  CHECK_OK(shorten(runs));
  return merge_some(std::move(runs), each);
}

Result<void> RecordSort::merge_some(std::vector<Run> runs,
                                    const std::function<Result<void>(const SortedRecord&)>& each) const {
  std::vector<std::unique_ptr<RunReader>> readers;
  for (Run& run : runs) readers.push_back(std::make_unique<RunReader>(*this, std::move(run)));
  return merge_runs(std::move(readers), record_before, each);
}

// Merges just as many as have to be for the rest to be merged at once, the oldest first, as those made here go to the
// end. A file whose last run has been merged is closed, and its room on the disk is free.
Result<void> RecordSort::shorten(std::vector<Run>& runs) {
  const uint64_t room = std::max(memory_, least_merge);
  uint64_t all = 0;
  for (const Run& run : runs) all += run.memory;
  while (all > room && runs.size() > 2) {
    std::vector<Run> some;
    uint64_t taken = 0, largest = 0;
    for (const Run& run : runs) {
      const bool enough = all - taken + largest <= room || taken + run.memory > room;
      if (some.size() >= 2 && enough) break;
      taken += run.memory;
      largest = std::max(largest, run.memory);
      some.push_back(run);
    }
    runs.erase(runs.begin(), runs.begin() + static_cast<ptrdiff_t>(some.size()));
    std::shared_ptr<OpenFile> file;
    CHECK_OK(open(file));
    RunWriter writer(*this, std::move(file), 0);
    CHECK_OK(merge_some(std::move(some), [&](const SortedRecord& record) { return writer.add(record); }));
    TRY(longer, writer.finish());
    all = all - taken + longer.memory;
    runs.push_back(std::move(longer));
  }
  return {};
}

}  // namespace migrate
