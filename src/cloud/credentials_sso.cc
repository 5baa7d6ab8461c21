// IAM Identity Center: from_sso(). Uses, and renews, the token that `aws sso login` left in ~/.aws/sso/cache.
#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cloud/aws.h"
#include "cloud/credential_sources.h"
#include "cloud/endpoint.h"
#include "cloud/json_answer.h"
#include "cloud/sigv4.h"

namespace migrate {
namespace {

struct SsoSettings {
  std::string session;  // empty: the legacy form, all in the profile
  std::string start_url, region, account, role;
};

struct SsoToken {
  Secret access_token, refresh_token, client_secret;
  std::string client_id;
  double expires = 0;
};

Error login_error(const std::string& profile, const std::string& what) {
  return Error(ErrorKind::aws_expired, "profile '" + profile + "': " + what,
               "run `aws sso login --profile " + profile + "` and then the same command again");
}

Result<SsoSettings> sso_settings(const AwsConfig& config, const std::string& profile) {
  auto setting = [&](const char* key) { return profile_setting(config, profile, key); };
  SsoSettings out{setting("sso_session"), setting("sso_start_url"), setting("sso_region"), setting("sso_account_id"),
                  setting("sso_role_name")};
  if (!out.session.empty()) {
    auto session = config.sso_sessions.find(out.session);
    if (session == config.sso_sessions.end()) {
      return Error(ErrorKind::aws_credentials,
                   "profile '" + profile + "': sso_session '" + out.session + "' does not exist",
                   "add [sso-session " + out.session + "] to " + config.config_file);
    }
    auto of_session = [&](const char* key) {
      auto found = session->second.find(key);
      return found == session->second.end() ? std::string() : found->second;
    };
    out.start_url = of_session("sso_start_url");
    out.region = of_session("sso_region");
  }
  std::string missing;
  if (out.start_url.empty()) missing = "sso_start_url";
  if (out.region.empty()) missing = "sso_region";
  if (out.account.empty()) missing = "sso_account_id";
  if (out.role.empty()) missing = "sso_role_name";
  if (!missing.empty()) {
    return Error(ErrorKind::aws_credentials, "profile '" + profile + "': " + missing + " is missing",
                 "run `aws configure sso`, which writes all of it");
  }
  return out;
}

std::string token_path(const AwsConfig& config, const SsoSettings& settings) {
  return config.path("~/.aws/sso/cache/" + sha1_hex(settings.session.empty() ? settings.start_url : settings.session) +
                     ".json");
}

std::optional<SsoToken> read_token(const std::string& path) {
  auto text = read_file(path, 1U << 20);
  if (!text) return std::nullopt;
  auto json = JsonAnswer::parse(*text);
  if (!json) return std::nullopt;
  SsoToken token;
  token.access_token = Secret((*json)["accessToken"].text());
  token.refresh_token = Secret((*json)["refreshToken"].text());
  token.client_secret = Secret((*json)["clientSecret"].text());
  token.client_id = (*json)["clientId"].text();
  token.expires = parse_iso_time((*json)["expiresAt"].text()).value_or(0);
  if (token.access_token.empty()) return std::nullopt;
  return token;
}

// As botocore's SSOTokenProvider; the new token is kept in memory only: the file is the AWS command line's.
bool refresh_token(const CredentialsContext& context, const SsoSettings& settings, SsoToken& token) {
  if (settings.session.empty() || token.refresh_token.empty() || token.client_id.empty()) return false;
  auto endpoint = resolve_endpoint("oidc", settings.region,
                                   context.config.variable("AWS_ENDPOINT_URL_SSO_OIDC").value_or(""), context.config);
  if (!endpoint) return false;
  HttpRequest request;
  request.url = endpoint->url + "/token";
  request.headers = {{"content-type", "application/json"}};
  request.body = JsonObject()
                     .add("grantType", "refresh_token")
                     .add("clientId", token.client_id)
                     .add("clientSecret", token.client_secret.reveal())
                     .add("refreshToken", token.refresh_token.reveal())
                     .str();
  request.timeout_seconds = 10;
  HttpOutcome outcome = ask(context, request, 2);
  if (!outcome.ok || outcome.response.status != 200) return false;
  auto json = JsonAnswer::parse(outcome.response.body);
  if (!json || (*json)["accessToken"].text().empty()) return false;
  token.access_token = Secret((*json)["accessToken"].text());
  token.expires = context.now() + static_cast<double>((*json)["expiresIn"].number());
  return true;
}

}  // namespace

Found from_sso(const CredentialsContext& context, const std::string& profile, Looked& looked) {
  if (profile_setting(context.config, profile, "sso_session").empty() &&
      profile_setting(context.config, profile, "sso_start_url").empty()) {
    looked.push_back("SSO: profile '" + profile + "' has no sso_session");
    return std::optional<Credentials>();
  }
  TRY(settings, sso_settings(context.config, profile));
  const std::string path = token_path(context.config, settings);
  std::optional<SsoToken> token = read_token(path);
  if (!token) return login_error(profile, "there is no SSO login (" + path + ")");
  if (token->expires - context.now() < 60 && !refresh_token(context, settings, *token) &&
      token->expires <= context.now()) {
    return login_error(profile, "its SSO login has expired");
  }
  TRY(endpoint, resolve_endpoint("portal.sso", settings.region,
                                 context.config.variable("AWS_ENDPOINT_URL_SSO").value_or(""), context.config));
  HttpRequest request;
  request.method = "GET";
  request.url = endpoint.url + "/federation/credentials?role_name=" + percent_encode(settings.role) +
                "&account_id=" + percent_encode(settings.account);
  request.headers = {{"x-amz-sso_bearer_token", token->access_token.reveal()}};
  request.timeout_seconds = 10;
  HttpOutcome outcome = ask(context, request, 3);
  if (!outcome.ok) {
    return Error(ErrorKind::aws_connect,
                 "profile '" + profile + "': " + endpoint.url + " cannot be reached: " + outcome.problem);
  }
  if (outcome.response.status == 401) return login_error(profile, "its SSO login is no longer valid");
  auto json = JsonAnswer::parse(outcome.response.body);
  if (outcome.response.status != 200 || !json) {
    return Error(ErrorKind::aws_credentials,
                 "profile '" + profile + "': SSO gave no credentials for role " + settings.role + " in account " +
                     settings.account + ": HTTP status " + std::to_string(outcome.response.status) +
                     (json ? " " + (*json)["message"].text() : ""),
                 "check sso_account_id and sso_role_name, and that the role is assigned to you");
  }
  JsonAnswer role = (*json)["roleCredentials"];
  Credentials out;
  out.access_key_id = role["accessKeyId"].text();
  out.secret_access_key = Secret(role["secretAccessKey"].text());
  out.session_token = Secret(role["sessionToken"].text());
  out.expires = static_cast<double>(role["expiration"].number()) / 1000;
  out.source = "SSO, profile '" + profile + "'";
  if (out.access_key_id.empty()) return Error(ErrorKind::aws_credentials, out.source + " answered without credentials");
  return std::optional<Credentials>(std::move(out));
}

}  // namespace migrate
