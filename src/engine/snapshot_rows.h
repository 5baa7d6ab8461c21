// The real RowSource: chunks of a table's entities, read over connections that share one snapshot.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/row_source.h"
#include "sql/data_version.h"
#include "sql/snapshot.h"

namespace migrate {

class SnapshotRows : public RowSource {
 public:
  // `tables`: all source tables that the views read, with the method of their data version.
  SnapshotRows(SourceSettings source, TableViews views, int connections, std::vector<DataVersionRequest> tables);

  // After the first begin(): the data versions of the first snapshot, in the order of `tables`.
  const std::vector<DataVersion>& first_versions() const { return first_versions_; }
  // For people: "2 connections, one moment, under LOCK TABLES … READ".
  const std::string& method() const { return method_; }

  size_t readers() const override { return readers_; }
  // A snapshot that nobody has read yet is not opened again.
  Result<void> begin() override;
  Result<std::vector<DuplicateRow>> duplicates() override;
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t reader, size_t entity,
                                                          const std::vector<KeyLiteral>& after, uint64_t rows) override;
  Result<void> read(size_t reader, size_t entity, const KeyRange& range,
                    const std::function<bool(const RowView&)>& row) override;
  void cancel() override;

 private:
  Flavor flavor() const { return snapshot_.readers.front()->flavor(); }

  SourceSettings source_;
  TableViews views_;
  size_t readers_;
  std::vector<DataVersionRequest> tables_;
  std::mutex mutex_;  // begin() against cancel(): who replaces the connections, and who walks them
  Snapshot snapshot_;
  std::atomic<bool> touched_ = true;
  std::vector<DataVersion> first_versions_;
  std::string method_;
};

}  // namespace migrate
