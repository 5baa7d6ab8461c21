// What a command of the project file prints.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/result.h"

namespace migrate {

// Runs `sh -c COMMAND` with no input, and gives its standard output, 64 KB at most. A command that has not ended when
// `how_long` is over, or `*stop` is set, is killed with all that it started, whether it still holds its output open or
// not. Errors (project_value, interrupted): the message goes on after "the command …": "took longer than 60 s".
Result<std::string> shell_output(const std::string& command, std::chrono::milliseconds how_long,
                                 const std::atomic<bool>* stop = nullptr);

}  // namespace migrate
