// A load: the rows of all chunks that are not finished, streamed into the table.
#pragma once

#include "engine/load_log.h"
#include "engine/native.h"

namespace migrate {

// What is about to be written goes into `log` first, where one is given. Errors: as run_native().
Result<TableRun> load_rows(const NativeJob& job, RowSource& rows, AwsClient& client, NativeHooks& hooks, LoadLog* log);

}  // namespace migrate
