// The command line: run_cli().
#include "cli/cli.h"

#include <cstdio>

namespace migrate {

int run_cli(int, char**) {
  fprintf(stderr, "usage: migrate COMMAND\n");
  return 1;
}

}  // namespace migrate
