// What is wrong with a contract, and what each message says. Every line is `message -> hint`.
#include "unit/contract/contract_vocabulary.h"

namespace migrate {
namespace {

// One table `Users` whose attribute `x` has these members beside its name, source and type.
std::string x_with(const std::string& members, const std::string& type = "S") {
  return messages(
      R"([{"table": "Users", "type": "single-entity", "source_table": "users", "pk": "id", "sk": null, "attributes": [
  {"name": "id", "type": "N", "source_table": "users", "source_column": "id"},
  {"name": "x", "type": ")" +
      type + R"(", "source_table": "users", "source_column": "x",
)" + members +
      "}]}]");
}

TEST(BadContract, Joins) {
  EXPECT_EQ(
      x_with(R"("join": {"type": "foreign_key"})"),
      "'type' of the join of attribute 'x' is 'foreign_key', which is not known -> did you mean 'foreign-key'?\n");
  EXPECT_EQ(x_with(R"("join": {"target_table": "t"})"), "the join of attribute 'x' has no 'type' -> add \"type\"\n");
  EXPECT_EQ(x_with(R"("join": {"type": "foreign-key"})"),
            "the join of attribute 'x' has no 'target_table' -> add \"target_table\"\n"
            "the join of attribute 'x' has no 'join_condition' -> add \"join_condition\"\n"
            "the join of attribute 'x' has no 'select_column' -> add \"select_column\"\n");
  EXPECT_EQ(x_with(R"("join": {"type": "self-join", "join_condition": "a = b", "select_column": "c"})"),
            "the join of attribute 'x' has no 'join_alias' -> add \"join_alias\"\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "multi-column", "target_table": "t", "join_conditions": [1, ""], "select_column": "s"})"),
      "'join_conditions' of the join of attribute 'x' holds a number where a string belongs\n"
      "'join_conditions' of the join of attribute 'x' holds an empty string\n");
  EXPECT_EQ(
      x_with(R"("join": {"type": "multi-column", "target_table": "t", "join_conditions": [], "select_column": "s"})"),
      "'join_conditions' of the join of attribute 'x' is empty\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "conditional", "condition": "c", "target_table": "t", "join_condition": "a = b", "select_column": "s"})"),
      "the join of attribute 'x' has no 'else_value' -> add \"else_value\"\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "conditional", "condition": "c", "target_table": "t", "join_condition": "a = b", "select_column": "s", "else_value": 3})"),
      "'else_value' of the join of attribute 'x' is a number, not a string -> write \"3\"\n");
  EXPECT_EQ(x_with(R"("join": {"type": "chain", "joins": []})"), "'joins' of the join of attribute 'x' is empty\n");
  EXPECT_EQ(x_with(R"("join": {"type": "chain", "select_column": "q", "joins": [3, {"target_table": "t"}]})"),
            "warning: 'select_column' of the join of attribute 'x' is not read in a join of this type\n"
            "'joins' of the join of attribute 'x' holds a number where an object belongs\n"
            "a join of the chain has no 'join_condition' -> add \"join_condition\"\n"
            "a join of the chain has no 'select_column' -> add \"select_column\"\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = b", "select_column": "s", "else_value": "x"})"),
      "warning: 'else_value' of the join of attribute 'x' is not read in a join of this type\n");
  EXPECT_EQ(x_with(R"("join": "users", "transformation": null)"),
            "'join' of attribute 'x' is a string, not an object\n"
            "'transformation' of attribute 'x' is null, not an object\n");
}

