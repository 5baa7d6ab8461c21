// Where credentials come from, in botocore's order, and when they are asked for again.
#include "cloud/credentials.h"

#include <gmock/gmock.h>

#include "cloud/credential_sources.h"
#include "cloud/sigv4.h"
#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

const char* assumed_xml =
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</"
    "SecretAccessKey><SessionToken>t&amp;t</SessionToken><Expiration>2030-01-01T01:00:00Z</Expiration></Credentials></"
    "AssumeRoleResult></AssumeRoleResponse>";
constexpr double now_2030 = 1893456000;  // 2030-01-01T00:00:00Z

struct Chain : testing::Test {
  TempFolder home;
  Variables variables{{"HOME", home.path()}, {"AWS_EC2_METADATA_DISABLED", "true"}};
  FakeNetwork network{[](const HttpRequest&) { return no_answer(false); }, {}};
  double now = now_2030;
  std::string process_output;
  std::string profile;  // target.profile

  CredentialsContext context() {
    CredentialsContext out;
    auto config = load_aws_config(profile, env_of(variables));
    if (!config)
      ADD_FAILURE() << describe(config.error());
    else
      out.config = *config;
    out.region = "eu-west-1";
    out.http = [this] { return std::make_unique<FakeHttpClient>(network); };
    out.now = [this] { return now; };
    out.run = [this](const std::string&) -> Result<std::string> { return process_output; };
    return out;
  }
  // "AKID from the environment (…)"
  std::string found() {
    auto out = find_credentials(context());
    return out ? out->access_key_id + " from " + out->source : describe(out.error());
  }
  void keys_in_environment() {
    variables["AWS_ACCESS_KEY_ID"] = "AKENV";
    variables["AWS_SECRET_ACCESS_KEY"] = "verysecret";
  }
};

TEST_F(Chain, TheEnvironmentGoesBeforeTheFile) {
  home.write(".aws/credentials", "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = s\n");
  EXPECT_EQ(found(), "AKFILE from profile 'default' in " + home.path() + "/.aws/credentials");
  keys_in_environment();
  EXPECT_EQ(found(), "AKENV from the environment (AWS_ACCESS_KEY_ID)");
}

TEST_F(Chain, AProfileNamedInTheProjectGoesBeforeTheEnvironment) {
  keys_in_environment();
  home.write(".aws/config", "[profile dev]\naws_access_key_id = AKDEV\naws_secret_access_key = s\n");
  profile = "dev";
  EXPECT_EQ(found(), "AKDEV from profile 'dev' in " + home.path() + "/.aws/config");
}

TEST_F(Chain, HalfAKeyIsAnError) {
  variables["AWS_ACCESS_KEY_ID"] = "AKENV";
  EXPECT_EQ(found(),
            "error: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\n  hint: set both, or neither\n");
}

TEST_F(Chain, NothingSaysWhereItLooked) {
  EXPECT_EQ(found(),
            "error: no AWS credentials were found; looked at environment: AWS_ACCESS_KEY_ID is not set; web identity: "
            "AWS_WEB_IDENTITY_TOKEN_FILE is not set; SSO: profile 'default' has no sso_session; profile 'default' in " +
                home.path() + "/.aws/credentials and " + home.path() +
                "/.aws/config: no aws_access_key_id; process: profile 'default' has no credential_process; container: "
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set; instance: AWS_EC2_METADATA_DISABLED is true\n"
                "  hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with `target.profile` or "
                "AWS_PROFILE (a local DynamoDB takes any key)\n");
}

