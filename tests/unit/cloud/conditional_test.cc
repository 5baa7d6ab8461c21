// The texts of conditional writes, as the service reads them: what is set, removed and compared, in which order, and
// what becomes of an item that is too wide.
#include "cloud/conditional.h"

#include <gmock/gmock.h>

#include <deque>

#include "cloud/dynamodb.h"

namespace migrate::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view one = R"({"N":"1"})", two = R"({"N":"2"})";

ConditionalWrite of_item() {
  ConditionalWrite write;
  write.key = {{"pk", R"({"S":"a"})"}, {"sk", R"({"N":"7"})"}};
  return write;
}

ConditionalWrite update() {
  ConditionalWrite write = of_item();
  write.sets = {{"price", two}, {"new", R"({"S":"x"})"}};
  write.removes = {"gone", "went"};
  write.equals = {{"name", R"({"S":"n"})"}, {"price", one}, {"gone", R"({"NULL":true})"}, {"went", one}};
  write.missing = {"new"};
  return write;
}

ConditionalWrite deletion() {
  ConditionalWrite write = of_item();
  write.deletes = true;
  write.equals = {{"price", one}};
  write.missing = {"gone"};
  return write;
}

std::string statement(const ConditionalWrite& write) {
  return conditional_statement("T", write).value_or("does not fit");
}

std::string request(const ConditionalWrite& write) {
  auto made = conditional_request("T", write);
  return made ? made->request.operation + " " + made->request.body : "does not fit";
}

// Names that outlive the write: "a0", "a1", …
class Names {
 public:
  explicit Names(std::string prefix) : prefix_(std::move(prefix)) {}
  std::vector<std::string_view> first(size_t n) {
    while (names_.size() < n) names_.push_back(prefix_ + std::to_string(names_.size()));
    return {names_.begin(), names_.begin() + static_cast<ptrdiff_t>(n)};
  }
  std::vector<NamedValue> values(size_t n, std::string_view value = one) {
    std::vector<NamedValue> out;
    for (std::string_view name : first(n)) out.push_back({name, value});
    return out;
  }

 private:
  std::string prefix_;
  std::deque<std::string> names_;
};

// The value of a member of the request, which is a string without escapes.
std::string member(const ConditionalRequest& made, const std::string& name) {
  const std::string& body = made.request.body;
  const size_t at = body.find("\"" + name + "\":\"") + name.size() + 4;
  return body.substr(at, body.find('"', at) - at);
}

