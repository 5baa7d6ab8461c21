// What each way to change a table, and each way not to, does to its data version.
#include "sql/data_version.h"

#include <chrono>
#include <thread>

#include "base/text.h"
#include "source_support.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

class Versions : public OnBothServers {
 protected:
  std::unique_ptr<SqlConnection> connection = connect(db);

  std::vector<DataVersion> look(const std::vector<std::string>& tables, DataVersionSetting setting = {}) {
    std::vector<DataVersionRequest> requests;
    for (const std::string& table : tables) requests.push_back({table, setting});
    return must(read_data_versions(*connection, requests));
  }
  DataVersion look(const std::string& table, DataVersionSetting setting = {}) {
    return look(std::vector<std::string>{table}, setting)[0];
  }

  // Looks until all may be recorded: nobody but the test writes these tables, so time settles them.
  std::vector<DataVersion> settled(const std::vector<std::string>& tables) {
    for (int i = 0; i < 20; ++i) {
      auto versions = look(tables);
      double wait = 0;
      bool all = true;
      for (const DataVersion& v : versions) {
        if (!v.known) throw std::runtime_error(v.table + ": " + v.display);
        all = all && v.settled;
        wait = std::max(wait, v.settles_in);
      }
      if (all) return versions;
      std::this_thread::sleep_for(std::chrono::duration<double>(wait + 0.05));
    }
    throw std::runtime_error("never settled");
  }

  // "a b" of those whose version is another one than it was.
  std::string changed(const std::vector<DataVersion>& before) {
    std::vector<std::string> names;
    for (const DataVersion& v : before) names.push_back(v.table);
    std::string out;
    const auto now = look(names);
    for (size_t i = 0; i < now.size(); ++i)
      if (now[i].digest != before[i].digest) out += (out.empty() ? "" : " ") + now[i].table;
    return out;
  }
};
BOTH_SERVERS(Versions);

TEST_P(Versions, every_change_is_seen_and_nothing_else) {
  std::vector<std::string> tables;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"same", "SELECT * FROM same"},
      {"ins", "INSERT INTO ins VALUES (9, 9)"},
      {"upd", "UPDATE upd SET v = v + 1 WHERE id = 1"},
      {"del", "DELETE FROM del WHERE id = 1"},
      {"upd_nothing", "UPDATE upd_nothing SET v = 1 WHERE id = 1"},
      {"rolled_back", "START TRANSACTION; INSERT INTO rolled_back VALUES (9, 9); ROLLBACK"},
      {"trunc", "TRUNCATE TABLE trunc"},
      {"not_logged", "SET sql_log_bin = 0; INSERT INTO not_logged VALUES (9, 9); SET sql_log_bin = 1"},
      {"swap1", "RENAME TABLE swap1 TO swap3, swap2 TO swap1, swap3 TO swap2"},
      {"dropped", "DROP TABLE dropped; CREATE TABLE dropped (id INT PRIMARY KEY, v INT)"},
      {"od`d na.me", "DELETE FROM `od``d na.me`"},
  };
  for (const auto& [table, change] : cases) {
    const std::string name = "`" + replace_all(table, "`", "``") + "`";
    db.exec("CREATE TABLE " + name + " (id INT PRIMARY KEY, v INT); INSERT INTO " + name + " VALUES (1, 1), (2, 2)");
    tables.push_back(table);
  }
  db.exec("CREATE TABLE swap2 (id INT PRIMARY KEY, v INT); INSERT INTO swap2 VALUES (7, 7)");
  db.exec(
      "CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) "
      "REFERENCES parent (id) "
      "ON DELETE CASCADE); INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 2)");
  for (const char* table : {"part_same", "part_ins", "part_trunc", "part_drop", "part_swap"})
    db.exec("CREATE TABLE " + std::string(table) +
            " (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10), "
            "PARTITION b VALUES LESS THAN (20)); INSERT INTO " +
            table + " VALUES (1), (11)");
  db.exec("CREATE TABLE outside (id INT PRIMARY KEY); INSERT INTO outside VALUES (2)");
  for (const char* table : {"parent", "child", "part_same", "part_ins", "part_trunc", "part_drop", "part_swap"})
    tables.push_back(table);

  const auto before = settled(tables);
  EXPECT_EQ(changed(before), "");
  for (const auto& [table, change] : cases) db.exec(change);
  db.exec(
      "DELETE FROM parent WHERE id = 1; INSERT INTO part_ins VALUES (2); ALTER TABLE part_trunc TRUNCATE PARTITION a; "
      "ALTER TABLE part_drop DROP PARTITION b; ALTER TABLE part_swap EXCHANGE PARTITION a WITH TABLE outside");
  EXPECT_EQ(
      changed(before),
      "ins upd del trunc not_logged swap1 dropped od`d na.me parent child part_ins part_trunc part_drop part_swap");
}

