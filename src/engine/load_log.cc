// Logs of loads: LoadLog, LoadLogReader.
#include "engine/load_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "base/file.h"
#include "engine/bytes.h"
#include "engine/header_json.h"
#include "engine/sorted_file.h"
#include "engine/sorted_head.h"

namespace migrate {
namespace {

constexpr size_t log_digest_bytes = 16;
constexpr size_t log_fixed_bytes = log_digest_bytes + sizeof(SourceHash);
constexpr size_t log_number_bytes = 8;
constexpr size_t log_attempts_part = 64 << 10, log_not_ours_part = 8 << 10;
constexpr int log_zstd_level = 1;  // a log is gone when the manifest is there
constexpr char info_found = 1, info_refused = 2;
constexpr HeaderKind load_log_kind{"log of a load", load_log_version};

std::string load_log_header_json(const LoadLogHeader& header) {
  JsonObject out = header_start(load_log_kind, header);
  return out.add("plan", header.plan).raw("attributes", names_json(header.attributes)).str();
}

Result<LoadLogHeader> load_log_header(std::string_view json, const std::string& path) {
  LoadLogHeader header;
  CHECK_OK(read_header_json(json, path, load_log_kind, [&](HeaderReader& reader, JsonValue root) {
    take_header_start(reader, root, header);
    header.plan = reader.text(root, "plan");
    if (auto names = reader.member(root, "attributes")) header.attributes = reader.names(*names, "`attributes`");
    reader.only(root, {"what", "version", "source", "target", "run", "pk", "sk", "plan", "attributes"});
  }));
  return header;
}

}  // namespace

struct LoadLog::State {
  State(std::string p, OpenFile f, uint64_t s) : path(std::move(p)), file(std::move(f)), seed(s) {}

  Error no_key(size_t bytes) const {
    return Error(ErrorKind::internal, "a key of " + std::to_string(bytes) + " bytes was to go into '" + path + "'");
  }
  // Appends the block to what is to be written next.
  Result<void> pack(SortedBlockWriter& block) {
    if (block.empty()) return {};
    append_little_endian(packed, blocks, log_number_bytes);
    CHECK_OK(block.pack(seed + blocks, packed));
    ++blocks;
    return {};
  }
  Result<void> put(const std::vector<Attempt>& items) {
    CHECK_OK(pack(not_ours));
    for (const Attempt& item : items) {
      char fixed[log_fixed_bytes];
      std::memcpy(fixed, item.digest.bytes.data(), log_digest_bytes);
      std::memcpy(fixed + log_digest_bytes, item.source_hash.data(), sizeof(SourceHash));
      attempts.add({item.key, {fixed, log_fixed_bytes}, {}});
      if (attempts.full()) CHECK_OK(pack(attempts));
    }
    CHECK_OK(pack(attempts));
    return file.append(packed);
  }
  // A block that is there in part is the last one: nothing may follow it.
  Result<void> write(const std::vector<Attempt>& items) {
    packed.clear();
    auto done = put(items);
    if (!done) broken = done.error();
    return done;
  }

  const std::string path;
  OpenFile file;
  const uint64_t seed;
  std::mutex mutex;  // guards what follows, and the file
  SortedBlockWriter attempts{log_fixed_bytes, log_attempts_part, log_zstd_level};
  SortedBlockWriter not_ours{log_fixed_bytes, log_not_ours_part, log_zstd_level};
  std::string packed;
  uint64_t blocks = 0;
  std::optional<Error> broken;
};

LoadLog::LoadLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadLog::LoadLog(LoadLog&&) noexcept = default;
LoadLog& LoadLog::operator=(LoadLog&&) noexcept = default;
LoadLog::~LoadLog() = default;

Result<LoadLog> LoadLog::create(const std::string& path, const LoadLogHeader& header) {
  const std::string json = load_log_header_json(header);
  if (json.size() > max_sorted_header) {
    return Error(ErrorKind::internal,
                 "'" + path + "' was to have a header of " + std::to_string(json.size()) + " bytes");
  }
  uint64_t seed = 0;
  const std::string head = sorted_head(json, log_fixed_bytes, seed), beside = path + ".new";
  TRY(file, OpenFile::anew(beside));
  CHECK_OK(file.append(head));
  CHECK_OK(file.sync());
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    return Error(ErrorKind::io, "cannot replace '" + path + "': " + std::strerror(errno));
  }
  CHECK_OK(sync_folder(folder_of(path)));
  return LoadLog(std::make_unique<State>(path, std::move(file), seed));
}

Result<void> LoadLog::attempt(std::vector<Attempt>& items) {
  std::sort(items.begin(), items.end(), [](const Attempt& a, const Attempt& b) { return a.key < b.key; });
  for (const Attempt& item : items) {
    if (item.key.size() > max_sorted_record) return state_->no_key(item.key.size());
  }
  const std::lock_guard lock(state_->mutex);
  if (state_->broken) return *state_->broken;
  return state_->write(items);
}

Result<void> LoadLog::not_ours(std::string_view key, const std::optional<Digest>& found) {
  if (key.size() >= max_sorted_record) return state_->no_key(key.size());
  std::string fixed(log_fixed_bytes, '\0');
  if (found) std::memcpy(fixed.data(), found->bytes.data(), log_digest_bytes);
  const std::lock_guard lock(state_->mutex);
  if (state_->broken) return *state_->broken;
  state_->not_ours.add({key, fixed, {found ? &info_found : &info_refused, 1}});
  return state_->not_ours.full() ? state_->write({}) : Result<void>();
}

