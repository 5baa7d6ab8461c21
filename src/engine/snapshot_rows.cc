// The real RowSource over sql/snapshot.h: SnapshotRows.
#include "engine/snapshot_rows.h"

#include <algorithm>

#include "engine/item.h"

namespace migrate {
namespace {

const EntityView* entity_named(const TableViews& views, const std::string& name) {
  for (const EntityView& entity : views.entities) {
    if (entity.entity == name) return &entity;
  }
  return nullptr;
}

}  // namespace

SnapshotRows::SnapshotRows(SourceSettings source, TableViews views, int connections,
                           std::vector<DataVersionRequest> tables)
    : source_(std::move(source)),
      views_(std::move(views)),
      readers_(static_cast<size_t>(std::max(connections, 1))),
      tables_(std::move(tables)) {}

Result<void> SnapshotRows::begin() {
  if (!touched_) return {};
  // The old one first: a server with few connections to give would have none left for the new one.
  {
    std::lock_guard guard(mutex_);
    snapshot_ = {};
  }
  TRY(opened, open_snapshot(source_, static_cast<int>(readers_), tables_));
  std::lock_guard guard(mutex_);
  snapshot_ = std::move(opened);
  readers_ = snapshot_.readers.size();
  method_ = snapshot_.method;
  if (first_versions_.empty()) first_versions_ = snapshot_.versions;
  touched_ = false;
  return {};
}

Result<std::vector<DuplicateRow>> SnapshotRows::duplicates() {
  touched_ = true;
  std::vector<DuplicateRow> out;
  const bool sorted = !views_.sk.empty();
  auto take = [&](const RowView& row) {
    const EntityView* entity = entity_named(views_, std::string(row[0].value_or("")));
    DuplicateRow duplicate;
    duplicate.key =
        canonical_key(views_.pk_type, row[1].value_or(""), sorted ? &views_.sk_type : nullptr, row[2].value_or(""));
    for (size_t i = 0; entity != nullptr && i < entity->row_key.size(); ++i) {
      duplicate.source_key.emplace_back(entity->row_key[i].column, std::string(row[3 + i].value_or("NULL")));
    }
    out.push_back(std::move(duplicate));
    return true;
  };
  CHECK_OK(snapshot_.readers.front()->stream(duplicate_keys_select(views_, flavor()), take));
  return out;
}

Result<std::optional<std::vector<KeyLiteral>>> SnapshotRows::boundary(size_t reader, size_t entity,
                                                                      const std::vector<KeyLiteral>& after,
                                                                      uint64_t rows) {
  touched_ = true;
  const EntityView& view = views_.entities[entity];
  TRY(found, snapshot_.readers[reader]->query(chunk_boundary_select(view, after, rows, flavor())));
  if (found.empty()) return std::optional<std::vector<KeyLiteral>>();
  return std::optional(key_literals(view, found.front()));
}

Result<void> SnapshotRows::read(size_t reader, size_t entity, const KeyRange& range,
                                const std::function<bool(const RowView&)>& row) {
  touched_ = true;
  return snapshot_.readers[reader]->stream(chunk_select(views_.entities[entity], range, flavor()), row);
}

void SnapshotRows::cancel() {
  std::lock_guard guard(mutex_);
  for (const auto& reader : snapshot_.readers) reader->cancel();
}

}  // namespace migrate
