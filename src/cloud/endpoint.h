// Which region and which address, as botocore decides it, and who decided: shown by plan and doctor.
#pragma once

#include <string>

#include "base/result.h"
#include "cloud/aws_config.h"

namespace migrate {

struct Endpoint {
  std::string url;          // "https://dynamodb.eu-west-1.amazonaws.com", no slash at its end
  std::string url_from;     // "AWS_ENDPOINT_URL_DYNAMODB"; "region eu-west-1" for AWS's own
  std::string region;       // what requests are signed for
  std::string region_from;  // "target.region", "AWS_REGION", "profile 'dev'"
  bool own = true;          // AWS's own address, not a configured one

  std::string str() const;  // "eu-west-1 (AWS_REGION), http://127.0.0.1:8000 (target.endpoint)"
};

// Region: the setting, AWS_REGION, AWS_DEFAULT_REGION, the profile's. Address: the setting,
// AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's `services` section, its endpoint_url (the four after the
// setting unless ignore_configured_endpoint_urls), else the region's own.
// A configured local address needs no region: us-east-1 is signed for then.
// Errors: aws_region (none, not a region's name, or another one than the address is in), aws_connect (not a URL).
Result<Endpoint> resolve_endpoint(const std::string& service, const std::string& region_setting,
                                  const std::string& endpoint_setting, const AwsConfig& config);

}  // namespace migrate