TEST_F(Chain, ARoleIsAssumedWithTheSourceProfile) {
  home.write(".aws/config",
             "[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = s\n[profile dev]\nrole_arn = "
             "arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = x y\n");
  profile = "dev";
  network.server = [](const HttpRequest&) { return answer(200, assumed_xml); };
  EXPECT_EQ(found(), "ASIAROLE from role arn:aws:iam::1:role/r of profile 'dev', by profile 'base' in " + home.path() +
                         "/.aws/config");
  ASSERT_EQ(network.requests.size(), 1u);
  EXPECT_EQ(network.requests[0].url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_THAT(network.requests[0].body,
              testing::HasSubstr("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam"
                                 "%3A%3A1%3Arole%2Fr&RoleSessionName=migrate-1893456000&"
                                 "ExternalId=x%20y"));
  EXPECT_THAT(header_of(network.requests[0], "authorization"),
              testing::HasSubstr("Credential=AKBASE/20300101/eu-west-1/sts/"));
}

TEST_F(Chain, ARoleThatIsRefusedSaysWhy) {
  home.write(".aws/config", "[default]\nrole_arn = R\ncredential_source = Environment\n");
  keys_in_environment();
  profile = "default";
  network.server = [](const HttpRequest&) {
    return answer(403,
                  "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>");
  };
  EXPECT_THAT(found(),
              testing::StartsWith("error: role R of profile 'default', by the environment (AWS_ACCESS_KEY_ID): "
                                  "AssumeRole at https://sts.eu-west-1.amazonaws.com: AccessDenied: not you\n"));
  EXPECT_THAT(found(), testing::Not(testing::HasSubstr("verysecret")));
}

TEST_F(Chain, RolesInACircleAreAnError) {
  home.write(".aws/config",
             "[profile a]\nrole_arn = R\nsource_profile = b\n[profile b]\nrole_arn = R\nsource_profile = a\n");
  profile = "a";
  EXPECT_EQ(found(),
            "error: profile 'b': source_profile goes in a circle: a → b → a\n"
            "  hint: one of them must have credentials of its own\n");
}

TEST_F(Chain, MfaIsRefusedClearly) {
  home.write(".aws/config", "[default]\nrole_arn = R\nsource_profile = default\nmfa_serial = M\n");
  EXPECT_EQ(found(),
            "error: profile 'default': mfa_serial asks for a code at a keyboard, which migrate does not do\n"
            "  hint: assume the role outside (`aws sts assume-role`, or a credential_process) and pass its keys\n");
}

TEST_F(Chain, WebIdentityIsNotSigned) {
  home.write("token", "eyJ0\n");
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = home.path() + "/token";
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/web";
  variables["AWS_ROLE_SESSION_NAME"] = "me";
  network.server = [](const HttpRequest&) { return answer(200, assumed_xml); };
  EXPECT_EQ(found(), "ASIAROLE from role arn:aws:iam::1:role/web, by web identity " + home.path() + "/token");
  EXPECT_EQ(header_of(network.requests[0], "authorization"), "");
  EXPECT_THAT(network.requests[0].body, testing::HasSubstr("&RoleSessionName=me&WebIdentityToken=eyJ0"));
}

TEST_F(Chain, AProcessPrintsThem) {
  home.write(".aws/config", "[default]\ncredential_process = helper --get\n");
  process_output = R"({"Version":1,"AccessKeyId":"AKPROC","SecretAccessKey":"s","Expiration":"2030-01-01T00:30:00Z"})";
  EXPECT_EQ(found(), "AKPROC from credential_process of profile 'default'");
  process_output = "verysecret";
  EXPECT_THAT(found(), testing::StartsWith("error: credential_process of profile 'default' did not print JSON"));
  EXPECT_THAT(found(), testing::Not(testing::HasSubstr("verysecret")));
}

TEST(CredentialProcess, RunsWithoutAShell) {
  auto out = run_credential_process("printf '%s|%s' \"a b\" $HOME");
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(*out, "a b|$HOME");
  auto failed = run_credential_process("false --token=verysecret");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "credential_process 'false' failed with exit code 1");
  EXPECT_FALSE(run_credential_process("/no/such/program").ok());
}

struct Sso : Chain {
  Sso() {
    home.write(".aws/config",
               "[default]\nsso_session = corp\nsso_account_id = 123\nsso_role_name = Dev Ops\n[sso-session corp]\n"
               "sso_region = us-east-2\nsso_start_url = https://corp.awsapps.com/start\n");
  }
  void login_until(const std::string& time, const std::string& more = "") {
    home.write(".aws/sso/cache/" + sha1_hex("corp") + ".json",
               R"({"accessToken":"verysecret","expiresAt":")" + time + "\"" + more + "}");
  }
};

TEST_F(Sso, UsesTheLogin) {
  login_until("2030-01-01T08:00:00Z");
  network.server = [](const HttpRequest&) {
    return answer(
        200,
        R"({"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":1893460000000}})");
  };
  EXPECT_EQ(found(), "ASIASSO from SSO, profile 'default'");
  EXPECT_EQ(network.requests[0].url,
            "https://portal.sso.us-east-2.amazonaws.com/federation/credentials?role_name=Dev%20Ops&account_id=123");
  EXPECT_EQ(header_of(network.requests[0], "x-amz-sso_bearer_token"), "verysecret");
}

TEST_F(Sso, ThatExpiredOrIsMissingSaysLogin) {
  const std::string hint = "  hint: run `aws sso login --profile default` and then the same command again\n";
  EXPECT_EQ(found(), "error: profile 'default': there is no SSO login (" + home.path() + "/.aws/sso/cache/" +
                         sha1_hex("corp") + ".json)\n" + hint);
  login_until("2029-12-31T23:00:00Z");
  EXPECT_EQ(found(), "error: profile 'default': its SSO login has expired\n" + hint);
  EXPECT_TRUE(network.requests.empty());
}

