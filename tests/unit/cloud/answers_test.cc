// Reading answers: items come back as they were sent, and whatever else comes is an error, never a crash.
#include <gmock/gmock.h>

#include <random>

#include "cloud/dynamodb.h"
#include "support/seed.h"

namespace migrate::test {
namespace {

using testing::ElementsAre;

TEST(Answers, ItemsAreTheirText) {
  std::string body =
      R"({"Count":2,"ScannedCount":3,"Items":[{"a":{"S":"}]\"\u00e9"}} , {"b":{"L":[{"N":"1"}]}}],"LastEvaluatedKey":{"a":{"S":"x"}}})";
  auto page = read_page(body);
  ASSERT_TRUE(page.ok()) << describe(page.error());
  EXPECT_THAT(page->items, ElementsAre(R"({"a":{"S":"}]\"\u00e9"}})", R"({"b":{"L":[{"N":"1"}]}})"));
  EXPECT_EQ(page->count, 2u);
  EXPECT_EQ(page->scanned, 3u);
  EXPECT_EQ(page->last_key, R"({"a":{"S":"x"}})");
}

TEST(Answers, EachStatementHasItsOutcome) {
  std::string body =
      R"({"Responses":[{"TableName":"T"},{"Error":{"Code":"DuplicateItem","Message":"exists"},"TableName":"T"},)"
      R"({"Error":{"Code":"ThrottlingError"}},{"Error":{"Code":"InternalServerError"}},)"
      R"({"Error":{"Code":"ConditionalCheckFailed","Item":{"a":{"N":"1"}}}}]})";
  auto outcomes = read_statements(body, 5, true);
  ASSERT_TRUE(outcomes.ok()) << describe(outcomes.error());
  std::vector<std::string> classes;
  for (const auto& o : *outcomes) classes.emplace_back(class_name(o.error));
  EXPECT_THAT(classes, ElementsAre("none", "conditional_failed", "throttled", "ambiguous", "conditional_failed"));
  EXPECT_EQ((*outcomes)[1].message, "exists");
  EXPECT_EQ((*outcomes)[4].item, R"({"a":{"N":"1"}})");
}

std::string said(std::string body, size_t statements) {
  auto out = read_statements(body, statements, true);
  return out ? "fine" : out.error().message;
}

TEST(Answers, AStatementWithoutAnOutcomeIsNotSuccess) {
  EXPECT_EQ(said(R"({"Responses":[{}]})", 1), "fine");
  EXPECT_EQ(said(R"({"Responses":[{}]})", 2),
            "an answer to BatchExecuteStatement has no response for each of its statements");
  EXPECT_EQ(said("{}", 1), "an answer to BatchExecuteStatement has no response for each of its statements");
}

TEST(Answers, UnprocessedItemsAreNotOverlooked) {
  std::string body = R"({"UnprocessedItems":{"T":[{"PutRequest":{"Item":{"a":{"N":"1"}}}}]}})";
  EXPECT_THAT(*read_unprocessed(body, "T"), ElementsAre(R"({"a":{"N":"1"}})"));
  std::string none = R"({"UnprocessedItems":{}})", missing = "{}";
  EXPECT_TRUE(read_unprocessed(none, "T")->empty());
  EXPECT_FALSE(read_unprocessed(missing, "T").ok());
}

// Every cut and many random changes of a good answer: an error or a value, and never a crash (run under ASan too).
TEST(Answers, DamagedOnesNeverCrash) {
  const std::string good =
      R"({"Responses":{"T":[{"a":{"S":"x"}},{"b":{"M":{"c":{"NULL":true}}}}]},"UnprocessedKeys":{"T":{"Keys":[{"a":{"S":"y"}}]}},"Count":1,"Items":[{"a":{"S":"x"}}],"UnprocessedItems":{"T":[]}})";
  auto read_all = [](const std::string& text) {
    std::string body = text;
    (void)read_page(body).ok();
    (void)read_batch_get(body, "T").ok();
    (void)read_statements(body, 2, true).ok();
    (void)read_unprocessed(body, "T").ok();
    (void)read_item(body).ok();
  };
  for (size_t cut = 0; cut < good.size(); ++cut) {
    read_all(good.substr(0, cut));
    std::string body = good.substr(0, cut);
    EXPECT_FALSE(read_page(body).ok()) << body;
  }
  const uint64_t seed = test_seed();
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string body = good;
    for (int n = 1 + static_cast<int>(random() % 4); n > 0; --n)
      body[random() % body.size()] = static_cast<char>(random());
    read_all(body);
  }
}

TEST(Bodies, QuoteWhatTheyAreGiven) {
  EXPECT_EQ(insert_statement("a\"b", {"it's", "x"}), R"(INSERT INTO "a""b" VALUE {'it''s':?,'x':?})");
  EXPECT_EQ(batch_statements({{R"(INSERT INTO "t" VALUE {'a':?})", R"({"S":"1"})"}}, true).body,
            R"({"Statements":[{"Statement":"INSERT INTO \"t\" VALUE {'a':?}","Parameters":[{"S":"1"}]}]})");
  EXPECT_EQ(put_if_absent("T", "p\"k", "{}").body,
            R"x({"TableName":"T","ConditionExpression":"attribute_not_exists(#k)",)x"
            R"x("ExpressionAttributeNames":{"#k":"p\"k"},"Item":{}})x");
  EXPECT_EQ(batch_write("T", {"{\"a\":{}}", "{}"}).body,
            R"({"RequestItems":{"T":[{"PutRequest":{"Item":{"a":{}}}},{"PutRequest":{"Item":{}}}]}})");
  ScanRequest request;
  request.table = "T";
  request.segment = 1;
  request.segments = 4;
  request.projection = "#a";
  request.names = {{"#a", "id"}};
  request.start_key = R"({"id":{"S":"x"}})";
  EXPECT_EQ(
      scan(request).body,
      R"({"TableName":"T","ConsistentRead":true,"ExclusiveStartKey":{"id":{"S":"x"}},"Segment":1,"TotalSegments":4,)"
      R"("ProjectionExpression":"#a","ExpressionAttributeNames":{"#a":"id"}})");
}

}  // namespace
}  // namespace migrate::test
