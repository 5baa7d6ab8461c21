// Roles: from_assumed_role(), from_web_identity().
#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "cloud/credential_sources.h"
#include "cloud/sts.h"

namespace migrate {
namespace {

Error profile_error(const std::string& profile, const std::string& message, const std::string& hint) {
  return Error(ErrorKind::aws_credentials, "profile '" + profile + "': " + message, hint);
}

std::string session_name(const CredentialsContext& context, const std::string& configured) {
  if (!configured.empty()) return configured;
  return "migrate-" + std::to_string(static_cast<long long>(context.now()));
}

// What a profile without role_arn gives, by any of the ways a profile can.
Found from_plain_profile(const CredentialsContext& context, const std::string& profile, Looked& looked) {
  TRY(keys, from_profile_keys(context, profile, looked));
  if (keys) return keys;
  TRY(sso, from_sso(context, profile, looked));
  if (sso) return sso;
  return from_process(context, profile, looked);
}

Result<Credentials> from_source_profile(const CredentialsContext& context, const std::string& profile,
                                        const std::string& source, std::vector<std::string> visited, Looked& looked) {
  if (context.config.profiles.count(source) == 0) {
    return profile_error(profile, "source_profile '" + source + "' does not exist",
                         "mend source_profile in " + context.config.config_file);
  }
  // A profile may name itself when it has keys of its own.
  bool has_keys = !profile_setting(context.config, source, "aws_access_key_id").empty();
  if (source != profile || !has_keys) {
    visited.push_back(profile);
    if (std::find(visited.begin(), visited.end(), source) != visited.end()) {
      visited.push_back(source);
      return profile_error(profile, "source_profile goes in a circle: " + join(visited, " → "),
                           "one of them must have credentials of its own");
    }
    TRY(role, from_assumed_role(context, source, visited, looked));
    if (role) return std::move(*role);
    TRY(web, from_web_identity(context, source, false, looked));
    if (web) return std::move(*web);
  }
  TRY(plain, from_plain_profile(context, source, looked));
  if (plain) return std::move(*plain);
  return profile_error(profile, "its source_profile '" + source + "' has no credentials",
                       "give that profile keys, an SSO session or a credential_process");
}

Result<Credentials> from_named_source(const CredentialsContext& context, const std::string& profile,
                                      const std::string& source, Looked& looked) {
  Found found = std::optional<Credentials>();
  if (source == "Environment")
    found = from_environment(context, looked);
  else if (source == "EcsContainer")
    found = from_container(context, looked);
  else if (source == "Ec2InstanceMetadata")
    found = from_instance(context, looked);
  else {
    return profile_error(profile, "credential_source '" + source + "' is unknown",
                         "it must be Environment, Ec2InstanceMetadata or EcsContainer");
  }
  if (!found) return found.error();
  if (*found) return std::move(**found);
  return profile_error(profile, "credential_source " + source + " gave no credentials: " + looked.back(),
                       "set them there, or use source_profile");
}

}  // namespace

Found from_assumed_role(const CredentialsContext& context, const std::string& profile,
                        const std::vector<std::string>& visited, Looked& looked) {
  auto setting = [&](const char* key) { return profile_setting(context.config, profile, key); };
  const std::string role = setting("role_arn");
  if (role.empty() || !setting("web_identity_token_file").empty()) return std::optional<Credentials>();
  const std::string source_profile = setting("source_profile");
  const std::string credential_source = setting("credential_source");
  if (source_profile.empty() == credential_source.empty()) {
    return profile_error(profile, "role_arn needs exactly one of source_profile and credential_source",
                         "mend the profile in " + context.config.config_file);
  }
  if (!setting("mfa_serial").empty()) {
    return profile_error(profile, "mfa_serial asks for a code at a keyboard, which migrate does not do",
                         "assume the role outside (`aws sts assume-role`, or a credential_process) and pass its keys");
  }
  Result<Credentials> base = credential_source.empty()
                                 ? from_source_profile(context, profile, source_profile, visited, looked)
                                 : from_named_source(context, profile, credential_source, looked);
  if (!base) return base.error();
  StsParameters parameters = {{"RoleArn", role},
                              {"RoleSessionName", session_name(context, setting("role_session_name"))}};
  if (std::string id = setting("external_id"); !id.empty()) parameters.emplace_back("ExternalId", id);
  if (std::string n = setting("duration_seconds"); !n.empty()) parameters.emplace_back("DurationSeconds", n);
  TRY(assumed, assume_role(context, "AssumeRole", parameters, &*base,
                           "role " + role + " of profile '" + profile + "', by " + base->source));
  return std::optional<Credentials>(std::move(assumed));
}

Found from_web_identity(const CredentialsContext& context, const std::string& profile, bool with_environment,
                        Looked& looked) {
  auto value = [&](const char* variable, const char* key) {
    if (with_environment) {
      if (auto set = context.config.variable(variable)) return *set;
    }
    return profile_setting(context.config, profile, key);
  };
  const std::string file = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
  if (file.empty()) {
    looked.push_back("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    return std::optional<Credentials>();
  }
  const std::string role = value("AWS_ROLE_ARN", "role_arn");
  if (role.empty()) {
    return Error(ErrorKind::aws_credentials, "a web identity token file is given (" + file + "), but no role",
                 "set AWS_ROLE_ARN, or role_arn in the profile");
  }
  auto token = read_file(context.config.path(file), 1U << 20);
  if (!token) {
    return Error(ErrorKind::aws_credentials, "the web identity token cannot be read: " + token.error().message,
                 "AWS_WEB_IDENTITY_TOKEN_FILE must name a readable file");
  }
  StsParameters parameters = {
      {"RoleArn", role},
      {"RoleSessionName", session_name(context, value("AWS_ROLE_SESSION_NAME", "role_session_name"))},
      {"WebIdentityToken", std::string(trim(*token))}};
  TRY(assumed, assume_role(context, "AssumeRoleWithWebIdentity", parameters, nullptr,
                           "role " + role + ", by web identity " + file));
  return std::optional<Credentials>(std::move(assumed));
}

}  // namespace migrate
