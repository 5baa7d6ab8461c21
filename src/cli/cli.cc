// The command line: run_cli() leads each command to its file.
#include "cli/cli.h"

#include "cli/commands.h"
#include "cli/completions.h"
#include "cli/options.h"

namespace migrate {

int run_cli(int argc, char** argv) {
  ParsedLine line = parse_command_line(argc, argv);
  if (line.exit_code) return *line.exit_code;
  const Options& options = line.options;
  switch (options.command) {
    case Command::build:
      return build_command(options);
    case Command::plan:
      return plan_command(options);
    case Command::clean:
      return clean_command(options);
    case Command::init:
      return init_command(options);
    case Command::status:
      return status_command(options);
    case Command::explain:
      return explain_command(options);
    case Command::graph:
      return graph_command(options);
    case Command::check:
      return check_command(options);
    case Command::report:
      return report_command(options);
    case Command::history:
      return history_command(options);
    case Command::doctor:
      return doctor_command(options);
    case Command::completions:
      print_completions(options.shell);
      return 0;
    case Command::man:
      print_manual();
      return 0;
  }
  return 1;
}

}  // namespace migrate
