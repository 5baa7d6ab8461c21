// The first half of a later run: all rows are read once and compared with what was written; what differs becomes a
// change list on the disk, before anything is written.
#pragma once

#include <string>

#include "engine/find_changes.h"
#include "engine/kept_files.h"
#include "engine/native.h"

namespace migrate {

struct Comparison {
  std::string list;  // path of the change list
  ChangeCounts counts;
};

// Rows that become no items are in `letters`, and what was read in `facts`. Errors: as run_native(); nothing is written
// to the target.
Result<Comparison> compare_rows(const NativeJob& job, const KeptFiles& kept, RowSource& rows, AwsClient& client,
                                NativeHooks& hooks, TableRun& facts, DeadLetterFile& letters);

}  // namespace migrate
