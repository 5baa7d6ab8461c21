// Sorted files: SortedWriter, SortedReader.
#include "engine/sorted_file.h"

#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/file.h"
#include "engine/bytes.h"
#include "engine/open_file.h"
#include "engine/sorted_head.h"

namespace migrate {
namespace {

constexpr size_t whole_digest_bytes = 16;
constexpr size_t counts_bytes = 4 + 8 + 8 + 8;
constexpr size_t footer_bytes = counts_bytes + whole_digest_bytes + 8;
constexpr size_t block_part_bytes = 64 << 10;

uint64_t xxh3(std::string_view bytes, uint64_t seed) { return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed); }

std::string footer_counts(uint64_t records, uint64_t blocks, uint64_t file_size) {
  std::string out;
  append_little_endian(out, 0, 4);
  append_little_endian(out, records, 8);
  append_little_endian(out, blocks, 8);
  append_little_endian(out, file_size, 8);
  return out;
}

}  // namespace

// XXH3-128 of everything that passes.
class WholeHash {
 public:
  WholeHash() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }
  void add(std::string_view bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }
  std::string digest() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    return {reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest};
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

struct SortedWriter::State {
  State(std::string p, OpenFile f, size_t n, int level)
      : path(std::move(p)), file(std::move(f)), fixed_bytes(n), block(n, block_part_bytes, level) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (!finished) ::unlink(beside().c_str());
  }
  std::string beside() const { return path + ".new"; }
  Result<void> put(std::string_view data) {
    if (broken) return Error(ErrorKind::internal, "'" + path + "' was written to after an error");
    broken = true;
    CHECK_OK(file.append(data));
    broken = false;
    whole.add(data);
    bytes += data.size();
    return {};
  }
  Result<void> put_block() {
    packed.clear();
    CHECK_OK(block.pack(seed + blocks, packed));
    CHECK_OK(put(packed));
    ++blocks;
    return {};
  }

  const std::string path;
  OpenFile file;
  const size_t fixed_bytes;
  SortedBlockWriter block;
  WholeHash whole;
  std::string packed;
  uint64_t seed = 0, count = 0, blocks = 0, bytes = 0;
  bool broken = false, finished = false;
};

SortedWriter::SortedWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SortedWriter::SortedWriter(SortedWriter&&) noexcept = default;
SortedWriter& SortedWriter::operator=(SortedWriter&&) noexcept = default;
SortedWriter::~SortedWriter() = default;
uint64_t SortedWriter::count() const { return state_->count; }
uint64_t SortedWriter::bytes() const { return state_->bytes; }

Result<SortedWriter> SortedWriter::create(std::string path, std::string_view header, size_t fixed_bytes, int level) {
  if (header.size() > max_sorted_header || fixed_bytes > max_sorted_fixed) {
    return Error(ErrorKind::internal, "'" + path + "' was to have a header of " + std::to_string(header.size()) +
                                          " bytes and records with " + std::to_string(fixed_bytes));
  }
  TRY(file, OpenFile::anew(path + ".new"));
  auto state = std::make_unique<State>(std::move(path), std::move(file), fixed_bytes, level);
  const std::string head = sorted_head(header, fixed_bytes, state->seed);
  CHECK_OK(state->put(head));
  return SortedWriter(std::move(state));
}

Result<void> SortedWriter::add(const SortedRecord& record) {
  State& s = *state_;
  const bool ascends = s.count == 0 || record.key > s.block.last_key();
  if (!ascends || record.key.size() + record.info.size() > max_sorted_record || record.fixed.size() != s.fixed_bytes) {
    return Error(ErrorKind::internal, "a record for '" + s.path + "' " +
                                          (ascends ? "is too long: " + std::to_string(record.key.size()) + ", " +
                                                         std::to_string(record.info.size()) + " and " +
                                                         std::to_string(record.fixed.size()) + " bytes"
                                                   : "comes out of order"));
  }
  s.block.add(record);
  ++s.count;
  if (s.block.full()) CHECK_OK(s.put_block());
  return {};
}

Result<void> SortedWriter::finish() {
  State& s = *state_;
  if (!s.block.empty()) CHECK_OK(s.put_block());
  const std::string counts = footer_counts(s.count, s.blocks, s.bytes + footer_bytes);
  CHECK_OK(s.put(counts));
  std::string end = s.whole.digest();
  append_little_endian(end, xxh3(counts + end, s.seed + s.blocks), 8);
  CHECK_OK(s.put(end));
  CHECK_OK(s.file.sync());
  if (::rename(s.beside().c_str(), s.path.c_str()) != 0) {
    return Error(ErrorKind::io, "cannot replace '" + s.path + "': " + std::strerror(errno));
  }
  s.finished = true;
  return sync_folder(folder_of(s.path));
}

struct SortedReader::State {
  State(std::string p, OpenFile f, uint64_t n) : path(std::move(p)), file(std::move(f)), size(n) {}

