// The rows of a table's views out of the real source, for the native engine.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/row_source.h"
#include "sql/snapshot.h"

namespace migrate {

// `views` must outlive it. A renewed snapshot may come with fewer connections than the first (a right was taken away):
// readers then share them.
class SourceRows final : public RowSource {
 public:
  // `versions`: the source tables that the views read, and how each one's data version is told.
  SourceRows(const SourceSettings& source, const TableViews& views, Flavor flavor, int connections,
             std::vector<DataVersionRequest> versions);
  ~SourceRows() override;

  size_t readers() const override;
  Result<void> begin() override;
  Result<void> duplicates(const std::function<Result<void>(DuplicateRow& row)>& each) override;
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t reader, size_t entity,
                                                          const std::vector<KeyLiteral>& after, uint64_t rows) override;
  Result<void> read(size_t reader, size_t entity, const KeyRange& range,
                    const std::function<bool(const RowView&)>& row) override;
  void cancel() override;

  // As seen under the first snapshot, before the first row was read. After begin().
  const std::vector<DataVersion>& versions() const { return versions_; }
  const std::string& method() const { return method_; }  // for people: how the snapshot was taken

 private:
  struct Connection {
    std::unique_ptr<SqlConnection> sql;
    std::mutex busy;
  };
  std::shared_ptr<Connection> of(size_t reader) const;

  const SourceSettings source_;
  const TableViews& views_;
  const Flavor flavor_;
  const int connections_;
  const std::vector<DataVersionRequest> requests_;
  const int64_t timestamp_;  // NOW() of all sessions
  size_t readers_ = 0;       // of the first snapshot
  std::vector<DataVersion> versions_;
  std::string method_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::shared_ptr<Connection>> open_;
  bool cancelled_ = false;
};

}  // namespace migrate
