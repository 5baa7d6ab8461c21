// What DynamoDB's answers mean for the items of a request: Writer::on_answer().
//
// An item is settled by exactly one of four findings: the table took it, it holds an equal item already, it holds
// another one, or it refuses ours. All else is asked again. An answer that never came says nothing: so the same
// put-if-absent is sent again, and where it finds the key, the item is read back and compared.
#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "engine/outcomes.h"
#include "engine/run_log.h"

namespace migrate {
namespace {

constexpr int renewals_at_most = 3;
constexpr int poison_failures = 8;
constexpr uint64_t poison_successes = 20;
constexpr double poison_part = 0.25;  // of give_up_seconds: the service may fail statement by statement, and mend

AwsOutcome without_values(AwsOutcome outcome, const Masking& masking) {
  if (masking.hides_any() && aws_error_kind(outcome.error) == ErrorKind::aws_request) outcome.message.clear();
  return outcome;
}

constexpr size_t longest_message = 300;

// DynamoDB's own words may quote a value of the item.
std::string cause_text(const AwsOutcome& outcome, const Masking& masking) {
  std::string out = outcome.code.empty() ? std::string(class_name(outcome.error)) : outcome.code;
  if (outcome.message.empty()) return out;
  if (!outcome.code.empty() && masking.hides_any()) return out + " (its message is not shown: `mask`)";
  const bool whole = outcome.message.size() <= longest_message;
  return out + ": " + (whole ? outcome.message : outcome.message.substr(0, longest_message) + "…");
}

bool stops_everything(AwsErrorClass error) {
  switch (error) {
    case AwsErrorClass::denied:
    case AwsErrorClass::not_found:
    case AwsErrorClass::no_credentials:
    case AwsErrorClass::in_use:
    case AwsErrorClass::interrupted:
      return true;
    default:
      return false;
  }
}

AwsOutcome outcome_of(const StatementOutcome& statement) {
  AwsOutcome out;
  out.error = statement.error;
  out.code = statement.code;
  out.message = statement.message;
  out.status = 200;
  return out;
}

}  // namespace

WriteRequest derived(const WriteRequest& from, WriteRequest::Kind kind) {
  WriteRequest out = from;
  out.kind = kind;
  out.items.clear();
  out.intended.clear();
  return out;
}

Result<GotByKey> got_by_key(std::string& body, const NativeJob& job) {
  TRY(got, read_batch_get(body, job.target_table));
  GotByKey out;
  for (std::string_view item : got.items) {
    TRY(key, item_key(item, job.views.pk, job.views.sk));
    out.items.emplace(std::move(key), item);
  }
  for (std::string_view item : got.unprocessed_keys) {
    TRY(key, item_key(item, job.views.pk, job.views.sk));
    out.unread.insert(std::move(key));
  }
  return out;
}

void Writer::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Writer::open_circuit(const AwsOutcome& cause, double seconds) {
  const bool throttled = cause.error == AwsErrorClass::throttled;
  fail(Error(ErrorKind::circuit_open,
             "writing to '" + job_.target_table + "' was stopped: no request succeeded for " + human_duration(seconds) +
                 ", the last one failed with " + cause_text(cause, job_.masking),
             throttled
                 ? "the table throttles: raise its capacity or warm throughput, or lower `limits.write_rate`; then "
                   "run the same command again, which goes on after the finished chunks"
                 : "mend the cause and run the same command again, which goes on after the finished chunks"));
}

void Writer::on_answer(const Shared& request, AwsOutcome outcome) {
  facts_.latency.add(outcome.seconds);
  log_request(job_, *request, outcome);
  if (!outcome.ok() && outcome.error != AwsErrorClass::conditional_failed) return on_failure(*request, outcome);
  switch (request->kind) {
    case WriteRequest::Kind::insert:
      return on_statements(*request, outcome);
    case WriteRequest::Kind::put:
      succeeded();
      if (outcome.ok()) return settle_written(request->items[0]);
      request->kind = rules_ != nullptr ? WriteRequest::Kind::look : WriteRequest::Kind::read_back;
      ready_.push_back(std::move(*request));
      return;
    case WriteRequest::Kind::replace:
      return on_replaced(*request, outcome);
    case WriteRequest::Kind::read_back:
      return on_read_back(*request, outcome);
    case WriteRequest::Kind::look:
      return on_look(*request, outcome);
    case WriteRequest::Kind::change:
      return on_change_statements(*request, outcome);
    case WriteRequest::Kind::change_alone:
      return on_changed_alone(*request, outcome);
    case WriteRequest::Kind::put_back:
      succeeded();
      return put_back(*request);
  }
}

// An answer that settled at least one item: HTTP 200 alone may be a batch of which everything failed.
void Writer::succeeded() {
  ++successes_;
  failing_since_ = {};
  renewals_ = 0;
  pace_.succeeded();
}

// True: it has opened the circuit.
bool Writer::failing_too_long(const AwsOutcome& outcome) {
  const auto now = Clock::now();
  if (failing_since_ == Clock::time_point()) failing_since_ = now;
  const double seconds = std::chrono::duration<double>(now - failing_since_).count();
  const bool can_pass = outcome.error != AwsErrorClass::unreachable && outcome.error != AwsErrorClass::garbage;
  if (seconds <= job_.tuning.give_up_seconds / (can_pass ? 1 : 4)) return false;
  open_circuit(outcome, seconds);
  return true;
}

void Writer::on_failure(WriteRequest& request, const AwsOutcome& outcome) {
  if (stops_everything(outcome.error)) {
    return fail(aws_error(outcome, "writing to '" + job_.target_table + "'", client_.service()));
  }
  if (!worth_retrying(outcome.error)) return on_refused(request, outcome);
  if (outcome.error == AwsErrorClass::expired_credentials || outcome.error == AwsErrorClass::clock_skew) {
    if (++renewals_ > renewals_at_most * static_cast<int>(job_.tuning.connections)) {
      return fail(aws_error(outcome, "writing to '" + job_.target_table + "'", client_.service()));
    }
  } else if (failing_too_long(outcome)) {
    return;
  }
  retry(std::move(request), outcome.error, outcome);
}

// A request that keeps failing while others succeed, and has done so for a while: it is its items, not the service.
bool Writer::poisoned(const WriteRequest& request) const {
  const std::chrono::duration<double> failing = Clock::now() - request.first_failure;
  return request.failures >= poison_failures && successes_ - request.successes_then >= poison_successes &&
         failing.count() >= job_.tuning.give_up_seconds * poison_part;
}

void Writer::retry(WriteRequest request, AwsErrorClass error, const AwsOutcome& cause) {
  const auto now = Clock::now();
  ++facts_.retries;
  if (error == AwsErrorClass::throttled) {
    ++facts_.throttles;
    pace_.throttled(now);
  }
  if (error == AwsErrorClass::ambiguous || error == AwsErrorClass::garbage) request.maybe_written = true;
  if (request.failures++ == 0) {
    request.first_failure = now;
    request.successes_then = successes_;
  }
  if (error != AwsErrorClass::throttled && poisoned(request)) return on_refused(request, cause);
  RetryPolicy policy;
  policy.base_seconds = job_.tuning.retry_base_seconds;
  policy.throttled_base_seconds = 2 * job_.tuning.retry_base_seconds;
  policy.cap_seconds = job_.tuning.retry_cap_seconds;
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  const double wait = backoff_seconds(policy, error, request.failures, random);
  log_retry(job_, request, cause, wait);
  delayed_.emplace(now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wait)),
                   std::move(request));
}

