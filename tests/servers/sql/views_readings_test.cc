// The fixed readings of contracts, where people would differ: rows in and rows out, on both servers.
#include <gmock/gmock.h>

#include "servers/sql/views_support.h"

namespace migrate::test {
namespace {

using testing::HasSubstr;

class Readings : public Views {
 protected:
  // users (1 Ann, 2 Bob), each with a boss, a city and orders; city 2 is soft-deleted, and so is order 3.
  Readings() {
    db.exec(
        "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(9), deleted_at DATETIME);"
        "INSERT INTO cities VALUES (1, 'Bern', NULL), (2, 'Troy', '2024-01-01');"
        "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(9), boss INT, city INT, n INT);"
        "INSERT INTO users VALUES (1, 'Ann', NULL, 1, 7), (2, 'Bob', 1, 2, 8), (3, NULL, 9, 9, NULL);"
        "CREATE TABLE orders (id INT PRIMARY KEY, user INT, price DECIMAL(6,2), deleted_at DATETIME, KEY (user));"
        "INSERT INTO orders VALUES (1, 1, 2.50, NULL), (2, 1, 1.50, NULL), (3, 1, 0.50, '2024-01-01')");
  }

  // What one attribute of users becomes, for each row.
  std::string reads(const std::string& type, const std::string& more, const std::string& source_column = "id") {
    return items(table("users", attribute("x", type, "users", source_column, more)));
  }
  static std::string join(const std::string& type, const std::string& more) {
    return R"("join": {"type": ")" + type + "\", " + more + "}";
  }
  static std::string city(const std::string& select, const std::string& type = "foreign-key") {
    return join(type, R"("target_table": "cities", "join_condition": "users.city = cities.id", "select_column": ")" +
                          select + "\"");
  }
  static std::string orders(const std::string& construction, const std::string& more = "") {
    return join("json-construction", R"("target_table": "orders", "join_condition": "orders.user = users.id",
        "construction": {)" + construction +
                                         R"(, "select_columns": {"p": "price"}})" + more);
  }
};
BOTH_SERVERS(Readings);

TEST_P(Readings, parent_names_the_joined_instance) {
  const std::string by_sides = R"("target_table": "users", "join_condition": "users.id = users.boss")";
  EXPECT_EQ(reads("S", join("foreign-key", by_sides + R"(, "select_column": "parent.name")")),
            "id=1\nid=2  x=Ann\nid=3\n");
  EXPECT_EQ(reads("S", join("foreign-key", R"("target_table": "users", "join_condition": "parent.id = users.boss",
                                              "select_column": "name")")),
            "id=1\nid=2  x=Ann\nid=3\n");
  EXPECT_EQ(reads("S", join("conditional", by_sides + R"(, "condition": "users.n = 7", "select_column": "'top'",
                                                      "else_value": "parent.name")")),
            "id=1  x=top\nid=2  x=Ann\nid=3\n");
}

TEST_P(Readings, a_bare_name_of_select_column_is_the_joined_tables) {
  EXPECT_EQ(reads("S", city("CONCAT(name, '!')")), "id=1  x=Bern!\nid=2  x=Troy!\nid=3\n")
      << "a single joined row keeps its values though it is deleted";
  EXPECT_EQ(reads("N", R"("calculation": {"type": "aggregate", "operation": "MIN", "target_table": "orders",
                       "join_condition": "orders.user = users.id", "select_column": "price"})"),
            "id=1  x=1.50\nid=2\nid=3\n");
}

// Both servers sum texts and dates, too: 'Bern' is 0, and 2 January 2024 is 20240102.
TEST_P(Readings, a_sum_is_of_numbers) {
  const auto aggregate = [&](const std::string& operation, const std::string& column) {
    return table("users", attribute("x", "N", "cities", "id",
                                    R"("calculation": {"type": "aggregate",
        "target_table": "cities", "join_condition": "cities.id = users.city", "operation": ")" +
                                        operation + R"(", "select_column": ")" + column + "\"}"));
  };
  EXPECT_THAT(problems(aggregate("SUM", "name")),
              HasSubstr("SUM of column 'name', which is varchar(9) and no number\n"));
  EXPECT_THAT(problems(aggregate("AVG", "DISTINCT cities.deleted_at")), HasSubstr("AVG of column 'deleted_at'"));
  EXPECT_EQ(items(aggregate("SUM", "CAST(name AS SIGNED) + 1")), "id=1  x=1\nid=2\nid=3\n");
  EXPECT_EQ(items(aggregate("COUNT", "name")), "id=1  x=1\nid=2  x=0\nid=3  x=0\n");
}

TEST_P(Readings, null_value_works_in_every_join) {
  const std::string none = R"(, "null_value": "none")", no_city = R"("join_condition": "users.city = cities.id")";
  for (const char* type : {"foreign-key", "lookup-table", "self-join"}) {
    EXPECT_EQ(reads("S", join(type, R"("target_table": "cities", "join_alias": "c", "select_column": "c.name",
                                       "join_condition": "users.city = c.id")" +
                                        none)),
              "id=1  x=Bern\nid=2  x=Troy\nid=3  x=none\n")
        << type;
  }
  EXPECT_EQ(reads("S", join("multi-column", R"("target_table": "cities", "join_conditions": ["users.city = cities.id",
                                               "cities.name = 'Bern'"], "select_column": "name")" +
                                                none)),
            "id=1  x=Bern\nid=2  x=none\nid=3  x=none\n");
  EXPECT_EQ(reads("S", join("conditional", R"("target_table": "cities", "select_column": "name", "else_value": null,
                                              "condition": "users.n = 7", )" +
                                               no_city + none)),
            "id=1  x=Bern\nid=2\nid=3  x=none\n");
  const std::string steps = R"("joins": [{"target_table": "cities", "join_condition": "users.city = cities.id",
      "select_column": "name"}, {"target_table": "cities", "join_condition": "users.boss = cities.id",
      "select_column": "name"}])";
  EXPECT_EQ(reads("S", join("chain", steps + R"(, "chain_separator": "")")), "id=1  x=Bern\nid=2  x=TroyBern\nid=3\n");
  EXPECT_EQ(reads("S", join("chain", steps + none)), "id=1  x=none\nid=2  x=Bern\nid=3  x=none\n");
  EXPECT_EQ(reads("S", orders(R"("type": "object", "order_by": "price")", none)),
            "id=1  x={\"p\": 1.50}\nid=2  x=none\nid=3  x=none\n");
  for (const char* limit : {"", R"(, "limit": 1)"}) {
    EXPECT_EQ(
        reads("S", orders(R"("type": "array", "order_by": "price")" + std::string(limit), none)),
        "id=1  x=[{\"p\": 1.50}" + std::string(*limit ? "" : ",{\"p\": 2.50}") + "]\nid=2  x=none\nid=3  x=none\n");
  }
}

