// Rows of real servers through the native engine into DynamoDB Local.
#include "engine/native.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "base/file.h"
#include "cache/cache.h"
#include "contract/read_contract.h"
#include "engine/source_rows.h"
#include "servers/cloud/support.h"
#include "servers/source/source_support.h"
#include "sql/read_schema.h"
#include "support/fault_proxy.h"
#include "support/table_run.h"
#include "support/tcp_proxy.h"

namespace migrate::test {
namespace {

// The real rows, with something done before each snapshot.
class WatchedRows final : public RowSource {
 public:
  WatchedRows(RowSource& rows, std::function<void(int number)> before_begin)
      : rows_(rows), before_begin_(std::move(before_begin)) {}
  size_t readers() const override { return rows_.readers(); }
  Result<void> begin() override {
    before_begin_(++begun_);
    return rows_.begin();
  }
  Result<void> duplicates(const std::function<Result<void>(DuplicateRow&)>& each) override {
    return rows_.duplicates(each);
  }
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t reader, size_t entity,
                                                          const std::vector<KeyLiteral>& after,
                                                          uint64_t rows) override {
    return rows_.boundary(reader, entity, after, rows);
  }
  Result<void> read(size_t reader, size_t entity, const KeyRange& range,
                    const std::function<bool(const RowView&)>& row) override {
    return rows_.read(reader, entity, range, row);
  }
  void cancel() override { rows_.cancel(); }

 private:
  RowSource& rows_;
  std::function<void(int)> before_begin_;
  int begun_ = 0;
};

// One contract of one table, over one database, into one DynamoDB table.
class Load {
 public:
  Load(ScratchDatabase& db, const std::string& contract_json) : from(settings_of(db)), db_(db) {
    Diagnostics diagnostics;
    auto source = std::make_shared<Source>(Source{"contract.json", contract_json});
    auto contract = parse_contract({source}, diagnostics);
    if (!contract) throw std::runtime_error(describe(diagnostics));
    auto connection = connect(db);
    const Schema schema = must(read_schema(*connection));
    flavor_ = schema.flavor;
    Project project;
    project.name = "engine-test";
    project.source = settings_of(db);
    auto views = build_views(*contract, contract->tables[0], schema, project, diagnostics);
    if (!views) throw std::runtime_error(describe(diagnostics));
    job.views = *views;
    TableSpec spec = must(table_spec(contract->tables[0], TableSettings{}, TargetSettings{}));
    spec.name = unique_name("native");
    table_ = std::make_unique<ScratchTable>(spec);
    job.target_table = spec.name;
    folder_ = ::testing::TempDir() + spec.name;
    job.dead_letters = folder_ + "/dead.jsonl";
  }
  ~Load() { std::filesystem::remove_all(folder_); }

  NativeJob job;
  NativeHooks hooks;
  TableRun facts;
  std::string endpoint = dynamodb_endpoint();

  SourceSettings from;
  std::function<void(int)> before_snapshot = [](int) {};

  std::string run() {
    SourceRows source_rows(from, job.views, flavor_, 2, versions());
    WatchedRows rows(source_rows, before_snapshot);
    auto client = client_of(endpoint, job.tuning.connections);
    auto result = run_native(job, rows, *client, hooks);
    if (!result) return describe(result.error());
    facts = *result;
    return in_words(facts);
  }

  // All items of the table, a line each, sorted.
  std::string items() {
    auto client = client_of(dynamodb_endpoint());
    ScanRequest request;
    request.table = job.target_table;
    std::vector<std::string> lines;
    for (;;) {
      AwsOutcome outcome = client->once(scan(request));
      const Page page = must(read_page(outcome.body));
      for (std::string_view item : page.items) lines.emplace_back(item);
      if (page.last_key.empty()) break;
      request.start_key = std::string(page.last_key);
    }
    count = lines.size();
    std::sort(lines.begin(), lines.end());
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }
  size_t count = 0;

  void put(const std::string& item) {
    auto client = client_of(dynamodb_endpoint());
    const AwsOutcome outcome = client->once(batch_write(job.target_table, {item}));
    if (!outcome.ok()) throw std::runtime_error(outcome.message);
  }
  std::string letters() { return must(read_file(job.dead_letters)); }
  const std::string& folder() const { return folder_; }

