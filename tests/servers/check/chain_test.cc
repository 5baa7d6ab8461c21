// From rows of the real servers to checked items: what the engine wrote passes, what somebody changed does not.
#include <random>

#include "check_support.h"
#include "contract/read_contract.h"
#include "engine/native.h"
#include "engine/source_rows.h"
#include "servers/source/source_support.h"
#include "sql/read_schema.h"
#include "support/seed.h"

namespace migrate::test {
namespace {

constexpr const char* contract_text = R"([
 {"table": "Users", "type": "Table", "source_table": "users", "pk": "id",
  "gsis": [{"name": "ByEmail", "pk": "email", "projection": "ALL"}],
  "attributes": {
   "id": {"type": "N", "source_column": "id"}, "email": {"type": "S", "source_column": "email"},
   "score": {"type": "N", "source_column": "score"},
   "city": {"type": "S", "source_table": "cities", "source_column": "name", "denormalized": true,
            "join": {"local_column": "city_id", "source_column": "id"}}},
  "satisfies": ["get user by id", "find user on ByEmail"], "estimated_item_size_bytes": 100},
 {"table": "UserByEmail", "type": "Table", "source_table": "users", "pk": "email",
  "attributes": {"email": {"type": "S", "source_column": "email"}, "id": {"type": "N", "source_column": "id"}},
  "satisfies": [], "estimated_item_size_bytes": 50}])";

// A city that is not there for each tenth user, none at all for each seventh, and three emails that are NULL.
void make_users(ScratchDatabase& db, int n) {
  db.exec(
      "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(30)); INSERT INTO cities VALUES (1,'Ulm'),(2,'Köln');"
      "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(50), score DECIMAL(8,2), city_id INT, "
      "UNIQUE KEY uq_email (email))");
  std::string values;
  for (int i = 1; i <= n; ++i) {
    const std::string id = std::to_string(i);
    const std::string city = i % 7 == 0 ? "NULL" : i % 10 == 0 ? "99" : std::to_string(1 + i % 2);
    values += (values.empty() ? "(" : ",(") + id + "," + (i <= 3 ? "NULL" : "'u" + id + "@x'") + "," + id + ".50," +
              city + ")";
  }
  db.exec("INSERT INTO users VALUES " + values);
}

// One target table of the contract, loaded by the native engine.
class Chain {
 public:
  Chain(ScratchDatabase& db, size_t table) {
    Diagnostics diagnostics;
    contract_ = *parse_contract({std::make_shared<Source>(Source{"c.json", contract_text})}, diagnostics);
    connection_ = connect(db);
    schema_ = must(read_schema(*connection_));
    Project project;
    project.name = "check-test";
    project.source = settings_of(db);
    project.state = ::testing::TempDir() + unique_name("check");
    const Table& t = contract_.tables[table];
    auto views = build_views(contract_, t, schema_, project, diagnostics);
    if (!views) throw std::runtime_error(describe(diagnostics));
    TableSpec spec = must(table_spec(t, TableSettings{}, TargetSettings{}));
    spec.name = unique_name("check");
    must(ensure_table(*client_, spec));
    job = check_job(t, *views, spec, schema_, project);
    job.index_wait_seconds = 1;
    NativeJob load;
    load.views = job.views;
    load.target_table = spec.name;
    load.dead_letters = job.dead_letters = project.state + "/dead.jsonl";
    SourceRows rows(settings_of(db), job.views, schema_.flavor, 2, versions());
    NativeHooks hooks;
    run = must(run_native(load, rows, *client_, hooks));
    source_ = settings_of(db);
  }
  ~Chain() {
    (void)delete_table(*client_, job.target_table).ok();
    std::filesystem::remove_all(std::filesystem::path(job.dead_letters).parent_path());
  }