// The same rows give the same item, however the server happens to find them.
TEST_P(Readings, rows_without_a_key_are_ordered_by_what_they_give) {
  db.exec("CREATE TABLE tags (user INT, tag VARCHAR(9), n INT, KEY (user))");
  const auto tags = [&](const std::string& type, const std::string& construction) {
    return reads(type, join("json-construction", R"("target_table": "tags", "join_condition": "tags.user = users.id",
        "construction": {)" + construction + R"(, "select_columns": {"t": "tag"}})"));
  };
  for (const char* rows :
       {"(1, 'b', 1), (1, 'a', 1), (1, 'B', 1), (1, 'c', 0)", "(1, 'c', 0), (1, 'B', 1), (1, 'a', 1), (1, 'b', 1)"}) {
    db.exec("DELETE FROM tags; INSERT INTO tags VALUES " + std::string(rows));
    EXPECT_EQ(tags("L", R"("type": "array")"),
              "id=1  x=[{\"t\": \"B\"},{\"t\": \"a\"},{\"t\": \"b\"},{\"t\": \"c\"}]\nid=2  x=[]\nid=3  x=[]\n");
    EXPECT_EQ(tags("L", R"("type": "array", "order_by": "n DESC", "limit": 2)"),
              "id=1  x=[{\"t\": \"B\"},{\"t\": \"a\"}]\nid=2  x=[]\nid=3  x=[]\n");
    EXPECT_EQ(tags("M", R"("type": "object")"), "id=1  x={\"t\": \"B\"}\nid=2\nid=3\n");
  }
}

TEST_P(Readings, soft_deleted_rows_are_in_no_collection_unless_they_are_kept) {
  const std::string list = orders(R"("type": "array", "order_by": "price DESC")");
  EXPECT_EQ(reads("L", list), "id=1  x=[{\"p\": 2.50},{\"p\": 1.50}]\nid=2  x=[]\nid=3  x=[]\n");
  project.tables["T"].soft_deletes = SoftDeletes::keep;
  EXPECT_EQ(reads("L", list), "id=1  x=[{\"p\": 2.50},{\"p\": 1.50},{\"p\": 0.50}]\nid=2  x=[]\nid=3  x=[]\n");
}

TEST_P(Readings, a_transformation_takes_the_joined_value) {
  EXPECT_EQ(reads("S", city("name") + R"(, "transformation": {"type": "string-format", "format": "in {name}, {n}"})"),
            "id=1  x=in Bern, 7\nid=2  x=in Troy, 8\nid=3\n");
  EXPECT_EQ(reads("S", city("deleted_at") + R"(, "transformation": {"type": "date-format", "format": "YYYY"})"),
            "id=1\nid=2  x=2024\nid=3\n");
  EXPECT_THAT(
      problems(table("users", attribute("x", "S", "users", "id", city("name") + R"(, "calculation": {"type": "concat",
                                                "expression": "name"})"))),
      HasSubstr("a join and a calculation"));
}

TEST_P(Readings, fixed_values_and_templates) {
  const auto made = [&](const std::string& type, const std::string& text) {
    return reads(type, R"("transformation": {)" + text + "}", "name");
  };
  EXPECT_EQ(made("BOOL", R"("type": "static", "value": true)"), "id=1  x=1\nid=2  x=1\nid=3  x=1\n");
  EXPECT_EQ(made("S", R"("type": "static", "value": false)"), "id=1  x=false\nid=2  x=false\nid=3  x=false\n");
  EXPECT_EQ(made("N", R"("type": "static", "value": 1.5)"), "id=1  x=1.5\nid=2  x=1.5\nid=3  x=1.5\n");
  for (const char* key : {"template", "format"}) {
    EXPECT_EQ(made("S", R"("type": "template", ")" + std::string(key) + R"(": "{name}-{ N }")"),
              "id=1  x=Ann-7\nid=2  x=Bob-8\nid=3\n");
  }
  EXPECT_EQ(made("S", R"("type": "string-format", "format": "open {name")"),
            "id=1  x=open {name\nid=2  x=open {name\nid=3  x=open {name\n");
  EXPECT_THAT(problems(table("users", attribute("x", "S", "users", "id",
                                                R"("transformation": {"type": "string-format", "format": "{}"})"))),
              HasSubstr("empty braces"));
}

TEST_P(Readings, an_attribute_named_as_a_key_wins_over_its_template) {
  const auto entity = [&](const std::string& pk, const std::string& more) {
    return R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "users", "pk": "PK", "sk": "SK",
        "satisfies": [], "estimated_item_size_bytes": 1, "entities": [{"entity_type": "U", "source_table": "users",
        "pk_template": ")" +
           pk + R"(", "sk_template": "-", "attributes": [)" + more + "]}]}]}";
  };
  const std::string own = attribute("PK", "S", "users", "id");
  EXPECT_EQ(items(entity("{id}", own)), "PK=1  SK=-\nPK=2  SK=-\nPK=3  SK=-\n");
  EXPECT_EQ(describe(diagnostics), "");
  EXPECT_EQ(items(entity("U#{id}", own)), "PK=1  SK=-\nPK=2  SK=-\nPK=3  SK=-\n");
  EXPECT_THAT(describe(diagnostics), HasSubstr("its template says something else"));
  EXPECT_EQ(items(entity("{nothing}", own)), "PK=1  SK=-\nPK=2  SK=-\nPK=3  SK=-\n");
  EXPECT_THAT(describe(diagnostics), HasSubstr("its template says something else"));
  // An attribute of the name comes before a column. (Of a key that is absent the engine makes a dead letter.)
  EXPECT_EQ(items(entity("U#{name}", attribute("name", "S", "users", "n"))),
            "name=7  PK=U#7  SK=-\nname=8  PK=U#8  SK=-\n"
            "SK=-\n");
}

