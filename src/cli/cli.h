// The command line.
#pragma once

namespace migrate {

// Returns the exit code (docs/design.md): 0 done, 1 error, 2 changes found, 3 finished with open problems, 130
// interrupted.
int run_cli(int argc, char** argv);

}  // namespace migrate
