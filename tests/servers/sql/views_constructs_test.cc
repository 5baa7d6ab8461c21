// Every construct of a contract, rows in and rows out, on both servers.
#include <gmock/gmock.h>

#include "base/text.h"
#include "servers/sql/views_support.h"
#include "sql/orphans.h"

namespace migrate::test {
namespace {

using testing::HasSubstr;

BOTH_SERVERS(Views);

TEST_P(Views, columns_become_attributes_and_null_is_left_out) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), price DECIMAL(8,2), born DATETIME);"
      "INSERT INTO t VALUES (1, 'Anna', 1.50, '2024-01-02 03:04:05'), (2, NULL, NULL, NULL)");
  EXPECT_EQ(items(table("t", attribute("Name", "S", "t", "NAME") + "," + attribute("price", "N", "t", "price") + "," +
                                 attribute("born", "S", "t", "born"))),
            "id=1  Name=Anna  price=1.50  born=2024-01-02T03:04:05Z\nid=2\n");
}

TEST_P(Views, the_list_form_joins_by_a_pair_of_columns) {
  db.exec(
      "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(20));"
      "CREATE TABLE users (id INT PRIMARY KEY, city_id INT);"
      "INSERT INTO cities VALUES (7, 'Bern'); INSERT INTO users VALUES (1, 7), (2, NULL), (3, 8)");
  EXPECT_EQ(items(R"([{"table": "Users", "type": "Table", "source_table": "users", "pk": "id", "satisfies": [],
      "estimated_item_size_bytes": 1, "attributes": {
        "id": {"type": "N", "source_column": "id"},
        "city": {"type": "S", "source_table": "cities", "source_column": "name", "denormalized": true,
                 "join": {"local_column": "city_id", "source_column": "id"}}}}])"),
            "id=1  city=Bern\nid=2\nid=3\n");
}

// The joined column's collation decides, by whose index the row is found: so a unique key makes one match at most.
TEST_P(Views, a_join_compares_texts_as_the_joined_column_does) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"utf8mb3 COLLATE utf8mb3_bin", "utf8mb4 COLLATE utf8mb4_general_ci"},
      {"ascii COLLATE ascii_bin", "utf8mb4 COLLATE utf8mb4_general_ci"},
      {"ascii COLLATE ascii_bin", "latin1 COLLATE latin1_swedish_ci"},
      {"latin1 COLLATE latin1_bin", "utf8mb4 COLLATE utf8mb4_unicode_ci"},
      {"latin2 COLLATE latin2_bin", "latin1 COLLATE latin1_swedish_ci"},
      {"utf8mb4 COLLATE utf8mb4_bin", "latin1 COLLATE latin1_swedish_ci"},
      {"utf8mb4 COLLATE utf8mb4_bin", "utf8mb4 COLLATE utf8mb4_general_ci"}};
  for (const auto& [looked_up, row] : pairs) {
    SCOPED_TRACE(looked_up + " for " + row);
    db.exec("DROP TABLE IF EXISTS look, orders; CREATE TABLE look (code VARCHAR(10) CHARACTER SET " + looked_up +
            " PRIMARY KEY, size VARCHAR(9)); CREATE TABLE orders (id INT PRIMARY KEY, code VARCHAR(10) CHARACTER SET " +
            row +
            "); INSERT INTO look VALUES ('a', 'small'), ('A', 'big');"
            "INSERT INTO orders VALUES (1, 'a'), (3, 'A'), (4, 'b'), (5, NULL)");
    EXPECT_EQ(items(table("orders", attribute("size", "S", "look", "size", R"("join": {"type": "foreign-key",
                  "target_table": "look", "join_condition": "look.code = orders.code", "select_column": "look.size"})"))),
              "id=1  size=small\nid=3  size=big\nid=4\nid=5\n");
    EXPECT_EQ(describe(diagnostics), "");
    EXPECT_EQ(items(R"([{"table": "Orders", "type": "Table", "source_table": "orders", "pk": "id", "satisfies": [],
        "estimated_item_size_bytes": 1, "attributes": {"id": {"type": "N", "source_column": "id"},
          "size": {"type": "S", "source_table": "look", "source_column": "size", "denormalized": true,
                   "join": {"local_column": "code", "source_column": "code"}}}}])"),
              "id=1  size=small\nid=3  size=big\nid=4\nid=5\n");
    EXPECT_EQ(describe(diagnostics), "");
  }
}

TEST_P(Views, both_forms_join_texts_of_different_collations) {
  db.exec(
      "CREATE TABLE look (code VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci PRIMARY KEY, name "
      "VARCHAR(9));"
      "CREATE TABLE orders (id INT PRIMARY KEY, code VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci);"
      "INSERT INTO look VALUES ('a', 'Ann'); INSERT INTO orders VALUES (1, 'A'), (2, 'b')");
  EXPECT_EQ(items(R"([{"table": "Orders", "type": "Table", "source_table": "orders", "pk": "id", "satisfies": [],
      "estimated_item_size_bytes": 1, "attributes": {"id": {"type": "N", "source_column": "id"},
        "name": {"type": "S", "source_table": "look", "source_column": "name", "denormalized": true,
                 "join": {"local_column": "code", "source_column": "code"}}}}])"),
            "id=1  name=Ann\nid=2\n");
  EXPECT_EQ(items(table("orders", attribute("name", "S", "look", "name", R"("join": {"type": "foreign-key",
                "target_table": "look", "join_condition": "orders.code = look.code", "select_column": "name"})"))),
            "id=1  name=Ann\nid=2\n");
}

