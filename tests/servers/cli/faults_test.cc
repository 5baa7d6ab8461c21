// What goes wrong on bad days, as people read it: exit code 1, an error that names the thing and says what to do, its
// code in docs/errors.md, and no password anywhere.
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "shop.h"
#include "support/fault_proxy.h"
#include "support/tcp_proxy.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

constexpr const char* PASSWORD = "pa55-w0rd-of-the-test";

class Faults : public OnBothServers {
 protected:
  Faults() {
    db.exec(SHOP_ROWS);
    shop.contract = SHOP_CONTRACT;
  }
  ~Faults() override {
    if (!user.empty()) db.exec("DROP USER " + user + "@'%'");
  }

  // The program reads as a user of its own with these rights on the scratch database.
  void read_as_user(const std::string& rights) {
    user = unique_name("e2e");
    db.exec("CREATE USER " + user + "@'%' IDENTIFIED BY '" + PASSWORD + "'");
    if (!rights.empty()) db.exec("GRANT " + rights + " TO " + user + "@'%'");
    shop.source["user"] = user;
    shop.source["password"] = std::string("\"") + PASSWORD + "\"";
  }

  // The first error of the command, "code: message → hint", with what is volatile replaced. It must have failed, said
  // so with a code that docs/errors.md explains, and told nobody the password.
  std::string problem(const std::string& arguments = "build") {
    const Ran ran = shop.migrate(arguments + " --json");
    EXPECT_EQ(ran.code, 1) << ran.all();
    EXPECT_THAT(ran.all(), Not(HasSubstr(PASSWORD)));
    EXPECT_THAT(ran.all(), Not(HasSubstr(db.server().password)));
    EXPECT_EQ(shop.files_with(PASSWORD), "");
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) {
      Diagnostics diagnostics;
      auto document = parse_json({line, "a line"}, diagnostics);
      if (!document || document->root().find("type")->text() != "error") continue;
      const std::string code(document->root().find("code")->text());
      auto page = read_file(MIGRATE_SOURCE_DIR "/docs/errors.md");
      EXPECT_TRUE(page && page->find("\n## " + code + "\n") != page->npos) << code << " is not in docs/errors.md";
      std::string text = code + ": " + std::string(document->root().find("message")->text()) + " → " +
                         std::string(document->root().find("hint")->text());
      const std::pair<std::string, std::string> volatile_parts[] = {{shop.target["endpoint"], "ENDPOINT"},
                                                                    {db.name(), "DB"},
                                                                    {user, "USER"},
                                                                    {shop.prefix, "PREFIX-"},
                                                                    {shop.source["host"], "HOST"},
                                                                    {":" + shop.source["port"], ":PORT"}};
      for (const auto& [from, to] : volatile_parts) {
        for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != text.npos; at += to.size())
          text.replace(at, from.size(), to);
      }
      return text;
    }
    return "no error in\n" + ran.all();
  }
  // The same, when `act` happens while the target holds the first such request.
  std::string problem_when(FaultProxy& target, const std::string& operation, const std::function<void()>& act) {
    const int before = target.count(operation);
    target.fail(operation, before + 1, 1, request_held(1));
    std::thread actor([&] {
      wait_until([&] { return target.count(operation) > before; });
      act();
    });
    const std::string said = problem();
    actor.join();
    return said;
  }
  void builds() {
    const Ran ran = shop.migrate("build");
    EXPECT_EQ(ran.code, 0) << ran.all();
    EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
    EXPECT_EQ(shop.items("Orders"), SHOP_ORDERS);
    EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  }

  std::string user;
  Project shop{db};
};

using Source = Faults;
ON_BOTH_SERVERS(Source);

