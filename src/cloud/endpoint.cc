// Region and address: resolve_endpoint().
#include "cloud/endpoint.h"

#include <algorithm>

#include "base/text.h"
#include "cloud/http.h"

namespace migrate {
namespace {

struct Partition {
  std::string_view prefix;  // of its regions
  std::string_view suffix;
  std::string_view dualstack_suffix;
};
// botocore's partitions.json.
constexpr Partition partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "amazonaws.com", "api.aws"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"", "amazonaws.com", "api.aws"},
};

const Partition& partition_of(const std::string& region) {
  return *std::find_if(std::begin(partitions), std::end(partitions),
                       [&](const Partition& p) { return region.starts_with(p.prefix); });
}

bool is_true(std::string_view text) { return equal_ignoring_case(text, "true"); }

bool is_region_name(const std::string& region) {
  return !region.empty() && region.size() <= 40 &&
         region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos &&
         region.front() != '-' && region.back() != '-';
}

bool switched_on(const AwsConfig& config, const std::string& variable, const std::string& setting) {
  if (auto value = config.variable(variable)) return is_true(*value);
  return is_true(config.setting(setting));
}

std::string own_url(const std::string& service, const std::string& region, const AwsConfig& config) {
  const Partition& partition = partition_of(region);
  bool fips = switched_on(config, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  bool dualstack = switched_on(config, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  // DynamoDB's and STS's plain addresses in GovCloud are FIPS addresses already (botocore's endpoint rule sets).
  if (fips && !dualstack && region.starts_with("us-gov-") && (service == "dynamodb" || service == "sts")) fips = false;
  return "https://" + service + (fips ? "-fips." : ".") + region + "." +
         std::string(dualstack ? partition.dualstack_suffix : partition.suffix);
}

// "dynamodb.eu-west-1.amazonaws.com" → "eu-west-1"; "" when it is no address of AWS's.
std::string region_in(const std::string& authority, const std::string& service) {
  std::vector<std::string> parts = split(authority, '.');
  for (size_t i = 0; i + 2 < parts.size(); ++i) {
    bool aws = authority.find(".amazonaws.") != std::string::npos || authority.ends_with(".api.aws");
    if (aws && (parts[i] == service || parts[i] == service + "-fips" || parts[i] == "ddb")) return parts[i + 1];
  }
  return "";
}

struct Choice {
  std::string value, from;
};

Choice choose_region(const std::string& setting, const AwsConfig& config) {
  if (!setting.empty()) return {setting, "target.region"};
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto value = config.variable(name)) return {*value, name};
  }
  if (std::string value = config.setting("region"); !value.empty()) return {value, "profile '" + config.profile + "'"};
  return {};
}

Choice choose_url(const std::string& service, const std::string& setting, const AwsConfig& config) {
  if (!setting.empty()) return {setting, "target.endpoint"};
  if (switched_on(config, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) return {};
  std::string upper = service;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(toupper(c)); });
  upper = replace_all(upper, "-", "_");
  for (const std::string& name : {"AWS_ENDPOINT_URL_" + upper, std::string("AWS_ENDPOINT_URL")}) {
    if (auto value = config.variable(name)) return {*value, name};
  }
  if (std::string name = config.setting("services"); !name.empty()) {
    auto section = config.services.find(name);
    if (section != config.services.end()) {
      auto url = section->second.find(replace_all(service, "-", "_") + ".endpoint_url");
      if (url != section->second.end()) return {url->second, "services '" + name + "' in " + config.config_file};
    }
  }
  if (std::string url = config.setting("endpoint_url"); !url.empty()) return {url, "profile '" + config.profile + "'"};
  return {};
}

}  // namespace

std::string Endpoint::str() const { return region + " (" + region_from + "), " + url + " (" + url_from + ")"; }

Result<Endpoint> resolve_endpoint(const std::string& service, const std::string& region_setting,
                                  const std::string& endpoint_setting, const AwsConfig& config) {
  Choice region = choose_region(region_setting, config);
  Choice url = choose_url(service, endpoint_setting, config);
  Endpoint out;
  if (!region.value.empty() && !is_region_name(region.value)) {
    return Error(ErrorKind::aws_region, "'" + printable(region.value) + "' (" + region.from + ") is not a region",
                 "a region looks like eu-west-1");
  }
  if (url.value.empty()) {
    if (region.value.empty()) {
      return Error(
          ErrorKind::aws_region, "no AWS region is set",
          "set `target.region`, AWS_REGION, or `region` in the profile; for a local DynamoDB set `target.endpoint`");
    }
    return Endpoint{own_url(service, region.value, config), "the region's own", region.value, region.from, true};
  }
  std::optional<Url> parsed = parse_url(url.value);
  if (!parsed || !parsed->query.empty()) {
    return Error(ErrorKind::aws_connect, "the endpoint given by " + url.from + " is not an http or https address",
                 "an endpoint looks like http://127.0.0.1:8000, without a user name and without '?'");
  }
  std::string address_region = region_in(parsed->authority, service);
  if (!address_region.empty() && !region.value.empty() && address_region != region.value) {
    return Error(ErrorKind::aws_region,
                 "region and endpoint do not agree: " + region.value + " (" + region.from + "), but " + url.value +
                     " (" + url.from + ") is in " + address_region,
                 "set `target.region: " + address_region + "`, or take the endpoint away: the region has its own");
  }
  out.url = parsed->scheme + "://" + parsed->authority + (parsed->path == "/" ? "" : parsed->path);
  while (out.url.ends_with('/')) out.url.pop_back();
  out.url_from = url.from;
  out.own = false;
  out.region = !region.value.empty() ? region.value : !address_region.empty() ? address_region : "us-east-1";
  out.region_from = !region.value.empty() ? region.from : !address_region.empty() ? "the endpoint" : "none is set";
  return out;
}

}  // namespace migrate
