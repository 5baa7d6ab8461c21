// The servers are what the other tests take them for.
#include "support/servers.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace migrate::test {
namespace {

void expect_usable(ScratchDatabase db) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY, note TEXT); INSERT INTO t VALUES (1, 'grüße 🙂'), (2, NULL)");
  EXPECT_EQ(db.text("SELECT * FROM t ORDER BY id"), "1 | grüße 🙂\n2 | NULL\n");
  EXPECT_EQ(db.text("SELECT DATABASE()"), db.name() + "\n");
  EXPECT_THROW(db.exec("SELECT 1; SELECT nothing"), std::runtime_error) << "an error of a later statement counts, too";
  EXPECT_EQ(db.text("SELECT @@time_zone, CONVERT_TZ('2024-07-01 00:00:00', 'UTC', 'Europe/Berlin')"),
            "+03:00 | 2024-07-01 02:00:00\n");
}

TEST(Servers, mariadb_gives_a_database_of_its_own) { expect_usable(mariadb_db()); }
TEST(Servers, mysql_gives_a_database_of_its_own) { expect_usable(mysql_db()); }

TEST(Servers, a_scratch_database_goes_with_its_owner) {
  ScratchDatabase watcher = mariadb_db();
  std::string name;
  {
    ScratchDatabase other = mariadb_db();
    name = other.name();
    EXPECT_EQ(watcher.rows("SHOW DATABASES LIKE '" + name + "'").size(), 1u);
  }
  EXPECT_EQ(watcher.rows("SHOW DATABASES LIKE '" + name + "'").size(), 0u);
}

TEST(Servers, positions_move_with_every_change) {
  ScratchDatabase mariadb = mariadb_db(), mysql = mysql_db();
  for (auto [db, position] : {std::pair{&mariadb, "SELECT @@gtid_binlog_pos"}, {&mysql, "SELECT @@gtid_executed"}}) {
    const std::string before = db->text(position);
    db->exec("CREATE TABLE t (id INT PRIMARY KEY)");
    EXPECT_NE(db->text(position), before);
  }
}

}  // namespace
}  // namespace migrate::test
