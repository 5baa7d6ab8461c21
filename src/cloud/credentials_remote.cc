// Credentials of the machine: from_container() (ECS, EKS Pod Identity), from_instance() (EC2, IMDSv2).
#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "cloud/credential_sources.h"

namespace migrate {
namespace {

// Plain http may carry credentials only to this machine and to AWS's own link-local addresses (botocore's
// ContainerMetadataFetcher).
bool allowed_container_url(const Url& url) {
  if (url.scheme == "https") return true;
  std::string host = url.authority;
  if (!host.starts_with('['))
    host = host.substr(0, host.find(':'));
  else
    host = host.substr(0, host.find(']') + 1);
  for (std::string_view allowed : {"localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"}) {
    if (host == allowed) return true;
  }
  return host.starts_with("127.");
}

Result<Secret> container_token(const CredentialsContext& context) {
  std::string token = context.config.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (auto file = context.config.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    auto text = read_file(*file, 1U << 20);
    if (!text) {
      return Error(ErrorKind::aws_credentials, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: " + text.error().message,
                   "the file must be readable");
    }
    token = trim(*text);
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Error(ErrorKind::aws_credentials, "the container's authorization token has a line break in it",
                 "set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to a file with one line");
  }
  return Secret(token);
}

int positive(const AwsConfig& config, const char* variable, int standard) {
  auto value = config.variable(variable);
  int n = value ? std::atoi(value->c_str()) : 0;
  return n > 0 ? n : standard;
}

std::string instance_base(const AwsConfig& config) {
  if (auto url = config.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
    std::string out = *url;
    while (out.ends_with('/')) out.pop_back();
    return out;
  }
  std::string mode = config.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("");
  return equal_ignoring_case(mode, "ipv6") ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

}  // namespace

Found from_container(const CredentialsContext& context, Looked& looked) {
  auto relative = context.config.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  auto full = context.config.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) {
    looked.push_back("container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
    return std::optional<Credentials>();
  }
  const std::string address = relative ? "http://169.254.170.2" + *relative : *full;
  std::optional<Url> url = parse_url(address);
  if (!url || !allowed_container_url(*url)) {
    return Error(ErrorKind::aws_credentials,
                 "AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address that may give credentials",
                 "it must be https, or this machine, 169.254.170.2 or 169.254.170.23");
  }
  HttpRequest request;
  request.method = "GET";
  request.url = address;
  request.headers = {{"accept", "application/json"}};
  request.timeout_seconds = 2;
  TRY(token, container_token(context));
  if (!token.empty()) request.headers.emplace_back("authorization", token.reveal());
  HttpOutcome outcome = ask(context, request, 3);
  const std::string source = "the container's role (" + url->authority + ")";
  if (!outcome.ok || outcome.response.status != 200) {
    return Error(ErrorKind::aws_credentials,
                 source + " gave no credentials: " +
                     (outcome.ok ? "HTTP status " + std::to_string(outcome.response.status) : outcome.problem),
                 "check that the task or pod has a role");
  }
  TRY(credentials, read_credentials_json(outcome.response.body, "Token", source));
  return std::optional<Credentials>(std::move(credentials));
}

Found from_instance(const CredentialsContext& context, Looked& looked) {
  const AwsConfig& config = context.config;
  if (equal_ignoring_case(config.variable("AWS_EC2_METADATA_DISABLED").value_or(""), "true")) {
    looked.push_back("instance: AWS_EC2_METADATA_DISABLED is true");
    return std::optional<Credentials>();
  }
  const std::string base = instance_base(config);
  const int attempts = positive(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1);
  HttpRequest request;
  request.method = "PUT";
  request.url = base + "/latest/api/token";
  request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  request.timeout_seconds = positive(config, "AWS_METADATA_SERVICE_TIMEOUT", 1);
  HttpOutcome token = ask(context, request, attempts);
  auto nothing = [&](const std::string& why) -> Found {
    looked.push_back("instance: " + base + " " + why);
    return std::optional<Credentials>();
  };
  if (!token.ok) return nothing("does not answer");
  if (token.response.status != 200)
    return nothing("gives no IMDSv2 token (HTTP status " + std::to_string(token.response.status) + ")");
  request.method = "GET";
  request.headers = {{"x-aws-ec2-metadata-token", token.response.body}};
  const std::string folder = base + "/latest/meta-data/iam/security-credentials/";
  request.url = folder;
  HttpOutcome role = ask(context, request, attempts);
  const std::string name(trim(role.response.body.substr(0, role.response.body.find('\n'))));
  if (!role.ok || role.response.status != 200 || name.empty()) return nothing("has no role for this instance");
  request.url = folder + percent_encode(name);
  HttpOutcome answer = ask(context, request, attempts);
  if (!answer.ok || answer.response.status != 200) return nothing("gives no credentials for role " + name);
  TRY(credentials, read_credentials_json(answer.response.body, "Token", "the instance's role " + name));
  // When its own renewal fails the service hands on what it last had; those keys still work for a while, so they are
  // used and asked for again soon (botocore: static stability).
  if (credentials.expires && *credentials.expires <= context.now()) credentials.expires = context.now() + 20 * 60;
  return std::optional<Credentials>(std::move(credentials));
}

}  // namespace migrate
