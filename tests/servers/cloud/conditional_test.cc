// What DynamoDB Local does with conditional updates and deletes, in both of their forms: the facts that conditional.h
// lists.
#include "cloud/conditional.h"

#include <gmock/gmock.h>

#include <deque>

#include "base/json_write.h"
#include "cloud/dynamodb.h"
#include "servers/cloud/support.h"

namespace migrate::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

enum class Form { statement, request };
constexpr Form both[] = {Form::statement, Form::request};

std::string text_of(std::string_view text) { return "{\"S\":" + json_string(text) + "}"; }

ConditionalWrite of_item(std::string_view key) {
  ConditionalWrite write;
  write.key = {{"id", key}};
  return write;
}

constexpr std::string_view a = R"({"S":"a"})", none = R"({"S":"none"})", one = R"({"N":"1"})", two = R"({"N":"2"})";

void put(ScratchTable& table, const std::string& more, std::string_view key = a) {
  const std::string item = "{\"id\":" + std::string(key) + (more.empty() ? "" : ",") + more + "}";
  AwsOutcome outcome = table.client().once(batch_write(table.name(), {item}));
  ASSERT_TRUE(outcome.ok()) << outcome.message;
}

struct Done {
  std::string outcome;  // "none", "conditional_failed", or a code
  std::string item;
};
bool operator==(const Done& x, const Done& y) { return x.outcome == y.outcome && x.item == y.item; }
void PrintTo(const Done& done, std::ostream* out) { *out << done.outcome << " " << done.item; }

Done said(AwsErrorClass error, const std::string& code, std::string_view item) {
  const bool known = error == AwsErrorClass::none || error == AwsErrorClass::conditional_failed;
  return {known ? std::string(class_name(error)) : code, std::string(item)};
}

std::vector<Done> batch(ScratchTable& table, const std::vector<Statement>& statements) {
  AwsOutcome outcome = table.client().once(batch_statements(statements, true));
  if (!outcome.ok()) return {{outcome.code, ""}};
  auto all = read_statements(outcome.body, statements.size(), true);
  if (!all) return {{describe(all.error()), ""}};
  std::vector<Done> out;
  for (const StatementOutcome& each : *all) out.push_back(said(each.error, each.code, each.item));
  return out;
}

Done write(ScratchTable& table, const ConditionalWrite& what, Form form) {
  if (form == Form::statement) {
    auto text = conditional_statement(table.name(), what);
    const std::string parameters = conditional_parameters(what);
    return text ? batch(table, {{*text, parameters, true}}).front() : Done{"does not fit", ""};
  }
  auto made = conditional_request(table.name(), what);
  if (!made) return {"does not fit", ""};
  AwsOutcome outcome = table.client().once(made->request);
  auto item = read_item(outcome.body);
  return said(outcome.error, outcome.code, item ? *item : "");
}

const Done done = {"none", ""}, nothing_there = {"conditional_failed", ""};

TEST(ConditionalWrites, AnUpdateChangesWhatIsOursAndKeepsTheRest) {
  ScratchTable table;
  for (Form form : both) {
    put(table, R"("price":{"N":"1"},"gone":{"S":"x"},"went":{"S":"y"},"theirs":{"S":"kept"})");
    ConditionalWrite update = of_item(a);
    update.sets = {{"price", two}, {"new", R"({"L":[]})"}};
    update.removes = {"gone", "went"};
    update.equals = {{"price", one}, {"gone", R"({"S":"x"})"}, {"went", R"({"S":"y"})"}};
    update.missing = {"new"};
    EXPECT_EQ(write(table, update, form), done);
    const auto as_wanted = AllOf(HasSubstr(R"("price":{"N":"2"})"), HasSubstr(R"("new":{"L":[]})"),
                                 HasSubstr(R"("theirs":{"S":"kept"})"), Not(HasSubstr("gone")), Not(HasSubstr("went")));
    EXPECT_THAT(table.item("a"), as_wanted);
    // It is what is there now that is compared.
    const Done again = write(table, update, form);
    EXPECT_EQ(again.outcome, "conditional_failed");
    EXPECT_THAT(again.item, as_wanted);
    EXPECT_THAT(table.item("a"), as_wanted);
  }
}

