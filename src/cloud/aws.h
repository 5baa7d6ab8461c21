// Signed requests to one AWS service that speaks JSON (DynamoDB; STS, Glue and S3 have their own forms): many in
// flight, each with a classified outcome. What to do about an outcome is the caller's: call() is the blocking way with
// retries, for everything but the hot path.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cloud/credentials.h"
#include "cloud/endpoint.h"
#include "cloud/http.h"
#include "cloud/retry.h"

namespace migrate {

struct AwsRequest {
  std::string operation;  // "PutItem"
  std::string body;
  bool writes = false;  // an outcome that is not certain is `ambiguous`, not `retryable`
  double timeout_seconds = 30;
};

struct AwsOutcome {
  AwsErrorClass error = AwsErrorClass::none;
  std::string code;     // "ProvisionedThroughputExceededException"; "" when ok, or when no answer came
  std::string message;  // the service's words, or the transport's
  std::string request_id;
  int status = 0;
  double seconds = 0;  // from start() to the last byte
  std::string body;    // the answer; of an error too

  bool ok() const { return error == AwsErrorClass::none; }
};

// Which service, where, and in whose name: resolved once, shared by all threads.
struct AwsService {
  std::string name;           // as signed: "dynamodb"
  std::string target_prefix;  // of X-Amz-Target: "DynamoDB_20120810"
  std::string json_version;   // "1.0"
  Endpoint endpoint;
  std::shared_ptr<CredentialsProvider> credentials;
  std::string ca_bundle;                    // for https; empty: the system's authorities
  const std::atomic<bool>* stop = nullptr;  // Ctrl-C: ends what waits for an answer or between two attempts

  bool stopped() const { return stop != nullptr && stop->load(); }
};

// One for each thread, like the HttpClient it owns.
class AwsClient {
 public:
  AwsClient(std::shared_ptr<const AwsService> service, std::unique_ptr<HttpClient> http);
  ~AwsClient();
  AwsClient(const AwsClient&) = delete;
  AwsClient& operator=(const AwsClient&) = delete;

  // Signs and sends. `done` runs on the thread that polls (or at once when there are no credentials), and may start
  // further requests. Credentials that were found expired are renewed before the next request, and a clock that is off
  // is corrected by the service's Date: so a request with either outcome may simply be started again.
  void start(AwsRequest request, std::function<void(AwsOutcome)> done);
  // As HttpClient::poll: runs the callbacks that are due, and returns how many requests are in flight.
  size_t poll(double seconds);
  void wake();

  // One request and its answer, waiting; callbacks of others that come due meanwhile run too. `interrupted` within half
  // a second when `cancelled` or the service's stop says so.
  AwsOutcome once(AwsRequest request, const std::function<bool()>& cancelled = nullptr);

  const AwsService& service() const { return *service_; }
  // Seconds that the service's clock is ahead of ours, by the Date of its last answer; nullopt before that.
  std::optional<double> clock_offset() const;

 private:
  struct State;
  std::shared_ptr<const AwsService> service_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<State> state_;
};

// The class of a complete answer: a JSON error of any AWS service. Gives code and message too.
AwsErrorClass classify_answer(int status, std::string_view body, bool writes, std::string& code, std::string& message);
// "…#ResourceNotFoundException" or a bare code, as HTTP errors and PartiQL's per-statement codes have it.
AwsErrorClass classify_code(std::string_view code, std::string_view message, int status, bool writes);

// Why it failed, for the log: a code, or the transport's words. The service's own may quote what it was sent.
std::string failure_brief(const AwsOutcome& outcome);

// An Error for people: what was asked, of whom, what came, what to do. Never holds credentials.
//   aws_error(outcome, "DescribeTable of 'Users'", client.service())
Error aws_error(const AwsOutcome& outcome, const std::string& doing, const AwsService& service);
ErrorKind aws_error_kind(AwsErrorClass error);

// "Sat, 21 Nov 2026 11:50:00 GMT" in seconds since 1970; and "2026-11-21T11:50:00Z" (a fraction is ignored).
std::optional<double> parse_http_date(std::string_view text);
std::optional<double> parse_iso_time(std::string_view text);

// The policy, with a `cancelled` that asks the service's stop too.
RetryPolicy with_stop(const RetryPolicy& policy, const AwsService& service);
// One attempt of call(): sent, waited for, and in the request log.
AwsOutcome attempt(AwsClient& client, const AwsRequest& request, const std::string& doing, int number,
                   const std::function<bool()>& cancelled);
// Asks until it works, fails for good, or `policy` gives up. Not for writes that must not happen twice: `ambiguous` is
// tried again (every write here is conditional or idempotent).
// Errors: aws_*, table_missing (not_found); interrupted, within a second, when policy.cancelled or service().stop says
// so.
Result<std::string> call(AwsClient& client, const AwsRequest& request, const std::string& doing,
                         const RetryPolicy& policy = {});

}  // namespace migrate
