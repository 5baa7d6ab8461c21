// A build that is killed or interrupted goes on where it stopped: nothing is lost, nothing is written twice.
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "shop.h"
#include "support/fault_proxy.h"
#include "support/seed.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

// 6,000 wide rows: some chunks, 240 batches of writes.
class Killed : public OnBothServers {
 protected:
  static constexpr int BATCHES = 240;

  Killed() {
    db.exec(
        "CREATE TABLE d (d INT); INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
        "CREATE TABLE words (n INT PRIMARY KEY, word VARCHAR(300));"
        "INSERT INTO words SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d, REPEAT('x', 300)"
        " FROM d a, d b, d c, d e WHERE e.d < 6; DROP TABLE d");
    project.contract = R"({"tables": [{"table": "Words", "type": "single-entity", "source_table": "words", "pk": "n",
      "attributes": [{"name": "n", "type": "N", "source_table": "words", "source_column": "n"},
                     {"name": "word", "type": "S", "source_table": "words", "source_column": "word"}],
      "satisfies": [], "estimated_item_size_bytes": 300}]})";
    project.target["endpoint"] = proxy.endpoint();
    project.limits["connections"] = "1";
  }
  int batches() const { return proxy.count("BatchExecuteStatement"); }
  Ran stopped_after(int more, int signal) {
    const int before = batches();
    auto running = project.start("build");
    while ((batches() < before + more || proxy.connections() == 0) && running.runs())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    running.signal(signal);
    const auto asked = std::chrono::steady_clock::now();
    Ran ran = running.wait();
    ran.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count();
    return ran;
  }
  void finishes() {
    const Ran last = project.migrate("build");
    EXPECT_EQ(last.code, 0) << last.all() << "conflicts and whatever the full check finds would give 3";
    EXPECT_EQ(project.count("Words"), 6000U);
    written = batches();
    // Where another test's transaction hid which version the first snapshot saw, the load is made once more.
    std::string again = project.migrate("build").out;
    if (again.find("Nothing to do") == std::string::npos) again = project.migrate("build").out;
    EXPECT_THAT(again, HasSubstr("Nothing to do"));
  }

  FaultProxy proxy{dynamodb_endpoint()};
  Project project{db};
  int written = 0;  // batches() when finishes() had built
};
ON_MARIADB(Killed);

TEST_P(Killed, at_any_moment_loses_and_doubles_nothing) {
  const uint64_t seed = test_seed();
  std::mt19937 random(seed);
  EXPECT_EQ(stopped_after(0, SIGKILL).code, 128 + SIGKILL);
  EXPECT_EQ(stopped_after(1 + static_cast<int>(random() % 40), SIGKILL).code, 128 + SIGKILL);
  EXPECT_EQ(stopped_after(150, SIGKILL).code, 128 + SIGKILL);
  const int before = batches();
  finishes();
  EXPECT_LT(written - before, BATCHES - 40) << "finished chunks are not written again";
}

// A transaction that was open when the first snapshot was taken may have written `words`, so no version of it could be
// recorded. The build that goes on must not record the version that it sees itself: the row that came into a finished
// range in between would never be looked for.
TEST_P(Killed, before_its_data_version_was_known_misses_no_row) {
  ScratchDatabase other = mariadb_db();
  other.exec("CREATE TABLE t (i INT)");
  db.exec("UPDATE words SET word = 'y' WHERE n = 1");
  other.exec("START TRANSACTION; INSERT INTO t VALUES (1)");
  EXPECT_EQ(stopped_after(150, SIGKILL).code, 128 + SIGKILL);
  other.exec("COMMIT");
  db.exec("INSERT INTO words VALUES (-5, 'z')");
  while (db.text("SELECT UNIX_TIMESTAMP() - UNIX_TIMESTAMP(UPDATE_TIME) > 2 FROM information_schema.TABLES"
                 " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'words'") != "1\n")
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const int before = batches();
  (void)project.migrate("build run:Words");
  EXPECT_LT(batches() - before, BATCHES - 40) << "finished chunks are not written again";
  EXPECT_EQ(project.migrate("build").code, 0);
  EXPECT_EQ(project.count("Words"), 6001U);
}

TEST_P(Killed, and_pointed_at_another_database_takes_no_chunk_of_the_first_for_done) {
  ScratchDatabase other = mariadb_db();
  other.exec("CREATE TABLE words AS SELECT n, 'other' AS word FROM `" + db.name() +
             "`.words; ALTER TABLE words MODIFY word VARCHAR(300), ADD PRIMARY KEY (n)");
  project.more = "tables: {Words: {write: overwrite}}\n";
  auto running = project.start("build");
  while (proxy.count("BatchWriteItem") < 150 && running.runs())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  running.signal(SIGKILL);
  EXPECT_EQ(running.wait().code, 128 + SIGKILL);
  project.source["database"] = other.name();
  const Ran ran = project.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(project.items("Words"), Not(HasSubstr("xxx")));
}

