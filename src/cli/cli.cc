// The command line: run_cli() leads each command to its file.
#include "cli/cli.h"

#include <cstdio>

#include "cli/completions.h"
#include "cli/options.h"

namespace migrate {

int run_cli(int argc, char** argv) {
  ParsedLine line = parse_command_line(argc, argv);
  if (line.exit_code) return *line.exit_code;
  switch (line.options.command) {
    case Command::completions:
      print_completions(line.options.shell);
      return 0;
    case Command::man:
      print_manual();
      return 0;
    default:
      break;
  }
  fprintf(stderr, "error\n");
  return 1;
}

}  // namespace migrate
