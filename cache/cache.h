// What is already true: records of finished targets, the journal of side effects under way, finished chunks, runs.
// One SQLite file, .migrate/cache.db; docs/cache.md documents it table by table. Knows no graph, no database, no cloud.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "cache/record.h"

namespace migrate {

// A side effect that was begun; it is ended by save() of its target, or by end_journal().
struct JournalEntry {
  int64_t id = 0;
  std::string target;
  std::string what;     // "run glue job"
  std::string payload;  // JSON, the rule's own: what is needed to find the effect again
  int64_t begun_at = 0;
};

// A finished piece of a target's work, so that a killed run goes on after it.
struct ChunkRecord {
  std::string range;  // the rule's own form, unique within target and plan
  std::string facts;  // JSON
};

struct RunRecord {
  std::string id;
  int64_t started_at = 0;
  int64_t finished_at = 0;  // 0: it was killed
  std::string command;
  std::string who;  // user@host
  int exit_code = -1;
  std::string facts;
};

class Cache {
 public:
  // `folder` is made if need be; take the lock first (cache/lock.h). `project` says which project it is (src/cli: name
  // and file): a cache of another one is refused. Errors: cache_corrupt, cache_version, cache_project, cache_io.
  static Result<std::unique_ptr<Cache>> open(const std::string& folder, const std::string& project);
  // For `plan` and `status`: nothing is written, and no lock is needed. A missing cache is an empty one. What a build
  // that runs meanwhile saves may be seen or not.
  static Result<std::unique_ptr<Cache>> open_read_only(const std::string& folder, const std::string& project);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // All records, in one read: 100,000 of them load in well under 0.2 s.
  Result<Records> records();
  Result<std::optional<Record>> record(std::string_view target);
  // One transaction: the record replaces the old one, and the target's journal entries and chunks go.
  Result<void> save(const Record& record);
  // Many pure records in one transaction.
  Result<void> save_all(const std::vector<Record>& records);
  Result<void> forget(std::string_view target);

  // A synced entry outlives a power cut, as the side effect will; one that is not, only the end of the process.
  Result<int64_t> begin_journal(const JournalEntry& entry, bool synced = true);
  Result<void> end_journal(int64_t id);
  Result<std::vector<JournalEntry>> journal(std::string_view target);

  // `plan` is a digest of what the chunks belong to (views, identity of source and target, how is written): others are
  // forgotten. Not of the data version: a run that goes on records the version that the first of its snapshots had.
  Result<void> add_chunk(std::string_view target, const Digest& plan, const ChunkRecord& chunk);
  Result<std::vector<ChunkRecord>> chunks(std::string_view target, const Digest& plan);
  Result<void> forget_chunks(std::string_view target);

  Result<void> begin_run(const RunRecord& run);
  Result<void> end_run(const RunRecord& run);
  Result<std::vector<RunRecord>> runs(size_t newest);

  // Small facts by name: the last schema seen, tables that migrate made, …
  Result<void> put_fact(std::string_view name, std::string_view value);
  Result<std::optional<std::string>> fact(std::string_view name);

 private:
  Cache();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace migrate
