// The tables form, as authors write it.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "unit/contract/contract_vocabulary.h"

namespace migrate {
namespace {

TEST(TablesForm, ReadsAMultiEntityTable) {
  Contract c = contract_of(R"({"tables": [
  {"table": "Shop", "type": "multi-entity", "source_table": "users", "pk": "PK", "sk": "SK",
   "gsis": [{"index_name": "GSI1", "pk": "email", "projection": "INCLUDE", "projected_attributes": ["total"]}],
   "entities": [
     {"entity_type": "USER", "source_table": "users", "pk_template": "USER#{id}", "sk_template": "PROFILE",
      "attributes": [{"name": "email", "type": "S", "source_table": "users", "source_column": "email"}]},
     {"entity_type": "ORDER", "source_table": "orders", "pk_template": "USER#{user_id}", "sk_template": "ORDER#{id}",
      "attributes": [{"name": "total", "type": "N", "source_table": "orders", "source_column": ["total"]}]}],
   "satisfies": [], "estimated_item_size_bytes": 1024}]})");
  const Table& t = c.tables.at(0);
  EXPECT_TRUE(t.multi_entity);
  ASSERT_EQ(t.entities.size(), 2U);
  EXPECT_EQ(t.entities[1].type.text, "ORDER");
  EXPECT_EQ(t.entities[1].sk_template->text, "ORDER#{id}");
  EXPECT_EQ(t.indexes[0].projected.at(0).text, "total");
}

// One single-entity table `users` whose attribute `x` is given by `how`, beside its key `id`.
std::string with(const std::string& how, const std::string& type = "S") {
  return R"([{"table": "Users", "type": "single-entity", "source_table": "users", "pk": "id", "sk": null, "attributes": [
  {"name": "id", "type": "N", "source_table": "users", "source_column": "id"},
  {"name": "x", "type": ")" +
         type + R"(", "source_table": "users", "source_column": "x",
)" + how +
         "}]}]";
}

Attribute x_of(const std::string& how, const std::string& type = "S") {
  Contract c = contract_of(with(how, type));
  return c.tables.empty() ? Attribute{} : c.tables[0].entities.at(0).attributes.at(1);
}

TEST(TablesForm, ReadsEveryJoin) {
  Attribute a =
      x_of(R"("join": {"type": "self-join", "join_alias": "parent", "join_condition": "users.parent_id = parent.id",
    "select_column": "parent.name", "null_value": "NONE"})");
  EXPECT_EQ(a.join->kind, JoinKind::self_join);
  EXPECT_EQ(a.join->steps[0].alias.text, "parent");
  EXPECT_EQ(a.join->null_value->text, "NONE");
  a = x_of(
      R"("join": {"type": "multi-column", "target_table": "t", "join_conditions": ["a = b", "c = d"], "select_column": "e"})");
  EXPECT_EQ(a.join->steps[0].conditions.size(), 2U);
  a = x_of(
      R"("join": {"type": "conditional", "condition": "users.kind = 1", "target_table": "t", "join_condition": "a = b",
    "select_column": "'it''s'", "else_value": null})");
  EXPECT_EQ(a.join->condition.text, "users.kind = 1");
  EXPECT_EQ(a.join->else_value->kind, ElseValue::Kind::sql_null);
  a = x_of(R"("join": {"type": "conditional", "condition": "c", "target_table": "t", "join_condition": "a = b",
    "select_column": "d", "else_value": "NULL"})");
  EXPECT_EQ(a.join->else_value->kind, ElseValue::Kind::text);
  EXPECT_EQ(a.join->else_value->text.text, "NULL");
  a = x_of(R"("join": {"type": "chain", "chain_separator": "", "joins": [
    {"target_table": "t", "join_condition": "a = b", "select_column": "c"},
    {"target_table": "u", "join_condition": "d = e", "select_column": "f"}]})");
  EXPECT_EQ(a.join->steps.size(), 2U);
  EXPECT_TRUE(a.join->separator && a.join->separator->empty());
  a = x_of(R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b",
    "construction": {"type": "array", "limit": 3, "order_by": "at DESC", "select_columns": {"n": "name", "q": "qty * 2"}}})",
           "L");
  EXPECT_TRUE(a.join->construction->array);
  EXPECT_EQ(a.join->construction->limit, 3U);
  EXPECT_EQ(a.join->construction->columns.at(1).second.text, "qty * 2");
}

TEST(TablesForm, ReadsCalculationsAndTransformations) {
  Attribute a = x_of(R"("calculation": {"type": "aggregate", "operation": "SUM", "target_table": "o",
    "join_condition": "o.u = users.id", "select_column": "o.total"})",
                     "N");
  EXPECT_EQ(a.calculation->operation, AggregateOperation::sum);
  a = x_of(R"("calculation": {"type": "case", "cases": [{"when": "a > 1", "then": "'x'"}], "else": "'y'"})");
  EXPECT_EQ(a.calculation->cases.at(0).second.text, "'x'");
  EXPECT_EQ(a.calculation->else_value->text, "'y'");
  a = x_of(R"("calculation": {"type": "concat", "expression": "a || b"})");
  EXPECT_EQ(a.calculation->expression.text, "a || b");
  a = x_of(R"("transformation": {"type": "static", "value": true})", "BOOL");
  EXPECT_EQ(a.transformation->value_kind, Transformation::ValueKind::boolean);
  EXPECT_EQ(a.transformation->value.text, "true");
  a = x_of(R"("transformation": {"type": "static", "value": 1.50})", "N");
  EXPECT_EQ(a.transformation->value.text, "1.50");
  a = x_of(R"("transformation": {"type": "template", "template": "U#{id}"})");
  EXPECT_EQ(a.transformation->kind, TransformationKind::text_template);
  EXPECT_EQ(a.transformation->format.text, "U#{id}");
  a = x_of(R"("transformation": {"type": "date-format", "format": "YYYY", "source_format": "unix"})");
  EXPECT_EQ(a.transformation->source_format.text, "unix");
}

