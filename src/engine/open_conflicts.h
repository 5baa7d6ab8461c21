// Conflicts of the last run, looked up again: what stood in the way may be gone, or have become what was to be written.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cloud/dynamodb.h"
#include "engine/native.h"
#include "sql/view.h"

namespace migrate {

std::string open_conflicts_json(const std::vector<OpenConflict>& conflicts);

struct ConflictsNow {
  uint64_t gone = 0;                 // there is room: the run is to be made again
  uint64_t equal = 0;                // holds what was to be written
  std::vector<OpenConflict> others;  // still in the way, or not answered
};
// By key, 100 a request, strongly consistent. `views` as they were when the conflicts were found.
Result<ConflictsNow> look_up_conflicts(const TableViews& views, const std::string& target_table,
                                       const std::vector<OpenConflict>& conflicts, AwsClient& client);

}  // namespace migrate
