// The second half of a later run: a change list is written to the target, each change under the condition that its item
// is still what was written.
#pragma once

#include "engine/change_list.h"
#include "engine/native.h"
#include "engine/record_sort.h"

namespace migrate {

// What became of the changes goes to `outcomes` (next_manifest.h), and is counted in `facts`. The source is not asked.
// Errors: as run_native().
Result<void> apply_changes(const NativeJob& job, const std::string& list, AwsClient& client, NativeHooks& hooks,
                           TableRun& facts, DeadLetterFile& letters, RecordSort& outcomes);

}  // namespace migrate
