// What a bad day does between us and DynamoDB, and what each of it is taken for.
#include <gmock/gmock.h>

#include "servers/cloud/support.h"
#include "support/fault_proxy.h"

namespace migrate::test {
namespace {

struct Faults : testing::Test {
  ScratchTable table;
  FaultProxy proxy{dynamodb_endpoint()};
  std::unique_ptr<AwsClient> client = client_of(proxy.endpoint());

  AwsRequest put(const std::string& id) { return put_if_absent(table.name(), "id", "{\"id\":{\"S\":\"" + id + "\"}}"); }
  AwsRequest get(const std::string& id) { return get_item(table.name(), "{\"id\":{\"S\":\"" + id + "\"}}"); }
  // "ambiguous, written" : what the client made of it, and whether it happened.
  std::string put_through(Fault fault, double timeout = 30) {
    std::string id = unique_name("item");
    proxy.heal();
    proxy.fail_when([&](const SeenRequest& r) { return r.operation == "PutItem"; }, std::move(fault));
    AwsRequest request = put(id);
    request.timeout_seconds = timeout;
    AwsOutcome outcome = client->once(std::move(request));
    return std::string(class_name(outcome.error)) + (table.item(id).empty() ? ", not written" : ", written");
  }
  std::string get_through(Fault fault) {
    proxy.heal();
    proxy.fail_when([&](const SeenRequest& r) { return r.operation == "GetItem"; }, std::move(fault));
    return std::string(class_name(client->once(get("x")).error));
  }
};

TEST_F(Faults, OfAWriteAreAmbiguousWhenItMayHaveHappened) {
  EXPECT_EQ(put_through(throttled()), "throttled, not written");
  EXPECT_EQ(put_through(failed(500, "InternalServerError")), "ambiguous, not written");
  EXPECT_EQ(put_through(failed_after(500, "InternalServerError")), "ambiguous, written");
  EXPECT_EQ(put_through(failed(503, "ServiceUnavailable")), "ambiguous, not written");
  EXPECT_EQ(put_through(connection_closed()), "ambiguous, not written");
  EXPECT_EQ(put_through(answer_lost()), "ambiguous, written");
  EXPECT_EQ(put_through(answer_cut()), "ambiguous, written");
  EXPECT_EQ(put_through(answer_corrupted()), "ambiguous, written");
  EXPECT_EQ(put_through(answer_garbled()), "garbage, written");
  EXPECT_EQ(put_through(answer_gzipped()), "none, written");
  EXPECT_EQ(put_through(answer_held(30), 0.3), "ambiguous, written");
}

TEST_F(Faults, OfAReadAreRetryable) {
  EXPECT_EQ(get_through(throttled()), "throttled");
  EXPECT_EQ(get_through(failed(500, "InternalServerError")), "retryable");
  EXPECT_EQ(get_through(connection_closed()), "retryable");
  EXPECT_EQ(get_through(answer_cut()), "retryable");
  EXPECT_EQ(get_through(answer_corrupted()), "retryable");
  EXPECT_EQ(get_through(answer_garbled()), "garbage");
  EXPECT_EQ(get_through(answer_gzipped()), "none");
  EXPECT_EQ(get_through(failed(400, "AccessDeniedException")), "denied");
  EXPECT_EQ(get_through(failed(400, "ExpiredTokenException")), "expired_credentials");
}

// libcurl sends a POST again, unseen, when the kept connection that it went out on is closed before an answer.
TEST_F(Faults, AWriteIsNeverSentTwiceBehindOurBack) {
  ASSERT_TRUE(client->once(get("x")).ok());  // opens the connection that is kept
  proxy.fail("PutItem", 1, 1, answer_lost());
  AwsOutcome outcome = client->once(put("once"));
  EXPECT_EQ(outcome.error, AwsErrorClass::ambiguous) << outcome.message;
  EXPECT_EQ(proxy.count("PutItem"), 1);
  EXPECT_FALSE(table.item("once").empty());
}

TEST_F(Faults, NothingIsSentWhereNobodyListens) {
  proxy.refuse(true);
  EXPECT_EQ(class_name(client->once(put("a")).error), "unreachable");
  auto answer = call(*client, put("a"), "PutItem of 'T'", impatient());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::aws_connect);
}

TEST_F(Faults, AreRetriedUntilTheyPass) {
  proxy.fail("GetItem", 1, 3, throttled());
  auto answer = call(*client, get("x"), "GetItem", impatient());
  EXPECT_TRUE(answer.ok());
  EXPECT_EQ(proxy.count("GetItem"), 4);
}

TEST_F(Faults, ThatDoNotPassAreTriedOnce) {
  proxy.fail("GetItem", 1, 1, failed(400, "AccessDeniedException"));
  EXPECT_FALSE(call(*client, get("x"), "GetItem", impatient()).ok());
  EXPECT_EQ(proxy.count("GetItem"), 1);
}

TEST_F(Faults, UnprocessedItemsComeBackAsTheyWere) {
  std::string a = R"({"id":{"S":"a"},"n":{"N":"1"}})", b = R"({"id":{"S":"b"}})";
  proxy.fail("BatchWriteItem", 1, 1, answer_changed([&](std::string& body) {
               body = "{\"UnprocessedItems\":{\"" + table.name() + "\":[{\"PutRequest\":{\"Item\":" + a + "}}]}}";
             }));
  AwsOutcome outcome = client->once(batch_write(table.name(), {a, b}));
  ASSERT_TRUE(outcome.ok()) << outcome.message;
  auto left = read_unprocessed(outcome.body, table.name());
  ASSERT_TRUE(left.ok()) << describe(left.error());
  EXPECT_THAT(*left, testing::ElementsAre(a));
}

}  // namespace
}  // namespace migrate::test