TEST_P(Source, that_does_not_let_us_in) {
  read_as_user("");
  shop.source["password"] = "wrong";
  EXPECT_EQ(problem(),
            "source-auth: cannot connect to USER@HOST:PORT/DB: Access denied for user 'USER'@'HOST' (using password: "
            "YES) (1045) → check `source.user` and `source.password`, and that the account may come from here");
  shop.source["password"] = PASSWORD;
  EXPECT_EQ(problem(),
            "source-rights: cannot connect to USER@HOST:PORT/DB: Access denied for user 'USER'@'%' to database 'DB' "
            "(1044) → GRANT SELECT, SHOW VIEW ON `DB`.* TO 'USER'@'…'");
}

TEST_P(Source, that_cannot_be_reached) {
  shop.source["host"] = "no-such-host.invalid";
  EXPECT_THAT(
      problem(),
      testing::MatchesRegex(
          "source-connect: cannot connect to root@HOST:PORT/DB: .* → check `source.host`: the name does not resolve"));
  TcpProxy down(db.server().host, db.server().port);
  down.refuse(true);
  shop.source["host"] = "127.0.0.1";
  shop.source["port"] = std::to_string(down.port());
  EXPECT_THAT(problem(),
              testing::MatchesRegex("source-connect: cannot connect to root@HOST:PORT/DB: .* → check `source.host` and "
                                    "`source.port`, and that the server is up and reachable from here"));
}

TEST_P(Source, whose_certificate_is_not_the_one_expected) {
  const ServerAddress other = GetParam() == "mysql" ? mariadb_server() : mysql_server();
  shop.source["tls"] = "{mode: verify-ca, ca: \"" + other.ca + "\"}";
  EXPECT_THAT(problem(),
              testing::MatchesRegex("source-tls: cannot connect to root@HOST:PORT/DB: .*certificate.* → check "
                                    "`source.tls`: mode, ca, and the name in the server's certificate"));
  shop.source["tls"] = "{mode: verify-ca, ca: \"" + db.server().ca + "\"}";
  EXPECT_EQ(shop.migrate("plan").code, 0);
}

TEST_P(Source, whose_rights_are_too_few) {
  read_as_user("SELECT ON `" + db.name() + "`.*");
  EXPECT_THAT(
      problem(),
      testing::AllOf(
          testing::StartsWith("source-rights: USER@HOST:PORT/DB: CREATE VIEW command denied to user 'USER'@'HOST'"),
          HasSubstr(" → GRANT CREATE VIEW, SHOW VIEW, DROP ON the views' database, and SELECT on the source's tables, "
                    "or set `views.apply: never` and let a DBA run out/views.sql")));
  db.exec("REVOKE SELECT ON `" + db.name() + "`.* FROM " + user + "@'%'; GRANT CREATE VIEW, SHOW VIEW, DROP ON `" +
          db.name() + "`.* TO " + user + "@'%'; GRANT SELECT ON `" + db.name() + "`.customers TO " + user + "@'%'");
  EXPECT_THAT(problem(), testing::StartsWith("contract-schema: unknown column 'code' of table 'countries' → the "
                                             "account sees none of its columns: GRANT SELECT"));
}

// To the server an unknown zone makes each time NULL, and so a dead letter of each row.
TEST_P(Source, that_does_not_know_the_time_zone) {
  shop.source["time_zone"] = "Europe/Atlantis";
  EXPECT_EQ(problem("plan"),
            "project-value: source.time_zone: the server root@HOST:PORT/DB does not know the zone 'Europe/Atlantis' → "
            "write an offset such as \"+02:00\", or load the server's time zone tables (mysql_tzinfo_to_sql) and check "
            "the name");
  EXPECT_THAT(problem("build"), HasSubstr("'Europe/Atlantis'"));
  EXPECT_FALSE(shop.has_table("Customers"));
}

TEST_P(Source, that_has_no_column_to_mask) {
  shop.more = "mask: [customers.nmae]\n";
  const std::string said =
      "contract-schema: 'mask' names 'customers.nmae', and the table has no column 'nmae' → did you mean "
      "'customers.name'?";
  EXPECT_EQ(problem(), said);
  EXPECT_THAT(shop.migrate("plan").err, testing::ContainsRegex("migrate.yaml:[0-9]+:8: error: 'mask' names "));
  EXPECT_EQ(problem("check"), said);
}