  Error damaged(const std::string& what) const {
    return Error(ErrorKind::manifest_damaged, "'" + path + "' is damaged: " + what);
  }
  Error damaged_block() const {
    return damaged("its block " + std::to_string(blocks + 1) + ", at byte " + std::to_string(at) + " of " +
                   std::to_string(size) + ", is not what was written");
  }
  // Exactly that many bytes at `at`.
  Result<void> read(uint64_t from, size_t bytes, std::string& into) const {
    const size_t begin = into.size();
    into.resize(begin + bytes);
    TRY(got, file.read(from, into.data() + begin, bytes));
    if (got != bytes) return damaged("it is cut at byte " + std::to_string(from + got));
    return {};
  }
  Result<void> read_footer();
  Result<bool> read_block();
  Result<void> check_whole();

  const std::string path;
  OpenFile file;
  const uint64_t size;
  std::string header;
  size_t fixed_bytes = 0;
  uint64_t seed = 0, end = 0;            // where the footer begins
  uint64_t records = 0, all_blocks = 0;  // as the footer has them
  std::string whole_digest;
  uint64_t at = 0, blocks = 0, read_records = 0;  // so far
  WholeHash whole;
  bool checked = false;
  std::string stored;
  std::optional<SortedBlockReader> block;
};

SortedReader::SortedReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SortedReader::SortedReader(SortedReader&&) noexcept = default;
SortedReader& SortedReader::operator=(SortedReader&&) noexcept = default;
SortedReader::~SortedReader() = default;
const std::string& SortedReader::path() const { return state_->path; }
const std::string& SortedReader::header() const { return state_->header; }
size_t SortedReader::fixed_bytes() const { return state_->fixed_bytes; }
uint64_t SortedReader::count() const { return state_->records; }
Error SortedReader::damaged(const std::string& what) const { return state_->damaged(what); }

Result<void> SortedReader::State::read_footer() {
  if (size < at + footer_bytes) return damaged("it is cut: there is no footer");
  end = size - footer_bytes;
  std::string footer;
  CHECK_OK(read(end, footer_bytes, footer));
  const std::string_view view = footer;
  records = little_endian(view.substr(4, 8));
  all_blocks = little_endian(view.substr(12, 8));
  whole_digest = footer.substr(counts_bytes, whole_digest_bytes);
  if (little_endian(view.substr(footer_bytes - 8)) != xxh3(view.substr(0, footer_bytes - 8), seed + all_blocks)) {
    return damaged("it is cut, or its end is not what was written");
  }
  if (little_endian(view.substr(20, 8)) != size) {
    return damaged("it has " + std::to_string(size) + " bytes, and was written with " +
                   std::to_string(little_endian(view.substr(20, 8))));
  }
  return {};
}

Result<bool> SortedReader::State::read_block() {
  if (at == end) {
    if (!checked) CHECK_OK(check_whole());
    checked = true;
    return false;
  }
  if (end - at < sorted_block_head) return damaged_block();
  stored.clear();
  CHECK_OK(read(at, sorted_block_head, stored));
  const auto behind = block->behind(stored);
  if (!behind || *behind > end - at - sorted_block_head) return damaged_block();
  CHECK_OK(read(at + sorted_block_head, *behind, stored));
  if (!block->load(stored, seed + blocks)) return damaged_block();
  whole.add(stored);
  at += stored.size();
  ++blocks;
  return true;
}

Result<void> SortedReader::State::check_whole() {
  if (blocks != all_blocks || read_records != records) {
    return damaged("it holds " + std::to_string(read_records) + " records in " + std::to_string(blocks) +
                   " blocks, and its end says " + std::to_string(records) + " in " + std::to_string(all_blocks));
  }
  whole.add(footer_counts(records, blocks, size));
  if (whole.digest() != whole_digest) return damaged("the checksum of the whole is not that of its content");
  return {};
}

Result<SortedReader> SortedReader::open(const std::string& path) {
  TRY(file, OpenFile::read_only(path));
  TRY(size, file.size());
  TRY(head, read_sorted_head(file, path, size));
  auto state = std::make_unique<State>(path, std::move(file), size);
  state->fixed_bytes = head.fixed_bytes;
  state->seed = head.seed;
  state->at = head.stored.size();
  state->whole.add(head.stored);
  state->header = head.header();
  CHECK_OK(state->read_footer());
  state->block.emplace(state->fixed_bytes);
  return SortedReader(std::move(state));
}

Result<bool> SortedReader::next(SortedRecord& record) {
  State& s = *state_;
  while (!s.block->next(record)) {
    TRY(more, s.read_block());
    if (!more) return false;
  }
  if (!s.block->ascends()) return s.damaged("its keys do not ascend before byte " + std::to_string(s.at));
  ++s.read_records;
  return true;
}

}  // namespace migrate