// One bad item refuses its whole batch: halves are tried until it stands alone.
void Writer::on_refused(WriteRequest& request, const AwsOutcome& outcome) {
  if (request.items.size() == 1) {
    if (request.kind == WriteRequest::Kind::insert) {
      // PartiQL has limits of its own; a plain PutItem has the last word.
      request.kind = WriteRequest::Kind::put;
      ready_.push_back(std::move(request));
      return;
    }
    if (request.kind == WriteRequest::Kind::change) {
      request.kind = WriteRequest::Kind::change_alone;
      ready_.push_back(std::move(request));
      return;
    }
    if (request.kind == WriteRequest::Kind::read_back || request.kind == WriteRequest::Kind::look) {
      return fail(aws_error(without_values(outcome, job_.masking), "reading back from '" + job_.target_table + "'",
                            client_.service()));
    }
    ++refused_in_a_row_;
    tell(request.items[0], {Outcome::Kind::kept, std::nullopt});
    settle_dead(request.items[0], DeadLetterCode::refused,
                "DynamoDB refused the item: " + cause_text(outcome, job_.masking));
    if (refused_in_a_row_ >= job_.tuning.give_up_refused) {
      fail(Error(ErrorKind::circuit_open,
                 "writing to '" + job_.target_table + "' was stopped: " + std::to_string(refused_in_a_row_) +
                     " items in a row were refused, the last one with " + cause_text(outcome, job_.masking),
                 "the table may not fit the contract; '" + DeadLetterFile::unfinished(job_.dead_letters) +
                     "' has the items refused"));
    }
    return;
  }
  ++facts_.bisections;
  WriteRequest second = derived(request, request.kind);
  const auto middle = request.items.begin() + static_cast<long>(request.items.size() / 2);
  second.items.assign(middle, request.items.end());
  request.items.erase(middle, request.items.end());
  if (!request.intended.empty()) {
    const auto half = request.intended.begin() + static_cast<long>(request.items.size());
    second.intended.assign(half, request.intended.end());
    request.intended.erase(half, request.intended.end());
  }
  request.failures = second.failures = 0;
  ready_.push_front(std::move(second));
  ready_.push_front(std::move(request));
}