TEST(BadContract, Constructions) {
  EXPECT_EQ(x_with(R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b"})"),
            "the join of attribute 'x' has no 'construction' -> add \"construction\"\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "array", "limit": 0, "select_columns": {"a": 1}}})",
          "M"),
      "attribute 'x' is of type M, and its construction gives a list -> use type L, or S for JSON text\n"
      "'limit' of the construction of attribute 'x' must be a whole number from 1 to 999999999\n"
      "'a' of 'select_columns' of the construction of attribute 'x' is not the name of a column\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "list", "limit": "3", "select_columns": {}}})"),
      "'type' of the construction of attribute 'x' is 'list', which is not known -> it is one of: array, object\n"
      "'limit' of the construction of attribute 'x' must be a whole number from 1 to 999999999\n"
      "'select_columns' of the construction of attribute 'x' is empty\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "object", "limit": 3, "select_columns": {"a": "b"}}})"),
      "warning: 'limit' of the construction of attribute 'x' is not read: an object is made of one row\n");
}

TEST(BadContract, Calculations) {
  EXPECT_EQ(
      x_with(
          R"("calculation": {"type": "aggregate", "operation": "sum", "target_table": "t", "join_condition": "a = b", "select_column": "s"})"),
      "'operation' of the calculation of attribute 'x' is 'sum', which is not known -> did you mean 'SUM'?\n");
  EXPECT_EQ(x_with(R"("calculation": {"type": "case"})"),
            "the calculation of attribute 'x' has no 'cases' -> add \"cases\"\n");
  EXPECT_EQ(x_with(R"("calculation": {"type": "case", "cases": [{"when": "a", "then": 1}]})"),
            "'then' of a case is a number, not a string -> write \"1\"\n");
  EXPECT_EQ(x_with(R"("calculation": {"type": "concat"})"),
            "the calculation of attribute 'x' has no 'expression' -> add \"expression\"\n");
  EXPECT_EQ(
      x_with(R"("calculation": {"type": "date_math", "expression": "a"})"),
      "'type' of the calculation of attribute 'x' is 'date_math', which is not known -> did you mean 'date-math'?\n");
  EXPECT_EQ(
      x_with(
          R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = b", "select_column": "s"}, "calculation": {"type": "concat", "expression": "x"})"),
      "attribute 'x' has a join and a calculation: which of them gives the value? -> keep one of the two\n");
}

TEST(BadContract, Transformations) {
  EXPECT_EQ(x_with(R"("transformation": {"type": "static"})"),
            "the transformation of attribute 'x' is static and has no 'value' -> add \"value\"\n");
  EXPECT_EQ(x_with(R"("transformation": {"type": "static", "value": null})"),
            "'value' of the transformation of attribute 'x' is null, not a string, number or boolean -> for an "
            "attribute that always holds NULL use type NULL\n");
  EXPECT_EQ(x_with(R"("transformation": {"type": "json-parse"})"),
            "attribute 'x' is of type S, and json-parse gives a map or a list -> use type M or L, or leave the "
            "transformation out\n");
  EXPECT_EQ(x_with(R"("transformation": {"type": "number-format"})"),
            "the transformation of attribute 'x' has no 'format' -> add \"format\"\n");
  EXPECT_EQ(x_with(R"("transformation": {"type": "template"})"),
            "the transformation of attribute 'x' has no 'format' -> add \"format\"\n");
  EXPECT_EQ(x_with(R"("transformation": {"type": "template", "template": "a", "format": "b"})"),
            "warning: 'format' of the transformation of attribute 'x' is not read beside 'template'\n");
  EXPECT_EQ(
      x_with(R"("transformation": {"type": "Static", "value": "x"})"),
      "'type' of the transformation of attribute 'x' is 'Static', which is not known -> did you mean 'static'?\n");
}

TEST(BadContract, Attributes) {
  EXPECT_EQ(x_with(R"("denormalized": true)", "s"),
            "'type' of attribute 'x' is 's', which is not known -> did you mean 'S'?\n");
  EXPECT_EQ(
      x_with(R"("denormalised": true)", "string"),
      "'type' of attribute 'x' is 'string', which is not known -> it is one of: S, N, B, BOOL, SS, NS, BS, M, L, NULL\n"
      "attribute 'x' has the unknown key 'denormalised' -> did you mean 'denormalized'?\n");
  EXPECT_EQ(x_with(R"("note": "why")"), "warning: attribute 'x': the key 'note' is not read\n");
  EXPECT_EQ(x_with(R"("denormalized": "yes")"), "'denormalized' of attribute 'x' is a string, not a boolean\n");
}

