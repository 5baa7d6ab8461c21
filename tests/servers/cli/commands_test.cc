// Commands and flags of the program on real servers: plan, clean, selectors, JSON lines, the state folder.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <thread>

#include "base/json.h"
#include "shop.h"
#include "support/fault_proxy.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

using Commands = Shop;
ON_MARIADB(Commands);

// The `type` of each line, repeated ones once: "version target summary".
std::string types_of(const std::string& text) {
  std::string out, last;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Diagnostics diagnostics;
    auto document = parse_json({line, "a line"}, diagnostics);
    auto type = document ? document->root().find("type") : std::nullopt;
    if (!type) return "not an object with a type: " + line;
    if (type->text() == last) continue;
    last = type->text();
    out += (out.empty() ? "" : " ") + last;
  }
  return out;
}

TEST_P(Commands, plan_says_what_build_does_and_changes_nothing) {
  const Ran offline = shop.migrate("plan --offline");
  EXPECT_EQ(offline.code, 0) << offline.all();
  EXPECT_THAT(offline.out, HasSubstr("was never built"));

  const Ran plan = shop.migrate("plan --detailed-exitcode");
  EXPECT_EQ(plan.code, 2) << plan.all();
  EXPECT_EQ(shop.migrate("build --dry-run").out, shop.migrate("plan").out);
  EXPECT_FALSE(shop.has_table("Parts"));
  EXPECT_EQ(db.text("SHOW FULL TABLES WHERE Table_type = 'VIEW'"), "");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(targets_of(ran.out), targets_of(plan.out));
  // The build waited until the versions of rows that were new were final. (Where a transaction of another test has been
  // open since the second of our write, they are not: then once more.)
  const auto nothing_to_do = [&] {
    return shop.migrate("plan --offline --detailed-exitcode").out.find("Nothing to do") != std::string::npos;
  };
  bool nothing = nothing_to_do();
  for (int part = 1; part < 4 && !nothing; ++part) {
    db.exec("INSERT INTO parts VALUES ('new" + std::to_string(part) + "', 1)");
    EXPECT_EQ(shop.migrate("build").code, 0);
    nothing = nothing_to_do();
  }
  EXPECT_TRUE(nothing);

  shop.contract = replaced(SHOP_CONTRACT, "\"pk\": \"sku\"", "\"pk\": \"sku\", \"sk\": \"price\"");
  const Ran changed = shop.migrate("plan --offline --detailed-exitcode");
  EXPECT_EQ(changed.code, 2) << changed.all();
  EXPECT_THAT(targets_of(changed.out), HasSubstr("table:Parts"));
  EXPECT_THAT(targets_of(changed.out), Not(HasSubstr("Orders")));
}

TEST_P(Commands, json_lines_begin_with_the_version_and_end_with_the_sum) {
  EXPECT_THAT(types_of(shop.migrate("plan --json").out), testing::ContainsRegex("^version target .*estimate summary$"));
  const std::string text = shop.migrate("plan").out, sum = text.substr(text.rfind("Plan: ") + 6);
  EXPECT_THAT(shop.migrate("plan --json").out, HasSubstr("\"will\":" + sum.substr(0, sum.find(' ')) + ","))
      << "text and JSON count the same: " << sum;
  const Ran ran = shop.migrate("build --json");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, testing::ContainsRegex("\"target\":\"run:Parts\"[^\n]*\"items\":2\\}"));
  EXPECT_THAT(types_of(ran.out), testing::StartsWith("version target"));
  EXPECT_THAT(types_of(ran.out), testing::EndsWith("summary"));
  EXPECT_THAT(ran.out, HasSubstr("\"outcome\":\"made\""));
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(shop.migrate("build --json").out, Not(HasSubstr("\"target\":\"run:")));
  EXPECT_EQ(types_of(shop.migrate("build --json").out), "version summary");
  for (const char* line : {"status --json", "check --json", "report --json", "explain --json run:Parts", "graph --json",
                           "history --json", "doctor --json", "clean --json --yes"}) {
    const std::string types = types_of(shop.migrate(line).out);
    EXPECT_THAT(types, testing::StartsWith("version")) << line;
    EXPECT_THAT(types, testing::EndsWith("summary")) << line;
  }
  const Ran bogus = shop.migrate("--json plan --bogus");
  EXPECT_EQ(bogus.code, 1);
  EXPECT_EQ(types_of(bogus.out), "version error summary");
  EXPECT_THAT(bogus.out, HasSubstr("\"code\":\"usage\""));
  EXPECT_THAT(bogus.out, HasSubstr("--bogus"));
  EXPECT_EQ(bogus.err, "");
  shop.contract = "[";
  EXPECT_EQ(types_of(shop.migrate("build --json").out), "version error summary");
}

