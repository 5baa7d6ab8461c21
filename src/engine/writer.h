// The writer: one loop on one thread that turns blocks into requests, many in flight, and settles every item.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cloud/dynamodb.h"
#include "engine/dead_letters.h"
#include "engine/decide.h"
#include "engine/facts.h"
#include "engine/native.h"
#include "engine/next_manifest.h"
#include "engine/pace.h"
#include "engine/requests.h"

namespace migrate {

// An update or delete that was decided on what was read.
struct Intended {
  SeenItem seen;
  WantedItem wanted;
  ConditionalWrite write;  // views into both
};

struct WriteRequest {
  enum class Kind {
    insert,        // BatchExecuteStatement, each if the key is absent
    put,           // PutItem if the key is absent
    replace,       // BatchWriteItem
    read_back,     // BatchGetItem, of what a load found in its way
    look,          // BatchGetItem, of what a later run is to change
    change,        // BatchExecuteStatement of conditional updates and deletes
    change_alone,  // UpdateItem or DeleteItem, conditional
    put_back       // PutItem if the key is absent, of an item that should not have been removed
  } kind = Kind::insert;
  std::vector<ItemRef> items;
  std::vector<std::shared_ptr<const Intended>> intended;  // of changes: one for each item
  int failures = 0;
  int looks = 0;  // how often its items were looked at, and then were something else when they were to be changed
  bool maybe_written = false;  // an answer was lost: the items may be ours already
  std::chrono::steady_clock::time_point first_failure{};
  uint64_t successes_then = 0;  // of all requests, when it first failed
};

// What became of an item that is settled, for the manifest.
struct Settled {
  Outcome::Kind kind = Outcome::Kind::written;
  // kept: what the table holds instead, over the contract's attributes; nothing where the item was refused, or none is
  // there. found: what a killed run wrote, over `shape`.
  std::optional<Digest> digest;
  uint32_t shape = 0;
};

// Where the writer's items come from, and who hears what became of them.
struct WriterEnds {
  std::function<Result<std::shared_ptr<Block>>()> next_block;  // nullptr: none is there now
  std::function<Result<void>(const ItemRef&, const Settled&)> settled = nullptr;
};

class Writer {
 public:
  // `rules` are those of a later run, and may be null for a load.
  static constexpr double drain_seconds = 3.5;  // of the 5 that an interrupted run may take

  Writer(const NativeJob& job, AwsClient& client, WriterEnds ends, NativeHooks& hooks, TableRun& facts,
         DeadLetterFile& letters, const DecisionRules* rules = nullptr);

  // Works until readers_done() and every item is settled, or stop() says so.
  Result<void> run(const std::function<bool()>& readers_done, const std::function<bool()>& stop);
  // Starts nothing new; waits for what is in flight, and records the chunks that it completes.
  Result<void> drain(double seconds);
  // Of a run that ends before its time: the dead letters of chunks that are not finished.
  Result<void> append_open_letters();

 private:
  using Clock = std::chrono::steady_clock;
  using Shared = std::shared_ptr<WriteRequest>;

  // Taking blocks and sending (writer.cc).
  bool take_next_block();
  void take_block(const std::shared_ptr<Block>& block);
  std::optional<WriteRequest> next_request();
  bool more_to_send();
  void send_what_may_go();
  AwsRequest body_of(const WriteRequest& request);
  void send(WriteRequest request);
  double seconds_to_wait() const;
  bool settled() const;

  // What answers mean (outcomes.cc).
  void on_answer(const Shared& request, AwsOutcome outcome);
  void on_failure(WriteRequest& request, const AwsOutcome& outcome);
  void on_garbage(WriteRequest& request, AwsOutcome& outcome, const Error& error);
  void on_statement_failed(WriteRequest alone, const StatementOutcome& statement);
  void read_again(WriteRequest unread);
  void on_statements(WriteRequest& request, AwsOutcome& outcome);
  void on_replaced(WriteRequest& request, AwsOutcome& outcome);
  void on_read_back(WriteRequest& request, AwsOutcome& outcome);
  void on_refused(WriteRequest& request, const AwsOutcome& outcome);
  void compare(const ItemRef& item, std::string_view existing, bool maybe_written);
  void conflict(const ItemRef& item, const std::optional<Digest>& found, const std::string& reason, bool gone);
  void retry(WriteRequest request, AwsErrorClass error, const AwsOutcome& cause);
  bool poisoned(const WriteRequest& request) const;
  void fail(Error error);
  void succeeded();
  bool failing_too_long(const AwsOutcome& outcome);
  void open_circuit(const AwsOutcome& cause, double seconds);

  // What a later run does with items that it has looked at (changes.cc).
  bool to_be_looked_at(const ItemRef& item) const;
  size_t items_of_a_look() const;
  WriteRequest next_look();
  void on_look(WriteRequest& request, AwsOutcome& outcome);
  void on_seen(const WriteRequest& request, const ItemRef& item, std::optional<std::string_view> existing,
               std::vector<WriteRequest>& next);
  void on_change_statements(WriteRequest& request, AwsOutcome& outcome);
  void on_changed_alone(WriteRequest& request, AwsOutcome& outcome);
  void on_changed(const WriteRequest& request, size_t i, std::string_view returned);
  void look_again(const WriteRequest& request, size_t i);
  void put_back(const WriteRequest& request);

  // Settling items and chunks (writer.cc).
  void settle_written(const ItemRef& item);
  void settle_present(const ItemRef& item);
  void settle_gone(const ItemRef& item);
  void settle_unchanged(const ItemRef& item, const Settled& as);
  void tell(const ItemRef& item, const Settled& as);
  void keep_conflict(const ItemRef& item, bool gone);
  void settle_dead(const ItemRef& item, DeadLetterCode code, const std::string& reason);
  void write_letter(ChunkAttempt& chunk, const DeadLetter& letter);
  void settled_one(ChunkAttempt& chunk);
  void finish_if_done(ChunkAttempt& chunk);

  const NativeJob& job_;
  AwsClient& client_;
  const WriterEnds ends_;
  const DecisionRules* rules_;
  NativeHooks& hooks_;
  TableRun& facts_;
  DeadLetterFile& letters_;
  RequestBuilder builder_;
  Pace pace_;
  std::mt19937_64 random_;

  std::deque<ItemRef> items_, to_look_at_;  // of the blocks at hand, not yet sent
  std::deque<WriteRequest> ready_;
  std::multimap<Clock::time_point, WriteRequest> delayed_;
  // Chunks taken and not finished, by entity and number. One that was abandoned stays until it is read again.
  std::map<std::pair<size_t, uint64_t>, std::shared_ptr<ChunkAttempt>> open_chunks_;
  size_t in_flight_ = 0;
  uint64_t in_flight_bytes_ = 0;
  uint64_t seen_items_ = 0, seen_bytes_ = 0;  // by looks so far
  std::optional<Error> error_;

  uint64_t successes_ = 0;
  Clock::time_point failing_since_{};  // set while nothing succeeds
  int renewals_ = 0;
  uint64_t refused_in_a_row_ = 0;
  uint64_t rows_ = 0, done_ = 0, problems_ = 0;
  // Gone when the writer is: an answer that comes later than drain() waits finds nobody.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Clock::time_point next_progress_{};
  Clock::time_point began_;
};

}  // namespace migrate