TEST_P(Versions, a_second_change_within_the_second_is_never_hidden_by_a_record) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT); INSERT INTO t VALUES ()");
  DataVersion first = look("t");
  for (int i = 0; i < 50 && first.settled; ++i) {  // where the machine stood still for two seconds in between
    db.exec("INSERT INTO t VALUES ()");
    first = look("t");
  }
  EXPECT_FALSE(first.settled) << "written a moment ago";
  EXPECT_GT(first.settles_in, 0);
  EXPECT_EQ(first.to_record().kind, Observation::Kind::unknown);
  const auto before = settled({"t"});
  EXPECT_EQ(before[0].to_record().kind, Observation::Kind::seen);
  db.exec("INSERT INTO t VALUES ()");
  EXPECT_EQ(changed(before), "t");
  EXPECT_EQ(look("t").seen(before[0].digest).kind, Observation::Kind::seen);
}

// MariaDB's update time is the second in which the transaction began, not that in which it was committed: the second
// commit here leaves the update time of the first one behind, minutes later in real life.
TEST_P(Versions, transactions_of_one_second_that_commit_at_different_times) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO t VALUES (1)");
  auto slow = connect(db);
  auto second = [&] { return *must(connection->query("SELECT UNIX_TIMESTAMP()"))[0][0]; };
  std::string from;
  do {  // until both begin in one second
    must(slow->execute("ROLLBACK"));
    from = second();
    must(slow->execute("START TRANSACTION"));
    must(slow->execute("INSERT INTO u VALUES (1)"));
    db.exec("UPDATE t SET id = id + 1");
  } while (second() != from);
  DataVersion open = look("t");
  for (int i = 0; i < 60 && open.settles_in > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::duration<double>(open.settles_in));
    open = look("t");
  }
  must(slow->execute("INSERT INTO t VALUES (100)"));
  must(slow->execute("COMMIT"));
  const bool hidden = look("t").digest == open.digest;
  EXPECT_EQ(hidden, GetParam() == Server::mariadb) << "this is what the servers do";
  EXPECT_FALSE(hidden && open.settled) << "so the look before must not have been recorded";
}

TEST_P(Versions, uncommitted_then_committed) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)");
  auto other = connect(db);
  const auto before = settled({"t"});
  must(other->execute("START TRANSACTION"));
  must(other->execute("INSERT INTO t VALUES (2)"));
  EXPECT_EQ(changed(before), "") << "no reader can see it";
  must(other->execute("COMMIT"));
  EXPECT_EQ(changed(before), "t");
}

TEST_P(Versions, a_table_that_nobody_wrote_is_as_it_was_while_the_server_wrote_nothing_at_all) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  DataVersion first, second;
  wait_until([&] {  // other tests write to this server
    first = look("t");
    second = look("t");
    return first.settled && (first.digest == second.digest || GetParam() == Server::mysql);
  });
  EXPECT_TRUE(first.known && first.whole_server && first.settled) << first.display;
  // MySQL takes a transaction's id to look at a table that has no statistics yet: never the same, and so never wrong.
  if (GetParam() == Server::mariadb) {
    EXPECT_EQ(first.digest, second.digest) << first.display << " / " << second.display;
    EXPECT_EQ(second.seen(first.digest).kind, Observation::Kind::seen);
  }
  EXPECT_EQ(second.seen(digest_of("another", "")).kind, Observation::Kind::unknown)
      << "another table may have been written";
  auto other = connect(db);
  must(other->execute("START TRANSACTION"));
  must(other->execute("INSERT INTO t VALUES (1)"));
  first = look("t");
  EXPECT_FALSE(first.settled) << "an insert that is open now may commit without taking another id";
  must(other->execute("COMMIT"));
  EXPECT_NE(look("t").digest, first.digest);
}

