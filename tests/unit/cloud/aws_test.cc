// The client on a made-up network: what it sends, what it makes of answers, how it retries.
#include "cloud/aws.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

struct Client : testing::Test {
  FakeNetwork network{[](const HttpRequest&) { return answer(200, "{}"); }, {}};
  Variables variables{{"AWS_ACCESS_KEY_ID", "AKENV"}, {"AWS_SECRET_ACCESS_KEY", "verysecret"}};
  std::shared_ptr<AwsService> service = std::make_shared<AwsService>();
  std::unique_ptr<AwsClient> client;
  double slept = 0;

  void SetUp() override {
    service->name = "dynamodb";
    service->target_prefix = "DynamoDB_20120810";
    service->json_version = "1.0";
    service->endpoint = {"http://127.0.0.1:8000", "target.endpoint", "us-east-1", "AWS_REGION", false};
    CredentialsContext context;
    context.config = *load_aws_config("", env_of(variables));
    context.now = [] { return 1e9; };
    service->credentials = std::make_shared<CredentialsProvider>(context);
    client = std::make_unique<AwsClient>(service, std::make_unique<FakeHttpClient>(network));
  }
  static AwsRequest request(bool writes = false) {
    AwsRequest out;
    out.operation = "GetItem";
    out.body = "{}";
    out.writes = writes;
    return out;
  }
  std::string asked() {
    RetryPolicy policy;
    policy.sleep = [this](double seconds) { slept += seconds; };
    policy.random = [] { return 1.0; };
    auto out = call(*client, request(), "GetItem of 'T'", policy);
    return out ? *out : describe(out.error());
  }
};

TEST_F(Client, SendsWhatDynamoDbExpects) {
  EXPECT_EQ(asked(), "{}");
  const HttpRequest& sent = network.requests.at(0);
  EXPECT_EQ(sent.url, "http://127.0.0.1:8000/");
  EXPECT_EQ(header_of(sent, "x-amz-target"), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(header_of(sent, "content-type"), "application/x-amz-json-1.0");
  EXPECT_THAT(header_of(sent, "authorization"), testing::StartsWith("AWS4-HMAC-SHA256 Credential=AKENV/"));
}

TEST_F(Client, BacksOffUntilItWorks) {
  network.server = [&](const HttpRequest&) {
    return network.requests.size() < 4 ? answer(400, R"({"__type":"ThrottlingException"})") : answer(200, "{}");
  };
  EXPECT_EQ(asked(), "{}");
  EXPECT_EQ(network.requests.size(), 4u);
  EXPECT_DOUBLE_EQ(slept, 0.1 + 0.2 + 0.4);
}

TEST_F(Client, GivesUpWithTheLastReason) {
  network.server = [](const HttpRequest&) {
    return answer(400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})");
  };
  EXPECT_THAT(asked(), testing::StartsWith("error: GetItem of 'T' failed at http://127.0.0.1:8000 (region us-east-1): "
                                           "ThrottlingException: Rate exceeded\n"));
  EXPECT_EQ(network.requests.size(), 10u);
}

// A request that is not answered must not hold up Ctrl-C for its whole time-out.
TEST_F(Client, EndsWhileAnAnswerIsWaitedFor) {
  struct Silent final : HttpClient {
    std::function<void(HttpOutcome)> waiting;
    std::atomic<bool> stop{false};
    int polls = 0;
    void start(HttpRequest, std::function<void(HttpOutcome)> done) override { waiting = std::move(done); }
    size_t poll(double seconds) override {
      EXPECT_LE(seconds, 0.5);
      stop = ++polls == 3;
      return 1;
    }
    void wake() override {}
  };
  auto owned = std::make_unique<Silent>();
  Silent& silent = *owned;
  service->stop = &silent.stop;
  AwsClient waiting(service, std::move(owned));
  auto out = call(waiting, request(), "GetItem of 'T'");
  ASSERT_FALSE(out);
  EXPECT_THAT(describe(out.error()), testing::StartsWith("error: GetItem of 'T' was interrupted"));
  EXPECT_EQ(silent.polls, 3);
  silent.waiting(answer(200, "{}"));  // comes after all, and finds nobody

  silent.stop = false;
  silent.polls = 0;
  RetryPolicy policy;
  policy.cancelled = [&] { return silent.polls == 2; };
  EXPECT_FALSE(call(waiting, request(), "GetItem of 'T'", policy));
  EXPECT_EQ(silent.polls, 2);
}

