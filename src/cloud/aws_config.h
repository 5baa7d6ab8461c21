// What the AWS command line's environment and files say: ~/.aws/config and ~/.aws/credentials, as botocore reads them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace migrate {

// The process's environment; tests give their own.
using Env = std::function<std::optional<std::string>(const std::string& name)>;
Env process_env();

using AwsSection = std::map<std::string, std::string>;

struct AwsConfig {
  Env env;
  std::string profile;       // the setting, AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"
  std::string profile_from;  // which of these: "target.profile", …; empty: nobody named one
  std::string config_file;
  std::string credentials_file;
  std::map<std::string, AwsSection> profiles;  // of both files; nested settings as "outer.inner"
  std::map<std::string, AwsSection> credentials;
  std::map<std::string, AwsSection> sso_sessions;
  std::map<std::string, AwsSection> services;  // "dynamodb.endpoint_url"

  // An environment variable that is set and not empty.
  std::optional<std::string> variable(const std::string& name) const;
  // A setting of the chosen profile, "" when it is not there.
  std::string setting(const std::string& key) const;
  // AWS_CA_BUNDLE, the profile's ca_bundle, or REQUESTS_CA_BUNDLE; "": the system's authorities.
  std::string ca_bundle() const;
  // `~/` expanded.
  std::string path(const std::string& name) const;
};

// Files that do not exist are empty. Errors: aws_credentials, for a file that cannot be parsed, or a profile that was
// named and is in neither file.
Result<AwsConfig> load_aws_config(const std::string& profile_setting, Env env = process_env());

}  // namespace migrate
