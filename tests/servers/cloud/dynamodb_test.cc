// Every operation of dynamodb.h against DynamoDB Local.
#include "cloud/dynamodb.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "servers/cloud/support.h"

namespace migrate::test {
namespace {

std::string item(const std::string& id, const std::string& more = "") {
  return "{\"id\":{\"S\":\"" + id + "\"}" + more + "}";
}

std::string outcome_text(const AwsOutcome& outcome) {
  return std::string(class_name(outcome.error)) + (outcome.code.empty() ? "" : " " + outcome.code);
}

TEST(DynamoDb, PutIfAbsentKeepsWhatIsThere) {
  ScratchTable table;
  EXPECT_EQ(outcome_text(table.client().once(put_if_absent(table.name(), "id", item("a", ",\"n\":{\"N\":\"1\"}")))),
            "none");
  EXPECT_EQ(outcome_text(table.client().once(put_if_absent(table.name(), "id", item("a", ",\"n\":{\"N\":\"2\"}")))),
            "conditional_failed ConditionalCheckFailedException");
  EXPECT_THAT(table.item("a"), testing::HasSubstr("\"N\":\"1\""));
}

TEST(DynamoDb, BatchOverwritesAndTellsWhatIsLeft) {
  ScratchTable table;
  std::string a = item("a"), b = item("b", ",\"t\":{\"S\":\"\\u20ac \\\"quoted\\\"\"}");
  AwsOutcome outcome = table.client().once(batch_write(table.name(), {a, b}));
  ASSERT_TRUE(outcome.ok()) << outcome.message;
  auto left = read_unprocessed(outcome.body, table.name());
  ASSERT_TRUE(left.ok());
  EXPECT_TRUE(left->empty());
  EXPECT_THAT(table.item("b"), testing::HasSubstr("€ \\\"quoted\\\""));
}

TEST(DynamoDb, StatementsHaveACodeEach) {
  ScratchTable table;
  std::string text = insert_statement(table.name(), {"id", "it's"});
  AwsOutcome first = table.client().once(batch_statements({{text, R"({"S":"a"},{"N":"1"})"}}, true));
  ASSERT_TRUE(first.ok()) << first.message;
  AwsOutcome second =
      table.client().once(batch_statements({{text, R"({"S":"a"},{"N":"2"})"}, {text, R"({"S":"b"},{"S":"x"})"}}, true));
  ASSERT_TRUE(second.ok()) << second.message;
  auto codes = read_statements(second.body, 2, true);
  ASSERT_TRUE(codes.ok()) << describe(codes.error());
  EXPECT_EQ((*codes)[0].error, AwsErrorClass::conditional_failed);
  EXPECT_EQ((*codes)[0].code, "DuplicateItem");
  EXPECT_EQ((*codes)[1].error, AwsErrorClass::none);
  EXPECT_THAT(table.item("a"), testing::HasSubstr("\"it's\":{\"N\":\"1\"}"));
}

TEST(DynamoDb, ScanInSegmentsAndPagesGivesEveryItemOnce) {
  ScratchTable table;
  std::vector<std::string> written;
  for (int i = 0; i < 60; ++i) written.push_back("key" + std::to_string(i));
  for (const std::string& id : written)
    ASSERT_TRUE(table.client().once(put_if_absent(table.name(), "id", item(id))).ok());
  std::vector<std::string> seen;
  for (uint32_t segment = 0; segment < 3; ++segment) {
    ScanRequest request;
    request.table = table.name();
    request.segment = segment;
    request.segments = 3;
    request.limit = 7;
    do {
      AwsOutcome outcome = table.client().once(scan(request));
      ASSERT_TRUE(outcome.ok()) << outcome.message;
      auto page = read_page(outcome.body);
      ASSERT_TRUE(page.ok()) << describe(page.error());
      EXPECT_EQ(page->items.size(), page->count);
      for (std::string_view found : page->items) {
        std::string text(found);
        seen.push_back(text.substr(text.find("key"), text.rfind('"') - text.find("key")));
      }
      request.start_key = page->last_key;
    } while (!request.start_key.empty());
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(written));
}

TEST(DynamoDb, GetsManyAndQueries) {
  ScratchTable table;
  for (const char* id : {"a", "b"}) ASSERT_TRUE(table.client().once(put_if_absent(table.name(), "id", item(id))).ok());
  std::string a = item("a"), b = item("b"), none = item("none");
  AwsOutcome outcome = table.client().once(batch_get(table.name(), {a, b, none}));
  auto got = read_batch_get(outcome.body, table.name());
  ASSERT_TRUE(got.ok()) << outcome.body;
  EXPECT_EQ(got->items.size(), 2u);
  EXPECT_TRUE(got->unprocessed_keys.empty());
  EXPECT_EQ(table.item("none"), "");

  QueryRequest request;
  request.table = table.name();
  request.condition = "#k = :k";
  request.names = {{"#k", "id"}};
  request.values = {{":k", R"({"S":"b"})"}};
  AwsOutcome answer = table.client().once(query(request));
  auto page = read_page(answer.body);
  ASSERT_TRUE(page.ok()) << answer.message;
  EXPECT_THAT(page->items, testing::ElementsAre(item("b")));
}

TEST(DynamoDb, ManyInFlightOnFewConnections) {
  ScratchTable table;
  auto client = client_of(dynamodb_endpoint(), 4);
  int done = 0, good = 0;
  for (int i = 0; i < 200; ++i) {
    client->start(put_if_absent(table.name(), "id", item(std::to_string(i))), [&](AwsOutcome outcome) {
      ++done;
      good += outcome.ok() ? 1 : 0;
    });
  }
  while (client->poll(5) > 0) {}
  EXPECT_EQ(done, 200);
  EXPECT_EQ(good, 200);
}

TEST(DynamoDb, WakeEndsAPoll) {
  auto client = client_of(dynamodb_endpoint());
  auto start = std::chrono::steady_clock::now();
  std::thread other([&] { client->wake(); });
  client->poll(60);
  other.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(DynamoDb, RefusalsAreClassified) {
  ScratchTable table;
  EXPECT_EQ(outcome_text(table.client().once(put_if_absent("no_such_table", "id", item("a")))),
            "not_found ResourceNotFoundException");
  EXPECT_EQ(outcome_text(table.client().once(put_if_absent(table.name(), "id", "{\"id\":{\"S\":\"\"}}"))),
            "validation ValidationException");
  auto tables = list_tables(table.client());
  ASSERT_TRUE(tables.ok());
  EXPECT_THAT(*tables, testing::Contains(table.name()));
}

}  // namespace
}  // namespace migrate::test
