// Work that is under way: side effects that were begun, and finished chunks. Public entries: Cache::begin_journal,
// end_journal, journal, add_chunk, chunks, forget_chunks.
#include "base/text.h"
#include "cache/state.h"

namespace migrate {
namespace {

int64_t checksum(const JournalEntry& e) {
  return RowChecksum().text(e.target).text(e.what).text(e.payload).integer(e.begun_at).finish();
}

int64_t checksum(std::string_view target, const Digest& plan, const ChunkRecord& chunk) {
  return RowChecksum().text(target).text(plan.view()).text(chunk.range).text(chunk.facts).finish();
}

Result<int64_t> insert_entry(Database& db, const JournalEntry& entry) {
  TRY(put, db.prepare("INSERT INTO journal (target, what, payload, begun_at, checksum) VALUES (?, ?, ?, ?, ?) "
                      "RETURNING id"));
  put.text(entry.target).text(entry.what).text(entry.payload).integer(entry.begun_at).integer(checksum(entry));
  TRY(row, put.step());
  if (!row) return Error(ErrorKind::internal, "the journal gave no id");
  int64_t id = put.integer_at(0);
  CHECK_OK(put.done());
  return id;
}

}  // namespace

Result<int64_t> Cache::begin_journal(const JournalEntry& entry, bool synced) {
  std::lock_guard lock(state_->mutex);
  CHECK_OK(state_->writable());
  const bool this_one = synced && !state_->always_synced;
  if (this_one) CHECK_OK(state_->db->run("PRAGMA synchronous = FULL"));
  auto id = insert_entry(*state_->db, entry);
  if (this_one) CHECK_OK(state_->db->run("PRAGMA synchronous = NORMAL"));
  return id;
}

Result<void> Cache::end_journal(int64_t id) {
  return state_->transaction([&](Database& db) -> Result<void> {
    TRY(gone, db.prepare("DELETE FROM journal WHERE id = ?"));
    return gone.integer(id).done();
  });
}

Result<std::vector<JournalEntry>> Cache::journal(std::string_view target) {
  std::lock_guard lock(state_->mutex);
  std::vector<JournalEntry> entries;
  if (!state_->db) return entries;
  TRY(rows, state_->db->prepare("SELECT id, target, what, payload, begun_at, checksum FROM journal WHERE target = ? "
                                "ORDER BY id"));
  rows.text(target);
  for (;;) {
    TRY(more, rows.step());
    if (!more) return entries;
    JournalEntry entry{rows.integer_at(0), rows.string_at(1), rows.string_at(2), rows.string_at(3), rows.integer_at(4)};
    if (checksum(entry) != rows.integer_at(5)) {
      return corrupt_cache(state_->db->path(), "a journal entry of '" + entry.target + "' is not what was written");
    }
    entries.push_back(std::move(entry));
  }
}

Result<void> Cache::add_chunk(std::string_view target, const Digest& plan, const ChunkRecord& chunk) {
  return state_->transaction([&](Database& db) -> Result<void> {
    auto known = state_->chunk_plans.find(target);
    if (known == state_->chunk_plans.end() || known->second != plan) {
      TRY(others, db.prepare("DELETE FROM chunk WHERE target = ? AND plan <> ?"));
      CHECK_OK(others.text(target).digest(plan).done());
      state_->chunk_plans.insert_or_assign(std::string(target), plan);
    }
    TRY(put, db.prepare("INSERT OR REPLACE INTO chunk (target, plan, range, facts, checksum) VALUES (?, ?, ?, ?, ?)"));
    put.text(target).digest(plan).text(chunk.range).text(chunk.facts).integer(checksum(target, plan, chunk));
    return put.done();
  });
}

Result<void> Cache::forget_chunks(std::string_view target) {
  return state_->transaction([&](Database& db) -> Result<void> {
    TRY(gone, db.prepare("DELETE FROM chunk WHERE target = ?"));
    return gone.text(target).done();
  });
}

Result<std::vector<ChunkRecord>> Cache::chunks(std::string_view target, const Digest& plan) {
  std::lock_guard lock(state_->mutex);
  std::vector<ChunkRecord> list;
  if (!state_->db) return list;
  TRY(rows, state_->db->prepare("SELECT range, facts, checksum FROM chunk WHERE target = ? AND plan = ? "
                                "ORDER BY range"));
  rows.text(target).digest(plan);
  for (;;) {
    TRY(more, rows.step());
    if (!more) return list;
    ChunkRecord chunk{rows.string_at(0), rows.string_at(1)};
    if (checksum(target, plan, chunk) != rows.integer_at(2)) {
      return corrupt_cache(state_->db->path(),
                           "a finished chunk of '" + std::string(target) + "' is not what was written");
    }
    list.push_back(std::move(chunk));
  }
}

}  // namespace migrate
