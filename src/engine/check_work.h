// The parts of a check, between the files check_*.cc. Not for others.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/check.h"
#include "engine/external_sort.h"

namespace migrate::checking {

// What a record stands for.
enum Kind : uint8_t { row, dead_row, refused, conflict, reported_duplicate, item, index_expected, index_found };

// Where a row or an item can be read again: a chunk of the source, or a page of a scan.
struct Place {
  bool source = true;
  size_t entity = 0;
  KeyRange range;
  int index = -1;  // of the job's indexes; -1: the table
  uint32_t segment = 0;
  std::string start_key;
};
inline constexpr uint32_t scan_segments = 8;
inline constexpr size_t scan_threads = 4;
inline constexpr uint64_t chunk_rows = 5000;

// A difference that the merge found; looked at closer before it is shown.
struct Candidate {
  Digest key;
  Digest expected, found;  // contents; found is empty where there is none
  uint32_t place = 0;
  bool known = false;
  bool unreported = false;
};

// Everything that one check shares between its threads and its stages.
struct Work {
  Work(const CheckJob& j, CheckSides& s, const CheckHooks& h) : job(j), sides(s), hooks(h) {}

  const CheckJob& job;
  CheckSides& sides;
  const CheckHooks& hooks;
  CheckResult result;
  std::vector<std::string> attributes;  // of all entities: what items are compared by

  std::mutex mutex;  // of places and attribute_counts
  std::vector<Place> places;
  std::map<std::string, uint64_t> attribute_counts;
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> rows = 0, items = 0, entries = 0, dead_rows = 0, wrong = 0, enriched = 0;
  std::vector<Candidate> missing, different, extra, duplicates;
  std::vector<std::vector<Candidate>> index_missing, index_extra, index_different;  // by index

  void report_progress() const;
  uint32_t add_place(Place place);
  RetryPolicy policy();
};

// Runs each piece of work on a thread of its own until all are done or one fails, and the hooks on this one.
using Piece = std::function<Result<void>()>;
Result<void> run_pieces(Work& work, const std::vector<Piece>& pieces);

Digest key_digest(std::string_view canonical_key);

// --- the source side ---

struct RowChunk {
  size_t entity = 0;
  KeyRange range;
};
// Deals chunks out to readers. The source has begun its snapshot; a new one begins when that is too old.
class ChunkDealer {
 public:
  explicit ChunkDealer(Work& work);
  Result<std::optional<RowChunk>> next(size_t reader);  // blocks while others must finish first
  void finished();

 private:
  struct State;
  std::shared_ptr<State> state_;
  Work& work_;
};
// Every row as a record.
Result<void> feed_rows(Work& work, ChunkDealer& dealer, size_t reader, ExternalSort::Feeder& feeder);
// Whether dead letters do not tell the keys of their rows.
bool keys_are_masked(const CheckJob& job);
// The keys of the last run's refused rows, conflicts and rows that share a key, as its dead letters name them, one
// after the other: there may be as many as rows.
Result<void> read_known(const CheckJob& job, std::vector<std::string>& notes,
                        const std::function<Result<void>(Kind, const Digest& key)>& known);

// --- the target side ---

// Deals segments out to threads.
struct SegmentDealer {
  std::atomic<uint32_t> next = 0;
};
// One page after the other of the segments of the table, or of an index; `page` gets each with its place.
Result<void> scan_segments_of(Work& work, SegmentDealer& dealer, int index, AwsClient& client,
                              const std::function<Result<void>(const Page&, uint32_t place)>& page);
Result<void> feed_items(Work& work, SegmentDealer& dealer, AwsClient& client, ExternalSort::Feeder& feeder);
Result<void> feed_entries(Work& work, SegmentDealer& dealer, int index, AwsClient& client,
                          ExternalSort::Feeder& feeder);
Result<uint64_t> count_items(Work& work, AwsClient& client, int index);
ScanRequest scan_request(const Work& work, const Place& place);
// The items of a page with these keys, read again.
Result<std::map<Digest, std::string>> read_page_again(Work& work, AwsClient& client, uint32_t place,
                                                      const std::set<Digest>& wanted);
// A Query for the key that `item` has in the index, or (nullptr) in the table.
QueryRequest query_like(const Work& work, const IndexSpec* index, std::string_view item);
// The attributes of the contract that an index holds.
std::vector<std::string> projected_attributes(const Work& work, const IndexSpec& index);
// Which of the indexes must hold the item: bit i for the i-th. It has their keys.
uint32_t holding_indexes(std::string_view item_json, const std::vector<IndexSpec>& indexes);

// --- the stages ---

// So many differences of a kind are kept, to be read again one by one, whether they are shown or not; all are counted.
inline constexpr size_t closer_looks = 100;

// Compares all records, which come sorted. Exposed for tests: it is where each kind of difference is decided.
class Comparison {
 public:
  explicit Comparison(Work& work);
  Result<void> add(const SortRecord& record);
  void finish();

 private:
  struct Group;
  void close();
  Work& work_;
  std::shared_ptr<Group> group_;
};

Result<void> look_closer(Work& work);  // at the rows and items that differ
Result<void> look_closer_at_indexes(Work& work);
// The table and its indexes scanned once more: what is known of the indexes is as of now.
Result<void> scan_indexes_again(Work& work);
Result<void> check_full(Work& work);
Result<void> check_sample(Work& work);
Result<void> check_counts(Work& work);
Result<void> check_patterns(Work& work);

// --- items as people read them ---

// {"id":{"N":"7"}} of an item that has more.
std::string key_map(std::string_view item_json, const std::vector<std::string>& names);
std::string key_text(std::string_view item_json, const TableViews& views, const Masking& masking);
std::string source_key_text(const EntityView& entity, const NamedTexts& key, const Masking& masking);
std::vector<Discrepancy::Attribute> differing_attributes(std::string_view expected_json, std::string_view found_json,
                                                         const std::vector<std::string>& only, const Masking& masking);

}  // namespace migrate::checking
