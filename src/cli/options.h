// What the command line says, as plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace migrate {

enum class Command {
  build,
  plan,
  clean,
  init,
  status,
  explain,
  graph,
  check,
  report,
  history,
  doctor,
  completions,
  man
};

struct Options {
  Command command = Command::build;
  // Common.
  std::string file = "migrate.yaml";
  int jobs = 4;
  bool keep_going = false;
  bool json = false;
  bool dry_run = false;
  bool yes = false;
  int verbose = 0;
  std::string color = "auto";  // auto | always | never
  std::vector<std::string> targets;
  // Of one command or two.
  bool always_make = false;               // build, plan -B
  bool adopt = false;                     // build, plan
  std::optional<uint64_t> allow_deletes;  // build
  bool offline = false;                   // plan
  bool detailed_exitcode = false;         // plan
  bool tables = false;                    // clean
  bool dead = false;                      // clean
  std::string format = "text";            // graph: text | dot | svg
  std::string shell;                      // completions: bash | zsh | fish
  int count = 20;                         // history
  std::optional<uint64_t> seed;           // check
  bool force = false;                     // init: overwrite files
  std::string init_source;                // init: mysql://user@host:port/database
};

// Where the words of a command line lead.
struct ParsedLine {
  Options options;
  std::optional<int> exit_code;  // set: everything is said (help, version, a usage error), end with it
};
ParsedLine parse_command_line(int argc, char** argv);

// The commands and flags themselves, for completions and the man page, which are made from them.
std::unique_ptr<CLI::App> command_line(Options& options);

}  // namespace migrate
