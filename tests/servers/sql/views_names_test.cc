// Names that people give tables and columns, and texts that mean something to SQL: views.sql runs in the plain client
// as it is, under whatever sql_mode, and gives what the SELECT gives.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "base/text.h"
#include "servers/sql/views_support.h"

namespace migrate::test {
namespace {

class Names : public Views {
 protected:
  // Runs views.sql through the plain client with these options.
  void run_by_hand(const std::vector<TableViews>& tables, const std::string& sql_mode) {
    std::vector<std::vector<ViewStatement>> statements;
    for (const TableViews& t : tables) statements.push_back(view_statements(t, project, schema.flavor));
    std::string path = testing::TempDir() + unique_name("views") + ".sql";
    std::ofstream(path) << "SET sql_mode = '" + sql_mode + "';\n" + views_file(project, schema.flavor, statements);
    const ServerAddress& s = db.server();
    std::string command = "MYSQL_PWD='" + s.password + "' mariadb --no-defaults --default-character-set=latin1 -h" +
                          s.host + " -P" + std::to_string(s.port) + " -u" + s.user + " < " + path;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::remove(path.c_str());
  }
};
BOTH_SERVERS(Names);

TEST_P(Names, tables_and_columns_may_be_called_anything) {
  std::string longest(64, 'x');
  db.exec("CREATE TABLE `order` (`select` INT PRIMARY KEY, `a ``b` VARCHAR(9), `it's \"x\"` INT, `größe` INT, `" +
          longest +
          "` INT, `group` INT); INSERT INTO `order` VALUES (1, 'x', 2, 3, 4, 5);"
          "CREATE TABLE `" +
          longest + "` (`key` INT PRIMARY KEY, `from` VARCHAR(9)); INSERT INTO `" + longest + "` VALUES (5, 'there')");
  std::string text =
      R"({"tables": [{"table": "Odd", "type": "single-entity", "source_table": "order", "pk": "select",
      "satisfies": [], "estimated_item_size_bytes": 1, "attributes": [)" +
      attribute("select", "N", "order", "select") + "," + attribute("🙂", "S", "order", "a `b") + "," +
      attribute("SELECT", "N", "order", "it's \\\"x\\\"") + "," + attribute("größe", "N", "order", "GRÖSSE") + "," +
      attribute(longest + "yz", "N", "order", longest) + "," +
      attribute("from", "S", longest, "from",
                R"("join": {"type": "foreign-key", "target_table": ")" + longest +
                    R"(", "join_condition": "order.group = )" + longest + R"(.key", "select_column": "from"})") +
      "]}]}";
  text = replace_all(text, "GRÖSSE", "größe");
  EXPECT_EQ(items(text), "select=1  🙂=x  SELECT=2  größe=3  " + longest + "yz=4  from=there\n");
}

TEST_P(Names, texts_mean_the_same_under_every_sql_mode) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO t VALUES (1, 'a%'), (2, 'ab')");
  std::string nasty = R"(it's \\ \"q\" `b` ; -- ü 🙂)";
  std::string text = table(
      "t",
      attribute("fixed", "S", "t", "id", R"("transformation": {"type": "static", "value": ")" + nasty + "\"}") + "," +
          attribute(
              "liked", "N", "t", "id",
              R"j("calculation": {"type": "case", "cases": [{"when": "s LIKE 'a\\%'", "then": "1"}], "else": "0"})j"));
  std::string expected = "  fixed=it's \\ \"q\" `b` ; -- ü 🙂  liked=";
  EXPECT_EQ(items(text), "id=1" + expected + "1\nid=2" + expected + "0\n");
  auto tables = build(text);
  for (const char* mode : {"NO_BACKSLASH_ESCAPES", "ANSI", "TRADITIONAL,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT"}) {
    run_by_hand(tables, mode);
    db.exec(std::string("SET sql_mode = '") + mode + "'");
    EXPECT_EQ(db.text("SELECT id, fixed, liked FROM migration_view_T ORDER BY id"),
              "1 | it's \\ \"q\" `b` ; -- ü 🙂 | 1\n2 | it's \\ \"q\" `b` ; -- ü 🙂 | 0\n")
        << mode;
  }
}

TEST_P(Names, views_of_views_are_sources_and_are_joined) {
  db.exec(
      "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(9), boss INT);"
      "INSERT INTO people VALUES (1, 'Ada', NULL), (2, 'Bob', 1), (3, NULL, 1);"
      "CREATE VIEW `the named` AS SELECT id, name, boss FROM people WHERE name IS NOT NULL;"
      "CREATE VIEW `of ``a`` \"view\"` AS SELECT p.id AS `key`, p.name, p.boss, b.name AS `boss's name` "
      "FROM `the named` p LEFT JOIN `the named` b ON b.id = p.boss");
  const std::string source = R"(of `a` \"view\")";
  const std::string text = R"({"tables": [{"table": "T", "type": "single-entity", "source_table": ")" + source +
                           R"(", "pk": "key", "satisfies": [], "estimated_item_size_bytes": 1, "attributes": [)" +
                           attribute("key", "N", source, "key") + "," + attribute("a", "S", source, "boss's name") +
                           "," + attribute("b", "S", "the named", "name", R"("join": {"type": "foreign-key",
      "target_table": "the named", "join_condition": "boss = `the named`.id", "select_column": "name"})") +
                           "]}]}";
  EXPECT_EQ(items(text), "key=1\nkey=2  a=Ada  b=Ada\n");
}