TEST(BadContract, Forms) {
  EXPECT_EQ(messages(R"([])"), "the contract is empty -> it needs one table at least\n");
  EXPECT_EQ(messages(R"({})"), "the contract has no 'tables' -> add \"tables\"\n");
  EXPECT_EQ(messages(R"({"tables": []})"), "the contract is empty -> it needs one table at least\n");
  EXPECT_EQ(messages(R"({"tables": {"users": {"source_table": "u"}}})"),
            "this contract is in the mapping form, which is for PostgreSQL targets -> for DynamoDB use the list form "
            "or the tables form: see docs/contract.md\n");
  EXPECT_EQ(messages(R"({"tablse": []})"), "the contract has the unknown key 'tablse' -> did you mean 'tables'?\n");
  EXPECT_EQ(messages(R"([1, {"table": 3}])"),
            "the list of tables holds a number where an object belongs\n"
            "this table has no 'type' -> add \"type\"\n"
            "this table has no 'source_table' -> add \"source_table\"\n"
            "this table has no 'pk' -> add \"pk\"\n"
            "this table has no 'attributes' -> add \"attributes\"\n"
            "'table' of this table is a number, not a string -> write \"3\"\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}},
 {"table": "B", "type": "single-entity", "source_table": "b", "pk": "id", "attributes": []}])"),
      "this entry is in the tables form, the one in line 1 in the list form -> write all tables of a file in one form, "
      "or use two files\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}},
 {"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "table 'A' is there twice, first at c.json:1:12 -> rename one of the two\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "souce_column": "id"}}}])"),
      "'type' of table 'A' is 'table', which is not known -> did you mean 'Table'?\n"
      "attribute 'id' has the unknown key 'souce_column' -> did you mean 'source_column'?\n");
}

TEST(BadContract, Keys) {
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "idd", "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "no attribute of table 'A' gives 'idd', the pk -> did you mean 'id'?\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "sk": "a#name", "attributes": {"id": {"type": "S", "source_column": "id"}, "name": {"type": "BOOL", "source_column": "n"}}}])"),
      "no attribute of table 'A' gives 'a', a part of the sk 'a#name' -> add an attribute 'a', or correct the name\n"
      "attribute 'name' is part of the sk and of type BOOL -> parts of a composite key are of type S or N\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "sk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "table 'A' has one attribute, 'id', for both keys -> leave 'sk' out, or name another attribute\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "sk": "id#", "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "the sk 'id#' of table 'A' has an empty part -> write the names of attributes with '#' between them\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "x", "attributes": {"id": {"type": "S", "source_column": "id"}, "x": {"type": "M", "source_column": "n"}}}])"),
      "attribute 'x' is the pk and of type M -> keys are of type S, N or B\n");
}

