// Which ranges of which entity are read next, by whom, and what became of them: chunks, their records, and resuming.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/item.h"
#include "engine/native.h"
#include "engine/row_source.h"

namespace migrate {

// What became of a chunk's rows. Written by the writer's thread alone.
struct ChunkTally {
  uint64_t rows = 0, written = 0, present = 0, conflicts = 0, dead_rows = 0, item_bytes = 0;
  double write_units = 0;
  std::array<uint64_t, dead_letter_codes> letters{};
  std::string lines;  // of the dead letters' file
  std::vector<OpenConflict> open_conflicts;
};

// One attempt to read and write a chunk. The chunks of an entity are numbered in key order; one that fills the gap
// between finished ones takes all numbers of the gap.
struct ChunkAttempt {
  size_t entity = 0;
  uint64_t first = 0, last = 0;
  KeyRange range;
  bool again = false;  // an earlier attempt may have written some of its items
  bool once = false;   // never tried again, and of any size: a table without a key, the changes of a later run
  // The writer's:
  ChunkTally tally;
  uint64_t open_items = 0;
  bool read = false, abandoned = false;
  bool letters_left = false;  // some of its dead letters are in the file already, and no longer in `tally`
};

// The stored form of a finished chunk, a JSON object: entity, first, last, after, upto (lists of SQL literals), the
// counts of ChunkTally by name, letters (by code, in the order of DeadLetterCode), lines (one text) and open_conflicts
// (objects of entity, key, ours, gone).
FinishedChunk store_chunk(const ChunkAttempt& chunk);
// Errors: cache_corrupt, when it is not what store_chunk() made.
Result<ChunkAttempt> load_chunk(const FinishedChunk& chunk);

// Hands out ranges to readers. Thread-safe; boundaries are asked one at a time, since each starts where the one before
// ended. A snapshot that grew too old, or was lost with its connection, is renewed between chunks, when no reader is at
// work; a source that is not there is asked again for a while.
class ChunkPlan {
 public:
  ChunkPlan(const TableViews& views, RowSource& rows, double snapshot_minutes, const ReconnectTuning& reconnect,
            std::vector<ChunkAttempt> finished);

  // The first snapshot; before any reader asks. Not tried again: what cannot be reached at all is said at once.
  Result<void> begin();
  // Waits while the snapshot is renewed. nullptr: no more. Errors end the run.
  Result<std::shared_ptr<ChunkAttempt>> next(size_t reader);
  void read(const ChunkAttempt& chunk, uint64_t rows, uint64_t bytes);
  // The chunk was not read to its end. True: it is handed out again, on a new snapshot.
  bool failed(const ChunkAttempt& chunk, const Error& error);
  void stop();
  bool stopped() const { return stopped_; }

  uint64_t snapshots() const { return snapshots_; }
  uint64_t reconnects() const { return reconnects_; }
  uint64_t skipped() const { return skipped_; }

 private:
  using Clock = std::chrono::steady_clock;
  Result<void> renew_if_due(std::unique_lock<std::mutex>& lock);
  Result<void> renew(std::unique_lock<std::mutex>& lock);
  bool wait(std::unique_lock<std::mutex>& lock, int failures);
  bool may_reconnect(const Error& error);
  Result<std::shared_ptr<ChunkAttempt>> next_range(size_t reader);
  void skip_finished();

  const TableViews& views_;
  RowSource& rows_;
  const std::chrono::duration<double> snapshot_age_;
  const ReconnectTuning reconnect_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::atomic<bool> stopped_ = false;
  size_t active_ = 0;
  bool lost_ = true;  // no snapshot yet, or none any more
  bool renewing_ = false;
  int losses_ = 0;  // since a chunk was last read
  Clock::time_point snapshot_since_;
  std::atomic<uint64_t> snapshots_ = 0, reconnects_ = 0, skipped_ = 0;

  std::vector<std::map<uint64_t, ChunkAttempt>> finished_;  // by entity, by first number
  std::vector<std::shared_ptr<ChunkAttempt>> again_;
  size_t entity_ = 0;
  uint64_t number_ = 0;
  std::vector<KeyLiteral> after_;
  uint64_t chunk_rows_;
};

}  // namespace migrate
