// Names that people give tables and columns, and texts that mean something to SQL: views.sql runs in the plain client
// as it is, under whatever sql_mode, and gives what the SELECT gives.
#include <cstdlib>
#include <fstream>

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