TEST(ConditionalWrites, ADeleteReturnsWhatItDeleted) {
  ScratchTable table;
  const auto whole = AllOf(HasSubstr(R"("id":{"S":"a"})"), HasSubstr(R"("price":{"N":"1"})"), HasSubstr("came later"));
  for (Form form : both) {
    put(table, R"("price":{"N":"1"},"theirs":{"S":"came later"})");
    ConditionalWrite changed = of_item(a);
    changed.deletes = true;
    ConditionalWrite widened = changed, deletion = changed;
    changed.equals = {{"price", two}};
    widened.equals = deletion.equals = {{"price", one}};
    widened.missing = {"theirs"};
    deletion.missing = {"other"};
    for (const ConditionalWrite& refused : {changed, widened}) {
      const Done kept = write(table, refused, form);
      EXPECT_EQ(kept.outcome, "conditional_failed");
      EXPECT_THAT(kept.item, whole);
      EXPECT_THAT(table.item("a"), whole);
    }
    const Done went = write(table, deletion, form);
    EXPECT_EQ(went.outcome, "none");
    EXPECT_THAT(went.item, whole);
    EXPECT_EQ(table.item("a"), "");
  }
}

TEST(ConditionalWrites, NoUpdateMakesAnItemAndADeleteOfNoneSucceeds) {
  ScratchTable table;
  for (Form form : both) {
    ConditionalWrite set = of_item(none), removed = of_item(none), deletion = of_item(none);
    set.sets = {{"x", one}};
    set.missing = {"x"};
    removed.removes = {"x"};
    deletion.deletes = true;
    deletion.equals = {{"x", one}};
    EXPECT_EQ(write(table, set, form), nothing_there);
    EXPECT_EQ(write(table, removed, form), nothing_there);
    EXPECT_EQ(write(table, deletion, form), done);
    EXPECT_EQ(table.item("none"), "");
  }
}

TEST(ConditionalWrites, ABatchMixesThemAndEachHasItsOutcome) {
  TableSpec spec = spec_named(unique_name("cloud"));
  spec.sk = KeyAttribute{"at", 'N'};
  ScratchTable table(spec);
  for (const char* at : {"1", "2", "3"}) put(table, R"("x":{"N":"1"},"at":{"N":")" + std::string(at) + "\"}");
  auto at = [](std::string_view number, std::string_view compared) {
    ConditionalWrite out = of_item(a);
    out.key.push_back({"at", number});
    out.equals = {{"x", compared}};
    return out;
  };
  ConditionalWrite changed = at(one, one), refused = at(two, two), deleted = at(R"({"N":"3"})", one);
  changed.sets = refused.sets = {{"x", two}};
  deleted.deletes = true;
  const std::string insert = insert_statement(table.name(), {"id", "at"}),
                    update = *conditional_statement(table.name(), changed),
                    removal = *conditional_statement(table.name(), deleted);
  const std::string p1 = conditional_parameters(changed), p2 = conditional_parameters(refused),
                    p3 = conditional_parameters(deleted);
  const auto outcomes = batch(table, {{update, p1, true},
                                      {update, p2, true},
                                      {removal, p3, true},
                                      {insert, R"({"S":"a"},{"N":"4"})", true},
                                      {"UPDATE \"" + table.name() + "\" SET x", "", true}});
  ASSERT_EQ(outcomes.size(), 5u);
  EXPECT_EQ(outcomes[0], done);
  EXPECT_EQ(outcomes[1].outcome, "conditional_failed");
  EXPECT_THAT(outcomes[1].item, HasSubstr(R"("at":{"N":"2"})"));
  EXPECT_EQ(outcomes[2].outcome, "none");
  EXPECT_THAT(outcomes[2].item, HasSubstr(R"("at":{"N":"3"})"));
  EXPECT_EQ(outcomes[3], done);
  EXPECT_EQ(outcomes[4].outcome, "ValidationError");
  ConditionalWrite same = at(one, two);
  same.deletes = true;
  const std::string p4 = conditional_parameters(same);
  EXPECT_EQ(batch(table, {{update, p1, true}, {removal, p4, true}}).front().outcome, "ValidationException")
      << "one key twice in a batch";
}

