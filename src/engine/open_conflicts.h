// Conflicts of the last run, looked up again: what stood in the way may be gone, or have become what was to be written.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cloud/dynamodb.h"
#include "engine/native.h"
#include "sql/view.h"

namespace migrate {

std::string open_conflicts_json(const std::vector<OpenConflict>& conflicts);

struct ConflictsNow {
  uint64_t gone = 0;                // there is room: the run is to be made again
  std::vector<OpenConflict> equal;  // hold what was to be written; all others are in the way, or were not answered
};
// By key, 100 a request, strongly consistent. `views` as they were when the conflicts were found.
Result<ConflictsNow> look_up_conflicts(const TableViews& views, const std::string& target_table,
                                       const std::vector<OpenConflict>& conflicts, AwsClient& client);

// Takes conflicts that are over out of what is known of the run and out of its dead letters: a check takes an item that
// is listed there for a problem that people know of.
Result<void> close_conflicts(const std::vector<OpenConflict>& equal, const TableViews& views,
                             const std::string& dead_letters, TableRun& run);

}  // namespace migrate