TEST(BadContract, Indexes) {
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "gsis": [{"pk": "id"}, {"name": "x/y", "pk": "idd"}, 7], "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "this index has no 'index_name' -> add \"index_name\"\n"
      "the name of index 'x/y' has characters that DynamoDB refuses -> use letters, digits, '_', '-' and '.'\n"
      "no attribute of table 'A' gives 'idd', the pk of index 'x/y' -> did you mean 'id'?\n"
      "'gsis' of table 'A' holds a number where an object belongs\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "gsis": [{"name": "by_x", "pk": "id", "projection": "all"}, {"name": "by_x", "pk": "id", "sk": "id"}], "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "'projection' of index 'by_x' is 'all', which is not known -> did you mean 'ALL'?\n"
      "index 'by_x' is there twice in table 'A', first at c.json:1:85 -> rename one of the two\n"
      "index 'by_x' has one attribute, 'id', for both keys -> leave 'sk' out, or name another attribute\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "gsis": [{"name": "by_x", "pk": "id", "projection": "INCLUDE"}, {"name": "by_y", "pk": "id", "projected_attributes": ["zip"]}], "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "index 'by_x' includes attributes and names none -> add \"projected_attributes\"\n"
      "index 'by_y' names attributes to include, but its projection is ALL -> write \"projection\": \"INCLUDE\", or "
      "take the attributes out\n"
      "no attribute of table 'A' gives 'zip', which index 'by_y' includes -> add the attribute, or take the name "
      "out\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}}, {"table": "AB", "type": "GSI", "pk": "id"}])"),
      "this GSI entry belongs to table 'AB', which has no entry of type Table -> did you mean 'A'?\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}}, {"table": "A", "type": "GSI", "pk": "id", "attributes": {"ident": {"type": "S", "source_column": "id"}}}])"),
      "index 'id-index' has the attribute 'ident', which table 'A' does not have -> add it to the attributes of the "
      "Table entry\n");
}

TEST(BadContract, ListAttributes) {
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}, "e": {"type": "S", "source_table": "b", "source_column": "e"}}}])"),
      "attribute 'e' reads table 'b', but the row at hand is of 'a' and there is no join -> add a \"join\" that says "
      "which row of 'b' is meant\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}, "e": {"type": "S", "source_column": "e", "join": {"local_colum": "x", "source_column": "y"}}}}])"),
      "attribute 'e' has a join and no 'source_table' to join -> add \"source_table\"\n"
      "the join of attribute 'e' has the unknown key 'local_colum' -> did you mean 'local_column'?\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}, "e": {"type": "S", "source_table": "b", "source_column": ["e"], "join": {"type": "foreign-key"}}}}])"),
      "'source_column' of attribute 'e' is a list, not a string\n"
      "the join of attribute 'e' has no 'local_column' -> add \"local_column\"\n"
      "the join of attribute 'e' has no 'source_column' -> add \"source_column\"\n"
      "warning: the join of attribute 'e': the key 'type' is not read\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}, "e": {"type": "S", "source_column": "e", "transformation": {"type": "static"}}, "f": 1}}])"),
      "attribute 'e' has a transformation, which the list form does not know -> write this table in the tables form, "
      "in a file of its own\n"
      "attribute 'f' is a number, not an object\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "A", "type": "Table", "source_table": "a", "pk": "id", "satisfies": "x", "estimated_item_size_bytes": "big", "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "'satisfies' of table 'A' is a string, not a list\n"
      "'estimated_item_size_bytes' of table 'A' is not a number of bytes\n");
}