// The subqueries of views have tables of their own. One of them, `one`, has a column `one`, and hid that of a table at
// hand that is called so.
TEST_P(Names, tables_may_be_called_as_those_inside_subqueries) {
  for (const std::string name : {"one", "rows", "ROWS"}) {
    db.exec("DROP TABLE IF EXISTS `" + name + "`, mails; CREATE TABLE `" + name +
            "` (id INT PRIMARY KEY, one INT, element INT); INSERT INTO `" + name +
            "` VALUES (1, 1, 1), (2, 2, 2);"
            "CREATE TABLE mails (mail VARCHAR(9), who INT, KEY (who)); INSERT INTO mails VALUES ('a', 1), ('b', 3)");
    const auto mails = [&](const std::string& type, const std::string& column, const std::string& more) {
      return R"("join": {"type": ")" + type + R"(", "target_table": "mails", "join_condition": "mails.who = )" + name +
             "." + column + "\", " + more + "}";
    };
    EXPECT_EQ(
        items(table(name, attribute("mail", "S", "mails", "mail",
                                    mails("foreign-key", "one", R"("select_column": "mail", "null_value": "none")")) +
                              "," +
                              attribute("list", "L", "mails", "mail",
                                        mails("json-construction", "element", R"("construction": {"type":
        "array", "limit": 2, "order_by": "mail", "select_columns": {"m": "mail"}})")))),
        "id=1  mail=a  list=[{\"m\": \"a\"}]\nid=2  mail=none  list=[]\n")
        << name;
  }
}

TEST_P(Names, two_that_meet_in_another_case_are_refused) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  const std::string entry = R"({"table": "%", "type": "Table", "source_table": "t", "pk": "id", "satisfies": [],
      "estimated_item_size_bytes": 1, "attributes": {"id": {"type": "N", "source_column": "id"}}})";
  EXPECT_THAT(problems("[" + replace_all(entry, "%", "Users") + "," + replace_all(entry, "%", "users") + "]"),
              testing::HasSubstr("the views of 'users' and 'Users' have one name: migration_view_Users"));
  const std::string entity = R"({"entity_type": "%", "source_table": "t", "pk_template": "%#{id}", "sk_template": "-",
      "attributes": [)" + attribute("id", "N", "t", "id") +
                             "]}";
  EXPECT_THAT(problems(R"({"tables": [{"table": "App", "type": "multi-entity", "source_table": "t", "pk": "PK",
      "sk": "SK", "satisfies": [], "estimated_item_size_bytes": 1, "entities": [)" +
                       replace_all(entity, "%", "User") + "," + replace_all(entity, "%", "USER") + "]}]}"),
              testing::HasSubstr("two views of 'App' have one name: migration_view_App__USER"));
}

// What differs beyond the 64th character alone, or only in case, is told apart by the digest that ends the name.
TEST_P(Names, those_that_are_cut_stay_apart) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT); INSERT INTO t VALUES (1, 2, 3)");
  const std::string longest(70, 'x');
  const auto table_of = [&](const std::string& name, const std::string& from) {
    return R"({"table": ")" + name +
           R"(", "type": "single-entity", "source_table": "t", "pk": "id", "satisfies": [],
        "estimated_item_size_bytes": 1, "attributes": [)" +
           attribute("id", "N", "t", "id") + "," + attribute(longest + "1", "N", "t", from) + "," +
           attribute(longest + "2", "N", "t", "id") + "," + attribute("n", "N", "t", "a") + "," +
           attribute("N", "N", "t", "b") + "]}";
  };
  const std::string rest = "  " + longest + "2=1  n=2  N=3\n";
  EXPECT_EQ(items("[" + table_of(longest + "A", "a") + "," + table_of(longest + "B", "b") + "]"),
            "id=1  " + longest + "1=2" + rest + "id=1  " + longest + "1=3" + rest);
}

TEST_P(Names, entities_may_be_called_anything) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY, `my ``col` VARCHAR(9)); INSERT INTO t VALUES (1, 'x')");
  std::string entities;
  for (const char* name : {R"(it's a \"b\" `c`)", "🙂", "🙃", "select", "ends in a blank ", "größe"}) {
    entities += (entities.empty() ? "" : ",") + std::string(R"({"entity_type": ")") + name +
                R"(", "source_table": "t", "pk_template": ")" + name + R"(#{id}", "sk_template": "{my `col}",
        "attributes": [)" +
                attribute("id", "N", "t", "id") + "]}";
  }
  EXPECT_EQ(items(R"({"tables": [{"table": "App", "type": "multi-entity", "source_table": "t", "pk": "PK",
      "sk": "my key", "satisfies": [], "estimated_item_size_bytes": 1, "entities": [)" +
                  entities + "]}]}"),
            "id=1  PK=it's a \"b\" `c`#1  my key=x\nid=1  PK=🙂#1  my key=x\nid=1  PK=🙃#1  my key=x\nid=1  "
            "PK=select#1  my key=x\n"
            "id=1  PK=ends in a blank #1  my key=x\nid=1  PK=größe#1  my key=x\n");
  EXPECT_EQ(db.text("SELECT COUNT(*), COUNT(DISTINCT CAST(PK AS BINARY)) FROM migration_view_App"), "6 | 6\n");
}

TEST_P(Names, views_may_stand_in_another_database) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)");
  std::string other = db.name() + "_v";
  db.exec("CREATE DATABASE `" + other + "`");
  project.views.database = other;
  auto tables = build(table("t", ""));
  run_by_hand(tables, "");
  EXPECT_EQ(db.text("SELECT id FROM `" + other + "`.migration_view_T"), "1\n");
  db.exec("DROP DATABASE `" + other + "`");
}

}  // namespace
}  // namespace migrate::test