// Without times, which differ each time: "run:Parts  at TIME for TIME".
std::string timeless(const std::string& text) {
  std::string out;
  for (const char c : text) out += std::isdigit(static_cast<unsigned char>(c)) != 0 ? '0' : c;
  return out;
}

TEST_P(Commands, status_and_history_say_what_is_remembered) {
  EXPECT_THAT(shop.migrate("status run:Parts").out, testing::MatchesRegex("  run:Parts  never made\n"));
  EXPECT_EQ(shop.migrate("history").out, "No runs yet.\n");
  build();
  EXPECT_THAT(timeless(shop.migrate("status run:Parts").out),
              testing::MatchesRegex("  run:Parts  0000-00-00 00:00:00  0[0. ]*m?s *\n"));
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"9"}})");
  db.exec("UPDATE parts SET price = 7 WHERE sku = 'a1'");
  EXPECT_EQ(shop.migrate("build").code, 3);
  const Ran open = shop.migrate("status run:Parts run:Orders");
  EXPECT_THAT(open.out, testing::ContainsRegex("  run:Parts   [^\n]*  1 open problem\n")) << open.all();
  EXPECT_THAT(open.out, testing::EndsWith("\n1 open problem: migrate report lists them.\n")) << open.all();
  EXPECT_THAT(shop.migrate("status --json run:Parts").out, HasSubstr(R"("exit_code":0,"open_problems":1})"));

  const std::string history = timeless(shop.migrate("history").out);
  EXPECT_THAT(history, testing::MatchesRegex("  [0-]* *  0000-00-00 00:00:00  build     [^ ]*@[^ ]* *  exit 0 after "
                                             "[^\n]*\n  [0-]* *  0000-00-00 00:00:00  build [^\n]*  exit 0 after "
                                             "[^\n]*\n"));
  EXPECT_THAT(shop.migrate("history -n 1").out, HasSubstr("  exit 3 after "));
}

TEST_P(Commands, explain_says_why_and_what_is_needed) {
  EXPECT_EQ(shop.migrate("explain run:Parts").out,
            "run:Parts: will be made\n"
            "  because was never built\n"
            "  needs data:parts (will)\n"
            "  needs view:Parts (will)\n"
            "  needs table:Parts (will)\n");
  build();
  shop.more = "tables: {Parts: {write: overwrite}}\n";
  const Ran ran = shop.migrate("explain run:Parts");
  EXPECT_THAT(ran.out, testing::StartsWith("run:Parts: will be made\n"
                                           "  because write was put-if-absent, now overwrite\n"))
      << ran.all();
  EXPECT_THAT(ran.out, testing::ContainsRegex("  last made by run [0-9-]* in [^\n]*\n"));
  EXPECT_THAT(ran.out, HasSubstr("  needs view:Parts (clean)\n"));
}

TEST_P(Commands, graph_is_text_dot_and_svg) {
  EXPECT_EQ(shop.migrate("graph check:Parts run:Parts").out,
            "run:Parts\n    data:parts\n    view:Parts\n    table:Parts\ncheck:Parts\n    run:Parts\n");
  EXPECT_EQ(shop.migrate("graph --format dot check:Parts run:Parts").out,
            "digraph migrate {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n"
            "  \"run:Parts\";\n  \"check:Parts\";\n  \"run:Parts\" -> \"check:Parts\";\n}\n");
  const std::string svg = shop.migrate("graph --format svg check:Parts run:Parts").out;
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("<title>run:Parts</title>"));
  EXPECT_THAT(svg, HasSubstr("<path d="));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
}

