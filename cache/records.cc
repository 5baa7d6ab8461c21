// Records of finished targets. Public entries: Cache::records, record, save, save_all, forget.
#include "base/text.h"
#include "cache/state.h"

namespace migrate {
namespace {

#define MIGRATE_RECORD_COLUMNS                                                                          \
  "target, recipe, inputs, observation_kind, observation, observation_display, output, open_problems, " \
  "seconds, finished_at, run, facts, checksum"

int64_t checksum(const Record& r, RowChecksum& sum) {
  return sum.text(r.target)
      .integer(r.recipe)
      .text(r.inputs.stored())
      .integer(r.observation_kind)
      .text(r.observation.view())
      .text(r.observation_display)
      .text(r.output.view())
      .integer(static_cast<int64_t>(r.open_problems))
      .real(r.seconds)
      .integer(r.finished_at)
      .text(r.run)
      .text(r.facts)
      .finish();
}

Result<void> read_row(const Database& db, const Statement& row, RowChecksum& sum, Record& r) {
  r.target = row.bytes_at(0);
  r.recipe = static_cast<int>(row.integer_at(1));
  r.inputs = RecordInputs(row.string_at(2));
  r.observation_kind = static_cast<int>(row.integer_at(3));
  r.observation = Digest::from_bytes(row.bytes_at(4));
  r.observation_display = row.bytes_at(5);
  r.output = Digest::from_bytes(row.bytes_at(6));
  r.open_problems = static_cast<uint64_t>(row.integer_at(7));
  r.seconds = row.real_at(8);
  r.finished_at = row.integer_at(9);
  r.run = row.bytes_at(10);
  r.facts = row.bytes_at(11);
  if (checksum(r, sum) == row.integer_at(12)) return {};
  return corrupt_cache(db.path(), "the record of '" + r.target + "' is not what was written");
}

Result<void> put_record(Database& db, const Record& r) {
  RowChecksum sum;
  TRY(put, db.prepare("INSERT OR REPLACE INTO record (" MIGRATE_RECORD_COLUMNS
                      ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  put.text(r.target).integer(r.recipe).blob(r.inputs.stored()).integer(r.observation_kind).digest(r.observation);
  put.text(r.observation_display).digest(r.output).integer(static_cast<int64_t>(r.open_problems));
  put.real(r.seconds).integer(r.finished_at).text(r.run).text(r.facts).integer(checksum(r, sum));
  return put.done();
}

Result<void> end_work(Database& db, std::string_view target) {
  TRY(journal, db.prepare("DELETE FROM journal WHERE target = ?"));
  CHECK_OK(journal.text(target).done());
  TRY(chunks, db.prepare("DELETE FROM chunk WHERE target = ?"));
  return chunks.text(target).done();
}

}  // namespace

Result<Records> Cache::records() {
  std::lock_guard lock(state_->mutex);
  Records all;
  if (!state_->db) return all;
  RowChecksum sum;
  TRY(rows, state_->db->prepare("SELECT " MIGRATE_RECORD_COLUMNS " FROM record ORDER BY target"));
  for (;;) {
    TRY(more, rows.step());
    if (!more) break;
    CHECK_OK(read_row(*state_->db, rows, sum, all.list.emplace_back()));
  }
  TRY(begun, state_->db->prepare("SELECT DISTINCT target FROM journal"));
  for (;;) {
    TRY(more, begun.step());
    if (!more) return all;
    if (Record* record = all.find(begun.bytes_at(0))) record->unfinished = true;
  }
}

Result<std::optional<Record>> Cache::record(std::string_view target) {
  std::lock_guard lock(state_->mutex);
  if (!state_->db) return std::optional<Record>();
  RowChecksum sum;
  TRY(row, state_->db->prepare("SELECT " MIGRATE_RECORD_COLUMNS " FROM record WHERE target = ?"));
  TRY(found, row.text(target).step());
  if (!found) return std::optional<Record>();
  Record record;
  CHECK_OK(read_row(*state_->db, row, sum, record));
  TRY(begun, state_->db->prepare("SELECT 1 FROM journal WHERE target = ?"));
  TRY(unfinished, begun.text(target).step());
  record.unfinished = unfinished;
  return std::optional<Record>(std::move(record));
}

Result<void> Cache::save(const Record& record) {
  return state_->transaction([&](Database& db) -> Result<void> {
    CHECK_OK(put_record(db, record));
    return end_work(db, record.target);
  });
}

Result<void> Cache::save_all(const std::vector<Record>& records) {
  return state_->transaction([&](Database& db) -> Result<void> {
    for (const Record& record : records) {
      CHECK_OK(put_record(db, record));
      CHECK_OK(end_work(db, record.target));
    }
    return {};
  });
}

Result<void> Cache::forget(std::string_view target) {
  return state_->transaction([&](Database& db) -> Result<void> {
    TRY(gone, db.prepare("DELETE FROM record WHERE target = ?"));
    CHECK_OK(gone.text(target).done());
    return end_work(db, target);
  });
}

}  // namespace migrate
