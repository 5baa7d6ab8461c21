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
#include "engine/facts.h"
#include "engine/native.h"
#include "engine/pace.h"
#include "engine/requests.h"

namespace migrate {

struct WriteRequest {
  enum class Kind { insert, put, replace, read_back } kind = Kind::insert;
  std::vector<ItemRef> items;
  int failures = 0;
  bool maybe_written = false;  // an answer was lost: the items may be ours already
  std::chrono::steady_clock::time_point first_failure{};
  uint64_t successes_then = 0;  // of all requests, when it first failed
};

class Writer {
 public:
  Writer(const NativeJob& job, AwsClient& client, BlockQueue& queue, NativeHooks& hooks, TableRun& facts,
         DeadLetterFile& letters);

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
  void take_block(const std::shared_ptr<Block>& block);
  std::optional<WriteRequest> next_request();
  bool more_to_send();
  void send_what_may_go();
  void send(WriteRequest request);
  double seconds_to_wait() const;
  bool settled() const;

  // What answers mean (outcomes.cc).
  void on_answer(const Shared& request, AwsOutcome outcome);
  void on_failure(WriteRequest& request, const AwsOutcome& outcome);
  void on_statements(WriteRequest& request, AwsOutcome& outcome);
  void on_replaced(WriteRequest& request, AwsOutcome& outcome);
  void on_read_back(WriteRequest& request, AwsOutcome& outcome);
  void on_refused(WriteRequest& request, const AwsOutcome& outcome);
  void compare(const ItemRef& item, std::string_view existing, bool maybe_written);
  void retry(WriteRequest request, AwsErrorClass error, const AwsOutcome& cause);
  bool poisoned(const WriteRequest& request) const;
  void fail(Error error);
  void succeeded();
  bool failing_too_long(const AwsOutcome& outcome);
  void open_circuit(const AwsOutcome& cause, double seconds);

  // Settling items and chunks (writer.cc).
  void settle_written(const ItemRef& item);
  void settle_present(const ItemRef& item);
  void keep_conflict(const ItemRef& item);
  void settle_dead(const ItemRef& item, DeadLetterCode code, const std::string& reason);
  void write_letter(ChunkAttempt& chunk, const DeadLetter& letter);
  void settled_one(ChunkAttempt& chunk);
  void finish_if_done(ChunkAttempt& chunk);

  const NativeJob& job_;
  AwsClient& client_;
  BlockQueue& queue_;
  NativeHooks& hooks_;
  TableRun& facts_;
  DeadLetterFile& letters_;
  RequestBuilder builder_;
  Pace pace_;
  std::mt19937_64 random_;

  std::deque<ItemRef> items_;  // of the blocks at hand, not yet sent
  std::deque<WriteRequest> ready_;
  std::multimap<Clock::time_point, WriteRequest> delayed_;
  // Chunks taken and not finished, by entity and number. One that was abandoned stays until it is read again.
  std::map<std::pair<size_t, uint64_t>, std::shared_ptr<ChunkAttempt>> open_chunks_;
  size_t in_flight_ = 0;
  uint64_t in_flight_bytes_ = 0;
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