TEST_P(Commands, doctor_says_in_lines_what_is_well_and_what_is_not) {
  const Ran well = shop.migrate("doctor");
  EXPECT_EQ(well.code, 0) << well.all();
  EXPECT_THAT(well.out, testing::StartsWith("  ok    project: e2e: 3 tables in the contract\n  ok    state: "));
  shop.source["password"] = "wrong";
  const Ran ran = shop.migrate("doctor");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("  BAD   "));
  EXPECT_THAT(ran.out, HasSubstr("Access denied"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("\n1 problem, [0-9]+ warnings?\\.\n$"));
}

TEST_P(Commands, a_dry_run_writes_nothing) {
  for (const char* line : {"doctor", "report", "build", "clean --tables"}) {
    const Ran ran = shop.migrate(std::string(line) + " --dry-run");
    EXPECT_TRUE(ran.code == 0 || line == std::string("doctor")) << ran.all();
    EXPECT_NE(access(shop.path("out/report").c_str(), F_OK), 0) << line;
    EXPECT_NE(access(shop.path("out").c_str(), F_OK), 0) << line;
  }
}

TEST_P(Commands, build_takes_selectors_and_knows_its_targets) {
  const Ran one = shop.migrate("build +run:Parts");
  EXPECT_EQ(one.code, 0) << one.all();
  EXPECT_EQ(targets_of(one.out), "run:Parts table:Parts view:Parts");
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  EXPECT_FALSE(shop.has_table("Orders"));
  EXPECT_EQ(targets_of(shop.migrate("build view:*").out), "view:Customers view:Orders");
  const Ran unknown = shop.migrate("build run:Prats");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("run:Parts")) << "the nearest name";
  EXPECT_EQ(targets_of(shop.migrate("build -B run:Parts").out), "run:Parts");
}

TEST_P(Commands, clean_removes_what_migrate_made_and_nothing_else) {
  build();
  const Ran asked = shop.migrate("clean");
  EXPECT_EQ(asked.code, 1) << asked.all();
  EXPECT_THAT(asked.all(), HasSubstr("--yes"));
  const Ran views = shop.migrate("clean --yes");
  EXPECT_EQ(views.code, 0) << views.all();
  EXPECT_EQ(db.text("SHOW FULL TABLES WHERE Table_type = 'VIEW'"), "");
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  const Ran rebuilt = shop.migrate("build");
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.all();
  EXPECT_EQ(targets_of(rebuilt.out), "view:Customers view:Orders view:Parts") << "what was up to date runs not again";

  shop.put("Orders", R"({"PK":{"S":"of the application"},"SK":{"S":"x"}})");
  const Ran tables = shop.migrate("clean --tables --yes");
  EXPECT_EQ(tables.code, 1) << tables.all();
  EXPECT_THAT(tables.err, HasSubstr("holds 1 item that migrate did not write"));
  EXPECT_FALSE(shop.has_table("Parts"));
  EXPECT_TRUE(shop.has_table("Orders"));
  EXPECT_EQ(shop.count("Orders"), 7U);
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

TEST_P(Commands, settings_of_tables_are_applied_later_too_and_rows_stay_as_they_are) {
  build();
  ASSERT_EQ(shop.migrate("build").code, 0);
  shop.more = "tables: {Parts: {ttl: price, tags: {team: shop}}}\n";
  const Ran plan = shop.migrate("plan");
  EXPECT_THAT(targets_of(plan.out), HasSubstr("table:Parts"));
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(targets_of(ran.out), "table:Parts");
  EXPECT_THAT(ran.err, HasSubstr("tags is set only when a table is made: change it by hand"));
  EXPECT_THAT(shop.file("out/logs/audit.log"), HasSubstr("\"what\":\"set ttl to 'price'\""));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));

  shop.more.clear();
  EXPECT_THAT(shop.migrate("build").err, HasSubstr("ttl is asked for no more, and migrate turns nothing off"));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

TEST_P(Commands, an_index_that_somebody_adds_to_a_table_sends_no_rows_again) {
  build();
  ASSERT_EQ(shop.migrate("build").code, 0);
  shop.request("UpdateTable", R"({"TableName": ")" + shop.prefix + R"(Parts",
    "AttributeDefinitions": [{"AttributeName": "price", "AttributeType": "N"}],
    "GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "by_price",
      "KeySchema": [{"AttributeName": "price", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}]})");
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
  shop.request("UpdateTable", R"({"TableName": ")" + shop.prefix + R"(Customers", "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}})");
  const Ran drifted = shop.migrate("build");
  EXPECT_EQ(drifted.code, 0) << drifted.all();
  EXPECT_EQ(targets_of(drifted.out), "table:Customers");
  EXPECT_THAT(drifted.err, HasSubstr("billing: wanted on-demand, found provisioned, 5 read and 5 write units"));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