using Midway = Faults;
ON_MARIADB(Midway);

TEST_P(Midway, a_source_that_breaks_the_connection_is_asked_again) {
  TcpProxy network(db.server().host, db.server().port);
  shop.source["host"] = "127.0.0.1";
  shop.source["port"] = std::to_string(network.port());
  db.exec("INSERT INTO parts SELECT CONCAT('z', seq), 1 FROM seq_1_to_5000");
  ASSERT_EQ(shop.migrate("build +view:*").code, 0);
  network.cut_after(150000, 1);  // so much only the rows of parts have; the check is not cut
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.count("Parts"), 5002U);
  EXPECT_THAT(shop.file("out/logs/migrate.log"), HasSubstr("the source is lost and asked again"));
}

TEST_P(Midway, a_source_that_goes_down_is_said_and_the_next_build_goes_on) {
  TcpProxy network(db.server().host, db.server().port);
  FaultProxy target(dynamodb_endpoint());
  shop.source["host"] = "127.0.0.1";
  shop.source["port"] = std::to_string(network.port());
  shop.target["endpoint"] = target.endpoint();
  const auto go_down = [&] {
    network.refuse(true);
    network.cut_now();
  };
  EXPECT_THAT(problem_when(target, "DescribeTable", go_down),
              testing::ContainsRegex("^source-(connect|lost): .*root@HOST:PORT/DB: .* → "));
  network.refuse(false);
  builds();
}

TEST_P(Midway, a_source_whose_table_is_dropped) {
  FaultProxy target(dynamodb_endpoint());
  shop.target["endpoint"] = target.endpoint();
  ASSERT_EQ(shop.migrate("build +view:* +table:*").code, 0);
  EXPECT_THAT(problem_when(target, "BatchExecuteStatement", [&] { db.exec("DROP TABLE parts"); }),
              testing::AllOf(testing::StartsWith("source-query: "), HasSubstr("Table 'DB.parts' doesn't exist"),
                             HasSubstr("run `migrate plan` to look again")));
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  EXPECT_EQ(problem(),
            "contract-schema: unknown source table 'parts' → the database 'DB' has no such table, or the account may "
            "not see it");
}

using Changing = Faults;
ON_BOTH_SERVERS(Changing);

TEST_P(Changing, a_source_whose_column_is_changed) {
  FaultProxy target(dynamodb_endpoint());
  shop.target["endpoint"] = target.endpoint();
  ASSERT_EQ(shop.migrate("build +view:* +table:*").code, 0);
  const auto rename = [&] { db.exec("ALTER TABLE parts RENAME COLUMN price TO cost"); };
  EXPECT_THAT(problem_when(target, "BatchExecuteStatement", rename),
              testing::AllOf(testing::StartsWith("source-query: "), HasSubstr("price"),
                             HasSubstr("was changed or dropped while it was read: run the same command again")));
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  EXPECT_EQ(shop.count("Parts"), 0U);
  EXPECT_THAT(problem(), testing::StartsWith("contract-schema: unknown column 'price' of table 'parts'"));
  db.exec("ALTER TABLE parts RENAME COLUMN cost TO price");
  builds();
}

using Target = Faults;
ON_MARIADB(Target);

TEST_P(Target, without_credentials_or_region) {
  shop.env.erase("AWS_ACCESS_KEY_ID");
  shop.env.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_THAT(problem(),
              testing::AllOf(testing::StartsWith("aws-credentials: "), HasSubstr("AWS_ACCESS_KEY_ID is not set"),
                             HasSubstr("`migrate doctor` shows where it looked")));
  shop.env["AWS_ACCESS_KEY_ID"] = shop.env["AWS_SECRET_ACCESS_KEY"] = "test";
  shop.target.erase("region");
  shop.target.erase("endpoint");
  EXPECT_THAT(problem(), testing::StartsWith("aws-region: "));
}