// The reference's examples are contracts, without a warning.
TEST(TablesForm, ReadsTheExamplesOfTheReference) {
  auto page = read_file(MIGRATE_SOURCE_DIR "/docs/contract.md");
  ASSERT_TRUE(page);
  int examples = 0;
  for (size_t at = page->find("```json\n"); at != std::string::npos; at = page->find("```json\n", at + 1), ++examples) {
    EXPECT_EQ(problems(page->substr(at + 8, page->find("```", at + 8) - at - 8)), "");
  }
  EXPECT_EQ(examples, 3);
}

// Several files make one contract; an index may stand in another file than its table.
TEST(TablesForm, JoinsSeveralFiles) {
  auto source = [](std::string name, std::string text) {
    return std::make_shared<const Source>(Source{std::move(name), std::move(text)});
  };
  const std::string users = R"([{"table": "Users", "type": "Table", "source_table": "u", "pk": "id",
    "attributes": {"id": {"type": "N", "source_column": "id"}}}])";
  Diagnostics diagnostics;
  auto contract = parse_contract(
      {source("a.json", users), source("b.json", R"([{"table": "Users", "type": "GSI", "pk": "id"}])")}, diagnostics);
  ASSERT_TRUE(contract) << describe(diagnostics);
  EXPECT_EQ(contract->tables.at(0).indexes.size(), 1U);
  EXPECT_FALSE(parse_contract({source("a.json", users), source("b.json", users)}, diagnostics));
  EXPECT_EQ(diagnostics.list.at(0).message, "table 'Users' is there twice, first at a.json:1:12");
  EXPECT_EQ(diagnostics.list.at(0).place.str(), "b.json:1:12");
}

// A character of a text is found in the file, escapes counted as they are written.
TEST(TablesForm, FindsPlacesInsideTexts) {
  Contract c = contract_of(with("\"calculation\": {\"type\": \"concat\", \"expression\": \"\\u00e9\\\"é + zzz\"}"));
  const Text& text = c.tables.at(0).entities.at(0).attributes.at(1).calculation->expression;
  size_t inside = text.text.find("zzz");
  Place place = c.place(text, inside);
  ASSERT_EQ(place.line, 4);
  // The é before it has two bytes, and columns count from 1: so the column is the offset in bytes.
  EXPECT_EQ(static_cast<size_t>(place.column), place.excerpt.find("zzz"));
}

TEST(TablesForm, IsMissing) {
  Diagnostics diagnostics;
  EXPECT_FALSE(read_contract({"/nowhere/c.json"}, diagnostics));
  EXPECT_EQ(describe(diagnostics),
            "error: the contract cannot be read: cannot open '/nowhere/c.json': No such file or directory\n"
            "  hint: check that the path exists, that it may be read and written, and that the disk has room\n");
}

std::string first_error_of(const std::string& file_content) {
  const std::string all = problems(file_content);
  return all.substr(0, all.find('\n'));
}

TEST(TablesForm, IsNotWhatAFileHoldsThatIsNoJson) {
  EXPECT_EQ(first_error_of("\xEF\xBB\xBF[]"),
            "c.json:1:1: error: the file starts with a byte order mark, which JSON does not allow");
  EXPECT_EQ(first_error_of("[{\"table\": \"\xE9\"}]"), "c.json:1:13: error: byte 0xe9 is not UTF-8");
  const std::string twice = problems("[{\"table\": \"A\", \"pk\": \"a\", \"table\": \"B\"}]");
  EXPECT_NE(twice.find("c.json:1:28: error: the key 'table' is given twice, first in line 1"), std::string::npos)
      << twice;
  EXPECT_EQ(first_error_of(std::string(10'000, '[') + std::string(10'000, ']')),
            "c.json:1:101: error: values are nested more than 100 deep here");
}

// 1 GB is refused by its size: its bytes, here a hole in the file, are never read.
TEST(TablesForm, IsNotReadFromAGigabyte) {
  const std::string path = testing::TempDir() + "migrate_huge_contract_" + std::to_string(getpid()) + ".json";
  std::ofstream(path).put('[');
  std::filesystem::resize_file(path, 1'000'000'000);
  Diagnostics diagnostics;
  EXPECT_FALSE(read_contract({path}, diagnostics));
  std::filesystem::remove(path);
  EXPECT_EQ(diagnostics.list.at(0).kind, ErrorKind::contract_syntax);
  EXPECT_EQ(describe(diagnostics), path +
                                       ": error: the contract has 1,000,000,000 bytes; at most 64,000,000 are read\n" +
                                       "  hint: split it into several files\n");
}

}  // namespace
}  // namespace migrate
