// Which region and address, and who decided: as botocore.
#include "cloud/endpoint.h"

#include <gtest/gtest.h>

#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

struct Endpoints : testing::Test {
  TempFolder home;
  Variables variables{{"HOME", home.path()}};
  std::string region, endpoint;  // the settings

  std::string resolved(const std::string& service = "dynamodb") {
    auto config = load_aws_config("", env_of(variables));
    if (!config) return describe(config.error());
    auto found = resolve_endpoint(service, region, endpoint, *config);
    return found ? found->str() : describe(found.error());
  }
};

TEST_F(Endpoints, OfEachPartition) {
  region = "eu-west-1";
  EXPECT_EQ(resolved(), "eu-west-1 (target.region), https://dynamodb.eu-west-1.amazonaws.com (the region's own)");
  region = "cn-north-1";
  EXPECT_EQ(resolved(), "cn-north-1 (target.region), https://dynamodb.cn-north-1.amazonaws.com.cn (the region's own)");
  region = "us-gov-west-1";
  EXPECT_EQ(resolved(),
            "us-gov-west-1 (target.region), https://dynamodb.us-gov-west-1.amazonaws.com (the region's own)");
}

TEST_F(Endpoints, OfFipsAndDualstack) {
  region = "us-east-1";
  variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  EXPECT_EQ(resolved(), "us-east-1 (target.region), https://dynamodb-fips.us-east-1.amazonaws.com (the region's own)");
  variables["AWS_USE_DUALSTACK_ENDPOINT"] = "true";
  EXPECT_EQ(resolved(), "us-east-1 (target.region), https://dynamodb-fips.us-east-1.api.aws (the region's own)");
  variables.erase("AWS_USE_FIPS_ENDPOINT");
  EXPECT_EQ(resolved(), "us-east-1 (target.region), https://dynamodb.us-east-1.api.aws (the region's own)");
}

TEST_F(Endpoints, TheNearestRegionWins) {
  home.write(".aws/config", "[default]\nregion = eu-north-1\n");
  EXPECT_EQ(resolved(), "eu-north-1 (profile 'default'), https://dynamodb.eu-north-1.amazonaws.com (the region's own)");
  variables["AWS_DEFAULT_REGION"] = "eu-west-2";
  EXPECT_EQ(resolved(), "eu-west-2 (AWS_DEFAULT_REGION), https://dynamodb.eu-west-2.amazonaws.com (the region's own)");
  variables["AWS_REGION"] = "eu-west-3";
  EXPECT_EQ(resolved(), "eu-west-3 (AWS_REGION), https://dynamodb.eu-west-3.amazonaws.com (the region's own)");
  region = "eu-west-1";
  EXPECT_EQ(resolved(), "eu-west-1 (target.region), https://dynamodb.eu-west-1.amazonaws.com (the region's own)");
}

TEST_F(Endpoints, TheNearestAddressWins) {
  region = "us-east-1";
  home.write(".aws/config",
             "[default]\nservices = local\nendpoint_url = http://a:1\n[services local]\ndynamodb =\n"
             "  endpoint_url = http://b:2\n");
  EXPECT_EQ(resolved(), "us-east-1 (target.region), http://b:2 (services 'local' in " + home.path() + "/.aws/config)");
  EXPECT_EQ(resolved("sts"), "us-east-1 (target.region), http://a:1 (profile 'default')");
  variables["AWS_ENDPOINT_URL"] = "http://c:3/";
  EXPECT_EQ(resolved(), "us-east-1 (target.region), http://c:3 (AWS_ENDPOINT_URL)");
  variables["AWS_ENDPOINT_URL_DYNAMODB"] = "http://d:4";
  EXPECT_EQ(resolved(), "us-east-1 (target.region), http://d:4 (AWS_ENDPOINT_URL_DYNAMODB)");
  EXPECT_EQ(resolved("sts"), "us-east-1 (target.region), http://c:3 (AWS_ENDPOINT_URL)");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(resolved(), "us-east-1 (target.region), https://dynamodb.us-east-1.amazonaws.com (the region's own)");
  endpoint = "http://e:5";
  EXPECT_EQ(resolved(), "us-east-1 (target.region), http://e:5 (target.endpoint)");
}

TEST_F(Endpoints, ALocalAddressNeedsNoRegion) {
  endpoint = "http://127.0.0.1:8000";
  EXPECT_EQ(resolved(), "us-east-1 (none is set), http://127.0.0.1:8000 (target.endpoint)");
}

TEST_F(Endpoints, NoRegionIsAnError) {
  EXPECT_EQ(
      resolved(),
      "error: no AWS region is set\n  hint: set `target.region`, AWS_REGION, or `region` in the profile; for a local "
      "DynamoDB set `target.endpoint`\n");
}

TEST_F(Endpoints, RegionAndAddressMustAgree) {
  variables["AWS_REGION"] = "eu-west-1";
  endpoint = "https://dynamodb.us-west-2.amazonaws.com";
  EXPECT_EQ(resolved(),
            "error: region and endpoint do not agree: eu-west-1 (AWS_REGION), but "
            "https://dynamodb.us-west-2.amazonaws.com (target.endpoint) is in us-west-2\n"
            "  hint: set `target.region: us-west-2`, or take the endpoint away: the region has its own\n");
}

TEST_F(Endpoints, WhatIsNoAddressIsAnErrorThatDoesNotRepeatIt) {
  endpoint = "http://user:password@host";
  EXPECT_EQ(resolved(),
            "error: the endpoint given by target.endpoint is not an http or https address\n"
            "  hint: an endpoint looks like http://127.0.0.1:8000, without a user name and without '?'\n");
  endpoint = "";
  region = "EU West";
  EXPECT_EQ(resolved(), "error: 'EU West' (target.region) is not a region\n  hint: a region looks like eu-west-1\n");
}

TEST_F(Endpoints, AProfileThatIsNowhereIsAnError) {
  home.write(".aws/config", "[profile production]\nregion = eu-west-1\n");
  variables["AWS_PROFILE"] = "producton";
  EXPECT_EQ(resolved(), "error: profile 'producton' (AWS_PROFILE) is neither in " + home.path() +
                            "/.aws/config nor in " + home.path() +
                            "/.aws/credentials\n  hint: did you mean 'production'?\n");
}

TEST_F(Endpoints, AConfigFileThatIsNoneIsAnErrorThatShowsNoSecret) {
  home.write(".aws/credentials", "[default]\naws_access_key_id = A\nverysecret\n");
  EXPECT_EQ(resolved(), "error: " + home.path() +
                            "/.aws/credentials:3: neither a section nor `name = value`\n  hint: mend the file, or name "
                            "another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE\n");
}

TEST_F(Endpoints, AuthoritiesComeFromTheNearestSetting) {
  auto bundle = [&] { return load_aws_config("", env_of(variables))->ca_bundle(); };
  EXPECT_EQ(bundle(), "");
  variables["REQUESTS_CA_BUNDLE"] = "/requests.pem";
  EXPECT_EQ(bundle(), "/requests.pem");
  home.write(".aws/config", "[default]\nca_bundle = ~/profile.pem\n");
  EXPECT_EQ(bundle(), home.path() + "/profile.pem");
  variables["AWS_CA_BUNDLE"] = "/aws.pem";
  EXPECT_EQ(bundle(), "/aws.pem");
}

}  // namespace
}  // namespace migrate::test