// As DynamoDB answers to a signature for another region. An address of AWS's own tells its region, and is not even
// asked.
TEST_F(Client, ARegionThatIsNotTheEndpointsIsNamed) {
  service->endpoint = {"https://ddb.internal", "target.endpoint", "us-east-1", "AWS_REGION", false};
  network.server = [](const HttpRequest&) {
    return answer(400, R"({"__type":"com.amazon.coral.service#InvalidSignatureException",)"
                       R"("message":"Credential should be scoped to a valid region, not 'us-east-1'. "})");
  };
  EXPECT_EQ(asked(),
            "error: GetItem of 'T' failed at https://ddb.internal (region us-east-1): InvalidSignatureException: "
            "Credential should be scoped to a valid region, not 'us-east-1'. \n"
            "  hint: requests are signed for us-east-1 (AWS_REGION), and https://ddb.internal (target.endpoint) is in "
            "another region: set `target.region` to the endpoint's\n");
  EXPECT_EQ(network.requests.size(), 1u) << "asking again does not help";
}

// A table of another region: DynamoDB knows no other regions, and can only say that there is none.
TEST_F(Client, ATableOfAnotherRegionIsNotThere) {
  network.server = [](const HttpRequest&) {
    return answer(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
                       R"("message":"Requested resource not found"})");
  };
  EXPECT_EQ(asked(),
            "error: GetItem of 'T' failed at http://127.0.0.1:8000 (region us-east-1): ResourceNotFoundException: "
            "Requested resource not found\n  hint: the table is not in this region and account: check "
            "`target.region`, `target.endpoint` and the credentials, or set `target.create_tables: true`\n");
}

TEST_F(Client, CorrectsAClockThatIsOff) {
  network.server = [&](const HttpRequest& sent) {
    if (header_of(sent, "x-amz-date").starts_with("2040")) return answer(200, "{}");
    return answer(400, R"({"__type":"InvalidSignatureException","message":"Signature expired: now earlier than"})",
                  {{"date", "Sun, 01 Jan 2040 00:00:05 GMT"}});
  };
  EXPECT_EQ(asked(), "{}");
  EXPECT_EQ(network.requests.size(), 2u);
  EXPECT_EQ(slept, 0);
}

TEST_F(Client, ADamagedAnswerIsNotBelieved) {
  auto with_crc = [](uint32_t crc) {
    HttpOutcome out = answer(200, R"({"Item":{}})", {{"x-amz-crc32", "12345"}});
    out.response.crc32 = crc;
    return out;
  };
  network.server = [&](const HttpRequest&) { return with_crc(12345); };
  EXPECT_EQ(class_name(client->once(request()).error), "none");
  network.server = [&](const HttpRequest&) { return with_crc(54321); };
  EXPECT_EQ(class_name(client->once(request()).error), "retryable");
  EXPECT_EQ(class_name(client->once(request(true)).error), "ambiguous");
}

TEST_F(Client, WhatWasNeverSentCannotHaveHappened) {
  network.server = [](const HttpRequest&) { return no_answer(false); };
  EXPECT_EQ(class_name(client->once(request(true)).error), "unreachable");
  network.server = [](const HttpRequest&) { return no_answer(true); };
  EXPECT_EQ(class_name(client->once(request(true)).error), "ambiguous");
}

TEST_F(Client, ExpiredCredentialsThatStayExpiredAreAnError) {
  network.server = [](const HttpRequest&) {
    return answer(400, R"({"__type":"ExpiredTokenException","message":"expired"})");
  };
  EXPECT_THAT(asked(), testing::HasSubstr("the AWS credentials from the environment (AWS_ACCESS_KEY_ID) have expired"));
  EXPECT_EQ(network.requests.size(), 1u);
}

}  // namespace
}  // namespace migrate::test