TEST_P(Target, that_cannot_be_reached_or_is_something_else) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  proxy.fail_when([](const SeenRequest&) { return true; }, answer_garbled());
  EXPECT_EQ(problem("plan"),
            "aws-answer: DescribeTable of 'PREFIX-Customers' failed at ENDPOINT (region us-east-1): the answer is not "
            "JSON → the endpoint does not answer as DynamoDB does: check `target.endpoint`");
  proxy.refuse(true);
  EXPECT_THAT(problem("plan"), testing::StartsWith("aws-connect: DescribeTable of 'PREFIX-Customers' failed at "
                                                   "ENDPOINT (region us-east-1): cannot connect to "));
}

TEST_P(Target, that_refuses_us) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  std::string found;
  for (const char* code : {"AccessDeniedException", "ExpiredTokenException", "InvalidSignatureException",
                           "UnrecognizedClientException", "ValidationException"}) {
    proxy.heal();
    proxy.fail_when([](const SeenRequest&) { return true; }, failed(400, code));
    found += problem("plan").substr(0, 16) + "\n";
  }
  EXPECT_EQ(found, "aws-denied: Desc\naws-expired: Des\naws-denied: Desc\naws-denied: Desc\naws-request: Des\n");
}

TEST_P(Target, whose_table_has_other_keys_or_is_missing) {
  shop.request("CreateTable", R"({"TableName": ")" + shop.prefix + R"(Parts", "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]})");
  EXPECT_EQ(
      problem(),
      "table-differs: table 'PREFIX-Parts' is not what the contract asks for: partition key: wanted sku (S), found "
      "other (N) → give the contract's table another name (`target.table_prefix`), or change the table by hand");
  shop.request("DeleteTable", R"({"TableName": ")" + shop.prefix + R"(Parts"})");
  shop.target["create_tables"] = "false";
  EXPECT_EQ(problem("build table:Parts"),
            "table-missing: table 'PREFIX-Parts' is not at us-east-1 (target.region), ENDPOINT (target.endpoint) → "
            "create the table, or set `target.create_tables: true`");
}

TEST_P(Target, that_is_throttled_cut_and_garbled_for_a_while) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  proxy.fail("BatchExecuteStatement", 1, 3, throttled());
  proxy.fail("BatchExecuteStatement", 4, 1, answer_cut());
  proxy.fail("BatchExecuteStatement", 5, 1, answer_lost());
  proxy.fail("BatchExecuteStatement", 6, 1, failed_after(500, "InternalServerError"));
  proxy.fail("DescribeTable", 2, 2, failed(503, "ServiceUnavailable"));
  builds();
}

TEST_P(Target, that_throttles_for_long_is_said_so_and_gets_every_item_once) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  db.exec(
      "INSERT INTO parts SELECT CONCAT('n', a.id - 10, b.id - 10, c.id - 10, d.id - 10, e.id - 10), 1"
      " FROM orders a, orders b, orders c, orders d, orders e");
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> first;
  int refused = 0;
  proxy.fail_when(
      [&](const SeenRequest& r) {
        if (r.operation != "BatchExecuteStatement" || r.body.find("Parts") == r.body.npos) return false;
        if (!first) first = Clock::now();
        const bool still = Clock::now() - *first < std::chrono::seconds(9);
        refused += still ? 1 : 0;
        return still;
      },
      throttled());
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.err, HasSubstr("the target throttles 'Parts'")) << ran.all();
  EXPECT_EQ(ran.err.find("throttles"), ran.err.rfind("throttles")) << "said once";
  EXPECT_GE(refused, 10);
  EXPECT_EQ(shop.count("Parts"), 245U);
  EXPECT_THAT(shop.file("out/report/report.json"),
              HasSubstr("\"rows_read\":245,\"written\":245,\"present\":0,\"conflicts\":0,\"dead_rows\":0,"));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