TEST_P(Commands, clean_keeps_a_table_whose_items_the_application_has_added_to) {
  build();
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"1.5"},"loyalty_points":{"N":"70"}})");
  EXPECT_EQ(shop.migrate("check check:Parts").code, 0) << "equal in what the contract names";
  const Ran tables = shop.migrate("clean --tables --yes");
  EXPECT_EQ(tables.code, 1) << tables.all();
  EXPECT_THAT(tables.err, HasSubstr("holds 1 item with attributes that the contract does not know"));
  EXPECT_TRUE(shop.has_table("Parts"));
  EXPECT_FALSE(shop.has_table("Orders"));
  EXPECT_THAT(shop.items("Parts"), HasSubstr("loyalty_points=70"));
}

// The audit log of a run, "what where: outcome" a line, sorted; each line has its time, run and account.
std::string audit_of(const Project& shop, const std::string& run) {
  std::set<std::string> out;
  std::istringstream lines(shop.file("out/logs/audit.log"));
  for (std::string line; std::getline(lines, line);) {
    Diagnostics diagnostics;
    auto document = parse_json({line, "a line"}, diagnostics);
    if (!document) return line;
    auto text = [&](const char* key) { return std::string(document->root().find(key)->text()); };
    EXPECT_THAT(text("time"), testing::MatchesRegex("20[0-9-]+T[0-9:.]+Z"));
    EXPECT_NE(text("who"), "");
    if (text("run") != run) continue;
    std::string where = text("where");
    for (const std::string& part : {shop.prefix, std::string("migration_view_")}) {
      if (size_t at = where.find(part); at != where.npos) where.erase(at, part.size());
    }
    out.insert(text("what") + " " + where.substr(0, where.find(" at ")) + ": " + text("outcome") + "\n");
  }
  return join({out.begin(), out.end()}, "");
}
// The newest runs, "command run exit code".
std::vector<std::array<std::string, 3>> runs_of(Project& shop) {
  std::vector<std::array<std::string, 3>> out;
  std::istringstream lines(shop.migrate("history --json").out);
  for (std::string line; std::getline(lines, line);) {
    Diagnostics diagnostics;
    auto document = parse_json({line, "a line"}, diagnostics);
    auto text = [&](const char* key) { return std::string(document->root().find(key)->text()); };
    if (text("type") == "run") out.push_back({text("command"), text("id"), text("exit_code")});
  }
  return out;
}

TEST_P(Commands, every_side_effect_has_one_line_in_the_audit_log) {
  ASSERT_EQ(shop.migrate("build +run:Parts view:Orders").code, 0);
  auto runs = runs_of(shop);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(audit_of(shop, runs[0][1]),
            "create table table 'Parts': accepted\n"
            "create view Orders: done\n"
            "create view Orders__Customer: done\n"
            "create view Orders__Order: done\n"
            "create view Parts: done\n"
            "write items Parts: begun\n"
            "write items Parts: done\n");
  const std::string log = shop.file("out/logs/audit.log");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 7);

  const Ran dry = shop.migrate("clean --tables --dry-run --json");
  EXPECT_EQ(dry.code, 0) << dry.all();
  EXPECT_EQ(types_of(dry.out), "version remove summary");
  EXPECT_THAT(dry.out, HasSubstr("{\"type\":\"remove\",\"target\":\"table:Parts\"}"));
  EXPECT_EQ(runs_of(shop).size(), 1U);

  db.exec("CREATE OR REPLACE VIEW migration_view_Orders AS SELECT 1 AS of_somebody_else");
  const Ran cleaned = shop.migrate("clean --tables --yes");
  EXPECT_EQ(cleaned.code, 1) << cleaned.all();
  runs = runs_of(shop);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0][0] + " " + runs[0][2], "clean 1");
  EXPECT_EQ(audit_of(shop, runs[0][1]),
            "delete table table 'Parts': accepted\n"
            "drop view Parts: done\n");

  EXPECT_EQ(shop.migrate("build view:Orders").code, 1) << "the view is somebody else's";
  EXPECT_EQ(audit_of(shop, runs_of(shop)[0][1]), "");
}

