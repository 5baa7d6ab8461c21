// Checks one target table against its source: every row and every item both ways, a random sample, or counts.
// docs/check.md tells how. Reads only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/table.h"
#include "contract/project.h"
#include "contract/schema.h"
#include "engine/check_result.h"
#include "engine/dead_letters.h"
#include "engine/row_source.h"
#include "sql/view.h"

namespace migrate {

struct CheckJob {
  TableViews views;
  std::string target_table;  // as DynamoDB knows it, prefix included
  std::vector<IndexSpec> indexes;
  std::vector<std::string> count_selects;  // one for each entity, as sql's count_select() prints it
  std::vector<std::string> satisfies;
  struct Reference {
    std::string attribute;
    std::string joined_table;
    std::string count_select;  // gives one number: the orphans
  };
  std::vector<Reference> references;
  std::optional<LookupCheck> lookup;  // column and index are set: the table is a lookup table
  CheckSetting setting;
  bool own_table = false;       // migrate made the table
  uint64_t seed = 0;            // of a sample
  uint64_t estimated_rows = 0;  // for progress; 0: unknown
  uint64_t memory_mb = 128;
  double snapshot_minutes = 10;
  std::string dead_letters;     // the last run's file; may be missing
  uint64_t last_dead_rows = 0;  // rows that the last run left out: no item is expected for them
  std::string spill_folder;     // for what does not fit into memory; nothing stays there, not even after a kill
  Masking masking;
  size_t shown = 20;               // discrepancies of each kind that are looked at in detail
  double index_wait_seconds = 30;  // before a difference in an index is called one
};
// What there is to check of a table. `dead_letters`, `last_dead_rows`, `masking`, `own_table` and `seed` are the
// caller's to set.
CheckJob check_job(const Table& table, const TableViews& views, const TableSpec& spec, const Schema& schema,
                   const Project& project);

// Both sides. `query` runs one small SELECT; `connect` gives a client for one more thread.
struct CheckSides {
  RowSource& rows;
  std::function<Result<std::vector<RowText>>(const std::string& sql)> query;
  std::function<std::unique_ptr<AwsClient>()> connect;
};

// Rows, items and entries of indexes that were looked at, how many there are by estimate (0: unknown), and how many
// were found wrong so far: a full check knows that only when both sides meet at its end.
struct CheckProgress {
  uint64_t done = 0, expected = 0, wrong = 0;
};
struct CheckHooks {
  std::function<void(const CheckProgress&)> progress;  // some times a second, on the calling thread
  std::function<bool()> cancelled;
};

// Discrepancies are no errors: they are in the result. Errors: interrupted, source_*, aws_*, table_missing, io.
Result<CheckResult> check_table(const CheckJob& job, CheckSides& sides, const CheckHooks& hooks);

}  // namespace migrate