TEST_P(Target, that_refuses_every_item_leaves_dead_letters) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  proxy.fail_when(
      [](const SeenRequest& r) { return r.operation == "BatchExecuteStatement" || r.operation == "PutItem"; },
      failed(400, "ValidationException"));
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_THAT(shop.file("out/dead-letters/Parts.jsonl"), HasSubstr("\"code\":\"refused\""));
  proxy.heal();
  const Ran again = shop.migrate("build -B");
  EXPECT_EQ(again.code, 0) << again.all();
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

TEST_P(Target, whose_table_is_deleted_meanwhile) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  ASSERT_EQ(shop.migrate("build +view:* +table:*").code, 0);
  const auto drop = [&] { shop.request("DeleteTable", R"({"TableName": ")" + shop.prefix + R"(Parts"})"); };
  EXPECT_EQ(problem_when(proxy, "BatchExecuteStatement", drop),
            "table-missing: the table 'PREFIX-Parts' is gone → run `migrate build` again: it makes the table");
  builds();
}

TEST_P(Target, whose_answers_on_tables_are_lost_is_known_again) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  shop.more = "tables: {Parts: {ttl: price}, Orders: {ttl: total}}\n";
  proxy.fail("CreateTable", 1, 3, answer_lost());
  const Ran built = shop.migrate("build table:*");
  EXPECT_EQ(built.code, 0) << built.all();
  EXPECT_EQ(proxy.count("UpdateTimeToLive"), 2) << "the tables are ours";
  proxy.heal();
  proxy.fail("DeleteTable", 1, 2, answer_lost());
  const Ran cleaned = shop.migrate("clean --tables --yes table:*");
  EXPECT_EQ(cleaned.code, 0) << cleaned.all();
  EXPECT_FALSE(shop.has_table("Parts"));
}

TEST_P(Target, whose_clock_is_too_far_from_ours) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  proxy.fail_when([](const SeenRequest&) { return true; }, failed(400, "RequestExpired"));
  EXPECT_THAT(problem(),
              testing::AllOf(testing::StartsWith("aws-clock: DescribeTable of 'PREFIX-Customers' failed at "),
                             HasSubstr(" → set this machine's clock")));
  proxy.heal();
  builds();
}

TEST_P(Target, whose_table_is_being_made_is_waited_for) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  ASSERT_EQ(shop.migrate("build table:Parts").code, 0);
  const int before = proxy.count("DescribeTable");
  proxy.fail("DescribeTable", before + 1, 4, answer_changed([](std::string& body) {
               body = replaced(body, "\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"CREATING\"");
             }));
  const Ran ran = shop.migrate("build -B -v table:Parts");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.err, HasSubstr("Parts': CREATING"));
}

TEST_P(Target, whose_table_is_being_deleted_is_waited_for_and_made_anew) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  // As DynamoDB describes a table that it is taking away; DynamoDB Local is done with it at once.
  proxy.fail("DescribeTable", 1, 4,
             answered(200, R"({"Table": {"TableName": ")" + shop.prefix + R"(Parts", "TableStatus": "DELETING",
               "TableId": "gone", "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
               "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "N"}]}})"));
  const Ran ran = shop.migrate("build -v +run:Parts");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.err, HasSubstr("Parts': DELETING"));
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

// Its record says that it is there, and so does DescribeTable: what it cannot be used for is in its status.
TEST_P(Target, that_goes_away_or_is_shut_after_a_build_is_seen) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  ASSERT_EQ(shop.migrate("build run:Parts").code, 0);
  std::string status = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";
  proxy.fail_when([](const SeenRequest& r) { return r.operation == "DescribeTable"; },
                  answer_changed([&status](std::string& body) {
                    body = replaced(body, "\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"" + status + "\"");
                  }));
  EXPECT_EQ(problem("build run:Parts"),
            "table-status: table 'PREFIX-Parts' is INACCESSIBLE_ENCRYPTION_CREDENTIALS → give DynamoDB access to the "
            "table's KMS key again");
  status = "DELETING";
  EXPECT_THAT(shop.migrate("plan run:Parts").out, HasSubstr("is being deleted"));
}

