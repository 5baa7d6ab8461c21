// A run of a command that changes something outside: its logs, and its place in the history.
#pragma once

#include <string>

#include "cache/cache.h"
#include "cli/options.h"
#include "contract/project.h"

namespace migrate {

// From here on side effects are logged and audited, in the name of a new run. Not in the history yet: a command that
// ends before its first side effect is no run.
RunRecord start_run(const Project& project, const Options& options, const std::string& command);
// The end in the history, and of the logs.
Result<void> finish_run(Cache& cache, RunRecord& run, int exit_code, const std::string& facts);

}  // namespace migrate