size_t count(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(ConditionalStatement, UpdatesWhatIsStillAsItWasRead) {
  EXPECT_EQ(statement(update()),
            R"(UPDATE "T" SET "price"=? SET "new"=? REMOVE "gone" REMOVE "went" WHERE "pk"=? AND "sk"=?)"
            R"( AND "name"=? AND "price"=? AND "gone"=? AND "went"=? AND "new" IS MISSING)");
  EXPECT_EQ(conditional_parameters(update()),
            R"({"N":"2"},{"S":"x"},{"S":"a"},{"N":"7"},{"S":"n"},{"N":"1"},{"NULL":true},{"N":"1"})");
}

TEST(ConditionalStatement, DeletesAndReturnsWhatWent) {
  EXPECT_EQ(statement(deletion()),
            R"(DELETE FROM "T" WHERE "pk"=? AND "sk"=? AND "price"=? AND "gone" IS MISSING RETURNING ALL OLD *)");
  EXPECT_EQ(conditional_parameters(deletion()), R"({"S":"a"},{"N":"7"},{"N":"1"})");
}

TEST(ConditionalStatement, IsTheSameForAllWritesOfOneShape) {
  ConditionalWrite other = update();
  other.sets[0].value = one;
  other.key[0].value = R"({"S":"b"})";
  EXPECT_EQ(statement(other), statement(update()));
  EXPECT_NE(conditional_parameters(other), conditional_parameters(update()));
}

TEST(ConditionalStatement, QuotesNames) {
  ConditionalWrite write = of_item();
  write.key.pop_back();
  write.removes = {"it's", "a\"b"};
  write.missing = {"select"};
  EXPECT_EQ(*conditional_statement("t\"t", write),
            R"(UPDATE "t""t" REMOVE "it's" REMOVE "a""b" WHERE "pk"=? AND "select" IS MISSING)");
}

// Story: PartiQL reads "#a" as a substitution that nobody defined, and refuses the statement.
TEST(ConditionalStatement, CannotNameWhatBeginsLikeASubstitution) {
  for (std::string_view name : {"#a", ":a", "#"}) {
    ConditionalWrite set = update(), removed = update(), compared = update(), absent = update(), key = update();
    set.sets.push_back({name, one});
    removed.removes.push_back(name);
    compared.equals.push_back({name, one});
    absent.missing.push_back(name);
    key.key[1].name = name;
    for (const ConditionalWrite& write : {set, removed, compared, absent, key}) {
      EXPECT_EQ(statement(write), "does not fit");
      EXPECT_NE(request(write), "does not fit");
    }
  }
  ConditionalWrite inside = update();
  inside.missing.emplace_back("a#:");
  EXPECT_THAT(statement(inside), HasSubstr(R"("a#:" IS MISSING)"));
}

TEST(ConditionalStatement, FitsUpToTheServicesLimits) {
  Names names("a");
  ConditionalWrite write = update();
  write.missing.clear();
  for (const auto& [equals, missing, fits] : {std::tuple(148, 0, true), {0, 148, true}, {74, 75, false}}) {
    write.equals = names.values(static_cast<size_t>(equals));
    write.missing = names.first(static_cast<size_t>(missing));
    EXPECT_EQ(statement(write) != "does not fit", fits) << equals << " and " << missing;
  }
  write = update();
  const size_t rest = statement(write).size() + std::string_view(" REMOVE \"\"").size();
  const std::string longest(max_statement_length - rest, 'x'), euro = "€";
  write.removes.push_back(longest);
  EXPECT_EQ(statement(write).size(), max_statement_length);
  const std::string too_long = longest + "x";
  write.removes.back() = too_long;
  EXPECT_EQ(statement(write), "does not fit");
  const std::string as_long_in_characters = euro + longest.substr(1);
  write.removes.back() = as_long_in_characters;
  EXPECT_EQ(statement(write), "does not fit");
}

TEST(ConditionalStatement, ABatchAsksForTheItemThatFailed) {
  EXPECT_EQ(batch_statements({{"x", "1", true}, {"y", "", false}}, true).body,
            R"({"Statements":[{"Statement":"x","Parameters":[1],"ReturnValuesOnConditionCheckFailure":"ALL_OLD"},)"
            R"({"Statement":"y"}]})");
}

TEST(ConditionalRequests, UpdateAsAnUpdateItem) {
  EXPECT_EQ(request(update()),
            R"x(UpdateItem {"TableName":"T","Key":{"pk":{"S":"a"},"sk":{"N":"7"}},)x"
            R"x("UpdateExpression":"SET #0=:0,#1=:1 REMOVE #2,#3",)x"
            R"x("ConditionExpression":"attribute_exists(#4) AND #5=:2 AND #6=:3 AND #7=:4)x"
            R"x( AND attribute_not_exists(#8) AND #9=:5",)x"
            R"x("ExpressionAttributeNames":{"#0":"price","#1":"new","#2":"gone","#3":"went","#4":"pk","#5":"price",)x"
            R"x("#6":"gone","#7":"went","#8":"new","#9":"name"},)x"
            R"x("ExpressionAttributeValues":{":0":{"N":"2"},":1":{"S":"x"},":2":{"N":"1"},":3":{"NULL":true},)x"
            R"x(":4":{"N":"1"},":5":{"S":"n"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"})x");
  EXPECT_TRUE(conditional_request("T", update())->request.writes);
}

TEST(ConditionalRequests, DeleteAsADeleteItem) {
  EXPECT_EQ(request(deletion()),
            R"x(DeleteItem {"TableName":"T","Key":{"pk":{"S":"a"},"sk":{"N":"7"}},)x"
            R"x("ConditionExpression":"attribute_not_exists(#0) OR #1=:0 AND attribute_not_exists(#2)",)x"
            R"x("ExpressionAttributeNames":{"#0":"pk","#1":"price","#2":"gone"},)x"
            R"x("ExpressionAttributeValues":{":0":{"N":"1"}},)x"
            R"x("ReturnValuesOnConditionCheckFailure":"ALL_OLD","ReturnValues":"ALL_OLD"})x");
}

// DynamoDB refuses an empty ExpressionAttributeValues.
TEST(ConditionalRequests, LeaveOutWhatIsEmpty) {
  ConditionalWrite write = of_item();
  write.removes = {"a"};
  EXPECT_EQ(request(write),
            R"x(UpdateItem {"TableName":"T","Key":{"pk":{"S":"a"},"sk":{"N":"7"}},"UpdateExpression":"REMOVE #0",)x"
            R"x("ConditionExpression":"attribute_exists(#1)","ExpressionAttributeNames":{"#0":"a","#1":"pk"},)x"
            R"x("ReturnValuesOnConditionCheckFailure":"ALL_OLD"})x");
}

TEST(ConditionalRequests, OfWideItemsCompareWhatChangesFirstAndCountTheRest) {
  Names names("a");
  ConditionalWrite write = of_item();
  write.equals = names.values(200);
  write.sets = {{names.first(200)[199], two}};
  write.removes = {names.first(200)[180]};
  auto made = conditional_request("T", write);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->uncompared, 51u);
  const std::string condition = member(*made, "ConditionExpression");
  EXPECT_EQ(count(condition, "="), 149u);
  EXPECT_EQ(count(condition, "=") + count(condition, " AND ") + 1, 299u);
  EXPECT_THAT(made->request.body, HasSubstr(R"("#2":"pk","#3":"a180","#4":"a199","#5":"a0","#6":"a1")"));
  EXPECT_THAT(made->request.body, HasSubstr(R"("a146"})"));
  write.equals.resize(149);
  EXPECT_EQ(conditional_request("T", write)->uncompared, 0u);
}

TEST(ConditionalRequests, HoldTheConditionWithin4Kilobytes) {
  Names names("m");
  for (bool deletes : {false, true}) {
    ConditionalWrite write = of_item();
    write.deletes = deletes;
    if (!deletes) write.removes = {"x"};
    write.missing = names.first(149);
    auto made = conditional_request("T", write);
    ASSERT_TRUE(made);
    const std::string condition = member(*made, "ConditionExpression");
    EXPECT_GT(made->uncompared, 0u);
    EXPECT_EQ(count(condition, "not_exists") - (deletes ? 1 : 0) + made->uncompared, 149u);
    EXPECT_LE(condition.size(), max_expression_length);
    EXPECT_GT(condition.size(), max_expression_length - 40);
  }
}

TEST(ConditionalRequests, CannotSetMoreThanAnExpressionHolds) {
  Names names("a");
  ConditionalWrite write = of_item();
  write.sets = names.values(520);
  auto made = conditional_request("T", write);
  ASSERT_TRUE(made);
  EXPECT_LE(member(*made, "UpdateExpression").size(), max_expression_length);
  EXPECT_GT(member(*made, "UpdateExpression").size(), max_expression_length - 8);
  write.sets = names.values(521);
  EXPECT_EQ(request(write), "does not fit");
}

TEST(ConditionalRequests, TheirAnswersHoldTheItem) {
  std::string failed = R"({"__type":"x#ConditionalCheckFailedException","Item":{"a":{"N":"1"}},"message":"m"})";
  std::string deleted = R"({"Attributes":{"a":{"N":"2"}}})", gone = "{}";
  EXPECT_EQ(*read_item(failed), R"({"a":{"N":"1"}})");
  EXPECT_EQ(*read_item(deleted), R"({"a":{"N":"2"}})");
  EXPECT_EQ(*read_item(gone), "");
}

}  // namespace
}  // namespace migrate::test
