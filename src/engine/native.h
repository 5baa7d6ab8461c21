// The native engine: streams the rows of one target table from the source into concurrent DynamoDB requests, with
// bounded memory. docs/engine.md tells how; here is what goes in and what comes out.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cloud/dynamodb.h"
#include "contract/project.h"
#include "engine/dead_letters.h"
#include "engine/item.h"
#include "engine/row_source.h"
#include "sql/view.h"

namespace migrate {

// How the writer behaves towards the service; the defaults are for real ones.
struct WriterTuning {
  size_t connections = 32;           // requests in flight at most
  double retry_base_seconds = 0.05;  // full jitter from here, doubled each time up to retry_cap_seconds
  double retry_cap_seconds = 10;
  double give_up_seconds = 120;  // the circuit opens after so long without one success
  size_t give_up_refused = 200;  // … or after so many refused items in a row, none accepted
  double request_timeout_seconds = 30;
  size_t letter_bytes = 1 << 20;  // of dead letters that a table without a key keeps in memory
};

// How the reader bears a source that goes away for a while.
struct ReconnectTuning {
  int losses = 5;              // of connections one after the other, no chunk read between them
  double seconds = 60;         // how long one reconnecting may take
  double base_seconds = 0.25;  // the first wait; doubled each time, with jitter
  double cap_seconds = 5;
};

// What is kept of a target table from run to run (docs/manifest.md), and whose it is.
struct RunState {
  std::string folder;          // of the table; empty: nothing is kept, and every run is a load
  std::string base;            // id of the run whose manifest is the last; empty: there is none
  std::string run;             // id of this one
  std::string source, target;  // identities: of another source or target nothing that is kept is true
  std::string plan;            // hex, of all that decides what a finished chunk has done
};

struct NativeJob {
  TableViews views;
  std::string target_table;  // as DynamoDB knows it, prefix included
  Limits limits;
  WriteMode write = WriteMode::put_if_absent;
  OnConflict on_conflict = OnConflict::keep;
  std::string dead_letters;  // path of the file, replaced by each whole run
  RunState state;
  Deletes deletes = Deletes::propagate;
  std::optional<uint64_t> allow_deletes;  // in place of limits.deletes
  bool restore = false;  // an item that was written and is gone is written again: it expires (`ttl`), or -B asks for it
  bool look_at_all = false;  // also at items whose rows are unchanged: -B
  Masking masking;
  WriterTuning tuning;
  ReconnectTuning reconnect;
};

// A finished piece of the work. `state` is the engine's own text (JSON); handing all of them back resumes the run.
struct FinishedChunk {
  std::string range;  // unique within one plan
  std::string state;
};

struct LatencyHistogram {
  std::array<uint64_t, 64> counts{};  // counts[i]: below 0.1 ms × 1.25^i
  void add(double seconds);
  double quantile(double q) const;  // seconds; 0 when empty
  uint64_t total() const;
};

// An item that stood in the way of ours, so that later builds can look it up by key (open_conflicts.h).
struct OpenConflict {
  size_t entity = 0;
  std::string key;    // attribute map as JSON
  std::string ours;   // item_digest() of the item that was to be written, in hex; empty: it was to be removed
  bool gone = false;  // what stands in the way is that there is none, where one was written
};
inline constexpr size_t max_open_conflicts = 1000;  // kept of a run; the others stay open until it is made again

// What happened, for records and reports. Every row read is in exactly one of written, present, conflicts, dead rows;
// conflicts may be of items without a row, too.
struct TableRun {
  uint64_t rows_read = 0;
  uint64_t written = 0;
  uint64_t present = 0;                                    // was there already, equal
  uint64_t conflicts = 0;                                  // is there, and different: left alone
  uint64_t dead_rows = 0;                                  // could not become items, or were refused
  std::array<uint64_t, dead_letter_codes> dead_letters{};  // lines of the file by code, conflicts among them
  std::vector<std::string> samples;                        // lines of the file: the first of each code, at most 3
  uint64_t updated = 0;                                    // among `written`, which are inserts else
  uint64_t removed = 0;                                    // items whose rows are gone
  uint64_t kept = 0;                                       // items that stay as they are: `deletes: keep`, dead rows
  std::string manifest;                                    // id of the run whose manifest is the last; empty: none
  uint64_t item_bytes = 0;                                 // of items written, as DynamoDB counts
  uint64_t sent_bytes = 0;                                 // of request bodies
  double write_units = 0;                                  // of the table itself, without its indexes
  uint64_t requests = 0, retries = 0, throttles = 0, read_backs = 0, bisections = 0;
  uint64_t chunks = 0, chunks_skipped = 0, snapshots = 0, reconnects = 0;
  LatencyHistogram latency;
  std::string reading;  // for people: "2 connections with one snapshot, …", set by who knows the source
  double seconds = 0, reading_seconds = 0, converting_seconds = 0;  // the latter two summed over readers
  double waiting_for_target_seconds = 0;                            // readers, held back by a full queue
  double bucket_seconds = 1;                                        // width of one entry of `throughput`
  std::vector<uint64_t> throughput;                       // items done per bucket; the width doubles when 600 are full
  std::vector<std::pair<std::string, uint64_t>> largest;  // key, bytes; at most 10, keys masked where asked
  std::vector<std::pair<std::string, uint64_t>> hot;      // partition keys with most items, estimated; at most 10
  std::vector<OpenConflict> open_conflicts;               // the first max_open_conflicts of them
  uint64_t open_problems() const { return conflicts + dead_rows; }
  // Of this attempt: what an earlier one had finished is among the counts, and took none of these seconds.
  double items_per_second() const;
};

struct NativeProgress {
  uint64_t rows_read = 0, done = 0, problems = 0, throttles = 0;
};

// All called on the thread that called run_native(), between requests: keep them short.
struct NativeHooks {
  std::vector<FinishedChunk> finished;                               // of the run that is resumed
  std::function<Result<void>(const FinishedChunk&)> chunk_finished;  // an error stops the run
  std::function<void(const NativeProgress&)> progress;               // some times a second
  std::function<bool()> cancelled;
};

// Runs until every row is accounted for: a load, or where something is kept of runs before it, a later run. Errors:
// interrupted (within 5 s of `cancelled`, finished chunks are kept), circuit_open, guard (on_conflict: fail, deletes),
// source_*, aws_*, table_missing, io (dead letters, manifests). Each says how to go on.
Result<TableRun> run_native(const NativeJob& job, RowSource& rows, AwsClient& client, NativeHooks& hooks);

}  // namespace migrate