// A character that the joined column cannot hold would become '?' on its way into that column's character set.
TEST_P(Views, a_text_that_the_joined_column_cannot_hold_matches_nothing) {
  db.exec(
      "CREATE TABLE look (code VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin PRIMARY KEY, name VARCHAR(9));"
      "CREATE TABLE orders (id INT PRIMARY KEY, code VARCHAR(9) CHARACTER SET utf8mb4);"
      "INSERT INTO look VALUES ('?', 'asked'), ('x', 'ex'), ('x?', 'ex?'), (X'80', 'euro');"
      "INSERT INTO orders VALUES (1, '?'), (2, _utf8mb4 X'F09F9880'), (3, _utf8mb4 X'78E88CAB'), (4, 'x'),"
      "(5, _utf8mb4 X'E282AC')");
  const auto name = [&](const std::string& condition) {
    return items(table("orders", attribute("name", "S", "look", "name",
                                           R"("join": {"type": "conditional",
        "target_table": "look", "join_condition": "look.code = orders.code", "select_column": "look.name", "condition": ")" +
                                               condition + R"(", "else_value": "else"})")));
  };
  EXPECT_EQ(name("orders.id > 0"), "id=1  name=asked\nid=2\nid=3\nid=4  name=ex\nid=5  name=euro\n");
  EXPECT_EQ(name("NOT look.code = orders.code"), "id=1  name=else\nid=2\nid=3\nid=4  name=else\nid=5  name=else\n");
}

// Each step of a chain is compared as its own table's column is.
TEST_P(Views, a_chain_compares_texts_as_each_joined_column_does) {
  db.exec(
      "CREATE TABLE b (code VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, name VARCHAR(9));"
      "CREATE TABLE a (id INT PRIMARY KEY, code VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci);"
      "CREATE TABLE t (id INT PRIMARY KEY, a INT);"
      "INSERT INTO b VALUES ('x', 'small'), ('X', 'big'); INSERT INTO a VALUES (7, 'x'), (8, 'X');"
      "INSERT INTO t VALUES (1, 7), (2, 8)");
  for (const char* condition : {"a.code = b.code", "b.code = a.code"}) {
    EXPECT_EQ(items(table("t", attribute("name", "S", "b", "name",
                                         R"("join": {"type": "chain", "joins": [
        {"target_table": "a", "join_condition": "t.a = a.id", "select_column": "id"},
        {"target_table": "b", "join_condition": ")" +
                                             std::string(condition) + R"(", "select_column": "name"}]})"))),
              "id=1  name=small\nid=2  name=big\n");
  }
}

// A key keeps its values apart by its own collation; under another several rows can be equal to one value.
TEST_P(Views, a_written_collation_may_find_several_rows) {
  db.exec(
      "CREATE TABLE look (code VARCHAR(9) COLLATE utf8mb4_bin PRIMARY KEY, name VARCHAR(9)) CHARACTER SET utf8mb4;"
      "CREATE TABLE orders (id INT PRIMARY KEY, code VARCHAR(9) COLLATE utf8mb4_bin) CHARACTER SET utf8mb4;"
      "INSERT INTO look VALUES ('a', 'one'), ('A', 'two'), ('c', 'three'); INSERT INTO orders VALUES (1, 'a'), (2, "
      "'c')");
  const auto looked_up = [&](const std::string& condition) {
    return items(table("orders", attribute("name", "S", "look", "name", R"("join": {"type": "foreign-key",
        "target_table": "look", "join_condition": ")" + condition + R"(", "select_column": "name"})")));
  };
  for (const char* condition :
       {"look.code COLLATE utf8mb4_general_ci = orders.code", "look.code = orders.code COLLATE utf8mb4_general_ci"}) {
    EXPECT_THAT(looked_up(condition),
                testing::MatchesRegex("id=1  name=(one|two)  !.*duplicate_key.*\nid=2  name=three\n"))
        << condition;
    EXPECT_THAT(describe(diagnostics), HasSubstr("the unique key on (code) would rule them out"));
  }
  for (const char* condition : {"look.code COLLATE utf8mb4_bin = orders.code", "look.code = orders.code",
                                "look.code = orders.code COLLATE UTF8MB4_BIN"}) {
    EXPECT_EQ(looked_up(condition), "id=1  name=one\nid=2  name=three\n") << condition;
    EXPECT_EQ(describe(diagnostics), "");
  }
}

// docs/contract.md's worked example.
TEST_P(Views, a_join_to_the_rows_own_table_reads_its_left_side) {
  db.exec(
      "CREATE TABLE categories (id INT PRIMARY KEY, name VARCHAR(20), parent_id INT, KEY (parent_id));"
      "INSERT INTO categories VALUES (1, 'Food', NULL), (2, 'Fruit', 1), (3, 'Bread', 1), (4, 'Apples', 2)");
  std::string parent = attribute("parent", "S", "categories", "name", R"("join": {"type": "foreign-key",
      "target_table": "categories", "join_condition": "categories.id = categories.parent_id",
      "select_column": "categories.name"})");
  std::string children = attribute("children", "N", "categories", "id", R"("calculation": {"type": "aggregate",
      "target_table": "categories", "join_condition": "categories.parent_id = categories.id", "operation": "COUNT",
      "select_column": "categories.id"})");
  EXPECT_EQ(items(table("categories", parent + "," + children)),
            "id=1  children=2\nid=2  parent=Food  children=1\nid=3  parent=Food  children=0\n"
            "id=4  parent=Fruit  children=0\n");
}