TEST_P(Target, whose_settings_fail_at_first_gets_them_from_the_next_build) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  shop.more = "tables: {Parts: {ttl: price}}\n";
  proxy.fail("UpdateTimeToLive", 1, 1, failed(400, "AccessDeniedException"));
  EXPECT_THAT(problem("build table:Parts"), testing::StartsWith("aws-denied: UpdateTimeToLive of 'PREFIX-Parts'"));
  EXPECT_EQ(shop.migrate("build table:Parts").code, 0);
  EXPECT_EQ(proxy.count("UpdateTimeToLive"), 2);
  EXPECT_EQ(shop.migrate("clean --tables --yes table:Parts").code, 0);
  EXPECT_FALSE(shop.has_table("Parts"));
}

using Disk = Faults;
ON_MARIADB(Disk);

// Files that may not grow stand for a disk that fills up: a write in the middle of the load fails.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_{};
};

TEST_P(Disk, that_fills_up_in_the_middle_of_a_load_is_named_and_nothing_is_lost) {
  const std::string numbers =
      "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT CONCAT('p', i), i FROM "
      "n";
  db.exec("SET SESSION max_recursive_iterations = 3000; INSERT INTO parts " + numbers);
  const Ran first = shop.migrate("build");
  ASSERT_EQ(first.code, 0) << first.all();
  shop.remove(".migrate");  // so that nobody knows whose the items are
  db.exec("UPDATE parts SET price = price + 1");
  {
    const SmallFiles small(256 << 10);
    const Ran full = shop.migrate("build run:Parts");
    EXPECT_EQ(full.code, 1) << full.all();
    EXPECT_THAT(full.all(),
                testing::ContainsRegex("error: cannot write the (dead letters|cache) '.*': File too large"));
  }
  const Ran again = shop.migrate("build");
  EXPECT_EQ(again.code, 3) << again.all();
  const std::string letters = shop.file("out/dead-letters/Parts.jsonl");
  EXPECT_EQ(std::count(letters.begin(), letters.end(), '\n'), 2002);
  EXPECT_THAT(shop.migrate("check check:Parts").out, HasSubstr("2,002 different")) << "each a conflict, none lost";
}

TEST_P(Disk, that_is_full_is_named_and_nothing_is_lost) {
  for (const char* folder : {"out", ".migrate"}) {
    mkdir(shop.path(folder).c_str(), 0700);
    if (mount("tmpfs", shop.path(folder).c_str(), "tmpfs", 0, "size=4k") != 0)
      GTEST_SKIP() << "only root may mount a disk that is full at once";
    const std::string said = problem();
    EXPECT_EQ(umount(shop.path(folder).c_str()), 0);
    EXPECT_THAT(said, HasSubstr(std::string(folder) == "out" ? "io: cannot write 'out/views.sql"
                                                             : "cache-io: cannot write the cache '.migrate/cache.db"));
  }
  builds();
}

TEST_P(Disk, that_another_user_owns_is_named_and_nothing_is_lost) {
  const std::string out = shop.path("out");
  ASSERT_EQ(mkdir(out.c_str(), 0500), 0);
  if (geteuid() == 0) {  // who may write anywhere
    shop.user = 65534;
    if (access(MIGRATE_BINARY, X_OK) != 0 || chown(shop.path("").c_str(), shop.user, shop.user) != 0)
      GTEST_SKIP() << "no other user can be taken here";
    ASSERT_EQ(chmod(out.c_str(), 0555), 0);
  }
  EXPECT_THAT(problem(), testing::MatchesRegex("io: cannot create 'out/views.sql.*: Permission denied → check that the "
                                               "path exists, that it may be read and written, .*"));
  ASSERT_EQ(chown(out.c_str(), shop.user != 0 ? shop.user : geteuid(), getegid()), 0);
  ASSERT_EQ(chmod(out.c_str(), 0700), 0);
  builds();
}

}  // namespace
}  // namespace migrate::test
