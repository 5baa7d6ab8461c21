// STS: assume_role(), caller_identity().
#include "cloud/sts.h"

#include "base/text.h"
#include "cloud/aws.h"
#include "cloud/credential_sources.h"
#include "cloud/endpoint.h"
#include "cloud/sigv4.h"

namespace migrate {
namespace {

// The text of the first element of that name: STS's answers are flat, and no name comes twice.
std::string element(const std::string& xml, const std::string& name) {
  size_t start = xml.find("<" + name + ">");
  if (start == std::string::npos) return "";
  start += name.size() + 2;
  std::string text = xml.substr(start, xml.find("</" + name + ">", start) - start);
  for (auto [from, to] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}) {
    text = replace_all(std::move(text), from, to);
  }
  return text;
}

Result<std::string> sts(const CredentialsContext& context, const std::string& action, const StsParameters& parameters,
                        const Credentials* as) {
  // Without a region the global address, which signs for us-east-1.
  const bool global = context.region.empty();
  TRY(endpoint, resolve_endpoint("sts", global ? "us-east-1" : context.region, "", context.config));
  HttpRequest request;
  request.url = (global && endpoint.own ? "https://sts.amazonaws.com" : endpoint.url) + "/";
  request.headers.emplace_back("content-type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = "Action=" + action + "&Version=2011-06-15";
  for (const auto& [name, value] : parameters) request.body += "&" + name + "=" + percent_encode(value);
  request.timeout_seconds = 15;
  if (as) Signer("sts", endpoint.region).sign(request, *as, context.now());
  HttpOutcome outcome = ask(context, request, 3);
  if (!outcome.ok) {
    return Error(ErrorKind::aws_connect, action + ": " + endpoint.url + " cannot be reached: " + outcome.problem,
                 "check the network, and AWS_ENDPOINT_URL_STS if it is set");
  }
  if (outcome.response.status == 200) return std::move(outcome.response.body);
  std::string code = element(outcome.response.body, "Code");
  std::string message = element(outcome.response.body, "Message");
  AwsErrorClass error = classify_code(code, message, outcome.response.status, false);
  ErrorKind kind = error == AwsErrorClass::expired_credentials || code == "ExpiredTokenException"
                       ? ErrorKind::aws_expired
                   : error == AwsErrorClass::clock_skew ? ErrorKind::aws_clock
                                                        : ErrorKind::aws_credentials;
  return Error(kind,
               action + " at " + endpoint.url + ": " +
                   (code.empty() ? "HTTP status " + std::to_string(outcome.response.status) : code + ": " + message));
}

}  // namespace

Result<Credentials> assume_role(const CredentialsContext& context, const std::string& action,
                                const StsParameters& parameters, const Credentials* as, const std::string& source) {
  auto answer = sts(context, action, parameters, as);
  if (!answer) {
    Error error = answer.error();
    error.message = source + ": " + error.message;
    return error;
  }
  Credentials out;
  out.access_key_id = element(*answer, "AccessKeyId");
  out.secret_access_key = Secret(element(*answer, "SecretAccessKey"));
  out.session_token = Secret(element(*answer, "SessionToken"));
  out.expires = parse_iso_time(element(*answer, "Expiration"));
  out.source = source;
  if (out.access_key_id.empty() || out.secret_access_key.empty()) {
    return Error(ErrorKind::aws_credentials, source + ": " + action + " answered without credentials");
  }
  return out;
}

Result<CallerIdentity> caller_identity(const CredentialsContext& context, const Credentials& as) {
  TRY(answer, sts(context, "GetCallerIdentity", {}, &as));
  return CallerIdentity{element(answer, "Account"), element(answer, "Arn")};
}

}  // namespace migrate