// An answer that cannot be read says no more than none.
void Writer::on_garbage(WriteRequest& request, AwsOutcome& outcome, const Error& error) {
  outcome.error = AwsErrorClass::garbage;
  outcome.message = error.message;
  on_failure(request, outcome);
}

// `alone` holds the item of a statement that neither was done nor failed by its condition.
void Writer::on_statement_failed(WriteRequest alone, const StatementOutcome& statement) {
  const AwsOutcome cause = outcome_of(statement);
  if (stops_everything(statement.error)) {
    fail(aws_error(cause, "writing to '" + job_.target_table + "'", client_.service()));
  } else if (!worth_retrying(statement.error)) {
    on_refused(alone, cause);
  } else if (!failing_too_long(cause)) {
    retry(std::move(alone), statement.error, cause);
  }
}

// Keys that BatchGetItem left unread.
void Writer::read_again(WriteRequest unread) {
  if (unread.items.empty()) return;
  AwsOutcome cause;
  cause.error = AwsErrorClass::throttled;
  cause.message = "BatchGetItem left keys unprocessed";
  if (!failing_too_long(cause)) retry(std::move(unread), AwsErrorClass::throttled, cause);
}

void Writer::on_statements(WriteRequest& request, AwsOutcome& outcome) {
  auto statements = read_statements(outcome.body, request.items.size(), true);
  if (!statements) return on_garbage(request, outcome, statements.error());
  const auto settles = [](const StatementOutcome& s) { return !worth_retrying(s.error) && !stops_everything(s.error); };
  if (std::any_of(statements->begin(), statements->end(), settles)) succeeded();
  WriteRequest found = derived(request, rules_ != nullptr ? WriteRequest::Kind::look : WriteRequest::Kind::read_back);
  for (size_t i = 0; i < statements->size(); ++i) {
    const StatementOutcome& statement = (*statements)[i];
    const ItemRef& item = request.items[i];
    if (statement.error == AwsErrorClass::none) {
      settle_written(item);
    } else if (statement.error == AwsErrorClass::conditional_failed) {
      found.items.push_back(item);
    } else {
      WriteRequest alone = derived(request, WriteRequest::Kind::insert);
      alone.items.push_back(item);
      on_statement_failed(std::move(alone), statement);
    }
  }
  if (!found.items.empty()) ready_.push_back(std::move(found));
}

