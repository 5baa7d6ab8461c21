// Caches that are refused, with what to do; none is ever deleted or changed.
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cache/schema.h"
#include "state.h"

namespace migrate::test {
namespace {

void run_sql(const StateFolder& state, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(state.file().c_str(), &db), SQLITE_OK);
  char* said = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, &said), SQLITE_OK) << said;
  sqlite3_close(db);
}

StateFolder& with_records(StateFolder& state) {
  auto cache = state.open();
  for (int n = 0; n < 5; ++n) EXPECT_TRUE(cache->save(record_of("run:" + std::to_string(n), n)));
  return state;
}

TEST(Refusal, OfAnotherProject) {
  StateFolder state;
  with_records(state);
  EXPECT_EQ(state.refusal("warehouse"),
            "cache-project: the cache 'STATE/cache.db' belongs to the project 'shop', and this is 'warehouse'");
  EXPECT_EQ(state.refusal("shop"), "");
}

TEST(Refusal, OfANewerVersion) {
  StateFolder state;
  with_records(state);
  run_sql(state, "UPDATE meta SET value = '99' WHERE key = 'schema'");
  std::string before = state.bytes();
  EXPECT_EQ(state.refusal(),
            "cache-version: the cache 'STATE/cache.db' has schema 99, and this migrate knows schemas up to 1");
  EXPECT_EQ(Cache::open_read_only(state.path(), "shop").error().kind, ErrorKind::cache_version);
  EXPECT_EQ(state.bytes(), before);
}

TEST(Refusal, OfWhatIsNoCache) {
  StateFolder state;
  state.put("");
  EXPECT_EQ(state.refusal(), "cache-corrupt: the cache 'STATE/cache.db' is damaged: it has only 0 bytes");
  state.put(std::string(8192, 'x'));
  EXPECT_EQ(state.refusal(), "cache-corrupt: the cache 'STATE/cache.db' is damaged: it is not an SQLite file");
  EXPECT_EQ(state.bytes(), std::string(8192, 'x'));
  std::filesystem::remove(state.file());
  run_sql(state, "CREATE TABLE bookmarks (url)");
  EXPECT_EQ(state.refusal(),
            "cache-corrupt: the cache 'STATE/cache.db' is damaged: it is a database of another program");
}

TEST(Refusal, SaysWhatToDo) {
  StateFolder state;
  state.put("");
  auto cache = Cache::open(state.path(), "shop");
  ASSERT_FALSE(cache);
  EXPECT_NE(cache.error().hint.find("move '" + state.file() + "' away"), std::string::npos) << cache.error().hint;
}

// SQLite alone would give the changed record as if it were right.
TEST(Refusal, OfARecordThatWasChangedByOthers) {
  StateFolder state;
  with_records(state);
  run_sql(state, "UPDATE record SET open_problems = 0 WHERE target = 'run:3'");
  EXPECT_NE(print(*state.open()).find("the record of 'run:3' is not what was written"), std::string::npos);
}

TEST(Refusal, OfAMissingTable) {
  StateFolder state;
  with_records(state);
  run_sql(state, "DROP TABLE record");
  auto records = state.open()->records();
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().kind, ErrorKind::cache_corrupt);
}

// A log whose database was moved away would be played into the new one.
TEST(Refusal, MovesAsideTheLogOfACacheThatWasMovedAway) {
  StateFolder state;
  auto cache = state.open();
  ASSERT_TRUE(cache->save(record_of("run:old", 1)));
  std::string log = state.bytes("cache.db-wal");
  ASSERT_NE(log, "");
  cache.reset();
  state.put(log, "cache.db-wal");
  std::filesystem::remove(state.file());
  EXPECT_EQ(print(*state.open()), "");
  EXPECT_EQ(state.bytes("cache.db-wal.stray"), log);
}

// Root may write everywhere, so a child gives its rights up first.
int as_nobody(const std::function<bool()>& holds) {
  pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    ::_exit(holds() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(Refusal, OfAFolderThatCannotBeWrittenButItIsRead) {
  StateFolder state;
  with_records(state);
  ::chmod(state.file().c_str(), 0444);
  ::chmod(state.path().c_str(), 0555);
  EXPECT_EQ(as_nobody([&] {
              return state.refusal() == "cache-io: the state folder 'STATE' cannot be written: Permission denied";
            }),
            0);
  EXPECT_EQ(as_nobody([&] { return print(*state.read()).find("run:4 v4") != std::string::npos; }), 0);
  ::chmod(state.path().c_str(), 0777);
  EXPECT_EQ(as_nobody([&] { return state.refusal() == "cache-io: the cache 'STATE/cache.db' cannot be written"; }), 0);
}

TEST(Refusal, OfAFolderThatCannotBeMade) {
  StateFolder state;
  state.put("a file", "blocked");
  auto cache = Cache::open(state.path() + "/blocked/state", "shop");
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.error().kind, ErrorKind::cache_io);
}

// Each old version stays here as text, as a dump of the sqlite3 shell, and must load.
TEST(Schema, OldVersionsLoad) {
  for (const auto& entry : std::filesystem::directory_iterator(MIGRATE_SOURCE_DIR "/tests/fixtures/cache")) {
    SCOPED_TRACE(entry.path().string());
    std::ifstream in(entry.path());
    std::string sql{std::istreambuf_iterator<char>(in), {}};
    StateFolder state;
    run_sql(state, sql.c_str());
    std::string before = state.bytes();
    std::string expected;
    for (int n = 0; n < 5; ++n) expected += print(record_of("run:" + std::to_string(n), n)) + "\n";
    EXPECT_EQ(print(*state.read()), expected);
    EXPECT_EQ(state.bytes(), before) << "reading changed the file";
    EXPECT_EQ(print(*state.open()), expected);
    EXPECT_EQ(state.open()->journal("run:1")->front().what, "write");
    EXPECT_EQ(state.open()->chunks("run:2", of("plan"))->front().range, "1..10");
    EXPECT_EQ(state.open()->runs(1)->front().command, "build");
    EXPECT_EQ(**state.open()->fact("schema"), "{}");
  }
}

TEST(Schema, IsBroughtForwardStepByStepAndWholeOrNotAtAll) {
  StateFolder state;
  with_records(state);
  std::vector<SchemaStep> steps(schema_steps().begin(), schema_steps().end());
  int newest = steps.back().to;
  auto db = Database::open(state.file(), Database::Access::read_write);
  ASSERT_TRUE(db);

  steps.push_back({newest + 1, "ALTER TABLE record ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"});
  steps.push_back({newest + 2, "CREATE TABLE fine (a); CREATE TABLE broken (;"});
  EXPECT_FALSE(bring_forward(*db, steps));
  EXPECT_EQ(*schema_version(*db), newest);
  EXPECT_FALSE(db->run("SELECT colour FROM record"));

  steps.back().sql = "UPDATE record SET colour = 'blue'";
  EXPECT_TRUE(bring_forward(*db, steps));
  EXPECT_EQ(*schema_version(*db), newest + 2);
  auto row = db->prepare("SELECT count(*) FROM record WHERE colour = 'blue'");
  ASSERT_TRUE(*row->step());
  EXPECT_EQ(row->integer_at(0), 5);
}

}  // namespace
}  // namespace migrate::test
