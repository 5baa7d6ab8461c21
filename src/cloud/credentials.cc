// The credentials chain and its keeper: find_credentials(), CredentialsProvider.
#include "cloud/credentials.h"

#include <chrono>

#include "base/text.h"
#include "cloud/aws.h"
#include "cloud/credential_sources.h"
#include "cloud/json_answer.h"

namespace migrate {
namespace {

// botocore's windows (credentials.py): renewal is tried from 15 minutes before the end, and waited for from 10.
constexpr double advisory_seconds = 15 * 60;
constexpr double mandatory_seconds = 10 * 60;
constexpr double pause_after_failure = 30;

bool same(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.session_token.reveal() == b.session_token.reveal();
}

Error expired_error(const Credentials& credentials) {
  return Error(ErrorKind::aws_expired, "the AWS credentials from " + credentials.source + " have expired",
               "renew them where they come from (" + credentials.source + ") and run the same command again");
}

}  // namespace

std::string profile_setting(const AwsConfig& config, const std::string& profile, const std::string& key) {
  auto found = config.profiles.find(profile);
  if (found == config.profiles.end()) return "";
  auto value = found->second.find(key);
  return value == found->second.end() ? "" : value->second;
}

Found from_environment(const CredentialsContext& context, Looked& looked) {
  looked.push_back("environment: AWS_ACCESS_KEY_ID is not set");
  auto key = context.config.variable("AWS_ACCESS_KEY_ID");
  if (!key) return std::optional<Credentials>();
  auto secret = context.config.variable("AWS_SECRET_ACCESS_KEY");
  if (!secret) {
    return Error(ErrorKind::aws_credentials, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not",
                 "set both, or neither");
  }
  Credentials out;
  out.access_key_id = *key;
  out.secret_access_key = Secret(*secret);
  for (const char* name : {"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"}) {
    auto token = context.config.variable(name);
    if (token && out.session_token.empty()) out.session_token = Secret(*token);
  }
  if (auto end = context.config.variable("AWS_CREDENTIAL_EXPIRATION")) out.expires = parse_iso_time(*end);
  out.source = "the environment (AWS_ACCESS_KEY_ID)";
  return std::optional<Credentials>(std::move(out));
}

Found from_profile_keys(const CredentialsContext& context, const std::string& profile, Looked& looked) {
  const AwsConfig& config = context.config;
  std::string key = profile_setting(config, profile, "aws_access_key_id");
  if (key.empty()) {
    looked.push_back("profile '" + profile + "' in " + config.credentials_file + " and " + config.config_file +
                     ": no aws_access_key_id");
    return std::optional<Credentials>();
  }
  Credentials out;
  auto in_file = config.credentials.find(profile);
  bool shared = in_file != config.credentials.end() && in_file->second.count("aws_access_key_id") > 0;
  out.source = "profile '" + profile + "' in " + (shared ? config.credentials_file : config.config_file);
  out.access_key_id = key;
  out.secret_access_key = Secret(profile_setting(config, profile, "aws_secret_access_key"));
  out.session_token = Secret(profile_setting(config, profile, "aws_session_token"));
  if (out.secret_access_key.empty()) {
    return Error(ErrorKind::aws_credentials, out.source + " has aws_access_key_id, but no aws_secret_access_key",
                 "add it to the profile, or name another profile with `target.profile` or AWS_PROFILE");
  }
  return std::optional<Credentials>(std::move(out));
}

Result<Credentials> read_credentials_json(std::string_view json, const std::string& token_key,
                                          const std::string& source) {
  auto parsed = JsonAnswer::parse(json);
  Credentials out;
  out.source = source;
  if (parsed) {
    out.access_key_id = (*parsed)["AccessKeyId"].text();
    out.secret_access_key = Secret((*parsed)["SecretAccessKey"].text());
    out.session_token = Secret((*parsed)[token_key].text());
    if (std::string end = (*parsed)["Expiration"].text(); !end.empty()) out.expires = parse_iso_time(end);
  }
  if (out.access_key_id.empty() || out.secret_access_key.empty()) {
    std::string code = parsed ? (*parsed)["code"].text() + (*parsed)["Code"].text() : "";
    return Error(ErrorKind::aws_credentials,
                 source + " answered without credentials" + (code.empty() ? "" : " (" + code + ")"),
                 "it must give JSON with AccessKeyId and SecretAccessKey");
  }
  return out;
}

HttpOutcome ask(const CredentialsContext& context, const HttpRequest& request, int attempts) {
  auto client = context.http();
  HttpOutcome outcome;
  for (int i = 0; i < attempts; ++i) {
    outcome = fetch(*client, request, context.stop);
    if ((outcome.ok && outcome.response.status < 500) || context.stopped()) break;
  }
  return outcome;
}

Result<Credentials> find_credentials(const CredentialsContext& context) {
  const AwsConfig& config = context.config;
  const std::string& profile = config.profile;
  // As botocore: a profile named by the setting itself goes before the environment's keys; one named by AWS_PROFILE
  // does not.
  const bool explicit_profile = config.profile_from == "target.profile";
  Looked looked;
  const std::vector<std::function<Found()>> chain = {
      [&]() -> Found {
        return explicit_profile ? Found(std::optional<Credentials>()) : from_environment(context, looked);
      },
      [&] { return from_assumed_role(context, profile, {}, looked); },
      [&] { return from_web_identity(context, profile, !explicit_profile, looked); },
      [&] { return from_sso(context, profile, looked); },
      [&] { return from_profile_keys(context, profile, looked); },
      [&] { return from_process(context, profile, looked); },
      [&] { return from_container(context, looked); },
      [&] { return from_instance(context, looked); },
  };
  for (const auto& link : chain) {
    Found found = link();
    if (found && *found) return std::move(**found);
    if (context.stopped()) return Error(ErrorKind::interrupted, "looking for AWS credentials was interrupted");
    if (!found) return found.error();
  }
  return Error(
      ErrorKind::aws_credentials, "no AWS credentials were found; looked at " + join(looked, "; "),
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with `target.profile` or AWS_PROFILE "
      "(a local DynamoDB takes any key)");
}

CredentialsContext system_credentials(AwsConfig config, std::string region, const std::atomic<bool>* stop) {
  CredentialsContext context;
  std::string ca_bundle = config.ca_bundle();
  context.config = std::move(config);
  context.region = std::move(region);
  context.http = [ca_bundle] { return make_http_client(1, ca_bundle); };
  context.now = [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  context.stop = stop;
  context.run = [stop](const std::string& command) { return run_credential_process(command, stop); };
  return context;
}

CredentialsProvider::CredentialsProvider(CredentialsContext context) : context_(std::move(context)) {}

Result<std::shared_ptr<const Credentials>> CredentialsProvider::get() {
  std::shared_ptr<const Credentials> current;
  {
    std::lock_guard lock(mutex_);
    if (current_ && !current_->expires) return current_;
    double now = context_.now();
    if (current_ && *current_->expires - now > advisory_seconds) return current_;
    bool usable = current_ && *current_->expires - now > 0;
    if (usable && now - tried_ < pause_after_failure) return current_;
    if (usable && *current_->expires - now > mandatory_seconds) current = current_;
  }
  if (current) {  // while one thread renews, the others go on
    std::unique_lock renewing(renew_mutex_, std::try_to_lock);
    return renewing ? renew() : Result<std::shared_ptr<const Credentials>>(current);
  }
  std::lock_guard renewing(renew_mutex_);
  {
    std::lock_guard lock(mutex_);  // another thread may have done it while this one waited
    if (current_ && (!current_->expires || *current_->expires - context_.now() > mandatory_seconds)) return current_;
  }
  return renew();
}

Result<std::shared_ptr<const Credentials>> CredentialsProvider::renew() {
  Result<Credentials> found = find_credentials(context_);
  std::lock_guard lock(mutex_);
  if (found && rejected_ && same(*found, *rejected_)) found = expired_error(*found);
  if (found && found->expires && *found->expires <= context_.now()) found = expired_error(*found);
  if (!found) {
    tried_ = context_.now();
    // What is still valid is better than nothing: the next attempt comes soon.
    if (current_ && current_->expires && *current_->expires > context_.now()) return current_;
    return std::move(found.error());
  }
  current_ = std::make_shared<const Credentials>(std::move(*found));
  rejected_ = nullptr;
  return current_;
}

void CredentialsProvider::reject(const std::string& access_key_id) {
  std::lock_guard lock(mutex_);
  if (!current_ || current_->access_key_id != access_key_id) return;  // renewed meanwhile
  rejected_ = current_;
  current_ = nullptr;
  tried_ = 0;
}

}  // namespace migrate