TEST_P(Views, a_self_join_has_an_alias_and_a_null_value) {
  db.exec(
      "CREATE TABLE staff (id INT PRIMARY KEY, name VARCHAR(20), boss_id INT);"
      "INSERT INTO staff VALUES (1, 'Ada', NULL), (2, 'Bob', 1)");
  EXPECT_EQ(items(table("staff", attribute("boss", "S", "staff", "name", R"("join": {"type": "self-join",
      "join_alias": "order", "join_condition": "staff.boss_id = order.id", "select_column": "order.name",
      "null_value": "nobody's"})"))),
            "id=1  boss=nobody's\nid=2  boss=Ada\n");
}

TEST_P(Views, a_self_join_along_a_foreign_key_to_another_table_reads_that_table) {
  db.exec(
      "CREATE TABLE colours (id INT PRIMARY KEY, name VARCHAR(20));"
      "CREATE TABLE cars (id INT PRIMARY KEY, name VARCHAR(20), colour_id INT, FOREIGN KEY (colour_id) REFERENCES "
      "colours (id)); INSERT INTO colours VALUES (1, 'red'); INSERT INTO cars VALUES (1, 'Mini', 1)");
  EXPECT_EQ(items(table("cars", attribute("colour", "S", "cars", "name", R"("join": {"type": "self-join",
      "join_alias": "c", "join_condition": "cars.colour_id = c.id", "select_column": "c.name"})"))),
            "id=1  colour=red\n");
  EXPECT_NE(describe(diagnostics).find("write \"target_table\": \"colours\""), std::string::npos)
      << describe(diagnostics);
}

TEST_P(Views, a_join_on_several_columns) {
  db.exec(
      "CREATE TABLE prices (shop INT, item INT, price DECIMAL(6,2), PRIMARY KEY (shop, item));"
      "CREATE TABLE stock (id INT PRIMARY KEY, shop INT, item INT);"
      "INSERT INTO prices VALUES (1, 1, 2.50), (1, 2, 3.00); INSERT INTO stock VALUES (1, 1, 2), (2, 2, 2)");
  EXPECT_EQ(items(table("stock", attribute("price", "N", "prices", "price", R"("join": {"type": "multi-column",
      "target_table": "prices", "join_conditions": ["stock.shop = prices.shop", "stock.item = prices.item"],
      "select_column": "prices.price"})"))),
            "id=1  price=3.00\nid=2\n");
}

TEST_P(Views, a_conditional_join_chooses) {
  db.exec(
      "CREATE TABLE firms (id INT PRIMARY KEY, name VARCHAR(20));"
      "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20), kind VARCHAR(5), firm_id INT);"
      "INSERT INTO firms VALUES (1, 'ACME');"
      "INSERT INTO people VALUES (1, 'Ann', 'work', 1), (2, 'Bob', 'home', 1), (3, 'Cy', 'work', NULL)");
  auto with = [&](const std::string& else_value) {
    return items(table("people", attribute("shown", "S", "firms", "name", R"("join": {"type": "conditional",
        "condition": "kind = 'work'", "target_table": "firms", "join_condition": "people.firm_id = firms.id",
        "select_column": "firms.name", "else_value": )" + else_value + "}")));
  };
  EXPECT_EQ(with("\"people.name\""), "id=1  shown=ACME\nid=2  shown=Bob\nid=3\n");
  EXPECT_EQ(with("\"'at home'\""), "id=1  shown=ACME\nid=2  shown=at home\nid=3\n");
  EXPECT_EQ(with("\"NULL\""), "id=1  shown=ACME\nid=2  shown=NULL\nid=3\n");
  EXPECT_EQ(with("null"), "id=1  shown=ACME\nid=2\nid=3\n");
}

TEST_P(Views, a_chain_joins_in_order) {
  db.exec(
      "CREATE TABLE lands (id INT PRIMARY KEY, name VARCHAR(20));"
      "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(20) CHARACTER SET latin1, land_id INT);"
      "CREATE TABLE users (id INT PRIMARY KEY, city_id INT);"
      "INSERT INTO lands VALUES (1, 'Österreich'); INSERT INTO cities VALUES (1, 'Wien', 1), (2, 'Köln', NULL);"
      "INSERT INTO users VALUES (1, 1), (2, 2), (3, NULL)");
  auto with = [&](const std::string& more) {
    return items(table("users", attribute("place", "S", "lands", "name",
                                          R"("join": {"type": "chain", "joins": [
      {"target_table": "cities", "join_condition": "users.city_id = cities.id", "select_column": "cities.name"},
      {"target_table": "lands", "join_condition": "cities.land_id = lands.id", "select_column": "lands.name"}])" +
                                              more + "}")));
  };
  EXPECT_EQ(with(R"(, "chain_separator": ", ")"), "id=1  place=Wien, Österreich\nid=2  place=Köln\nid=3\n");
  EXPECT_EQ(with(""), "id=1  place=Österreich\nid=2\nid=3\n");
}

TEST_P(Views, a_row_with_two_matches_where_one_is_meant_is_a_dead_letter) {
  db.exec(
      "CREATE TABLE mails (mail VARCHAR(20), user_id INT, KEY (user_id));"
      "CREATE TABLE users (id INT PRIMARY KEY);"
      "INSERT INTO users VALUES (1), (2), (3); INSERT INTO mails VALUES ('a@x', 1), ('b@x', 2), ('c@x', 2)");
  EXPECT_EQ(items(table("users", attribute("mail", "S", "mails", "mail", R"("join": {"type": "lookup-table",
      "target_table": "mails", "join_condition": "mails.user_id = users.id", "select_column": "mail"})"))),
            "id=1  mail=a@x\nid=2  mail=b@x  ![{\"attribute\":\"mail\",\"code\":\"duplicate_key\"}]\nid=3\n");
  EXPECT_NE(describe(diagnostics).find("can match several rows of 'mails'"), std::string::npos);
  // What an arbitrary one of the two holds is no second problem.
  EXPECT_EQ(items(table("users", attribute("mail", "N", "mails", "mail", R"("join": {"type": "lookup-table",
      "target_table": "mails", "join_condition": "mails.user_id = users.id", "select_column": "mail"})"))),
            "id=1  ![{\"attribute\":\"mail\",\"code\":\"conversion\"}]\n"
            "id=2  ![{\"attribute\":\"mail\",\"code\":\"duplicate_key\"}]\nid=3\n");
}

// MySQL 8.0 refused the view: it finds no column of the outer query in an ON clause.
TEST_P(Views, a_join_that_may_match_twice_has_its_null_value_and_else_value_too) {
  db.exec(
      "CREATE TABLE mails (id INT PRIMARY KEY, mail VARCHAR(20), user_id INT, KEY (user_id));"
      "CREATE TABLE users (id INT PRIMARY KEY);"
      "INSERT INTO users VALUES (1), (2), (3); INSERT INTO mails VALUES (1, 'a@x', 1), (2, NULL, 3)");
  const std::string on = R"("target_table": "mails", "join_condition": "mails.user_id = users.id",
      "select_column": "mail")";
  EXPECT_EQ(items(table("users", attribute("m", "S", "mails", "mail",
                                           R"("join": {"type": "lookup-table", "null_value": "none", )" + on + "}") +
                                     "," +
                                     attribute("c", "S", "mails", "mail",
                                               R"("join": {"type": "conditional",
                                         "condition": "users.id < 3", "else_value": "'else'", )" +
                                                   on + "}"))),
            "id=1  m=a@x  c=a@x\nid=2  m=none\nid=3  c=else\n");
}

// What a list leaves out is no reason to leave the row out.
TEST_P(Views, a_limited_list_has_the_errors_of_its_own_rows_only) {
  db.exec(
      "SET sql_mode = '';"
      "CREATE TABLE visits (id INT PRIMARY KEY, user INT, at DATE, f INT, KEY (user)); CREATE TABLE users (id INT "
      "PRIMARY KEY);"
      "INSERT INTO users VALUES (1), (2), (3), (4); INSERT INTO visits VALUES (1, 1, '2024-01-01', 1),"
      " (2, 1, '0000-00-00', 2), (3, 2, '0000-00-00', 1), (4, 2, '2024-01-01', 2), (5, 3, NULL, 1), (6, 3, "
      "'0000-00-00', 2)");
  const auto limited = [&](const std::string& limit) {
    return items(table("users", attribute("v", "L", "visits", "id", R"("join": {"type": "json-construction",
        "target_table": "visits", "join_condition": "visits.user = users.id", "construction": {"type": "array",
        "order_by": "id", "limit": )" + limit + R"(, "select_columns": {"at": "at"}}})")));
  };
  const std::string zero_date = "  ![{\"attribute\":\"v\",\"code\":\"zero_date\"}]\n";
  const auto errors = [](const std::string& rows) {
    std::string out;
    for (const std::string& line : split(rows, '\n')) {
      const size_t at = line.find("  !");
      if (!line.empty()) out += line.substr(0, 4) + (at == line.npos ? "" : line.substr(at)) + "\n";
    }
    return out;
  };
  EXPECT_EQ(errors(limited("1")), "id=1\nid=2" + zero_date + "id=3\nid=4\n");
  EXPECT_EQ(errors(limited("2")), "id=1" + zero_date + "id=2" + zero_date + "id=3" + zero_date + "id=4\n");
  EXPECT_EQ(errors(limited("9")), "id=1" + zero_date + "id=2" + zero_date + "id=3" + zero_date + "id=4\n");
}

TEST_P(Views, orphans_are_rows_whose_reference_finds_nothing_however_many_could_match) {
  db.exec(
      "CREATE TABLE lands (code INT, name VARCHAR(9), KEY (code)); CREATE TABLE cities (id INT PRIMARY KEY, land INT);"
      "CREATE TABLE users (id INT PRIMARY KEY, mail INT, city INT, land INT, deleted_at DATETIME);"
      "CREATE TABLE mails (n INT, mail VARCHAR(9), land INT, KEY (n));"
      "INSERT INTO lands VALUES (1, 'AT'), (1, 'AT again'); INSERT INTO cities VALUES (1, 1), (2, 7), (3, NULL);"
      "INSERT INTO mails VALUES (5, 'a', 1), (5, 'b', 8), (6, 'c', NULL);"
      "INSERT INTO users VALUES (1, 5, 1, 1, NULL), (2, 6, 2, 2, NULL), (3, 7, 3, NULL, NULL), (4, NULL, 4, NULL, "
      "NULL),"
      "(5, 7, 4, 2, '2024-01-01')");
  const auto reference = [](const std::string& name, const std::string& more) {
    return attribute(name, "S", "users", "id", "\"join\": {" + more + "}");
  };
  const auto tables = build(table(
      "users", reference("land", R"("type": "foreign-key", "target_table": "lands", "select_column": "name",
                  "join_condition": "users.land = lands.code")") +
                   "," + reference("of_city", R"("type": "chain", "joins": [
      {"target_table": "cities", "join_condition": "users.city = cities.id", "select_column": "id"},
      {"target_table": "lands", "join_condition": "cities.land = lands.code", "select_column": "name"}])") +
                   "," + reference("of_mail", R"("type": "chain", "joins": [
      {"target_table": "mails", "join_condition": "users.mail = mails.n", "select_column": "mail"},
      {"target_table": "lands", "join_condition": "mails.land = lands.code", "select_column": "name"}])") +
                   "," + attribute("n", "N", "mails", "n", R"("calculation": {"type": "aggregate", "operation": "COUNT",
      "target_table": "mails", "join_condition": "mails.n = users.land", "select_column": "*"})")));
  ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
  std::string found;
  for (const OrphanSelect& o : orphan_selects(tables[0].entities[0], schema.flavor))
    found += o.attribute + " " + o.joined_table + " " + must(connection->query(o.sql))[0][0].value_or("NULL") + "\n";
  EXPECT_EQ(found,
            "of_city cities 1\n"  // user 4
            "of_city lands 1\n"   // user 2, by city 2
            "land lands 1\n"      // user 2
            "of_mail mails 1\n"   // user 3
            "of_mail lands 1\n"   // user 1, by one of two mails
  );
}

// A condition may hold of a joined row's NULL: that is a match all the same.
TEST_P(Views, a_joined_row_that_matches_by_its_null_leaves_no_orphan) {
  db.exec(
      "CREATE TABLE customers (id INT PRIMARY KEY, code INT UNIQUE, deleted_at DATETIME, name VARCHAR(9));"
      "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT);"
      "INSERT INTO customers VALUES (1, 1, NULL, 'Ann'), (2, NULL, NULL, 'Bob'), (3, 3, '2024-01-01', 'Cid');"
      "INSERT INTO orders VALUES (1, 1), (2, 2), (3, NULL)");
  const auto orphans = [&](const std::string& condition) {
    const auto tables =
        build(table("orders", attribute("name", "S", "customers", "name", R"("join": {"type": "foreign-key",
        "target_table": "customers", "join_condition": ")" + condition + R"(", "select_column": "name"})")));
    if (tables.size() != 1) return describe(diagnostics);
    std::string found;
    for (const OrphanSelect& o : orphan_selects(tables[0].entities[0], schema.flavor))
      found += must(connection->query(o.sql))[0][0].value_or("NULL");
    return found;
  };
  EXPECT_EQ(orphans("customers.deleted_at IS NULL AND customers.id = orders.customer_id"), "0");
  EXPECT_EQ(orphans("COALESCE(customers.code, 2) = orders.customer_id AND customers.id = orders.customer_id"), "0");
  EXPECT_EQ(orphans("customers.code <=> NULLIF(orders.customer_id, 2) AND customers.id = orders.customer_id"), "0");
  db.exec("INSERT INTO orders VALUES (4, 3), (5, 9)");
  EXPECT_EQ(orphans("customers.deleted_at IS NULL AND customers.id = orders.customer_id"), "2");
  EXPECT_EQ(orphans("COALESCE(customers.code, 9) = orders.customer_id AND customers.id = orders.customer_id"), "2")
      << "orders 2 and 5";
}

TEST_P(Views, aggregates_never_multiply_rows) {
  db.exec(
      "CREATE TABLE orders (id INT PRIMARY KEY, user_id INT, total DECIMAL(8,2), deleted_at DATETIME, KEY (user_id));"
      "CREATE TABLE visits (id INT PRIMARY KEY, user_id INT, at DATETIME, page VARCHAR(9), KEY (user_id));"
      "CREATE TABLE users (id INT PRIMARY KEY); INSERT INTO users VALUES (1), (2);"
      "INSERT INTO orders VALUES (1, 1, 10.10, NULL), (2, 1, 20, NULL), (3, 1, 99, '2024-01-01');"
      "INSERT INTO visits VALUES (1, 1, '2024-01-01', 'a'), (2, 1, '2024-02-01', 'b'), (3, 1, '2024-01-05', 'a')");
  auto aggregate = [&](const std::string& name, const std::string& type, const std::string& table_name,
                       const std::string& operation, const std::string& column) {
    return attribute(name, type, table_name, "id",
                     R"("calculation": {"type": "aggregate", "target_table": ")" + table_name +
                         R"(", "join_condition": ")" + table_name + R"(.user_id = users.id", "operation": ")" +
                         operation + R"(", "select_column": ")" + column + "\"}");
  };
  EXPECT_EQ(items(table("users", aggregate("n", "N", "orders", "COUNT", "*") + "," +
                                     aggregate("sum", "N", "orders", "SUM", "orders.total") + "," +
                                     aggregate("avg", "N", "orders", "AVG", "total") + "," +
                                     aggregate("last", "S", "visits", "MAX", "at") + "," +
                                     aggregate("pages", "N", "visits", "COUNT", "DISTINCT page"))),
            "id=1  n=2  sum=30.10  avg=15.050000  last=2024-02-01T00:00:00Z  pages=2\nid=2  n=0  pages=0\n");
}

TEST_P(Views, json_lists_are_ordered_limited_and_exact) {
  db.exec(
      "CREATE TABLE items (id INT PRIMARY KEY, order_id INT, name VARCHAR(20), price DECIMAL(8,2), at DATETIME, "
      "KEY (order_id)); CREATE TABLE orders (id INT PRIMARY KEY); INSERT INTO orders VALUES (1), (2);"
      "INSERT INTO items VALUES (1, 1, 'b', 1.50, '2024-01-01'), (2, 1, 'a \"ü\"', NULL, NULL), (3, 1, 'b', 2, NULL)");
  auto with = [&](const std::string& more) {
    return items(table("orders", attribute("items", "L", "items", "id",
                                           R"("join": {"type": "json-construction",
      "target_table": "items", "join_condition": "items.order_id = orders.id", "construction": {"type": "array",
      "select_columns": {"at": "at", "name": "items.name", "price": "price"})" +
                                               more + "}}")));
  };
  std::string first = R"({"at": "2024-01-01T00:00:00Z", "name": "b", "price": 1.50})",
              second = R"({"at": null, "name": "a \"ü\"", "price": null})",
              third = R"({"at": null, "name": "b", "price": 2.00})";
  EXPECT_EQ(with(""), "id=1  items=[" + first + "," + second + "," + third + "]\nid=2  items=[]\n");
  EXPECT_EQ(with(R"(, "order_by": "name DESC")"),
            "id=1  items=[" + first + "," + third + "," + second + "]\nid=2  items=[]\n");
  EXPECT_EQ(with(R"(, "order_by": "name", "limit": 2)"),
            "id=1  items=[" + second + "," + first + "]\nid=2  items=[]\n");
}