TEST_P(Readings, the_list_forms_gsi_entries_add_keys_to_the_table) {
  EXPECT_EQ(items(R"([{"table": "T", "type": "Table", "source_table": "users", "pk": "id", "satisfies": [],
      "estimated_item_size_bytes": 1, "gsis": [{"index_name": "ByN", "pk": "n", "projection": "KEYS_ONLY"}],
      "attributes": {"id": {"type": "N", "source_column": "id"}, "n": {"type": "N", "source_column": "n"},
                     "name": {"type": "S", "source_column": "name"}}},
     {"table": "T", "type": "GSI", "pk": "name#n", "sk": "id", "satisfies": [], "estimated_item_size_bytes": 1,
      "source_table": "users", "attributes": {}}])"),
            "id=1  n=7  name=Ann  name#n=Ann#7\nid=2  n=8  name=Bob  name#n=Bob#8\nid=3\n");
  ASSERT_EQ(contract->tables.size(), 1u);
  EXPECT_EQ(contract->tables[0].indexes.size(), 2u);
}

TEST_P(Readings, the_srid_of_a_geometry_is_lost_and_the_plan_warns) {
  db.exec(
      "CREATE TABLE places (id INT PRIMARY KEY, p POINT); INSERT INTO places VALUES (1, ST_GeomFromText("
      "'POINT(1 2)', 4326)), (2, NULL)");
  EXPECT_EQ(items(table("places", attribute("p", "S", "places", "p"))), "id=1  p=POINT(1 2)\nid=2\n");
  EXPECT_THAT(describe(diagnostics), HasSubstr("attribute 'p': the item holds the geometry, not its SRID"));
}

TEST_P(Readings, joins_of_one_table_by_other_conditions_are_other_instances) {
  EXPECT_EQ(
      items(table("users", attribute("own", "S", "users", "id", city("name")) + "," +
                               attribute("day", "S", "users", "id", city("deleted_at")) + "," +
                               attribute("of_n", "S", "users", "id",
                                         join("foreign-key",
                                              R"("target_table": "cities", "join_condition": "users.n - 6 = cities.id",
                                               "select_column": "cities.name")")))),
      "id=1  own=Bern  of_n=Bern\nid=2  own=Troy  day=2024-01-01T00:00:00Z  of_n=Troy\nid=3\n");
}

}  // namespace
}  // namespace migrate::test