TEST_F(Sso, RenewsALoginThatCanBeRenewed) {
  login_until("2029-12-31T23:00:00Z", R"(,"refreshToken":"r","clientId":"c","clientSecret":"x")");
  network.server = [](const HttpRequest& request) {
    if (request.url == "https://oidc.us-east-2.amazonaws.com/token")
      return answer(200, R"({"accessToken":"fresh","expiresIn":3600})");
    return answer(
        header_of(request, "x-amz-sso_bearer_token") == "fresh" ? 200 : 401,
        R"({"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":1893460000000}})");
  };
  EXPECT_EQ(found(), "ASIASSO from SSO, profile 'default'");
}

TEST_F(Chain, AContainerIsAskedWithItsToken) {
  home.write("token", "Bearer-token\n");
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = home.path() + "/token";
  network.server = [](const HttpRequest&) {
    return answer(
        200, R"({"AccessKeyId":"ASIACONT","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T01:00:00Z"})");
  };
  EXPECT_EQ(found(), "ASIACONT from the container's role (169.254.170.23)");
  EXPECT_EQ(header_of(network.requests[0], "authorization"), "Bearer-token");
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/";
  EXPECT_THAT(found(),
              testing::StartsWith("error: AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address that may give"));
}

TEST_F(Chain, AnInstanceIsAskedWithAToken) {
  variables.erase("AWS_EC2_METADATA_DISABLED");
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338/";
  network.server = [](const HttpRequest& request) {
    if (request.method == "PUT") return answer(200, "imds-token");
    if (header_of(request, "x-aws-ec2-metadata-token") != "imds-token") return answer(401, "");
    if (request.url.ends_with("/security-credentials/")) return answer(200, "worker\n");
    return answer(
        200,
        R"({"Code":"Success","AccessKeyId":"ASIAEC2","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T06:00:00Z"})");
  };
  EXPECT_EQ(found(), "ASIAEC2 from the instance's role worker");
  EXPECT_EQ(network.requests.back().url, "http://127.0.0.1:1338/latest/meta-data/iam/security-credentials/worker");
}

// --- keeping and renewing ---

struct Keeper : Chain {
  Keeper() { home.write(".aws/config", "[default]\ncredential_process = helper\n"); }
  void process_gives(const std::string& key, const std::string& until) {
    process_output =
        R"({"Version":1,"AccessKeyId":")" + key + R"(","SecretAccessKey":"s","Expiration":")" + until + "\"}";
  }
  static std::string key(CredentialsProvider& provider) {
    auto got = provider.get();
    return got ? (*got)->access_key_id : describe(got.error());
  }
};

TEST_F(Keeper, AsksAgainFifteenMinutesBeforeTheEnd) {
  process_gives("AK1", "2030-01-01T01:00:00Z");
  CredentialsProvider provider(context());
  EXPECT_EQ(key(provider), "AK1");
  process_gives("AK2", "2030-01-01T02:00:00Z");
  now += 44 * 60;
  EXPECT_EQ(key(provider), "AK1");
  now += 2 * 60;
  EXPECT_EQ(key(provider), "AK2");
}

TEST_F(Keeper, GoesOnWithWhatIsValidWhenTheSourceFails) {
  process_gives("AK1", "2030-01-01T01:00:00Z");
  CredentialsProvider provider(context());
  EXPECT_EQ(key(provider), "AK1");
  process_output = "broken";
  now += 59 * 60;
  EXPECT_EQ(key(provider), "AK1");
  now += 2 * 60;
  EXPECT_THAT(key(provider), testing::StartsWith("error: credential_process of profile 'default' did not print JSON"));
}

TEST_F(Keeper, AsksAgainWhenTheServiceSaysExpired) {
  process_gives("AK1", "2030-01-01T01:00:00Z");
  CredentialsProvider provider(context());
  EXPECT_EQ(key(provider), "AK1");
  provider.reject("AK1");
  EXPECT_EQ(
      key(provider),
      "error: the AWS credentials from credential_process of profile 'default' have expired\n"
      "  hint: renew them where they come from (credential_process of profile 'default') and run the same command "
      "again\n");
  process_gives("AK2", "2030-01-01T02:00:00Z");
  EXPECT_EQ(key(provider), "AK2");
  provider.reject("AK1");  // a late answer to an old request
  EXPECT_EQ(key(provider), "AK2");
}

}  // namespace
}  // namespace migrate::test
