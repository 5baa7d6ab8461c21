// A run that knows what was written before: it compares, then writes what differs.
#pragma once

#include "engine/kept_files.h"
#include "engine/native.h"

namespace migrate {

// Errors: as run_native(). Sets TableRun::manifest.
Result<TableRun> run_later(const NativeJob& job, const KeptFiles& kept, RowSource& rows, AwsClient& client,
                           NativeHooks& hooks);

}  // namespace migrate
