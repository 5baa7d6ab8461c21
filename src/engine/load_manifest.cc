// The manifest of loads: manifest_from_logs(), add_logged_attempts().
#include "engine/load_log.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "engine/bytes.h"

namespace migrate {
namespace {

constexpr size_t tried_digest_bytes = 16;
constexpr size_t tried_fixed_bytes = tried_digest_bytes + sizeof(SourceHash);
constexpr size_t place_bytes = 4 + 8;  // number of the log, sequence in it: big endian, so that they sort
enum class TriedKind : char { attempt, found, refused };

Result<void> each_record(LoadLogReader& reader, const std::function<Result<void>(const LogRecord&)>& each) {
  LogRecord record;
  for (;;) {
    TRY(more, reader.next(record));
    if (!more) return {};
    CHECK_OK(each(record));
  }
}

Result<void> add_record(RecordSort::Feeder& feeder, size_t log, const LogRecord& record) {
  const bool attempt = record.kind == LogRecord::Kind::attempt;
  std::string info;
  append_count(info, log);
  append_count(info, record.sequence >> 32);
  append_count(info, record.sequence);
  info += static_cast<char>(attempt ? TriedKind::attempt : record.found ? TriedKind::found : TriedKind::refused);
  char fixed[tried_fixed_bytes];
  const Digest digest = attempt ? record.digest : record.found.value_or(Digest());
  std::memcpy(fixed, digest.bytes.data(), tried_digest_bytes);
  std::memcpy(fixed + tried_digest_bytes, record.source_hash.data(), sizeof(SourceHash));
  return feeder.add({record.key, {fixed, tried_fixed_bytes}, info});
}

// What is known of one key at a time.
class LoadMerge {
 public:
  LoadMerge(ManifestWriter& out, LoadOutcome& outcome) : out_(out), outcome_(outcome) {}

  Result<void> add(const SortedRecord& record) {
    if (!open_ || record.key != key_) {
      CHECK_OK(close());
      open_ = true;
      key_ = record.key;
    }
    const Digest digest = Digest::from_bytes(record.fixed.substr(0, tried_digest_bytes));
    switch (static_cast<TriedKind>(record.info[place_bytes])) {
      case TriedKind::attempt:
        attempted(digest, record.fixed.substr(tried_digest_bytes));
        break;
      case TriedKind::found:
        for (Tried& t : tried_) t.standing = t.digest == digest;
        break;
      case TriedKind::refused:
        if (!tried_.empty()) tried_.back().standing = false;
        break;
    }
    return {};
  }

  Result<void> close() {
    if (!open_) return {};
    open_ = false;
    const auto ours = std::find_if(tried_.rbegin(), tried_.rend(), [](const Tried& t) { return t.standing; });
    if (ours == tried_.rend()) {
      ++outcome_.not_ours;
    } else {
      ++outcome_.entries;
      if (ours != tried_.rbegin()) ++outcome_.stale;
      CHECK_OK(out_.add({key_, ours->digest, ours->source_hash, 0, std::nullopt}));
    }
    tried_.clear();
    return {};
  }

 private:
  struct Tried {
    Digest digest;
    SourceHash source_hash{};
    bool standing = true;  // the table may hold it
  };

  void attempted(const Digest& digest, std::string_view source_hash) {
    std::erase_if(tried_, [&](const Tried& t) { return t.digest == digest; });
    tried_.push_back({digest, {}, true});
    std::memcpy(tried_.back().source_hash.data(), source_hash.data(), sizeof(SourceHash));
  }

  ManifestWriter& out_;
  LoadOutcome& outcome_;
  bool open_ = false;
  std::string key_;
  std::vector<Tried> tried_;  // each digest once, in the order of its last attempt
};

Result<void> check_same_load(const LoadLogHeader& log, const LoadLogHeader& first, const ManifestHeader& header,
                             const std::string& path) {
  if (log.plan == first.plan && log.source == header.source && log.target == header.target &&
      header.shapes == std::vector<std::vector<std::string>>{log.attributes}) {
    return {};
  }
  return Error(ErrorKind::internal,
               "'" + path + "' is the log of another load than run " + header.run + " goes on with");
}

}  // namespace

Result<LoadOutcome> manifest_from_logs(const std::vector<std::string>& logs, const std::string& folder,
                                       uint64_t memory_bytes, const ManifestHeader& header, const std::string& path) {
  RecordSort sort(folder, memory_bytes, 1, tried_fixed_bytes);
  std::optional<LoadLogHeader> first;
  for (size_t i = 0; i < logs.size(); ++i) {
    TRY(reader, LoadLogReader::open(logs[i]));
    if (!first) first = reader.header();
    CHECK_OK(check_same_load(reader.header(), *first, header, logs[i]));
    CHECK_OK(each_record(reader, [&](const LogRecord& r) { return add_record(sort.feeder(0), i, r); }));
  }
  TRY(out, ManifestWriter::create(path, header));
  LoadOutcome outcome;
  LoadMerge merge(out, outcome);
  CHECK_OK(sort.merge([&](const SortedRecord& record) { return merge.add(record); }));
  CHECK_OK(merge.close());
  CHECK_OK(out.finish());
  return outcome;
}

Result<void> add_logged_attempts(const std::string& log, RecordSort::Feeder& feeder) {
  TRY(reader, LoadLogReader::open(log));
  return each_record(reader, [&](const LogRecord& record) -> Result<void> {
    if (record.kind != LogRecord::Kind::attempt) return {};
    Sighting sighting;
    sighting.kind = Sighting::Kind::attempt;
    sighting.key = record.key;
    sighting.digest = record.digest;
    sighting.source_hash = record.source_hash;
    return add_sighting(feeder, sighting);
  });
}

}  // namespace migrate