struct Value {
  const char* is;
  std::vector<const char*> equal;
  std::vector<const char*> different;
};

const Value values[] = {
    {R"({"S":"é€😀\"'"})", {R"({"S":"\u00e9\u20ac\ud83d\ude00\u0022'"})"}, {R"({"S":"e"})", R"({"S":""})"}},
    {R"({"S":""})", {}, {R"({"S":" "})", R"({"NULL":true})", R"({"B":""})"}},
    {R"({"N":"1"})", {R"({"N":"1.0"})", R"({"N":"1e0"})", R"({"N":"+01"})"}, {R"({"N":"-1"})", R"({"S":"1"})"}},
    {R"({"N":"0"})", {R"({"N":"-0.0"})"}, {R"({"N":"1E-130"})", R"({"BOOL":false})"}},
    {R"({"N":"12345678901234567890123456789012345678"})",
     {R"({"N":"1.2345678901234567890123456789012345678E+37"})"},
     {R"({"N":"12345678901234567890123456789012345679"})"}},
    {R"({"B":"AAH/"})", {}, {R"({"B":"AAH+"})", R"({"B":""})", R"({"S":"AAH/"})"}},
    {R"({"B":""})", {}, {R"({"B":"AA=="})"}},
    {R"({"BOOL":true})", {}, {R"({"BOOL":false})", R"({"N":"1"})"}},
    {R"({"NULL":true})", {}, {R"({"BOOL":true})", R"({"S":""})"}},
    {R"({"SS":["b","","a"]})",
     {R"({"SS":["a","b",""]})"},
     {R"({"SS":["a","b"]})", R"({"L":[{"S":"b"},{"S":""},{"S":"a"}]})"}},
    {R"({"NS":["1","2.50"]})", {R"({"NS":["2.5","1e0"]})"}, {R"({"NS":["1"]})", R"({"SS":["1","2.50"]})"}},
    {R"({"BS":["AA==","AQ=="]})", {R"({"BS":["AQ==","AA=="]})"}, {R"({"BS":["AA=="]})"}},
    {R"({"L":[{"N":"1"},{"SS":["a","b"]}]})",
     {R"({"L":[{"N":"1.0"},{"SS":["b","a"]}]})"},
     {R"({"L":[{"SS":["a","b"]},{"N":"1"}]})", R"({"L":[{"N":"1"}]})"}},
    {R"({"L":[]})", {}, {R"({"L":[{"L":[]}]})", R"({"M":{}})"}},
    {R"({"M":{"b":{"N":"1"},"a":{"L":[{"M":{"é.x":{"NULL":true}}},{"S":""}]}}})",
     {R"({"M":{"a":{"L":[{"M":{"é.x":{"NULL":true}}},{"S":""}]},"b":{"N":"1.00"}}})"},
     {R"({"M":{"b":{"N":"1"}}})", R"({"M":{"b":{"N":"1"},"a":{"L":[{"M":{"é.x":{"S":""}}},{"S":""}]}}})"}},
    {R"({"M":{}})", {}, {R"({"M":{"a":{"NULL":true}}})", R"({"L":[]})"}},
};