// -B means all of it: the chunks that a killed build had finished were passed over, whatever had become of their items.
TEST_P(Killed, and_made_anew_with_B_begins_from_the_start) {
  EXPECT_EQ(stopped_after(150, SIGKILL).code, 128 + SIGKILL);
  project.request("DeleteItem", R"({"TableName":")" + project.prefix + R"(Words","Key":{"n":{"N":"0"}}})");
  const Ran ran = project.migrate("build -B run:Words");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(project.count("Words"), 6000U);
}

// What the killed build had written of rows that changed since stood in the way of the next one, as conflicts.
TEST_P(Killed, knows_its_own_items_again_when_their_rows_have_changed) {
  EXPECT_EQ(stopped_after(100, SIGKILL).code, 128 + SIGKILL);
  db.exec("UPDATE words SET word = CONCAT('new ', n); DELETE FROM words WHERE n < 5");
  for (int builds = 0; builds < 3; ++builds) {
    const Ran ran = project.migrate("build");
    ASSERT_EQ(ran.code, 0) << ran.all();
    if (ran.says("Nothing to do")) break;
  }
  EXPECT_EQ(project.count("Words"), 5995U);
  EXPECT_THAT(project.items("Words"), Not(HasSubstr("xxx")));
}

// A second kill in the middle of what the second build changes.
TEST_P(Killed, in_a_later_run_knows_what_it_has_changed) {
  ASSERT_EQ(project.migrate("build").code, 0);
  db.exec("UPDATE words SET word = CONCAT('new ', n)");
  EXPECT_EQ(stopped_after(60, SIGKILL).code, 128 + SIGKILL);
  db.exec("UPDATE words SET word = CONCAT('newer ', n) WHERE n % 2 = 0; DELETE FROM words WHERE n < 5");
  EXPECT_EQ(stopped_after(60, SIGKILL).code, 128 + SIGKILL);
  const Ran ran = project.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(project.count("Words"), 5995U);
  EXPECT_THAT(project.items("Words"), Not(HasSubstr("xxx")));
}

// Rows that are as they were give no change, but some of their items are what the killed build made of them.
TEST_P(Killed, in_a_later_run_takes_back_what_rows_took_back) {
  ASSERT_EQ(project.migrate("build").code, 0);
  db.exec("UPDATE words SET word = CONCAT('new ', n)");
  EXPECT_EQ(stopped_after(60, SIGKILL).code, 128 + SIGKILL);
  EXPECT_THAT(project.items("Words"), HasSubstr("word='new "));
  db.exec("UPDATE words SET word = REPEAT('x', 300)");
  const Ran ran = project.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(project.items("Words"), Not(HasSubstr("word='new ")));
}

TEST_P(Killed, by_an_interrupt_ends_soon_and_says_how_to_go_on) {
  proxy.fail("BatchExecuteStatement", 100, 30, request_held(1));
  const Ran ran = stopped_after(120, SIGINT);
  EXPECT_EQ(ran.code, 130) << ran.all();
  EXPECT_LT(ran.seconds, 5);
  EXPECT_THAT(ran.all(), HasSubstr("Run the same command again"));
  proxy.heal();
  finishes();
}

// Also while the table is being made: the next build knows that it is ours.
TEST_P(Killed, while_its_table_is_made_leaves_a_table_of_ours) {
  project.more = "tables: {Words: {ttl: n}}\n";
  for (const char* operation : {"CreateTable", "DescribeTable"}) {
    SCOPED_TRACE(operation);
    proxy.heal();
    const int creations = proxy.count("CreateTable"), settings = proxy.count("UpdateTimeToLive");
    bool asked = false;
    proxy.fail_when(
        [&asked, operation](const SeenRequest& r) {
          asked = asked || r.operation == "CreateTable";
          return asked && r.operation == operation;
        },
        answer_held(60));
    auto running = project.start("build table:Words");
    while ((proxy.count("CreateTable") == creations || !project.has_table("Words")) && running.runs())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    running.signal(SIGKILL);
    EXPECT_EQ(running.wait().code, 128 + SIGKILL);
    proxy.heal();
    const Ran built = project.migrate("build table:Words");
    EXPECT_EQ(built.code, 0) << built.all();
    EXPECT_EQ(proxy.count("CreateTable"), creations + 1);
    EXPECT_EQ(proxy.count("UpdateTimeToLive"), settings + 1);
    const Ran cleaned = project.migrate("clean --tables --yes table:Words");
    EXPECT_EQ(cleaned.code, 0) << cleaned.all();
    EXPECT_FALSE(project.has_table("Words"));
  }
}

