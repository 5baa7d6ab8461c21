// Signed requests: AwsClient, attempt(), call().
#include "cloud/aws.h"

#include <chrono>
#include <cstdlib>

#include "base/log.h"
#include "cloud/sigv4.h"

namespace migrate {
namespace {

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The crc32 of the body as it came ("x-amz-crc32", DynamoDB Developer Guide: low-level API).
bool crc_agrees(const HttpResponse& response) {
  std::string_view told = response.header("x-amz-crc32");
  return told.empty() || std::strtoull(std::string(told).c_str(), nullptr, 10) == response.crc32;
}

}  // namespace

struct AwsClient::State {
  State(const AwsService& service) : signer(service.name, service.endpoint.region) {}
  Signer signer;
  std::optional<double> offset_seen;  // by the last Date
  double offset = 0;                  // that signing uses: set only when the service complained of our clock

  void classify(const AwsService& service, bool writes, const std::string& access_key, HttpOutcome& from,
                AwsOutcome& out);
  void look_at_clock(const HttpResponse& response);
};

void AwsClient::State::look_at_clock(const HttpResponse& response) {
  // Parsing a date costs as much as signing; one answer in a while tells enough.
  if (auto date = parse_http_date(response.header("date"))) offset_seen = *date - wall_clock();
}

void AwsClient::State::classify(const AwsService& service, bool writes, const std::string& access_key,
                                HttpOutcome& from, AwsOutcome& out) {
  HttpResponse& response = from.response;
  const AwsErrorClass uncertain = writes ? AwsErrorClass::ambiguous : AwsErrorClass::retryable;
  out.seconds = response.seconds;
  out.status = response.status;
  out.request_id = response.header("x-amzn-requestid");
  if (!from.ok) {
    out.error = from.sent ? uncertain : AwsErrorClass::unreachable;
    out.message = from.problem;
    return;
  }
  out.body = std::move(response.body);
  if (!crc_agrees(response)) {
    out.error = uncertain;
    out.message = "the answer was damaged on its way: its CRC32 does not agree";
    return;
  }
  out.error = classify_answer(response.status, out.body, writes, out.code, out.message);
  if (out.error == AwsErrorClass::garbage && out.message.empty()) out.message = "the answer is not JSON";
  if (out.error == AwsErrorClass::expired_credentials) service.credentials->reject(access_key);
  if (!offset_seen || out.error == AwsErrorClass::clock_skew) look_at_clock(response);
  if (out.error == AwsErrorClass::clock_skew) offset = offset_seen.value_or(0);
}

AwsClient::AwsClient(std::shared_ptr<const AwsService> service, std::unique_ptr<HttpClient> http)
    : service_(std::move(service)), http_(std::move(http)), state_(std::make_unique<State>(*service_)) {}

AwsClient::~AwsClient() = default;

void AwsClient::start(AwsRequest request, std::function<void(AwsOutcome)> done) {
  auto credentials = service_->credentials->get();
  if (!credentials) {
    AwsOutcome outcome;
    const Error& error = credentials.error();
    outcome.error = error.kind == ErrorKind::aws_expired   ? AwsErrorClass::expired_credentials
                    : error.kind == ErrorKind::interrupted ? AwsErrorClass::interrupted
                                                           : AwsErrorClass::no_credentials;
    outcome.message = error.message + (error.hint.empty() ? "" : "; " + error.hint);
    done(std::move(outcome));
    return;
  }
  HttpRequest http;
  http.url = service_->endpoint.url + "/";
  http.headers.reserve(6);
  http.headers.emplace_back("content-type", "application/x-amz-json-" + service_->json_version);
  http.headers.emplace_back("x-amz-target", service_->target_prefix + "." + request.operation);
  http.body = std::move(request.body);
  http.timeout_seconds = request.timeout_seconds;
  state_->signer.sign(http, **credentials, wall_clock() + state_->offset);
  http_->start(std::move(http), [this, writes = request.writes, access_key = (*credentials)->access_key_id,
                                 done = std::move(done)](HttpOutcome outcome) {
    AwsOutcome out;
    state_->classify(*service_, writes, access_key, outcome, out);
    done(std::move(out));
  });
}

size_t AwsClient::poll(double seconds) { return http_->poll(seconds); }
void AwsClient::wake() { http_->wake(); }
std::optional<double> AwsClient::clock_offset() const { return state_->offset_seen; }

AwsOutcome AwsClient::once(AwsRequest request, const std::function<bool()>& cancelled) {
  // Shared: an answer that comes after all finds its place.
  auto answer = std::make_shared<std::optional<AwsOutcome>>();
  start(std::move(request), [answer](AwsOutcome outcome) { *answer = std::move(outcome); });
  while (!*answer) {
    if (service_->stopped() || (cancelled && cancelled())) {
      AwsOutcome none;
      none.error = AwsErrorClass::interrupted;
      return none;
    }
    poll(0.25);
  }
  return std::move(**answer);
}

namespace {

void log_attempt(const AwsRequest& request, const std::string& doing, int number, const AwsOutcome& outcome) {
  const LogLevel level = outcome.ok() || !worth_retrying(outcome.error) ? LogLevel::debug : LogLevel::warning;
  if (!log_file_takes(level)) return;
  log_to_file(level, "request",
              {{"doing", doing},
               log_number("attempt", static_cast<uint64_t>(number)),
               {"operation", request.operation},
               log_number("status", static_cast<uint64_t>(outcome.status)),
               {"request_id", outcome.request_id},
               log_number("latency_ms", outcome.seconds * 1000),
               {"error", failure_brief(outcome)}});
}

}  // namespace

std::string failure_brief(const AwsOutcome& outcome) {
  if (outcome.ok()) return {};
  return outcome.code.empty() ? std::string(class_name(outcome.error)) + ": " + outcome.message : outcome.code;
}

RetryPolicy with_stop(const RetryPolicy& policy, const AwsService& service) {
  RetryPolicy out = policy;
  out.cancelled = [&service, given = policy.cancelled] { return service.stopped() || (given && given()); };
  return out;
}

AwsOutcome attempt(AwsClient& client, const AwsRequest& request, const std::string& doing, int number,
                   const std::function<bool()>& cancelled) {
  AwsOutcome outcome = client.once(request, cancelled);
  log_attempt(request, doing, number, outcome);
  return outcome;
}

Result<std::string> call(AwsClient& client, const AwsRequest& request, const std::string& doing,
                         const RetryPolicy& given) {
  const RetryPolicy policy = with_stop(given, client.service());
  const Error interrupted(ErrorKind::interrupted, doing + " was interrupted");
  for (int failures = 1;; ++failures) {
    if (policy.cancelled()) return interrupted;
    AwsOutcome outcome = attempt(client, request, doing, failures, policy.cancelled);
    if (outcome.ok()) return std::move(outcome.body);
    if (outcome.error == AwsErrorClass::interrupted) return interrupted;
    if (failures >= attempts_for(policy, outcome.error)) return aws_error(outcome, doing, client.service());
    if (!back_off(policy, outcome.error, failures)) return interrupted;
  }
}

}  // namespace migrate