TEST(ConditionalWrites, CompareEveryTypeByValue) {
  ScratchTable table;
  for (const Value& value : values) {
    put(table, "\"v\":" + std::string(value.is));
    for (Form form : both) {
      auto compared = [&](std::string_view with) {
        ConditionalWrite update = of_item(a);
        update.sets = {{"touched", one}};
        update.equals = {{"v", with}};
        return write(table, update, form).outcome;
      };
      EXPECT_EQ(compared(value.is), "none") << value.is;
      for (const char* equal : value.equal) EXPECT_EQ(compared(equal), "none") << value.is << " and " << equal;
      for (const char* other : value.different) {
        EXPECT_EQ(compared(other), "conditional_failed") << value.is << " and " << other;
      }
      ConditionalWrite absent = of_item(a);
      absent.sets = {{"touched", one}};
      absent.missing = {"v"};
      EXPECT_EQ(write(table, absent, form).outcome, "conditional_failed") << value.is;
      // A round: what was read back compares equal, and what is set is what was asked.
      ConditionalWrite copy = of_item(a);
      copy.sets = {{"v", value.is}, {"w", value.is}};
      copy.equals = {{"v", value.is}};
      EXPECT_EQ(write(table, copy, form).outcome, "none") << value.is;
      copy.equals.push_back({"w", value.is});
      EXPECT_EQ(write(table, copy, form).outcome, "none") << value.is;
    }
  }
}

TEST(ConditionalWrites, NamesMayBeAnything) {
  ScratchTable table;
  for (const char* name :
       {"it's", "a\"b",   "a\"\"b", "a b",   " ",       "a.b", "a[0]", "a#b",  "#a", ":a",   "?",   "é",
        "😀",    "select", "SET",    "value", "MISSING", "_x",  "1a",   "-- x", "/*", "a\\b", "a\nb"}) {
    const std::string set = name, gone = set + "1", absent = set + "2";
    const bool unspeakable = set[0] == '#' || set[0] == ':';
    for (Form form : both) {
      put(table, json_string(set) + ":{\"N\":\"1\"}," + json_string(gone) + ":{\"N\":\"1\"}");
      ConditionalWrite update = of_item(a);
      update.sets = {{set, two}};
      update.removes = {gone};
      update.equals = {{set, one}, {gone, one}};
      update.missing = {absent};
      if (form == Form::statement && unspeakable) {
        EXPECT_EQ(write(table, update, form).outcome, "does not fit") << name;
        const std::string text = "UPDATE \"" + table.name() + "\" REMOVE \"" + set + "\" WHERE \"id\"=?";
        EXPECT_EQ(batch(table, {{text, a, true}}).front().outcome, "ValidationError") << name;
        continue;
      }
      EXPECT_EQ(write(table, update, form), done) << name;
      ConditionalWrite check = of_item(a);
      check.deletes = true;
      check.equals = {{set, two}};
      check.missing = {gone};
      EXPECT_EQ(write(table, check, form).outcome, "none") << name;
    }
  }
}

TEST(ConditionalWrites, ValuesMayBeAsLongAsAnItem) {
  ScratchTable table;
  for (Form form : both) {
    const std::string old = text_of(std::string(390000, 'x')), now = text_of(std::string(200000, '\x01'));
    put(table, "\"v\":" + old);
    ConditionalWrite update = of_item(a);
    update.sets = {{"v", now}};
    update.equals = {{"v", old}};
    EXPECT_EQ(write(table, update, form), done);
    EXPECT_EQ(write(table, update, form).outcome, "conditional_failed");
  }
}

// Many attributes, whose names live as long as this.
class Wide {
 public:
  explicit Wide(size_t n) {
    for (size_t i = 0; i < n; ++i) names_.push_back("a" + std::to_string(i));
  }
  std::vector<NamedValue> equals(size_t n) const {
    std::vector<NamedValue> out;
    for (size_t i = 0; i < n; ++i) out.push_back({names_[i], one});
    return out;
  }
  std::vector<std::string_view> names() const { return {names_.begin(), names_.end()}; }
  std::string json() const {
    std::string out;
    for (const std::string& name : names_) out += (out.empty() ? "\"" : ",\"") + name + "\":{\"N\":\"1\"}";
    return out;
  }

 private:
  std::deque<std::string> names_;
};

