// Columns that `mask` names: their values stand in no file that a build leaves, and in nothing that it prints.
#include "shop.h"
#include "support/fault_proxy.h"

namespace migrate::test {
namespace {

constexpr const char* ROWS =
    "CREATE TABLE cities (code CHAR(2) PRIMARY KEY, name VARCHAR(40) NOT NULL);"
    "CREATE TABLE people (Email VARCHAR(60) PRIMARY KEY, id INT NOT NULL, secret VARCHAR(40), age VARCHAR(20),"
    " city CHAR(2), FOREIGN KEY (city) REFERENCES cities(code));"
    "CREATE TABLE pets (id INT PRIMARY KEY, owner VARCHAR(60) NOT NULL, age VARCHAR(20),"
    " FOREIGN KEY (owner) REFERENCES people(Email));"
    "INSERT INTO cities VALUES ('be', 'Berlin');"
    "INSERT INTO people VALUES ('plain@mail', 1, 'hush-hush', '30', 'be'), ('plain@mail2', 2, 'hush-hush2', 'old', "
    "'be');"
    "INSERT INTO pets VALUES (7, 'plain@mail', '3'), (8, 'plain@mail2', 'young')";

// ByMail: a composite key. Mails: templates, with blanks in them, and a value that a join and a format make. Pets: what
// an aggregate, an expression and a collection make.
constexpr const char* CONTRACT = R"({"tables": [
  {"table": "ByMail", "type": "single-entity", "source_table": "people", "pk": "email#id",
   "attributes": [
    {"name": "email", "type": "S", "source_table": "people", "source_column": "email"},
    {"name": "id", "type": "N", "source_table": "people", "source_column": "id"},
    {"name": "age", "type": "N", "source_table": "people", "source_column": "age"},
    {"name": "note", "type": "S", "source_table": "cities", "source_column": "name",
     "join": {"type": "foreign-key", "target_table": "cities", "join_condition": "people.city = cities.code", "select_column": "cities.name"},
     "transformation": {"type": "string-format", "format": "{ secret } of {value}"}}],
   "satisfies": ["get by email#id"], "estimated_item_size_bytes": 100},
  {"table": "Mails", "type": "multi-entity", "source_table": "people", "pk": "PK", "sk": "SK",
   "entities": [
    {"entity_type": "Person", "source_table": "people", "pk_template": "USER#{ mail }", "sk_template": "SECRET#{secret}",
     "attributes": [
      {"name": "mail", "type": "S", "source_table": "people", "source_column": "email"},
      {"name": "age", "type": "N", "source_table": "people", "source_column": "age"},
      {"name": "pets", "type": "L", "source_table": "pets", "source_column": "id",
       "join": {"type": "json-construction", "target_table": "pets", "join_condition": "pets.owner = people.email",
        "construction": {"type": "array", "order_by": "id", "limit": 5, "select_columns": {"of": "owner"}}}}]},
    {"entity_type": "Pet", "source_table": "pets", "pk_template": "USER#{owner}", "sk_template": "PET#{id}",
     "attributes": [
      {"name": "age", "type": "N", "source_table": "pets", "source_column": "age"},
      {"name": "secret", "type": "S", "source_table": "people", "source_column": "secret",
       "join": {"type": "foreign-key", "target_table": "people", "join_condition": "pets.owner = people.email", "select_column": "UPPER(people.secret) "
}
}]
}],
   "satisfies": ["query by PK"], "estimated_item_size_bytes": 100
}]
})";

constexpr const char* MASK = "mask: [people.email, people.secret, pets.owner]\n";

class Masked : public OnBothServers {
 protected:
  Masked() {
    db.exec(ROWS);
    shop.contract = CONTRACT;
  }

  std::string plain() const {
    // A manifest must hold the keys of what is to be deleted one day, and what is under way stands beside it.
    const auto in = [&](const char* text) { return shop.files_with(text, ".migrate/manifests"); };
    return in("plain@mail") + in("hush-hush") + in("HUSH-HUSH");
  }
  void put_others() {
    shop.put("ByMail", R"({"email#id":{"S":"plain@mail#1"},"note":{"S":"hush-hush in Rome"},"age":{"N":"1"}})");
    shop.put("Mails", R"({"PK":{"S":"USER#plain@mail"},"SK":{"S":"SECRET#hush-hush"},"mail":{"S":"plain@mail"},)"
                      R"("pets":{"L":[{"S":"plain@mail"}]}})");
    shop.put("Mails", R"({"PK":{"S":"USER#plain@mail"},"SK":{"S":"PET#7"},"secret":{"S":"HUSH-HUSH!"}})");
  }

  Project shop{db};
};
ON_BOTH_SERVERS(Masked);

TEST_P(Masked, values_are_in_no_file_and_in_no_output) {
  shop.more = MASK;
  const Ran built = shop.migrate("build -v");
  ASSERT_EQ(built.code, 3) << built.all();
  EXPECT_THAT(shop.file("out/dead-letters/ByMail.jsonl"), HasSubstr("\"email#id\":\"masked:"));
  put_others();
  const Ran checked = shop.migrate("check");
  EXPECT_EQ(checked.code, 3) << checked.all();
  EXPECT_THAT(checked.out, HasSubstr("masked:"));
  const Ran again = shop.migrate("build -B run:ByMail run:Mails check:ByMail check:Mails report:html");
  EXPECT_EQ(again.code, 3) << again.all();
  EXPECT_THAT(shop.file("out/dead-letters/Mails.jsonl"),
              testing::ContainsRegex(
                  R"("key":\{"PK":"masked:[0-9a-f]+","SK":"masked:[0-9a-f]+"\},"attribute":"","code":"conflict")"));
  EXPECT_EQ(plain(), "");
}

// `mask` that is added when the values are in reports already is a reason to make them again.
TEST_P(Masked, later_values_go_from_every_file) {
  ASSERT_EQ(shop.migrate("build").code, 3);
  put_others();
  ASSERT_EQ(shop.migrate("build -B").code, 3);
  ASSERT_THAT(plain(), HasSubstr("cache.db"));
  ASSERT_THAT(plain(), HasSubstr("ByMail.jsonl"));
  ASSERT_THAT(plain(), HasSubstr("index.html"));
  shop.more = MASK;
  const Ran plan = shop.migrate("explain run:ByMail");
  EXPECT_TRUE(plan.says("mask")) << plan.all();
  const Ran built = shop.migrate("build");
  EXPECT_EQ(built.code, 3) << built.all();
  shop.remove(".runs");
  EXPECT_EQ(plain(), "");
}

// DynamoDB's words quote what it refuses.
TEST_P(Masked, values_are_not_in_what_the_service_says) {
  shop.more = MASK;
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  const std::string said = R"({"__type":"com.amazon.coral.validate#ValidationException","message":"bad: plain@mail"})";
  proxy.fail_when(
      [](const SeenRequest& r) { return r.operation == "BatchExecuteStatement" || r.operation == "PutItem"; },
      answered(400, said));
  const Ran built = shop.migrate("build");
  EXPECT_EQ(built.code, 3) << built.all();
  EXPECT_THAT(shop.file("out/dead-letters/ByMail.jsonl"), HasSubstr("refused the item: ValidationException"));
  EXPECT_EQ(plain(), "");
}

}  // namespace
}  // namespace migrate::test