TEST(BadContract, Entities) {
  EXPECT_EQ(
      messages(
          R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "sk": "SK", "attributes": [{"name": "PK"}],
 "entities": [
  {"entity_type": "U", "source_table": "u", "sk_template": "P", "attributes": [
    {"name": "PK", "type": "S", "source_table": "u", "source_column": "id"}]},
  {"entity_type": "U", "source_table": "v", "pk_template": "U#{id}", "sk_template": "P", "attributes": [
    {"name": "n", "type": "N", "source_table": "v", "source_column": ["a", "b"]},
    {"name": "n", "type": "N", "source_table": "v", "source_column": []},
    {"name": "SK", "type": "N", "source_table": "v", "source_column": "id"}]}]}]})"),
      "warning: 'attributes' of table 'T' is not read: its entities have attributes of their own\n"
      "entity 'U' has no 'pk_template' -> add \"pk_template\"\n"
      "entity 'U' is there twice in table 'T', first at c.json:3:19 -> rename one of the two\n"
      "attribute 'n' has several source columns and nothing that puts them together -> name one column, or add a "
      "transformation of type string-format or a calculation of type concat\n"
      "attribute 'n' is there twice, first at c.json:6:14 -> rename one of the two\n"
      "'source_column' of attribute 'n' is empty\n"
      "attribute 'SK' of entity 'U' is a key made from a template and of type N -> use type S\n");
  EXPECT_EQ(
      messages(R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "entities": [
  {"entity_type": "U", "source_table": "u", "pk_template": "U#{id}", "sk_template": "P", "attributes": [
    {"name": "PK", "type": "S", "source_table": "u", "source_column": "id"}]},
  {"entity_type": "V", "source_table": "v", "pk_template": "{id}", "attributes": [
    {"name": "PK", "type": "S", "source_table": "v", "source_column": "id"}]}]}]})"),
      "warning: 'sk_template' of entity 'U' is not read: the table has no 'sk'\n"
      "warning: entity 'U' gives 'PK' twice: by this attribute, which is used, and by 'pk_template' -> keep one of the "
      "two\n");
  EXPECT_EQ(
      messages(
          R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "gsis": [{"index_name": "by_n", "pk": "n"}],
 "entities": [
  {"entity_type": "U", "source_table": "u", "pk_template": "U#{id}", "attributes": [
    {"name": "n", "type": "N", "source_table": "u", "source_column": "n"}]},
  {"entity_type": "V", "source_table": "v", "pk_template": "V#{id}", "attributes": [
    {"name": "n", "type": "S", "source_table": "v", "source_column": "n"}]}]}]})"),
      "attribute 'n', the pk of index 'by_n', is of type S here and of type N at c.json:4:14 -> a key has one type in "
      "all entities\n");
  EXPECT_EQ(
      messages(
          R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "entities": []}]})"),
      "'entities' of table 'T' is empty\n");
  EXPECT_EQ(
      messages(
          R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "attributes": []}]})"),
      "table 'T' has no 'entities' -> add \"entities\"\n");
  EXPECT_EQ(
      messages(
          R"({"tables": [{"table": "T", "type": "single-entity", "source_table": "t", "pk": "id", "entities": [1], "attributes": [2]}]})"),
      "no attribute of table 'T' gives 'id', the pk -> add an attribute 'id', or correct the name\n"
      "table 'T' is single-entity and has entities -> write \"type\": \"multi-entity\", or take the entities out\n"
      "'attributes' of table 'T' holds a number where an object belongs\n");
}

TEST(BadContract, Names) {
  EXPECT_EQ(
      messages(
          R"([{"table": "a b; DROP", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}, "migrate_error": {"type": "S", "source_column": "e"}, "": {"type": "S", "source_column": "e"}}}])"),
      "the name of table 'a b; DROP' has characters that DynamoDB refuses -> use letters, digits, '_', '-' and '.'\n"
      "attribute 'migrate_error': names that begin with 'migrate_' are those of the views' own columns -> rename the "
      "attribute\n"
      "an attribute without a name\n");
  EXPECT_EQ(
      messages(
          R"([{"table": "", "type": "Table", "source_table": "a", "pk": "id", "attributes": {"id": {"type": "S", "source_column": "id"}}}])"),
      "'table' of this table is empty\n");
}

TEST(BadContract, IsShownWithLineCaretAndHint) {
  EXPECT_EQ(problems(R"([
  {"table": "Users", "type": "Table", "source_table": "users", "pk": "user_id",
   "attributes": {
     "id": {"type": "N", "source_column": "id"},
     "email": {"type": "s", "source_column": "email"}}}
])"),
            "c.json:2:70: error: no attribute of table 'Users' gives 'user_id', the pk\n"
            "      {\"table\": \"Users\", \"type\": \"Table\", \"source_table\": \"users\", \"pk\": \"user_id\",\n"
            "                                                                         ^\n"
            "  hint: add an attribute 'user_id', or correct the name\n"
            "c.json:5:24: error: 'type' of attribute 'email' is 's', which is not known\n"
            "         \"email\": {\"type\": \"s\", \"source_column\": \"email\"}}}\n"
            "                           ^\n"
            "  hint: did you mean 'S'?\n");
}

}  // namespace
}  // namespace migrate
