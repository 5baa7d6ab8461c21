// What an answer of AWS means: classify_answer(), classify_code(), aws_error().
#include <array>
#include <ctime>

#include "base/text.h"
#include "cloud/aws.h"
#include "cloud/json_answer.h"

namespace migrate {
namespace {

using enum AwsErrorClass;

// Exceptions of the JSON protocols and of PartiQL's BatchStatementError ("DynamoDB API Reference": Common Errors,
// BatchExecuteStatement), and of STS; suffixes "Exception" and "Error" are cut before the look-up.
struct Known {
  std::string_view code;
  AwsErrorClass error;
};
constexpr std::array known_codes = {
    Known{"ProvisionedThroughputExceeded", throttled},
    Known{"Throttling", throttled},
    Known{"Throttled", throttled},
    Known{"RequestThrottled", throttled},
    Known{"RequestLimitExceeded", throttled},
    Known{"TooManyRequests", throttled},
    Known{"BandwidthLimitExceeded", throttled},
    Known{"SlowDown", throttled},
    Known{"PriorRequestNotComplete", throttled},
    Known{"TransactionInProgress", throttled},
    Known{"TransactionConflict", throttled},
    Known{"ReplicatedWriteConflict", throttled},
    Known{"ExpiredToken", expired_credentials},
    Known{"TokenRefreshRequired", expired_credentials},
    Known{"RequestTimeTooSkewed", clock_skew},
    Known{"RequestInTheFuture", clock_skew},
    Known{"RequestExpired", clock_skew},
    Known{"AccessDenied", denied},
    Known{"NotAuthorized", denied},
    Known{"OptInRequired", denied},
    Known{"UnrecognizedClient", denied},
    Known{"InvalidClientTokenId", denied},
    Known{"InvalidSignature", denied},
    Known{"SignatureDoesNotMatch", denied},
    Known{"IncompleteSignature", denied},
    Known{"MissingAuthenticationToken", denied},
    Known{"AuthFailure", denied},
    Known{"KMSAccessDenied", denied},
    Known{"ResourceNotFound", not_found},
    Known{"TableNotFound", not_found},
    Known{"ConditionalCheckFailed", conditional_failed},
    Known{"DuplicateItem", conditional_failed},
    Known{"ResourceInUse", in_use},
    Known{"TableInUse", in_use},
    Known{"TableAlreadyExists", in_use},
    Known{"LimitExceeded", in_use},
    Known{"ContinuousBackupsUnavailable", in_use},
    Known{"Validation", validation},
    Known{"Serialization", validation},
    Known{"ItemCollectionSizeLimitExceeded", validation},
    Known{"RequestEntityTooLarge", validation},
};

std::string_view without_suffix(std::string_view code) {
  for (std::string_view suffix : {"Exception", "Error"}) {
    if (code.ends_with(suffix) && code.size() > suffix.size()) return code.substr(0, code.size() - suffix.size());
  }
  return code;
}

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

}  // namespace

AwsErrorClass classify_code(std::string_view code, std::string_view message, int status, bool writes) {
  const std::string_view bare = without_suffix(code);
  // Its message tells a wrong key from a clock that is off: "Signature expired: … is now earlier than …", "Signature
  // not yet current: …".
  if (bare == "InvalidSignature" || bare == "AuthFailure") {
    if (message.find("Signature expired") != message.npos || message.find("not yet current") != message.npos) {
      return clock_skew;
    }
  }
  for (const Known& known : known_codes) {
    if (known.code == bare) return known.error;
  }
  if (status >= 500 || bare.starts_with("Internal") || bare == "ServiceUnavailable" || bare == "RequestTimeout") {
    return writes ? ambiguous : retryable;
  }
  if (status == 429) return throttled;
  return other;
}

AwsErrorClass classify_answer(int status, std::string_view body, bool writes, std::string& code, std::string& message) {
  if (status >= 200 && status < 300) return body.starts_with('{') ? none : garbage;
  std::optional<JsonAnswer> json = JsonAnswer::parse(body);
  if (json && json->is_object()) {
    code = (*json)["__type"].text();
    if (code.empty()) code = (*json)["code"].text();
    // "com.amazonaws.dynamodb.v20120810#ValidationException", and with ":http://…" behind it from some services.
    if (size_t hash = code.rfind('#'); hash != std::string::npos) code.erase(0, hash + 1);
    if (size_t colon = code.find(':'); colon != std::string::npos) code.resize(colon);
    for (std::string_view key : {"message", "Message", "errorMessage"}) {
      if (message.empty()) message = (*json)[key].text();
    }
  }
  if (!code.empty()) return classify_code(code, message, status, writes);
  message = "HTTP status " + std::to_string(status) + ", and an answer that is not AWS's";
  if (status == 429) return throttled;
  if (status >= 500) return writes ? ambiguous : retryable;
  return garbage;
}

ErrorKind aws_error_kind(AwsErrorClass error) {
  switch (error) {
    case throttled:
      return ErrorKind::aws_throttled;
    case unreachable:
    case retryable:
    case ambiguous:
      return ErrorKind::aws_connect;
    case expired_credentials:
      return ErrorKind::aws_expired;
    case no_credentials:
      return ErrorKind::aws_credentials;
    case clock_skew:
      return ErrorKind::aws_clock;
    case denied:
      return ErrorKind::aws_denied;
    case not_found:
      return ErrorKind::table_missing;
    case in_use:
      return ErrorKind::table_status;
    case garbage:
      return ErrorKind::aws_answer;
    case interrupted:
      return ErrorKind::interrupted;
    default:
      return ErrorKind::aws_request;
  }
}

Error aws_error(const AwsOutcome& outcome, const std::string& doing, const AwsService& service) {
  std::string message = doing + " failed at " + service.endpoint.url + " (region " + service.endpoint.region + "): ";
  if (!outcome.code.empty()) message += outcome.code + ": ";
  message += outcome.message.empty() ? std::string(class_name(outcome.error)) : outcome.message;
  if (!outcome.request_id.empty()) message += " [request " + outcome.request_id + "]";
  std::string hint;
  const std::string_view bare = without_suffix(outcome.code);
  if (bare == "UnrecognizedClient" || bare == "InvalidClientTokenId") {
    hint =
        "the service does not know this access key: check the credentials, and that they belong to this partition and "
        "endpoint; `migrate doctor` shows where they come from";
  } else if (outcome.message.find("scoped to a valid region") != outcome.message.npos) {
    hint = "requests are signed for " + service.endpoint.region + " (" + service.endpoint.region_from + "), and " +
           service.endpoint.url + " (" + service.endpoint.url_from +
           ") is in another region: set `target.region` to the endpoint's";
  } else if (bare == "InvalidSignature" || bare == "SignatureDoesNotMatch" || bare == "IncompleteSignature") {
    hint =
        "the secret access key does not belong to the access key, or the region is not the endpoint's; `migrate "
        "doctor` "
        "shows both";
  } else if (outcome.error == not_found) {
    hint =
        "the table is not in this region and account: check `target.region`, `target.endpoint` and the credentials, or "
        "set `target.create_tables: true`";
  } else if (outcome.error == retryable || outcome.error == ambiguous) {
    hint = outcome.status >= 500 ? "the service failed and went on failing: run the same command again later"
                                 : "the connection is unreliable: run the same command again; what is done is kept";
  }
  return Error(aws_error_kind(outcome.error), std::move(message), std::move(hint));
}

std::optional<double> parse_http_date(std::string_view text) {
  tm parts{};
  const char* end = strptime(std::string(text).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (!end) return std::nullopt;
  return static_cast<double>(timegm(&parts));
}

std::optional<double> parse_iso_time(std::string_view text) {
  const std::string copy(text);
  if (is_number(text)) return std::stod(copy);
  tm parts{};
  if (!strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts)) return std::nullopt;
  double seconds = static_cast<double>(timegm(&parts));
  // "+02:00" instead of "Z"
  if (copy.size() > 6 && (copy[copy.size() - 6] == '+' || copy[copy.size() - 6] == '-') &&
      copy[copy.size() - 3] == ':') {
    double hours = std::atoi(copy.substr(copy.size() - 5, 2).c_str());
    double minutes = std::atoi(copy.substr(copy.size() - 2).c_str());
    seconds -= (copy[copy.size() - 6] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  return seconds;
}

}  // namespace migrate