TEST(ConditionalWrites, StatementsOfTheGreatestWidthAreTaken) {
  ScratchTable table;
  const Wide wide(200);
  put(table, wide.json());
  ConditionalWrite update = of_item(a);
  update.sets = {{"x", one}};
  update.equals = wide.equals(149);
  EXPECT_EQ(write(table, update, Form::statement), done);
  // One more is one operator too many, for the service too.
  const std::string text = *conditional_statement(table.name(), update) + " AND \"y\" IS MISSING";
  const std::string parameters = conditional_parameters(update);
  EXPECT_EQ(batch(table, {{text, parameters, true}}).front().outcome, "ValidationError");
  update.equals = wide.equals(150);
  EXPECT_EQ(write(table, update, Form::statement).outcome, "does not fit");

  ConditionalWrite longest = of_item(a);
  longest.removes = {"x"};
  const std::string name(max_statement_length - conditional_statement(table.name(), longest)->size() + 1, 'n');
  longest.removes = {name};
  EXPECT_EQ(conditional_statement(table.name(), longest)->size(), max_statement_length);
  EXPECT_EQ(write(table, longest, Form::statement), done);
  // Bytes are counted, not characters, and one statement that is too long refuses its batch.
  const std::string greek = "UPDATE \"" + table.name() + "\" REMOVE \"" + std::string(4000, 'n') + "\" WHERE \"id\"=?";
  std::string too_long = greek;
  for (size_t at = too_long.find('n', 20); at < too_long.size(); at = too_long.find('n', at + 2))
    too_long.replace(at, 1, "ν");
  too_long += std::string(max_statement_length - 4100, ' ');
  EXPECT_EQ(batch(table, {{greek, a, true}}).front().outcome, "none");
  EXPECT_EQ(batch(table, {{too_long, a, true}}).front().outcome, "ValidationException");
}

TEST(ConditionalWrites, RequestsOfTheGreatestWidthAreTaken) {
  ScratchTable table;
  const Wide wide(520);
  put(table, wide.json());
  ConditionalWrite update = of_item(a);
  update.equals = wide.equals(520);
  update.sets = {{"a519", two}};
  EXPECT_EQ(conditional_request(table.name(), update)->uncompared, 371u);
  EXPECT_EQ(write(table, update, Form::request), done);
  // What changes is compared, however many others there are.
  EXPECT_EQ(write(table, update, Form::request).outcome, "conditional_failed");

  ConditionalWrite all = of_item(a);
  all.sets = wide.equals(520);
  all.equals = {{"a519", two}};
  EXPECT_EQ(write(table, all, Form::request), done);

  const Wide others(149);
  put(table, "");
  for (bool deletes : {false, true}) {
    ConditionalWrite absent = of_item(a);
    if (!deletes) absent.sets = {{"x", one}};
    absent.deletes = deletes;
    absent.missing = others.names();
    EXPECT_EQ(write(table, absent, Form::request).outcome, "none");
  }
  put(table, wide.json());
  ConditionalWrite deletion = of_item(a);
  deletion.deletes = true;
  deletion.equals = wide.equals(149);
  EXPECT_EQ(conditional_request(table.name(), deletion)->uncompared, 0u);
  EXPECT_EQ(write(table, deletion, Form::request).outcome, "none");
}

TEST(ConditionalWrites, ABatchHoldsSixteenMegabytes) {
  ScratchTable table;
  const std::string text = "UPDATE \"" + table.name() + "\" SET \"v\"=? WHERE \"id\"=?";
  auto status = [&](size_t bytes) {
    const std::string parameters = text_of(std::string(bytes, 'x')) + "," + std::string(none);
    return table.client().once(batch_statements({{text, parameters}}, true)).status;
  };
  EXPECT_EQ(status((16 << 20) - 1000), 400) << "it is read, and its value is larger than an item";
  EXPECT_EQ(status((16 << 20) + 1000), 413);
}

TEST(ConditionalWrites, EachAttributeToRemoveNeedsItsWord) {
  ScratchTable table;
  put(table, R"("x":{"N":"1"},"y":{"N":"1"})");
  const std::string update = "UPDATE \"" + table.name() + "\" ", where = " WHERE \"id\"=?";
  EXPECT_EQ(batch(table, {{update + "REMOVE \"x\", \"y\"" + where, a}}).front().outcome, "ValidationError");
  EXPECT_EQ(batch(table, {{update + "REMOVE \"x\" REMOVE \"y\"" + where, a}}).front().outcome, "none");
}

}  // namespace
}  // namespace migrate::test
