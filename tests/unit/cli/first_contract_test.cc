// What `migrate init` writes builds as it is: the contract reads without an error, and so does the project file.
#include "cli/first_contract.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "contract/project.h"
#include "contract/read_contract.h"

namespace migrate {
namespace {

Column column(std::string name, std::string type, std::string full = {}) {
  Column c;
  c.name = std::move(name);
  c.data_type = type;
  c.column_type = full.empty() ? std::move(type) : std::move(full);
  return c;
}

SourceTable table(std::string name, std::vector<Column> columns, std::vector<std::string> key) {
  SourceTable t;
  t.name = std::move(name);
  t.columns = std::move(columns);
  t.primary_key = std::move(key);
  return t;
}

FirstProject first(std::vector<SourceTable> tables) {
  Schema schema;
  schema.tables = std::move(tables);
  SourceSettings source;
  source.database = "shop";
  source.user = "reader";
  return first_project(schema, source);
}

Contract read(const std::string& text) {
  Diagnostics diagnostics;
  auto contract = parse_contract({std::make_shared<const Source>(Source{"contract.json", text})}, diagnostics);
  EXPECT_EQ(describe(diagnostics), "");
  return contract ? std::move(*contract) : Contract{};
}

std::string types(const Contract& contract) {
  std::string out;
  for (const Table& t : contract.tables) {
    out += t.name.text + " " + t.pk.text + (t.sk.empty() ? "" : "," + t.sk.text) + ":";
    for (const Attribute& a : t.entities.front().attributes)
      out += " " + a.name.text + "=" + std::string(type_name(a.type));
    out += "\n";
  }
  return out;
}

TEST(FirstContract, GivesEachColumnTheTypeThatLosesNothing) {
  FirstProject made =
      first({table("things",
                   {column("id", "int"), column("flag", "tinyint", "tinyint(1)"), column("price", "decimal"),
                    column("body", "blob"), column("tags", "set", "set('a','b')"), column("doc", "json"),
                    column("born", "date"), column("one", "bit", "bit(1)")},
                   {"id"})});
  EXPECT_EQ(types(read(made.contract)), "things id: id=N flag=N price=N body=B tags=SS doc=S born=S one=BOOL\n");
  EXPECT_EQ(made.tables, 1u);
}

TEST(FirstContract, JoinsTheRestOfACompositeKeyIntoTheSortKey) {
  FirstProject made =
      first({table("lines", {column("order_id", "int"), column("line", "int"), column("part", "tinyint", "tinyint(1)")},
                   {"order_id", "line", "part"})});
  EXPECT_EQ(types(read(made.contract)), "lines order_id,line#part: order_id=N line=N part=N\n");
}

TEST(FirstContract, LeavesBytesAloneInAKey) {
  auto with_key = [](const std::string& name, std::vector<std::string> types) {
    std::vector<Column> columns;
    std::vector<std::string> key;
    for (const std::string& type : types) {
      key.push_back(std::string(1, static_cast<char>('a' + key.size())));
      columns.push_back(column(key.back(), type));
    }
    return table(name, columns, key);
  };
  FirstProject made =
      first({with_key("first", {"binary", "int", "int"}), with_key("middle", {"int", "varbinary", "int"}),
             with_key("last", {"int", "int", "binary"}), with_key("pair", {"binary", "binary"}),
             with_key("two_of_three", {"binary", "binary", "int"})});
  EXPECT_EQ(types(read(made.contract)),
            "first a,b#c: a=B b=N c=N\nmiddle a#c,b: a=N b=B c=N\nlast a#b,c: a=N b=N c=B\npair a,b: a=B b=B\n");
  ASSERT_EQ(made.notes.size(), 1u);
  EXPECT_NE(made.notes[0].find("'two_of_three' has a key of 3 columns"), std::string::npos) << made.notes[0];
}

// Such a contract did not build as it was: "no attribute gives 'b'", and names that begin with 'migrate_'.
TEST(FirstContract, RenamesWhatAContractGivesAMeaningOfItsOwn) {
  FirstProject made = first(
      {table("done", {column("id", "int"), column("Migrate_done", "int"), column("_migrate_DONE", "int")}, {"id"}),
       table("marks", {column("a", "int"), column("b#x", "int"), column("c", "int"), column("b#x#c", "int")},
             {"a", "b#x", "c"}),
       table("one", {column("b#x", "int"), column("v", "int")}, {"b#x"}),
       table("two", {column("migrate_a", "int"), column("b#x", "int")}, {"migrate_a", "b#x"})});
  EXPECT_EQ(types(read(made.contract)),
            "done id: id=N _Migrate_done_=N _migrate_DONE=N\n"
            "marks a,b_x#c: a=N b_x=N c=N b_x_c=N\n"
            "one b#x: b#x=N v=N\n"
            "two _migrate_a,b#x: _migrate_a=N b#x=N\n");
  ASSERT_EQ(made.notes.size(), 4u);
  EXPECT_EQ(made.notes[0],
            "table 'done': the column 'Migrate_done' becomes the attribute '_Migrate_done_', as names with 'migrate_' "
            "are those of the views' own columns, and '#' joins the parts of a key");
}

TEST(FirstContract, GivesAProjectFileThatReads) {
  for (const std::string& database : {std::string("shop.v2"), std::string("größe"), std::string(64, 'x')}) {
    Schema schema;
    schema.tables = {table("things", {column("id", "int")}, {"id"})};
    SourceSettings source;
    source.database = database;
    source.user = "reader";
    const auto path =
        std::filesystem::temp_directory_path() / ("migrate-first-" + std::to_string(::getpid()) + ".yaml");
    ASSERT_TRUE(
        write_file(path.string(), replace_all(first_project(schema, source).project, "${MIGRATE_PASSWORD}", "x")));
    Diagnostics diagnostics;
    EXPECT_TRUE(read_project(path.string(), diagnostics)) << describe(diagnostics);
    std::filesystem::remove(path);
  }
}

TEST(FirstContract, SaysWhichTablesItLeavesOut) {
  FirstProject made = first({table("log", {column("text", "text")}, {})});
  EXPECT_EQ(made.tables, 0u);
  ASSERT_EQ(made.notes.size(), 1u);
  EXPECT_NE(made.notes[0].find("'log' has no primary key"), std::string::npos);
}

TEST(FirstContract, AsksForTheRightToSeeAKey) {
  SourceTable log = table("log", {column("text", "text")}, {});
  log.hidden_keys = {{"PRIMARY", true, {"id"}}};
  FirstProject made = first({log});
  EXPECT_EQ(made.tables, 0u);
  ASSERT_EQ(made.notes.size(), 1u);
  EXPECT_NE(made.notes[0].find("the account does not see: GRANT SELECT"), std::string::npos) << made.notes[0];
}

TEST(FirstContract, GivesNamesThatDynamoDbTakes) {
  FirstProject made = first({table("a b", {column("id", "int")}, {"id"}), table("a_b", {column("id", "int")}, {"id"}),
                             table("t", {column("id", "int")}, {"id"})});
  EXPECT_EQ(types(read(made.contract)), "a_b id: id=N\na_b_2 id: id=N\nt__ id: id=N\n");
}

TEST(FirstContract, AsksForNoPasswordInTheFile) {
  FirstProject made = first({table("things", {column("id", "int")}, {"id"})});
  EXPECT_NE(made.project.find("password: ${MIGRATE_PASSWORD}"), std::string::npos);
}

TEST(FirstContract, KeepsRowsWhoseDeletedAtIsNeverNull) {
  FirstProject made = first({table("things", {column("id", "int"), column("deleted_at", "datetime")}, {"id"})});
  EXPECT_NE(made.project.find("\"things\": {soft_deletes: keep}"), std::string::npos);
}

}  // namespace
}  // namespace migrate