 private:
  std::vector<DataVersionRequest> versions() {
    std::vector<DataVersionRequest> out;
    for (const std::string& table : job.views.entities[0].reads)
      out.push_back({table, {DataVersionMethod::always, ""}});
    return out;
  }
  ScratchDatabase& db_;
  Flavor flavor_ = Flavor::mysql;
  std::unique_ptr<ScratchTable> table_;
  std::string folder_;
};

const char* const users = R"([{"table": "Users", "type": "Table", "source_table": "users", "pk": "id",
  "attributes": {"id": {"type": "N", "source_column": "id"}, "name": {"type": "S", "source_column": "name"},
                 "score": {"type": "N", "source_column": "score"}, "photo": {"type": "B", "source_column": "photo"},
                 "tags": {"type": "L", "source_column": "tags"}},
  "satisfies": [], "estimated_item_size_bytes": 100}])";

void make_users(ScratchDatabase& db, int n) {
  db.exec("CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(300), score FLOAT, photo BLOB, tags JSON)");
  std::string values;
  for (int i = 1; i <= n; ++i) {
    const std::string id = std::to_string(i);
    values += (values.empty() ? "(" : ",(") + id + ",'grüße 🙂 " + id + "'," + id + ".1,x'00ff',NULL)";
    if (i % 1000 == 0 || i == n) {
      db.exec("INSERT INTO users VALUES " + values);
      values.clear();
    }
  }
}

class Native : public OnBothServers {};
BOTH_SERVERS(Native);

TEST_P(Native, carries_rows_to_items) {
  db.exec(
      "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(30), score FLOAT, photo BLOB, tags JSON);"
      "INSERT INTO users VALUES (1,'grüße 🙂',0.1,x'00ff','[1.50,{\"a\":null}]'),(2,NULL,-16777216,NULL,NULL)");
  Load load(db, users);
  EXPECT_EQ(load.run(), "read 2, written 2, present 0, conflicts 0, dead 0");
  const std::string items = load.items();
  // DynamoDB Local escapes what is outside the BMP.
  EXPECT_NE(items.find(R"("name":{"S":"grüße \uD83D\uDE42"})"), std::string::npos) << items;
  EXPECT_NE(items.find(R"("score":{"N":"0.1"})"), std::string::npos) << items;
  EXPECT_NE(items.find(R"("photo":{"B":"AP8="})"), std::string::npos) << items;
  EXPECT_NE(items.find(R"("tags":{"L":[{"N":"1.5"},{"M":{"a":{"NULL":true}}}]})"), std::string::npos) << items;
  EXPECT_EQ(load.run(), "read 2, written 0, present 2, conflicts 0, dead 0");
}

TEST_P(Native, reads_many_rows_in_chunks_over_two_connections) {
  make_users(db, 9000);
  Load load(db, users);
  EXPECT_EQ(load.run(), "read 9000, written 9000, present 0, conflicts 0, dead 0");
  load.items();
  EXPECT_EQ(load.count, 9000u);
  EXPECT_GT(load.facts.chunks, 2u);
  EXPECT_EQ(load.facts.snapshots, 1u);
}

TEST_P(Native, leaves_conflicts_alone) {
  make_users(db, 30);
  Load load(db, users);
  load.put(R"({"id":{"N":"7"},"name":{"S":"theirs"}})");
  EXPECT_EQ(load.run(), "read 30, written 29, present 0, conflicts 1, dead 0");
  EXPECT_NE(load.items().find("theirs"), std::string::npos);
  EXPECT_NE(load.letters().find(R"("source_key":{"id":"7"},"key":{"id":"7"},"attribute":"","code":"conflict")"),
            std::string::npos)
      << load.letters();
}

TEST_P(Native, finds_what_dynamodb_would_refuse_before_it_is_sent) {
  db.exec(
      "CREATE TABLE users (id INT PRIMARY KEY, name MEDIUMTEXT, score DECIMAL(50,0), photo BLOB, tags JSON);"
      "INSERT INTO users VALUES (1,'a',1,NULL,NULL),(2,REPEAT('x',409600),1,NULL,NULL),"
      "(3,'b',99999999999999999999999999999999999999999,NULL,NULL)");
  Load load(db, users);
  EXPECT_EQ(load.run(), "read 3, written 1, present 0, conflicts 0, dead 2");
  EXPECT_NE(load.letters().find("item_too_large"), std::string::npos);
  EXPECT_NE(load.letters().find("number_range"), std::string::npos);
  EXPECT_EQ(load.facts.bisections, 0u);
}

TEST_P(Native, rows_whose_keys_meet_are_dead_letters) {
  db.exec(
      "CREATE TABLE people (id INT PRIMARY KEY, email VARCHAR(30));"
      "INSERT INTO people VALUES (1,'a@x'),(2,'b@x'),(3,'a@x'),(4,'A@x')");
  Load load(db, R"([{"table": "People", "type": "Table", "source_table": "people", "pk": "email",
    "attributes": {"email": {"type": "S", "source_column": "email"}, "id": {"type": "N", "source_column": "id"}},
    "satisfies": [], "estimated_item_size_bytes": 100}])");
  EXPECT_EQ(load.run(), "read 4, written 2, present 0, conflicts 0, dead 2");
  EXPECT_NE(load.letters().find("its key is also that of id=3"), std::string::npos) << load.letters();
}