// When a target has been made and what follows it has not.
class BetweenStages : public OnBothServers {
 protected:
  BetweenStages() {
    db.exec(SHOP_ROWS);
    shop.contract = SHOP_CONTRACT;
    shop.target["endpoint"] = proxy.endpoint();
  }
  // Killed once `target` is made; `held` is the request of the stage that follows, which is never answered.
  void goes_on_after(const std::string& target, const std::string& held = "") {
    proxy.fail_when([=](const SeenRequest& r) { return r.operation == held && r.body.find("Parts") != r.body.npos; },
                    request_held(60));
    auto running = shop.start("build -j 8");
    wait_until([&] { return shop.file(".runs/1.out").find("made     " + target + " ") != std::string::npos; });
    running.signal(SIGKILL);
    const Ran killed = running.wait();
    if (!held.empty()) { EXPECT_EQ(killed.code, 128 + SIGKILL) << killed.all(); }
    proxy.heal();

    const Ran ran = shop.migrate("build");
    EXPECT_EQ(ran.code, 0) << ran.all() << "what a full check finds would give 3";
    EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
    EXPECT_EQ(shop.items("Orders"), SHOP_ORDERS);
    EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
    EXPECT_THAT(shop.file("out/report/report.md"),
                HasSubstr("3 tables are migrated and checked: 11 items, and nothing"));
    EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
    EXPECT_EQ(shop.migrate("check").code, 0);
  }

  FaultProxy proxy{dynamodb_endpoint()};
  Project shop{db};
};
ON_MARIADB(BetweenStages);

TEST_P(BetweenStages, after_its_views) { goes_on_after("view:Parts", "CreateTable"); }
TEST_P(BetweenStages, after_its_table) { goes_on_after("table:Parts", "BatchExecuteStatement"); }
// Of these two nothing that could be held follows: the kill comes as soon as they are known to be made.
TEST_P(BetweenStages, after_its_checks) { goes_on_after("check:Parts"); }
TEST_P(BetweenStages, after_its_report) { goes_on_after("report:html"); }

using BetweenRowsAndCheck = BetweenStages;
ON_BOTH_SERVERS(BetweenRowsAndCheck);
TEST_P(BetweenRowsAndCheck, after_its_run) { goes_on_after("run:Parts", "Scan"); }

// Wherever it waits: for the target's answer, for a lock that somebody holds in the source.
class Waiting : public OnBothServers {
 protected:
  Waiting() {
    db.exec(SHOP_ROWS);
    shop.contract = SHOP_CONTRACT;
    shop.target["endpoint"] = proxy.endpoint();
  }
  void ends_soon(const std::string& command, const std::function<bool()>& when) {
    auto running = shop.start(command);
    while (!when() && running.runs()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    running.signal(SIGINT);
    const auto asked = std::chrono::steady_clock::now();
    const Ran ran = running.wait();
    EXPECT_EQ(ran.code, 130) << ran.all();
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count(), 5) << ran.all();
  }
  void ends_soon_in(const std::string& operation, const std::string& command) {
    SCOPED_TRACE(operation);
    proxy.heal();
    const int before = proxy.count(operation);
    proxy.fail_when([=](const SeenRequest& r) { return r.operation == operation; }, request_held(60));
    ends_soon(command, [&] { return proxy.count(operation) > before; });
    proxy.heal();
  }

  FaultProxy proxy{dynamodb_endpoint()};
  Project shop{db};
};
ON_MARIADB(Waiting);

TEST_P(Waiting, for_the_target_ends_soon_when_interrupted) {
  ends_soon_in("DescribeTable", "plan");
  ends_soon_in("Scan", "build");
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  ends_soon_in("Scan", "check");
}

TEST_P(Waiting, for_a_lock_in_the_source_ends_soon_when_interrupted) {
  ASSERT_EQ(shop.migrate("build +view:* +table:*").code, 0);
  db.exec("LOCK TABLES parts WRITE, customers WRITE, countries WRITE, orders WRITE");
  ends_soon("build", [&] { return db.text("SHOW PROCESSLIST").find("metadata lock") != std::string::npos; });
  db.exec("UNLOCK TABLES");
  EXPECT_EQ(shop.migrate("build").code, 0);
}

}  // namespace
}  // namespace migrate::test
