// The log of a load, which is a run without a manifest: what it was about to write, and what turned out not to be its
// own. The manifest is made from it, and it tells the items of a run that was killed from those of an application.
//
// Stored, version 1 (docs/manifest.md): the front of a sorted file (engine/sorted_head.h) with a header in JSON, then
// any number of times
//   8 bytes  number of the block, from 0, little endian
//   …        a block of sorted_block.h, seeded with the seed of the file plus that number, of records
//              key    canonical key of the item
//              fixed  16 bytes digest, 6 bytes hash of the source key: 22
//              info   nothing: the item is about to be written; else 1 byte, 1: the table holds an item that gives
//                     this digest, 2: the item was refused, and the digest is zeros
// A log has no end of its own: it was finished, or its writer was killed. The number tells the two from damage: a whole
// block behind one that is not was written after it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "cloud/table.h"
#include "engine/find_changes.h"
#include "engine/manifest.h"

namespace migrate {

inline constexpr int load_log_version = 1;  // of the header and the records

struct LoadLogHeader {
  std::string source, target;  // identities, as in ManifestHeader
  std::string run;             // id
  std::string plan;            // what decides what a chunk does: a load goes on only after a log of the same plan
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
  std::vector<std::string> attributes;  // that digests are taken over
  bool operator==(const LoadLogHeader&) const = default;
};

struct Attempt {
  std::string_view key;  // as Item::key has it
  Digest digest;
  SourceHash source_hash{};
};

// Threads may call all of it at once. After an error every call gives that error. Errors: io (disk full, …); internal,
// for a key that none can be.
class LoadLog {
 public:
  // Anew, made beside the path and renamed: a file at the path has its header, and its name outlives a power cut.
  static Result<LoadLog> create(const std::string& path, const LoadLogHeader& header);
  LoadLog(LoadLog&&) noexcept;
  LoadLog& operator=(LoadLog&&) noexcept;
  ~LoadLog();  // writes nothing: see finish()

  // The operating system has them when it returns: then the items may be sent. In any order, a key at most once; sorts
  // its argument.
  Result<void> attempt(std::vector<Attempt>& items);
  // The table holds something else than what was attempted last under this key: an item that gives `found`, or, with
  // nothing, the item was refused. Some KB are kept back, at most until the next attempt() is written: so the log has
  // everything in the order in which it was said.
  Result<void> not_ours(std::string_view key, const std::optional<Digest>& found);
  // Writes what was kept back.
  Result<void> finish();

 private:
  struct State;
  explicit LoadLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct LogRecord {
  enum class Kind : uint8_t { attempt, not_ours } kind = Kind::attempt;
  uint64_t sequence = 0;  // its place in the log, from 0
  std::string_view key;   // lives until the next call
  Digest digest;          // of an attempt
  SourceHash source_hash{};
  std::optional<Digest> found;  // as LoadLog::not_ours() has it
};

// Errors: manifest_damaged, manifest_version, io.
class LoadLogReader {
 public:
  static Result<LoadLogReader> open(const std::string& path);
  LoadLogReader(LoadLogReader&&) noexcept;
  LoadLogReader& operator=(LoadLogReader&&) noexcept;
  ~LoadLogReader();

  const LoadLogHeader& header() const;
  // False at the end. What a killed process was writing last, cut or torn, ends it without an error: those items were
  // not sent. A damaged block with a whole one behind it is manifest_damaged.
  Result<bool> next(LogRecord& record);

 private:
  struct State;
  explicit LoadLogReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct LoadOutcome {
  uint64_t entries = 0;   // in the manifest
  uint64_t not_ours = 0;  // keys that were attempted and have no entry
  uint64_t stale = 0;     // entries that say something else than the row gave last: to be compared again at once
};

// The manifest of loads that followed each other, oldest first, written to `path`; `header` has one shape, the
// attributes of the logs. The sort has `memory_bytes` and spills to `folder`. An entry says what was attempted last
// under its key and may be in the table: not what was refused last, and where another item was found, what was
// attempted before and gives that item's digest. Errors: those of the logs, io; internal, when source, target, plan or
// attributes are not the same throughout.
Result<LoadOutcome> manifest_from_logs(const std::vector<std::string>& logs, const std::string& folder,
                                       uint64_t memory_bytes, const ManifestHeader& header, const std::string& path);

// All that the log attempted, as sightings, for a run that compares.
Result<void> add_logged_attempts(const std::string& log, RecordSort::Feeder& feeder);

}  // namespace migrate