// The ORDER BY inside GROUP_CONCAT takes NULL for 0.
TEST_P(Views, lists_are_sorted_with_null_below_all_else) {
  db.exec(
      "CREATE TABLE scores (id INT PRIMARY KEY, user_id INT, n INT, KEY (user_id)); CREATE TABLE users (id INT PRIMARY "
      "KEY); INSERT INTO users VALUES (1); INSERT INTO scores VALUES (1, 1, 0), (2, 1, NULL), (3, 1, -5)");
  auto sorted = [&](const std::string& how) {
    return items(table("users", attribute("scores", "L", "scores", "id", R"("join": {"type": "json-construction",
      "target_table": "scores", "join_condition": "scores.user_id = users.id", "construction": {"type": "array",
      "select_columns": {"id": "id"}, )" + how + "}}")));
  };
  EXPECT_EQ(sorted(R"("order_by": "n")"), "id=1  scores=[{\"id\": 2},{\"id\": 3},{\"id\": 1}]\n");
  EXPECT_EQ(sorted(R"("order_by": "n DESC")"), "id=1  scores=[{\"id\": 1},{\"id\": 3},{\"id\": 2}]\n");
  EXPECT_EQ(sorted(R"("order_by": "n", "limit": 2)"), "id=1  scores=[{\"id\": 2},{\"id\": 3}]\n");
}

TEST_P(Views, a_list_that_the_server_cut_is_a_dead_letter) {
  db.exec(
      "CREATE TABLE items (id INT PRIMARY KEY, order_id INT, name VARCHAR(200), KEY (order_id));"
      "CREATE TABLE orders (id INT PRIMARY KEY); INSERT INTO orders VALUES (1);"
      "INSERT INTO items VALUES (1, 1, REPEAT('x', 150)), (2, 1, 'y')");
  auto tables = build(table("orders", attribute("items", "L", "items", "id", R"("join": {"type": "json-construction",
      "target_table": "items", "join_condition": "items.order_id = orders.id", "construction": {"type": "array",
      "select_columns": {"name": "name"}}})")));
  ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
  must(connection->execute("SET SESSION group_concat_max_len = 100"));
  auto row = must(connection->query(chunk_select(tables[0].entities[0], {}, schema.flavor)));
  EXPECT_EQ(row[0][3].value_or("none"), R"([{"attribute":"items","code":"collection_truncated"}])");
}

// MariaDB puts '?' for bytes that are no text, MySQL gives NULL: neither may reach an item.
TEST_P(Views, what_is_computed_from_bytes_is_text_or_a_dead_letter) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, token VARBINARY(16), name VARCHAR(9) CHARACTER SET latin1);"
      "INSERT INTO t VALUES (1, 'zoé', 'é'), (2, x'FF', 'é'), (3, NULL, 'é')");
  auto computed = [&](const std::string& expression, const std::string& type = "S") {
    std::string out =
        items(table("t", attribute("v", type, "t", "id",
                                   R"("calculation": {"type": "concat", "expression": ")" + expression + "\"}")));
    return replace_all(out, R"(  ![{"attribute":"v","code":"conversion"}])", "  dead");
  };
  EXPECT_EQ(computed("CONCAT('T#', token)"), "id=1  v=T#zoé\nid=2  dead\nid=3\n");
  EXPECT_EQ(computed("CONCAT(name, '#', token)"), "id=1  v=é#zoé\nid=2  dead\nid=3\n");
  EXPECT_EQ(computed("CONCAT(name, X'20', UNHEX('C3A9'))"), "id=1  v=é é\nid=2  v=é é\nid=3  v=é é\n");
  EXPECT_EQ(computed("LEFT(token, 3)"), "id=1  dead\nid=2  dead\nid=3\n") << "half of a character";
  EXPECT_EQ(computed("LEFT(CAST(token AS CHAR), 3)"), "id=1  v=zoé\nid=2  dead\nid=3\n");
  EXPECT_EQ(computed("UPPER(CONVERT(token USING utf8mb4))"), "id=1  v=ZOÉ\nid=2  dead\nid=3\n");
  EXPECT_EQ(computed("REGEXP_REPLACE(token, 'o', '0')"), "id=1  v=z0é\nid=2  dead\nid=3\n");
  EXPECT_EQ(computed("CONVERT(token USING latin1)"), "id=1  v=zoÃ©\nid=2  v=ÿ\nid=3\n") << "any byte is a letter there";
  EXPECT_EQ(computed("COALESCE(token, name)"), "id=1  v=zoé\nid=2  dead\nid=3  v=é\n");
  EXPECT_EQ(computed("CASE WHEN id = 2 THEN 'none' ELSE CAST(token AS CHAR) END"), "id=1  v=zoé\nid=2  v=none\nid=3\n");
  EXPECT_EQ(computed("IF(id = 1, CAST(token AS CHAR), name)"), "id=1  v=zoé\nid=2  v=é\nid=3  v=é\n");
  EXPECT_EQ(computed("HEX(token)"), "id=1  v=7A6FC3A9\nid=2  v=FF\nid=3\n");
  EXPECT_EQ(computed("CHAR_LENGTH(CAST(token AS CHAR))", "N"), "id=1  v=3\nid=2  dead\nid=3\n");
  EXPECT_EQ(computed("CONCAT('T#', token)", "B"), "id=1  v=T#zoé\nid=2  v=T#\xFF\nid=3\n");
}

