// What every command begins with: what people wrote, the state folder, the chain of targets.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "cache/cache.h"
#include "cache/lock.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "contract/model.h"
#include "contract/project.h"
#include "rules/chain.h"
#include "rules/world.h"

namespace migrate {

// Everything that is said goes through here, so that --json has nothing but JSON lines on stdout.
class Output {
 public:
  explicit Output(const Options& options);
  const Terminal& terminal() const { return terminal_; }
  bool json() const { return json_; }

  void text(const std::string& text) const;  // on stdout; not with --json
  void line(const std::string& json) const;  // on stdout; only with --json
  void report(const Error& error) const;     // stderr, or a JSON line
  void report(const Diagnostics& diagnostics) const;
  // The end of a command: the summary with nothing in it but the exit code, where there is no fuller one.
  int done(int code) const;
  int fail(const Error& error) const;  // reports, and is done

 private:
  Terminal terminal_;
  Terminal errors_;
  bool json_;
};

struct Inputs {
  Project project;
  Contract contract;
};
// Project file and contract with all their errors in one go; nullopt when there was one, and it is reported.
std::optional<Inputs> read_inputs(const Options& options, const Output& output);

enum class StateUse { read, write };

// The open state of a project, and the chain over it.
struct Session {
  Inputs inputs;
  std::optional<StateLock> lock;
  std::unique_ptr<Cache> cache;
  std::unique_ptr<World> world;
  std::unique_ptr<Chain> chain;
};
// Takes the lock where state is to be written. `inputs` moves in. Errors: locked, cache_*, graph_* (reported).
Result<std::unique_ptr<Session>> open_session(Inputs inputs, StateUse use, const Options& options,
                                              const Output& output);

// The plan of the targets that the command line names. The contract is checked against the live schema first, as far as
// they need it: its errors are reported, all of them, and end the command; with -k the plan has the targets that
// failed.
Result<Plan> make_plan(Session& session, const Options& options, const Output& output);

// Set by the first Ctrl-C; the second one ends the process at once.
const std::atomic<bool>& interrupted();
void watch_interrupts();
// On stderr after the first one, after an empty line.
inline constexpr std::string_view INTERRUPT_TEXT = "interrupted: finishing what is in flight; once more ends at once\n";

inline constexpr int EXIT_DONE = 0, EXIT_ERROR = 1, EXIT_CHANGES = 2, EXIT_PROBLEMS = 3, EXIT_INTERRUPTED = 130;
int exit_code(const Error& error);

}  // namespace migrate
