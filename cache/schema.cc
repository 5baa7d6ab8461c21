// The schema of cache.db, version by version: see schema.h. Public entry: bring_forward.
#include "cache/schema.h"

namespace migrate {
namespace {

// Tables are WITHOUT ROWID so that one tree holds a row and its key: a save touches few pages, and reading all records
// gives them sorted. `checksum` is XXH3-64 over the other columns (row_checksum in checksum.h): SQLite itself takes a
// page that was cut off and reads as zeros for data.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE record (
  target TEXT NOT NULL PRIMARY KEY,
  recipe INTEGER NOT NULL,
  inputs BLOB NOT NULL,
  observation_kind INTEGER NOT NULL,
  observation BLOB NOT NULL,
  observation_display TEXT NOT NULL,
  output BLOB NOT NULL,
  open_problems INTEGER NOT NULL,
  seconds REAL NOT NULL,
  finished_at INTEGER NOT NULL,
  run TEXT NOT NULL,
  facts TEXT NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  what TEXT NOT NULL,
  payload TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  checksum INTEGER NOT NULL
);
CREATE TABLE chunk (
  target TEXT NOT NULL,
  plan BLOB NOT NULL,
  range TEXT NOT NULL,
  facts TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (target, plan, range)
) WITHOUT ROWID;
CREATE TABLE run (
  id TEXT NOT NULL PRIMARY KEY,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  command TEXT NOT NULL,
  who TEXT NOT NULL,
  exit_code INTEGER NOT NULL,
  facts TEXT NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE fact (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

constexpr SchemaStep kSteps[] = {{1, kVersion1}};

Result<void> take_steps(Database& db, std::span<const SchemaStep> steps, int from) {
  for (const SchemaStep& step : steps) {
    if (step.to > from) CHECK_OK(db.run(step.sql));
  }
  TRY(put, db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?)"));
  return put.text(std::to_string(steps.back().to)).done();
}

}  // namespace

std::span<const SchemaStep> schema_steps() { return kSteps; }

Result<int> schema_version(Database& db) {
  TRY(tables, db.prepare("SELECT count(*), sum(name = 'meta') FROM sqlite_schema"));
  TRY(any, tables.step());
  if (!any || tables.integer_at(0) == 0) return 0;
  if (tables.integer_at(1) == 0) return corrupt_cache(db.path(), "it is a database of another program");
  TRY(get, db.prepare("SELECT value FROM meta WHERE key = 'schema'"));
  TRY(found, get.step());
  if (!found) return corrupt_cache(db.path(), "its meta table names no schema");
  int version = std::atoi(get.string_at(0).c_str());
  if (version <= 0) return corrupt_cache(db.path(), "its meta table names schema '" + get.string_at(0) + "'");
  return version;
}

Result<void> bring_forward(Database& db, std::span<const SchemaStep> steps) {
  TRY(version, schema_version(db));
  int newest = steps.back().to;
  if (version == newest) return {};
  if (version > newest) {
    return Error(ErrorKind::cache_version, "the cache '" + db.path() + "' has schema " + std::to_string(version) +
                                               ", and this migrate knows schemas up to " + std::to_string(newest));
  }
  CHECK_OK(db.begin());
  if (auto taken = take_steps(db, steps, version); !taken) {
    db.rollback();
    return taken.error();
  }
  return db.commit();
}

}  // namespace migrate