  CheckResult check() {
    SourceRows rows(source_, job.views, schema_.flavor, 2, versions());
    CheckSides sides{rows, [&](const std::string& sql) { return connection_->query(sql); },
                     [] { return local_client(); }};
    return must(check_table(job, sides, {}));
  }
  void write(const std::string& operation, const std::string& rest) {
    must(call(*client_, {operation, R"({"TableName":")" + job.target_table + "\"," + rest + "}", true, 30}, operation));
  }

  CheckJob job;
  TableRun run;

 private:
  std::vector<DataVersionRequest> versions() const {
    std::vector<DataVersionRequest> out;
    for (const std::string& t : job.views.entities[0].reads) out.push_back({t, {DataVersionMethod::always, ""}});
    return out;
  }
  Contract contract_;
  std::unique_ptr<SqlConnection> connection_;
  Schema schema_;
  SourceSettings source_;
  std::unique_ptr<AwsClient> client_ = local_client();
};

class CheckedChain : public OnBothServers {};
BOTH_SERVERS(CheckedChain);

TEST_P(CheckedChain, passes_what_the_engine_wrote_in_every_mode) {
  make_users(db, 200);
  Chain chain(db, 0);
  ASSERT_EQ(chain.run.written, 200U);
  const CheckResult full = chain.check();
  EXPECT_TRUE(full.passed()) << full.to_facts();
  EXPECT_EQ(full.rows, 200U);
  EXPECT_EQ(full.indexes.at(0).found, 197U) << "a NULL key leaves the item out of the index";
  EXPECT_EQ(full.references.at(0).attribute, "city");
  EXPECT_EQ(full.references.at(0).joined_table, "cities");
  EXPECT_EQ(full.references.at(0).orphans, 18U) << "each tenth, without 70 and 140, whose city is NULL";
  EXPECT_FALSE(full.lookup) << "its key is the primary key";
  for (const PatternCheck& p : full.patterns) EXPECT_EQ(p.outcome, PatternCheck::Outcome::works) << p.reason;
  chain.job.setting = {CheckMode::sample, 40};
  const CheckResult sample = chain.check();
  EXPECT_TRUE(sample.passed()) << sample.to_facts();
  EXPECT_EQ(sample.sample, 40U);
  chain.job.setting = {CheckMode::counts, 0};
  EXPECT_TRUE(chain.check().passed());
}

TEST_P(CheckedChain, names_every_random_change) {
  const uint64_t seed = test_seed();
  std::mt19937_64 random(seed);
  make_users(db, 150);
  Chain chain(db, 0);
  chain.job.shown = 500;
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 25; ++i) {
    const std::string id = std::to_string(1 + random() % 150);
    if (expected.contains("id=" + id)) continue;
    const std::string key = R"("Key":{"id":{"N":")" + id + "\"}}";
    if (random() % 2 == 0) {
      chain.write("DeleteItem", key);
      expected["id=" + id] = "missing";
    } else {
      chain.write("UpdateItem",
                  key + R"(,"UpdateExpression":"SET score = :s","ExpressionAttributeValues":{":s":{"N":"-1"}})");
      expected["id=" + id] = "different";
    }
    const std::string other = std::to_string(1000 + i);
    chain.write("PutItem", R"("Item":{"id":{"N":")" + other + "\"}}");
    expected["id=" + other] = "extra";
  }
  std::map<std::string, std::string> found;
  for (const Discrepancy& d : chain.check().samples) {
    found[d.key] = discrepancy_name(d.kind);
    if (d.kind != Discrepancy::Kind::different) continue;
    EXPECT_EQ(d.attributes.at(0).found, R"({"N":"-1"})");
  }
  EXPECT_EQ(found, expected);
}

TEST_P(CheckedChain, sees_that_a_lookup_table_keeps_emails_unique) {
  make_users(db, 50);
  Chain chain(db, 1);
  EXPECT_EQ(chain.run.dead_rows, 3U) << "NULL emails have no key";
  const CheckResult right = chain.check();
  ASSERT_TRUE(right.lookup);
  EXPECT_EQ(right.lookup->column, "users.email");
  EXPECT_EQ(right.lookup->index, "uq_email");
  EXPECT_TRUE(right.lookup->holds);
  EXPECT_EQ(right.dead_rows, 3U);
  EXPECT_TRUE(right.passed()) << right.to_facts();
  chain.write("DeleteItem", R"("Key":{"email":{"S":"u5@x"}})");
  EXPECT_FALSE(chain.check().lookup->holds);
}

}  // namespace
}  // namespace migrate::test
