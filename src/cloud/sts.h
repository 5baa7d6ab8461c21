// The few calls of AWS STS that the credentials chain and doctor need (its Query protocol: forms in, XML out).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cloud/credentials.h"

namespace migrate {

using StsParameters = std::vector<std::pair<std::string, std::string>>;

// AssumeRole or AssumeRoleWithWebIdentity (that one unsigned: `as` is null). Errors: aws_credentials, aws_expired.
Result<Credentials> assume_role(const CredentialsContext& context, const std::string& action,
                                const StsParameters& parameters, const Credentials* as, const std::string& source);

struct CallerIdentity {
  std::string account;
  std::string arn;
};
// GetCallerIdentity: needs no rights. Errors: aws_credentials, aws_expired, aws_connect.
Result<CallerIdentity> caller_identity(const CredentialsContext& context, const Credentials& as);

}  // namespace migrate