Result<void> LoadLog::finish() {
  const std::lock_guard lock(state_->mutex);
  if (state_->broken) return *state_->broken;
  return state_->write({});
}

struct LoadLogReader::State {
  State(std::string p, OpenFile f, uint64_t n) : path(std::move(p)), file(std::move(f)), size(n) {}

  Error damaged(const std::string& what) const {
    return Error(ErrorKind::manifest_damaged, "'" + path + "' is damaged: " + what);
  }
  // Whether a whole block stands at `from`, and has the number if one is given. It is in `stored`, without its number.
  Result<bool> read_block(uint64_t from, SortedBlockReader& into, std::optional<uint64_t> expected);
  Result<bool> whole_block_from(uint64_t from);
  Result<bool> next_block();

  const std::string path;
  OpenFile file;
  const uint64_t size;  // when it was opened
  LoadLogHeader header;
  uint64_t seed = 0, at = 0, blocks = 0, records = 0;  // the last three: so far
  bool ended = false;
  std::string stored;
  SortedBlockReader block{log_fixed_bytes};
};

LoadLogReader::LoadLogReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadLogReader::LoadLogReader(LoadLogReader&&) noexcept = default;
LoadLogReader& LoadLogReader::operator=(LoadLogReader&&) noexcept = default;
LoadLogReader::~LoadLogReader() = default;
const LoadLogHeader& LoadLogReader::header() const { return state_->header; }

Result<LoadLogReader> LoadLogReader::open(const std::string& path) {
  TRY(file, OpenFile::read_only(path));
  TRY(size, file.size());
  TRY(head, read_sorted_head(file, path, size));
  auto state = std::make_unique<State>(path, std::move(file), size);
  TRY(header, load_log_header(head.header(), path));
  if (head.fixed_bytes != log_fixed_bytes) return state->damaged("its records are not those of a log");
  state->header = std::move(header);
  state->seed = head.seed;
  state->at = head.stored.size();
  return LoadLogReader(std::move(state));
}

Result<bool> LoadLogReader::State::read_block(uint64_t from, SortedBlockReader& into,
                                              std::optional<uint64_t> expected) {
  constexpr size_t front = log_number_bytes + sorted_block_head;
  if (from > size || size - from < front) return false;
  stored.resize(front);
  TRY(got_front, file.read(from, stored.data(), front));
  if (got_front != front) return false;
  const uint64_t number = little_endian(std::string_view(stored).substr(0, log_number_bytes));
  const auto behind = into.behind(std::string_view(stored).substr(log_number_bytes));
  if (number != expected.value_or(number) || !behind || *behind > size - from - front) return false;
  stored.erase(0, log_number_bytes);
  stored.resize(sorted_block_head + *behind);
  TRY(got, file.read(from + front, stored.data() + sorted_block_head, *behind));
  return got == *behind && into.load(stored, seed + number);
}

// Byte by byte, as lengths may be what is wrong. What a log ends with is short, or zeros that a power cut left.
Result<bool> LoadLogReader::State::whole_block_from(uint64_t from) {
  constexpr size_t window_bytes = 1 << 20, front = log_number_bytes + sorted_block_head;
  SortedBlockReader any(log_fixed_bytes);
  std::string window(window_bytes, '\0');
  for (uint64_t begin = from; begin + front <= size; begin += window_bytes - front + 1) {
    TRY(got, file.read(begin, window.data(), window.size()));
    for (size_t i = 0; i + front <= got; ++i) {
      if (!any.behind(std::string_view(window).substr(i + log_number_bytes, sorted_block_head))) continue;
      TRY(whole, read_block(begin + i, any, std::nullopt));
      if (whole) return true;
    }
  }
  return false;
}

Result<bool> LoadLogReader::State::next_block() {
  if (ended) return false;
  TRY(whole, read_block(at, block, blocks));
  if (whole) {
    at += log_number_bytes + stored.size();
    ++blocks;
    return true;
  }
  TRY(written_after, whole_block_from(at));
  if (written_after) {
    return damaged("its block " + std::to_string(blocks + 1) + ", at byte " + std::to_string(at) + " of " +
                   std::to_string(size) + ", is not what was written");
  }
  ended = true;
  return false;
}

Result<bool> LoadLogReader::next(LogRecord& record) {
  State& s = *state_;
  SortedRecord found;
  while (!s.block.next(found)) {
    TRY(more, s.next_block());
    if (!more) return false;
  }
  const bool attempt = found.info.empty();
  if (!attempt && found.info != std::string_view(&info_found, 1) && found.info != std::string_view(&info_refused, 1)) {
    return s.damaged("one of its records is none of a log");
  }
  record.kind = attempt ? LogRecord::Kind::attempt : LogRecord::Kind::not_ours;
  record.sequence = s.records++;
  record.key = found.key;
  const Digest digest = Digest::from_bytes(found.fixed.substr(0, log_digest_bytes));
  record.digest = attempt ? digest : Digest();
  std::memcpy(record.source_hash.data(), found.fixed.data() + log_digest_bytes, sizeof(SourceHash));
  record.found.reset();
  if (!attempt && found.info[0] == info_found) record.found = digest;
  return true;
}

}  // namespace migrate