TEST_P(Commands, a_side_effect_that_fails_is_in_the_audit_log) {
  FaultProxy proxy(dynamodb_endpoint());
  proxy.fail("CreateTable", 1, 1, failed(400, "AccessDeniedException"));
  shop.target["endpoint"] = proxy.endpoint();
  EXPECT_EQ(shop.migrate("build table:Parts").code, 1);
  EXPECT_EQ(audit_of(shop, runs_of(shop)[0][1]), "create table table 'Parts': failed\n");
  EXPECT_THAT(shop.file("out/logs/audit.log"), HasSubstr("\"error\":\"CreateTable of '"));
}

TEST_P(Commands, clean_dead_removes_what_the_contract_names_no_more) {
  build();
  shop.contract = replaced(SHOP_CONTRACT, "\"table\": \"Parts\"", "\"table\": \"Pieces\"");
  const Ran ran = shop.migrate("clean --dead --yes");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(db.text("SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY 1"),
            "migration_view_Customers\nmigration_view_Orders\nmigration_view_Orders__Customer\n"
            "migration_view_Orders__Order\n");
  EXPECT_TRUE(shop.has_table("Parts"));
  EXPECT_THAT(shop.migrate("clean --dead --yes").out, HasSubstr("Nothing to remove"));
}

TEST_P(Commands, two_builds_at_once_are_one_too_many) {
  FaultProxy proxy(dynamodb_endpoint());
  proxy.fail("DescribeTable", 1, 1, request_held(60));
  shop.target["endpoint"] = proxy.endpoint();
  auto first = shop.start("build");
  wait_until([&] { return proxy.count("DescribeTable") > 0; });
  const Ran second = shop.migrate("build");
  EXPECT_EQ(second.code, 1) << second.all();
  EXPECT_THAT(second.err, HasSubstr(std::to_string(first.pid())));
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  EXPECT_THAT(second.err, HasSubstr(host));
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait().code, 128 + SIGKILL);
  proxy.heal();
  const Ran third = shop.migrate("build");
  EXPECT_EQ(third.code, 0) << "the lock died with its process: " << third.all();
}

TEST_P(Commands, refuse_the_state_of_another_project) {
  build();
  shop.more = "state: state\n";
  rename(shop.path(".migrate").c_str(), shop.path("state").c_str());
  shop.contract.clear();
  shop.write("migrate.yaml", replaced(shop.file("migrate.yaml"), "name: e2e\n", "name: blog\nstate: state\n"));
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.err, HasSubstr("state"));
  EXPECT_THAT(ran.err, HasSubstr("e2e"));
}

// Each would take the other's views for those of tables that its contract no longer names.
TEST_P(Commands, tell_two_projects_of_one_name_apart) {
  build();
  shop.write("other.yaml", shop.file("migrate.yaml"));
  const Ran other = shop.migrate("clean --dead --yes -f other.yaml");
  EXPECT_EQ(other.code, 1) << other.all();
  EXPECT_THAT(other.all(), HasSubstr("'e2e in ../migrate.yaml', and this is 'e2e in ../other.yaml'"));
  shop.write("other.yaml", shop.file("migrate.yaml") + "state: other\n");
  EXPECT_EQ(shop.migrate("build -f other.yaml").code, 0);
  EXPECT_THAT(shop.migrate("build -f ./migrate.yaml").out, HasSubstr("Nothing to do"));
}

TEST_P(Commands, say_which_folder_cannot_be_written) {
  mkdir(shop.path("out").c_str(), 0700);
  shop.write("out/dead-letters", "a file where a folder should be");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.all(), HasSubstr("out/dead-letters"));
  shop.remove("out");
  EXPECT_EQ(symlink("/dev/full", shop.path("out").c_str()), 0);
  const Ran no_folder = shop.migrate("build");
  EXPECT_EQ(no_folder.code, 1) << no_folder.all();
  EXPECT_THAT(no_folder.all(), HasSubstr("the folder 'out'"));
  unlink(shop.path("out").c_str());
  EXPECT_EQ(shop.migrate("build").code, 0);
}

}  // namespace
}  // namespace migrate::test