TEST_P(Native, faults_of_the_service_lose_nothing) {
  make_users(db, 2000);
  Load load(db, users);
  FaultProxy proxy(dynamodb_endpoint());
  const std::vector<Fault> faults = {throttled(),       connection_closed(), failed_after(500, "InternalServerError"),
                                     answer_lost(),     answer_cut(),        answer_garbled(),
                                     answer_corrupted()};
  for (size_t i = 0; i < faults.size(); ++i) {
    proxy.fail("BatchExecuteStatement", static_cast<int>(5 * i + 2), 2, faults[i]);
  }
  load.endpoint = proxy.endpoint();
  load.job.tuning.retry_base_seconds = 0.002;
  EXPECT_EQ(load.run(), "read 2000, written 2000, present 0, conflicts 0, dead 0");
  load.items();
  EXPECT_EQ(load.count, 2000u);
  EXPECT_GT(load.facts.retries, 10u);
}

// A restart of some seconds: the connections break, and new ones are refused for a while.
TEST_P(Native, waits_for_a_source_that_restarts) {
  make_users(db, 9000);
  Load load(db, users);
  TcpProxy network(load.from.host, load.from.port);
  load.from.host = "127.0.0.1";
  load.from.port = network.port();
  load.job.reconnect.base_seconds = 0.01;
  network.cut_after(150000, 1);
  load.before_snapshot = [&](int number) {
    if (number == 2) network.cut_now();
    if (number > 1) network.refuse(number < 6);
  };
  EXPECT_EQ(load.run(), "read 9000, written 9000, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.facts.snapshots, 2u);
  load.items();
  EXPECT_EQ(load.count, 9000u);
}

TEST_P(Native, goes_on_after_finished_chunks_when_it_was_killed) {
  make_users(db, 20000);
  Load load(db, users);
  load.job.limits.write_rate = 8000;
  const std::string state = load.folder() + "/state";
  const Digest plan = digest_of("plan", "one");
  const pid_t child = ::fork();
  if (child == 0) {
    auto cache = Cache::open(state, "engine-test");
    size_t chunks = 0;
    load.hooks.chunk_finished = [&](const FinishedChunk& c) -> Result<void> {
      auto added = (*cache)->add_chunk("run:Users", plan, {c.range, c.state});
      if (++chunks == 3) ::kill(::getpid(), SIGKILL);
      return added;
    };
    load.run();
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto cache = must(Cache::open(state, "engine-test"));
  for (const ChunkRecord& c : must(cache->chunks("run:Users", plan))) load.hooks.finished.push_back({c.range, c.facts});
  EXPECT_EQ(load.hooks.finished.size(), 3u);
  load.job.limits.write_rate = 40000;
  load.run();
  EXPECT_EQ(load.facts.rows_read, 20000u);
  EXPECT_EQ(load.facts.written + load.facts.present, 20000u);
  EXPECT_EQ(load.facts.chunks_skipped, 3u);
  load.items();
  EXPECT_EQ(load.count, 20000u);
}

TEST_P(Native, stops_soon_when_it_is_interrupted) {
  make_users(db, 20000);
  Load load(db, users);
  load.job.limits.write_rate = 4000;
  std::atomic<bool> stop = false;
  load.hooks.chunk_finished = [&](const FinishedChunk&) -> Result<void> {
    stop = true;
    return {};
  };
  load.hooks.cancelled = [&] { return stop.load(); };
  const std::string said = load.run();
  EXPECT_EQ(said.substr(0, 41), "error: loading 'Users' was interrupted af") << said;
}

TEST_P(Native, reads_a_table_without_a_key_in_one_piece) {
  db.exec("CREATE TABLE logs (id INT NOT NULL, note TEXT); INSERT INTO logs VALUES (1,'a'),(2,'b'),(2,'c')");
  Load load(db, R"([{"table": "Logs", "type": "Table", "source_table": "logs", "pk": "id",
    "attributes": {"id": {"type": "N", "source_column": "id"}, "note": {"type": "S", "source_column": "note"}},
    "satisfies": [], "estimated_item_size_bytes": 100}])");
  EXPECT_EQ(load.run(), "read 3, written 1, present 0, conflicts 0, dead 2");
  EXPECT_EQ(load.facts.chunks, 1u);
}

}  // namespace
}  // namespace migrate::test
