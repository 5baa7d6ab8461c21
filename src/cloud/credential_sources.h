// The links of the credentials chain: each gives credentials, nothing when it is not configured (and says in `looked`
// where it looked), or an Error when it is configured and does not work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/credentials.h"

namespace migrate {

using Found = Result<std::optional<Credentials>>;
using Looked = std::vector<std::string>;

// Where people read where it looked: each link appends one line.
Found from_environment(const CredentialsContext& context, Looked& looked);
Found from_profile_keys(const CredentialsContext& context, const std::string& profile, Looked& looked);
// role_arn with source_profile or credential_source; `visited` are the profiles on the way here.
Found from_assumed_role(const CredentialsContext& context, const std::string& profile,
                        const std::vector<std::string>& visited, Looked& looked);
Found from_web_identity(const CredentialsContext& context, const std::string& profile, bool with_environment,
                        Looked& looked);
Found from_sso(const CredentialsContext& context, const std::string& profile, Looked& looked);
Found from_process(const CredentialsContext& context, const std::string& profile, Looked& looked);
Found from_container(const CredentialsContext& context, Looked& looked);
Found from_instance(const CredentialsContext& context, Looked& looked);

// Runs the program and gives what it printed; it is ended when `stop` is set. Errors: aws_credentials.
Result<std::string> run_credential_process(const std::string& command, const std::atomic<bool>* stop = nullptr);

// A setting of any profile, "" when it is not there.
std::string profile_setting(const AwsConfig& config, const std::string& profile, const std::string& key);

// {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken", "Expiration"}, as processes, containers and instances
// give it. Errors: aws_credentials, naming `source`; never the text itself.
Result<Credentials> read_credentials_json(std::string_view json, const std::string& token_key,
                                          const std::string& source);

// A request to a credentials service, tried `attempts` times while nothing or a 5xx comes, and nobody stops us.
HttpOutcome ask(const CredentialsContext& context, const HttpRequest& request, int attempts);

}  // namespace migrate