// 01 and 02 are what the engine finds FLOATs by; as a text's own, 01 comes twice.
TEST_P(Views, a_text_beside_floats_may_hold_their_marks) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(9), f FLOAT, other INT);"
      "INSERT INTO t VALUES (1, X'01313202', 1.5, 1), (2, 'x', 2.5, 1)");
  const std::string own =
                        "\x01\x01"
                        "12\x02",
                    first =
                        "\x01"
                        "1.5\x02",
                    second =
                        "\x01"
                        "2.5\x02";
  const auto expect = [&](const std::string& attributes, const std::string& one, const std::string& two,
                          const std::string& more = "") {
    EXPECT_EQ(items(table("t", attributes, more)), "id=1  v=" + one + "\nid=2  v=" + two + "\n");
  };
  expect(attribute("v", "S", "t", "id", R"("transformation": {"type": "string-format", "format": "{note} {f}"})"),
         own + " " + first, "x " + second);
  expect(
      attribute("v", "S", "t", "id", R"("calculation": {"type": "case", "cases": [{"when": "id = 1", "then": "note"}],
      "else": "f"})"),
      own, second);
  expect(attribute("v", "S", "t", "note"),
         "\x01"
         "12\x02",
         "x");
  const std::string keyed =
      R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "sk": null,
      "satisfies": [], "estimated_item_size_bytes": 1, "entities": [{"entity_type": "E", "source_table": "t",
      "pk_template": "{note}#{f}", "sk_template": "-", "attributes": [)" +
      attribute("id", "S", "t", "id") + "]}]}]}";
  EXPECT_EQ(items(keyed), "id=1  PK=" + own + "#" + first + "\nid=2  PK=x#" + second + "\n");
}

TEST_P(Views, bytes_that_are_no_text_are_dead_letters_in_lists_and_aggregates) {
  db.exec(
      "CREATE TABLE users (id INT PRIMARY KEY); INSERT INTO users VALUES (1), (2);"
      "CREATE TABLE tokens (id INT PRIMARY KEY, user_id INT, token VARBINARY(16), KEY (user_id));"
      "INSERT INTO tokens VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 2, x'FF')");
  const std::string list = attribute("list", "L", "tokens", "id", R"j("join": {"type": "json-construction",
      "target_table": "tokens", "join_condition": "tokens.user_id = users.id", "construction": {"type": "array",
      "select_columns": {"t": "CAST(token AS CHAR)"}}})j");
  const std::string least = attribute("least", "S", "tokens", "id", R"j("calculation": {"type": "aggregate",
      "target_table": "tokens", "join_condition": "tokens.user_id = users.id", "operation": "MIN",
      "select_column": "UPPER(CAST(token AS CHAR))"})j");
  const std::string most = attribute("most", "S", "tokens", "id", R"j("calculation": {"type": "aggregate",
      "target_table": "tokens", "join_condition": "tokens.user_id = users.id", "operation": "MAX",
      "select_column": "token"})j");
  const std::string out = items(table("users", list + "," + least + "," + most));
  EXPECT_NE(out.find("id=1  list=[{\"t\": \"a\"},{\"t\": \"b\"}]  least=A  most=b\n"), std::string::npos) << out;
  EXPECT_NE(out.find(R"(![{"attribute":"list","code":"conversion"},{"attribute":"least","code":"conversion"},)"
                     R"({"attribute":"most","code":"conversion"}])"),
            std::string::npos)
      << out;
}