TEST_P(Versions, what_auto_cannot_know_it_does_not_claim) {
  db.exec(
      "CREATE TABLE base (id INT PRIMARY KEY); CREATE VIEW v AS SELECT * FROM base; CREATE TABLE m (id INT) "
      "ENGINE=MyISAM");
  EXPECT_EQ(look("v").display, "is a view: what it reads is not followed");
  EXPECT_EQ(look("m").display, "is of engine MyISAM, which does not tell exactly when it was written");
  EXPECT_EQ(look("gone").display, "the table is not there, or the account may not see it");
  EXPECT_EQ(look("base", {DataVersionMethod::always, ""}).display, "is read in every build, as its setting says");
  for (const char* table : {"v", "m", "gone"})
    EXPECT_EQ(look(table).seen(std::nullopt).kind, Observation::Kind::unknown);

  const std::string user = unique_name("u");
  db.exec("CREATE USER " + user + "@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON `" + db.name() + "`.* TO " + user + "@'%'");
  SourceSettings s = settings_of(db);
  s.user = user;
  s.password = Secret("pw");
  auto poor = must(SqlConnection::open(s));
  DataVersion version = must(read_data_versions(*poor, {{"base", {}}}))[0];
  EXPECT_FALSE(version.known);
  EXPECT_NE(version.display.find("GRANT PROCESS ON *.*"), std::string::npos) << version.display;
  EXPECT_TRUE(must(read_data_versions(*poor, {{"base", {DataVersionMethod::gtid, ""}}}))[0].known);
  db.exec("DROP USER " + user + "@'%'");
}

TEST_P(Versions, gtid) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  const DataVersionSetting gtid{DataVersionMethod::gtid, ""};
  DataVersion first;
  wait_until([&] {  // other tests write to this server
    first = look("t", gtid);
    return look("t", gtid).digest == first.digest;
  });
  db.exec("CREATE TABLE another (id INT PRIMARY KEY)");
  DataVersion second = look("t", gtid);
  EXPECT_NE(second.digest, first.digest);
  EXPECT_EQ(second.seen(first.digest).kind, Observation::Kind::unknown) << "it was another table";
}

TEST_P(Versions, checksum_and_watermark) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, at DATETIME); INSERT INTO t VALUES (1, '2024-01-01'), (2, '2024-01-02')");
  const DataVersionSetting checksum{DataVersionMethod::checksum, ""}, watermark{DataVersionMethod::watermark, "at"};
  const DataVersion c = look("t", checksum), w = look("t", watermark);
  EXPECT_EQ(w.display, "highest at: 2024-01-02 00:00:00");
  EXPECT_EQ(look("t", checksum).digest, c.digest);
  EXPECT_EQ(look("t", watermark).digest, w.digest);
  db.exec("UPDATE t SET at = '2024-02-01' WHERE id = 1");
  EXPECT_NE(look("t", checksum).digest, c.digest);
  EXPECT_NE(look("t", watermark).digest, w.digest);
}

TEST_P(Versions, one_that_cannot_be_read_is_its_own_error) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  const std::vector<DataVersionRequest> requests = {
      {"t", {DataVersionMethod::watermark, "nothing"}}, {"t", {DataVersionMethod::watermark, "id"}}, {"t", {}}};
  const auto each = must(read_each_data_version(*connection, requests));
  ASSERT_EQ(each.size(), 3u);
  ASSERT_FALSE(each[0]);
  EXPECT_EQ(each[0].error().kind, ErrorKind::source_query);
  EXPECT_TRUE(each[1] && each[1]->known);
  EXPECT_TRUE(each[2] && each[2]->known);
  EXPECT_FALSE(read_data_versions(*connection, requests));
}

}  // namespace
}  // namespace migrate::test
