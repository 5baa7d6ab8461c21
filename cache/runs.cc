// The history of runs, and small facts. Public entries: Cache::begin_run, end_run, runs, put_fact, fact.
#include "cache/state.h"

namespace migrate {
namespace {

int64_t checksum(const RunRecord& r) {
  return RowChecksum()
      .text(r.id)
      .integer(r.started_at)
      .integer(r.finished_at)
      .text(r.command)
      .text(r.who)
      .integer(r.exit_code)
      .text(r.facts)
      .finish();
}

int64_t checksum(std::string_view name, std::string_view value) {
  return RowChecksum().text(name).text(value).finish();
}

Result<void> put_run(Database& db, const RunRecord& r) {
  TRY(put, db.prepare("INSERT OR REPLACE INTO run (id, started_at, finished_at, command, who, exit_code, facts, "
                      "checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  put.text(r.id).integer(r.started_at).integer(r.finished_at).text(r.command).text(r.who).integer(r.exit_code);
  return put.text(r.facts).integer(checksum(r)).done();
}

}  // namespace

Result<void> Cache::begin_run(const RunRecord& run) {
  return state_->transaction([&](Database& db) { return put_run(db, run); });
}

Result<void> Cache::end_run(const RunRecord& run) {
  return state_->transaction([&](Database& db) { return put_run(db, run); });
}

Result<std::vector<RunRecord>> Cache::runs(size_t newest) {
  std::lock_guard lock(state_->mutex);
  std::vector<RunRecord> list;
  if (!state_->db) return list;
  TRY(rows, state_->db->prepare("SELECT id, started_at, finished_at, command, who, exit_code, facts, checksum FROM run "
                                "ORDER BY started_at DESC, id DESC LIMIT ?"));
  rows.integer(static_cast<int64_t>(newest));
  for (;;) {
    TRY(more, rows.step());
    if (!more) return list;
    RunRecord run{rows.string_at(0), rows.integer_at(1), rows.integer_at(2),
                  rows.string_at(3), rows.string_at(4),  static_cast<int>(rows.integer_at(5)),
                  rows.string_at(6)};
    if (checksum(run) != rows.integer_at(7)) {
      return corrupt_cache(state_->db->path(), "the run '" + run.id + "' is not what was written");
    }
    list.push_back(std::move(run));
  }
}

Result<void> Cache::put_fact(std::string_view name, std::string_view value) {
  return state_->transaction([&](Database& db) -> Result<void> {
    TRY(put, db.prepare("INSERT OR REPLACE INTO fact (name, value, checksum) VALUES (?, ?, ?)"));
    return put.text(name).text(value).integer(checksum(name, value)).done();
  });
}

Result<std::optional<std::string>> Cache::fact(std::string_view name) {
  std::lock_guard lock(state_->mutex);
  if (!state_->db) return std::optional<std::string>();
  TRY(row, state_->db->prepare("SELECT value, checksum FROM fact WHERE name = ?"));
  TRY(found, row.text(name).step());
  if (!found) return std::optional<std::string>();
  std::string value = row.string_at(0);
  if (checksum(name, value) != row.integer_at(1)) {
    return corrupt_cache(state_->db->path(), "the fact '" + std::string(name) + "' is not what was written");
  }
  return std::optional<std::string>(std::move(value));
}

}  // namespace migrate