// GROUP_CONCAT gives up to max_allowed_packet bytes, to which CONCAT cannot add the brackets any more.
TEST_P(Views, a_list_that_its_brackets_make_too_long_is_a_dead_letter) {
  const std::string bodies = "@@max_allowed_packet - 20";  // {"b": "…"},{"b": "…"} is longer by 19
  db.exec(
      "CREATE TABLE items (id INT PRIMARY KEY, order_id INT, b LONGTEXT, KEY (order_id));"
      "CREATE TABLE orders (id INT PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3);"
      "INSERT INTO items VALUES (1, 1, REPEAT('x', 100)), (3, 2, 'y');"
      "INSERT INTO items SELECT 2, 1, REPEAT('x', " +
      bodies + " - 100)");
  auto tables = build(table("orders", attribute("items", "L", "items", "id", R"("join": {"type": "json-construction",
      "target_table": "items", "join_condition": "items.order_id = orders.id", "construction": {"type": "array",
      "select_columns": {"b": "b"}}})")));
  ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
  EXPECT_EQ(rows(tables[0].entities[0], ordered(tables[0].entities[0])),
            "id=1  ![{\"attribute\":\"items\",\"code\":\"collection_truncated\"}]\n"
            "id=2  items=[{\"b\": \"y\"}]\nid=3  items=[]\n");
}

TEST_P(Views, json_objects_take_one_row_or_the_row_itself) {
  db.exec(
      "CREATE TABLE homes (id INT PRIMARY KEY, user_id INT, street VARCHAR(20), KEY (user_id));"
      "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20)); INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');"
      "INSERT INTO homes VALUES (1, 1, 'Z-Gasse'), (2, 1, 'A-Gasse')");
  std::string home = attribute("home", "M", "homes", "id", R"("join": {"type": "json-construction",
      "target_table": "homes", "join_condition": "homes.user_id = users.id", "construction": {"type": "object",
      "order_by": "street", "select_columns": {"street": "street"}}})");
  std::string self = attribute("self", "S", "users", "id", R"("join": {"type": "json-construction",
      "target_table": "users", "join_condition": "users.id = users.id", "construction": {"type": "object",
      "select_columns": {"n": "users.name", "id": "id"}}})");
  EXPECT_EQ(items(table("users", home + "," + self)),
            "id=1  home={\"street\": \"A-Gasse\"}  self={\"n\": \"Ann\", \"id\": 1}\n"
            "id=2  self={\"n\": \"Bob\", \"id\": 2}\n");
}

