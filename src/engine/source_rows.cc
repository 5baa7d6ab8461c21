// Rows out of the real source: SourceRows.
#include "engine/source_rows.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"

namespace migrate {

SourceRows::SourceRows(const SourceSettings& source, const TableViews& views, Flavor flavor, int connections,
                       std::vector<DataVersionRequest> versions)
    : source_(source),
      views_(views),
      flavor_(flavor),
      connections_(connections),
      requests_(std::move(versions)),
      timestamp_(std::time(nullptr)) {}

SourceRows::~SourceRows() = default;

size_t SourceRows::readers() const { return readers_; }

Result<void> SourceRows::begin() {
  {
    std::lock_guard lock(mutex_);
    open_.clear();
  }
  TRY(snapshot, open_snapshot(source_, connections_, requests_));
  std::vector<std::shared_ptr<Connection>> open;
  const bool fixed_time = std::any_of(views_.entities.begin(), views_.entities.end(),
                                      [](const EntityView& view) { return !view.deterministic; });
  for (auto& reader : snapshot.readers) {
    // NOW() must mean one moment for all rows of a run.
    if (fixed_time) CHECK_OK(reader->execute("SET SESSION timestamp = " + std::to_string(timestamp_)));
    open.push_back(std::make_shared<Connection>());
    open.back()->sql = std::move(reader);
  }
  if (readers_ == 0) {
    readers_ = open.size();
    versions_ = std::move(snapshot.versions);
    method_ = std::move(snapshot.method);
  }
  std::lock_guard lock(mutex_);
  if (cancelled_) return Error(ErrorKind::interrupted, "reading '" + views_.table + "' was interrupted");
  open_ = std::move(open);
  return {};
}

std::shared_ptr<SourceRows::Connection> SourceRows::of(size_t reader) const {
  std::lock_guard lock(mutex_);
  return open_[reader % open_.size()];
}

Result<void> SourceRows::duplicates(const std::function<Result<void>(DuplicateRow& row)>& each) {
  const auto connection = of(0);
  Result<void> taken;
  std::lock_guard busy(connection->busy);
  CHECK_OK(connection->sql->stream(duplicate_keys_select(views_, flavor_), [&](const RowView& row) {
    const auto view = std::find_if(views_.entities.begin(), views_.entities.end(),
                                   [&](const EntityView& e) { return e.entity == row[0].value_or(""); });
    if (view == views_.entities.end()) return true;
    DuplicateRow duplicate;
    duplicate.key = canonical_key(views_, *view, row[1].value_or(""), row[2].value_or(""));
    for (size_t i = 0; i < view->row_key.size(); ++i) {
      const std::string_view text = row[3 + i].value_or("");
      duplicate.source_key.emplace_back(view->row_key[i].column,
                                        view->row_key[i].binary ? "0x" + to_hex(text) : printable(text));
    }
    if (!duplicate.key.empty()) taken = each(duplicate);
    return taken.ok();
  }));
  return taken;
}

Result<std::optional<std::vector<KeyLiteral>>> SourceRows::boundary(size_t reader, size_t entity,
                                                                    const std::vector<KeyLiteral>& after,
                                                                    uint64_t rows) {
  const EntityView& view = views_.entities[entity];
  const auto connection = of(reader);
  std::lock_guard busy(connection->busy);
  TRY(found, connection->sql->query(chunk_boundary_select(view, after, rows, flavor_)));
  if (found.empty()) return std::optional<std::vector<KeyLiteral>>();
  return std::optional<std::vector<KeyLiteral>>(key_literals(view, found[0]));
}

Result<void> SourceRows::read(size_t reader, size_t entity, const KeyRange& range,
                              const std::function<bool(const RowView&)>& row) {
  const auto connection = of(reader);
  std::lock_guard busy(connection->busy);
  return connection->sql->stream(chunk_select(views_.entities[entity], range, flavor_), row);
}

void SourceRows::cancel() {
  std::vector<std::shared_ptr<Connection>> open;
  {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    open = open_;
  }
  for (const auto& connection : open) connection->sql->cancel();
}

}  // namespace migrate
