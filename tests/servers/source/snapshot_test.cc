// Several connections, one moment, while somebody writes.
#include "sql/snapshot.h"

#include <atomic>
#include <thread>

#include "source_support.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

class Snapshots : public OnBothServers {};
BOTH_SERVERS(Snapshots);

TEST_P(Snapshots, all_connections_see_one_moment_while_a_writer_runs) {
  db.exec(
      "CREATE TABLE a (id INT PRIMARY KEY, n INT); CREATE TABLE b (id INT PRIMARY KEY, n INT); INSERT INTO a VALUES "
      "(1, 0); INSERT INTO b VALUES (1, 0)");
  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    auto connection = connect(db);
    while (!stop) {
      must(connection->execute("START TRANSACTION"));
      must(connection->execute("UPDATE a SET n = n + 1"));
      must(connection->execute("UPDATE b SET n = n + 1"));
      must(connection->execute("COMMIT"));
      ++written;
    }
  });
  wait_until([&] { return written >= 10; });
  std::string seen;
  {
    auto snapshot = must(open_snapshot(settings_of(db), 4, {{"a", {}}, {"b", {}}}));
    EXPECT_EQ(snapshot.method, "4 connections with one snapshot, taken under LOCK TABLES … READ");
    const int then = written;
    wait_until([&] { return written >= then + 10; });  // the lock is gone
    for (auto& reader : snapshot.readers)
      for (const char* table : {"a", "b"})
        seen += *must(reader->query(std::string("SELECT n FROM ") + table))[0][0] + " ";
    for (const DataVersion& version : snapshot.versions)
      EXPECT_EQ(version.to_record().kind, Observation::Kind::unknown) << "it is being written: " << version.display;
  }
  stop = true;
  writer.join();
  const std::string first = seen.substr(0, seen.find(' ') + 1);
  std::string same;
  for (int i = 0; i < 8; ++i) same += first;
  EXPECT_EQ(seen, same);
}

TEST_P(Snapshots, versions_are_of_what_is_read) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, v INT); CREATE TABLE c (id INT PRIMARY KEY); INSERT INTO t VALUES (1, 1); "
      "INSERT INTO c VALUES (1)");
  const std::vector<DataVersionRequest> requests = {
      {"t", {}}, {"c", {DataVersionMethod::checksum, ""}}, {"t", {DataVersionMethod::watermark, "v"}}};
  auto snapshot = must(open_snapshot(settings_of(db), 1, requests));
  ASSERT_EQ(snapshot.versions.size(), 3u);
  // On MariaDB a transaction of another test that began in the second of our INSERT hides what would be committed.
  wait_until([&] {
    if (!snapshot.versions[0].settled) snapshot = must(open_snapshot(settings_of(db), 1, requests));
    return snapshot.versions[0].settled;
  });
  EXPECT_TRUE(snapshot.versions[0].settled)
      << "written before it opened, and settled by waiting: " << snapshot.versions[0].display;
  auto connection = connect(db);
  auto now = must(read_data_versions(*connection, requests));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(now[i].digest, snapshot.versions[i].digest) << now[i].display;
  db.exec("UPDATE t SET v = 2; INSERT INTO c VALUES (2)");
  now = must(read_data_versions(*connection, requests));
  for (int i = 0; i < 3; ++i) EXPECT_NE(now[i].digest, snapshot.versions[i].digest) << now[i].display;
  EXPECT_EQ(must(snapshot.readers[0]->query("SELECT v FROM t"))[0][0], "1");
}

TEST_P(Snapshots, without_the_right_to_lock_there_is_one_connection) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  const std::string user = unique_name("u");
  db.exec("CREATE USER " + user + "@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON `" + db.name() + "`.* TO " + user + "@'%'");
  SourceSettings s = settings_of(db);
  s.user = user;
  s.password = Secret("pw");
  auto snapshot = must(open_snapshot(s, 4, {{"t", {}}}));
  EXPECT_EQ(snapshot.readers.size(), 1u);
  EXPECT_EQ(snapshot.method,
            "1 connection with a snapshot of its own, as the account has no LOCK TABLES right (GRANT LOCK TABLES ON "
            "the database)");
  db.exec("DROP USER " + user + "@'%'");
}

// The binary log has a commit before readers see it. A position that counted such a commit, recorded of rows without
// it, would call the table unchanged from then on.
TEST_P(Snapshots, the_binlogs_position_without_the_lock_is_recorded_only_where_it_follows_what_can_be_read) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  const std::string user = unique_name("u");
  db.exec("CREATE USER " + user + "@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON `" + db.name() + "`.* TO " + user + "@'%'");
  SourceSettings poor = settings_of(db);
  poor.user = user;
  poor.password = Secret("pw");
  const std::vector<DataVersionRequest> requests = {{"t", {DataVersionMethod::gtid, ""}}};
  // Whether a later look equals what a run records, while nothing at all is written: other tests write to this server.
  const auto stays = [&](const SourceSettings& account) {
    auto connection = must(SqlConnection::open(account));
    for (int i = 0; i < 200; ++i) {
      const DataVersion before = must(read_data_versions(*connection, requests))[0];
      const auto snapshot = must(open_snapshot(account, 1, requests));
      const DataVersion after = must(read_data_versions(*connection, requests))[0];
      EXPECT_EQ(snapshot.versions[0].to_record().kind, Observation::Kind::seen) << "or the look before counts";
      if (before.digest == after.digest) return snapshot.versions[0].digest == after.digest;
    }
    throw std::runtime_error("the server never rests");
  };
  EXPECT_TRUE(stays(settings_of(db)));
  EXPECT_EQ(stays(poor), GetParam() == Server::mysql) << "gtid_executed has what can be seen";
  db.exec("DROP USER " + user + "@'%'");
}

TEST_P(Snapshots, a_reader_cannot_write) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  auto snapshot = must(open_snapshot(settings_of(db), 1, {{"t", {}}}));
  EXPECT_FALSE(snapshot.readers[0]->execute("INSERT INTO t VALUES (1)"));
}

}  // namespace
}  // namespace migrate::test