void Writer::on_replaced(WriteRequest& request, AwsOutcome& outcome) {
  auto unprocessed = read_unprocessed(outcome.body, job_.target_table);
  if (!unprocessed) return on_garbage(request, outcome, unprocessed.error());
  std::unordered_set<std::string> left;
  for (std::string_view item : *unprocessed) {
    if (auto key = item_key(item, job_.views.pk, job_.views.sk)) left.insert(std::move(*key));
  }
  WriteRequest again = derived(request, WriteRequest::Kind::replace);
  for (const ItemRef& item : request.items) {
    if (left.contains(std::string(item.key()))) {
      again.items.push_back(item);
    } else {
      settle_written(item);
    }
  }
  if (again.items.size() < request.items.size()) succeeded();
  if (again.items.empty()) return;
  AwsOutcome cause;
  cause.error = AwsErrorClass::throttled;
  cause.message = "BatchWriteItem left items unprocessed";
  if (failing_too_long(cause)) return;
  retry(std::move(again), AwsErrorClass::throttled, cause);
}

void Writer::compare(const ItemRef& item, std::string_view existing, bool maybe_written) {
  const std::optional<Digest> found = builder_.content(existing);
  if (found == item.entry().digest) {
    return maybe_written || item.chunk().again ? settle_written(item) : settle_present(item);
  }
  if (job_.on_conflict == OnConflict::overwrite) {
    WriteRequest replace;
    replace.kind = WriteRequest::Kind::replace;
    replace.items.push_back(item);
    ready_.push_back(std::move(replace));
    return;
  }
  conflict(item, found, "the table holds another item with this key; it was left alone", false);
}

void Writer::conflict(const ItemRef& item, const std::optional<Digest>& found, const std::string& reason, bool gone) {
  const bool stops = job_.on_conflict == OnConflict::fail;
  if (stops) {
    item.chunk().abandoned = true;  // else the next run would go on after it, and past the conflict
  } else {
    keep_conflict(item, gone);
  }
  tell(item, {Outcome::Kind::kept, found});
  settle_dead(item, DeadLetterCode::conflict, reason);
  if (!stops) return;
  fail(Error(ErrorKind::guard, "the table '" + job_.target_table + "' holds an item that is not ours",
             "`on_conflict: fail` stops here; '" + DeadLetterFile::unfinished(job_.dead_letters) + "' has its key"));
}

void Writer::on_read_back(WriteRequest& request, AwsOutcome& outcome) {
  auto got = got_by_key(outcome.body, job_);
  if (!got) return on_garbage(request, outcome, got.error());
  WriteRequest again = derived(request, WriteRequest::Kind::read_back);
  WriteRequest gone = derived(request, WriteRequest::Kind::insert);
  for (const ItemRef& item : request.items) {
    const std::string key(item.key());
    if (const auto found = got->items.find(key); found != got->items.end()) {
      compare(item, found->second, request.maybe_written);
    } else {
      (got->unread.contains(key) ? again : gone).items.push_back(item);
    }
  }
  if (again.items.size() < request.items.size()) succeeded();
  read_again(std::move(again));
  if (!gone.items.empty()) {
    // Somebody deleted it between the two requests, so there is room for ours.
    AwsOutcome cause;
    cause.error = AwsErrorClass::retryable;
    cause.message = "an item came and went while it was looked at";
    retry(std::move(gone), AwsErrorClass::retryable, cause);
  }
}

}  // namespace migrate
