// What the servers say of a value goes nowhere: their own messages, as MariaDB 10.11 and MySQL 8.0 gave them.
#include "sql/server_words.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

struct Said {
  unsigned code;
  const char* words;
  const char* kept;
};

TEST(ServerWords, leave_values_out_and_keep_names) {
  const Said messages[] = {
      // both
      {1062, "Duplicate entry 'secret@x' for key 'email'", "Duplicate entry '…' for key 'email'"},
      {1062, "Duplicate entry 'o'secret' for key 'x' for key 'email'", "Duplicate entry '…' for key 'email'"},
      {1292, "Truncated incorrect DOUBLE value: 'secret'", "Truncated incorrect DOUBLE value: '…'"},
      {1292, "Truncated incorrect DECIMAL value: 'it's secret'", "Truncated incorrect DECIMAL value: '…'"},
      {1411, "Incorrect datetime value: 'secret' for function str_to_date",
       "Incorrect datetime value: '…' for function str_to_date"},
      {1525, "Incorrect DATE value: 'secret'", "Incorrect DATE value: '…'"},
      {1264, "Out of range value for column 'n' at row 1", "Out of range value for column 'n' at row 1"},
      {1406, "Data too long for column 's' at row 1", "Data too long for column 's' at row 1"},
      {1146, "Table 'shop.users' doesn't exist", "Table 'shop.users' doesn't exist"},
      {1054, "Unknown column 'u.x' in 'field list'", "Unknown column 'u.x' in 'field list'"},
      {1142, "SELECT command denied to user 'app'@'localhost' for table 'users'",
       "SELECT command denied to user 'app'@'localhost' for table 'users'"},
      {2013, "Lost connection to server during query", "Lost connection to server during query"},
      {1644, "secret is bad", "raised by SIGNAL in the server's own code, whose text is left out"},
      // MariaDB
      {1292, "Incorrect datetime value: 'secret' for column `shop`.`t`.`d` at row 1",
       "Incorrect datetime value: '…' for column `shop`.`t`.`d` at row 1"},
      {1366, "Incorrect string value: '\\xC3\\xA9cret' for column `shop`.`t`.`s` at row 1",
       "Incorrect string value: '…' for column `shop`.`t`.`s` at row 1"},
      {1366, "Incorrect decimal value: 'x' for key 'secret' for column `shop`.`t`.`n` at row 1",
       "Incorrect decimal value: '…' for column `shop`.`t`.`n` at row 1"},
      {1690, "BIGINT UNSIGNED value is out of range in '`shop`.`t`.`id` - 1234567 - cast(5 as unsigned)'",
       "BIGINT UNSIGNED value is out of range in '…'"},
      {1139, "Regex error 'missing closing parenthesis at offset 7'", "Regex error '…'"},
      {1064,
       "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the "
       "right syntax to use near '' AND email = 'secret'' at line 1",
       "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the "
       "right syntax to use near '…' at line 1"},
      // MySQL
      {1366, "Incorrect decimal value: 'secret' for column 'n' at row 1",
       "Incorrect decimal value: '…' for column 'n' at row 1"},
      {3140, R"(Invalid JSON text: "Missing a name for object member." at position 1 in value for column 't.j'.)",
       R"(Invalid JSON text: "Missing a name for object member." at position 1 in value for column 't.j'.)"},
      {3141, R"(Invalid JSON text in argument 1 to function json_extract: "Invalid value." at position 1.)",
       R"(Invalid JSON text in argument 1 to function json_extract: "Invalid value." at position 1.)"},
  };
  for (const Said& said : messages) EXPECT_EQ(words_without_values(said.code, said.words), said.kept);
}

TEST(ServerWords, statements_keep_their_shape) {
  EXPECT_EQ(statement_without_values(
                "SELECT `t1`.`a2`, 'it''s' FROM t WHERE (id, k) > (17, -5.5) AND e = 'x' AND b = X'FF' LIMIT 5"),
            "SELECT `t1`.`a2`, '…' FROM t WHERE (id, k) > (…, -…) AND e = '…' AND b = X'…' LIMIT …");
  EXPECT_EQ(statement_without_values("SELECT 'never closed"), "SELECT '…'");
}

}  // namespace
}  // namespace migrate