// Through the sorted view MySQL gave 1.5.
TEST_P(Views, a_decimal_in_an_object_keeps_its_scale_in_the_view_too) {
  db.exec(
      "CREATE TABLE prices (id INT PRIMARY KEY, user_id INT, price DECIMAL(8,2), KEY (user_id));"
      "CREATE TABLE users (id INT PRIMARY KEY); INSERT INTO users VALUES (1), (2);"
      "INSERT INTO prices VALUES (1, 1, 1.50), (2, 1, 3)");
  EXPECT_EQ(items(table("users", attribute("price", "S", "prices", "id", R"("join": {"type": "json-construction",
      "target_table": "prices", "join_condition": "prices.user_id = users.id", "construction": {"type": "object",
      "order_by": "price", "select_columns": {"price": "price"}}})"))),
            "id=1  price={\"price\": 1.50}\nid=2\n");
}

TEST_P(Views, calculations_are_typed_by_what_they_give) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9) CHARACTER SET latin1, n INT, at DATETIME);"
      "INSERT INTO t VALUES (1, 'x', 'ü', 5, '2024-01-31 10:00:00'), (2, NULL, NULL, NULL, NULL)");
  EXPECT_EQ(
      items(table(
          "t",
          attribute("c", "S", "t", "a", R"j("calculation": {"type": "concat", "expression": "CONCAT(a, '-', b)"})j") +
              "," + attribute("size", "S", "t", "n", R"("calculation": {"type": "case", "cases": [
                          {"when": "n > 3", "then": "'big'"}, {"when": "n IS NULL", "then": "'none'"}], "else": "'small'"})") +
              "," +
              attribute("next", "S", "t", "at",
                        R"j("calculation": {"type": "date-math", "expression": "DATE_ADD(at, INTERVAL 1 MONTH)"})j") +
              "," +
              attribute("day", "S", "t", "at", R"j("calculation": {"type": "date-math", "expression": "DATE(at)"})j"))),
      "id=1  c=x-ü  size=big  next=2024-02-29T10:00:00Z  day=2024-01-31\nid=2  size=none\n");
}

TEST_P(Views, transformations) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9), n DECIMAL(8,3), at DATETIME, doc TEXT);"
      "INSERT INTO t VALUES (1, 'Ann', 1.235, '2024-01-31 10:00:00', '{\"a\": 1}')");
  EXPECT_EQ(
      items(table(
          "t",
          attribute("hello", "S", "t", "name",
                    R"("transformation": {"type": "string-format", "format": "Hi { name } at {at}!"})") +
              "," +
              attribute("day", "S", "t", "at", R"("transformation": {"type": "date-format", "format": "DD.MM.YYYY"})") +
              "," +
              attribute("two", "S", "t", "n", R"("transformation": {"type": "number-format", "format": "0.00"})") +
              "," + attribute("doc", "M", "t", "doc", R"("transformation": {"type": "json-parse"})") + "," +
              attribute("kind", "S", "t", "id", R"("transformation": {"type": "static", "value": "it's"})"))),
      "id=1  hello=Hi Ann at 2024-01-31T10:00:00Z!  day=31.01.2024  two=1.24  doc={\"a\": 1}  kind=it's\n");
}

TEST_P(Views, entities_have_a_view_each_and_one_that_unites_them) {
  db.exec(
      "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(9) COLLATE utf8mb4_bin);"
      "CREATE TABLE orders (id INT PRIMARY KEY, user_id INT, at DATE, paid BOOL);"
      "INSERT INTO users VALUES (1, 'Ann'); INSERT INTO orders VALUES (5, 1, '2024-02-03', 1)");
  EXPECT_EQ(
      items(R"({"tables": [{"table": "App", "type": "multi-entity", "source_table": "users", "pk": "PK", "sk": "SK",
      "satisfies": [], "estimated_item_size_bytes": 1, "entities": [
        {"entity_type": "User", "source_table": "users", "pk_template": "USER#{id}", "sk_template": "PROFILE", "attributes":
          [{"name": "name", "type": "S", "source_table": "users", "source_column": "name"}]},
        {"entity_type": "Order", "source_table": "orders", "pk_template": "USER#{user_id}", "sk_template": "ORDER#{at}#{id}",
          "attributes": [{"name": "paid", "type": "BOOL", "source_table": "orders", "source_column": "paid"},
                         {"name": "name", "type": "N", "source_table": "orders", "source_column": "id"}]}]}]})"),
      "name=Ann  PK=USER#1  SK=PROFILE\npaid=1  name=5  PK=USER#1  SK=ORDER#2024-02-03#5\n");
  EXPECT_EQ(
      db.text("SELECT migrate_entity, PK, SK, name, paid, migrate_key_1 FROM migration_view_App ORDER BY SK DESC"),
      "User | USER#1 | PROFILE | Ann | NULL | 1\nOrder | USER#1 | ORDER#2024-02-03#5 | 5 | 1 | 5\n");
}

TEST_P(Views, soft_deleted_rows_are_out_unless_asked_for) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, deleted_at DATETIME); INSERT INTO t VALUES (1, NULL), (2, '2024-01-01')");
  EXPECT_EQ(items(table("t", "")), "id=1\n");
  project.tables["T"].soft_deletes = SoftDeletes::keep;
  EXPECT_EQ(items(table("t", "")), "id=1\nid=2\n");
  project.tables["T"].soft_deletes = SoftDeletes::condition;
  project.tables["T"].soft_delete_condition = "id = 2";
  EXPECT_EQ(items(table("t", "")), "id=2\n");
}

TEST_P(Views, a_table_is_cut_by_where) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY, status VARCHAR(9)); INSERT INTO t VALUES (1, 'draft'), (2, 'done')");
  project.tables["T"].where = "status <> 'draft'";
  EXPECT_EQ(items(table("t", "")), "id=2\n");
}

TEST_P(Views, composite_keys_and_keys_of_indexes) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(9)); INSERT INTO t VALUES (1, 3, 'x'), (2, 4, NULL)");
  EXPECT_EQ(items(table("t", attribute("a", "N", "t", "a") + "," + attribute("b", "S", "t", "b"),
                        R"(, "sk": "a#id", "gsis": [{"index_name": "byB", "pk": "b#a", "projection": "ALL"}])")),
            "id=1  a=3  b=x  a#id=3#1  b#a=x#3\nid=2  a=4  a#id=4#2\n");
}

}  // namespace
}  // namespace migrate::test
