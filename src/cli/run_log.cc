// start_run(), finish_run().
#include "cli/run_log.h"

#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "base/log.h"
#include "base/time.h"
#include "cli/display.h"

namespace migrate {
namespace {

// "20261121-153012-4711": sorts by time, and two machines do not meet in practice.
std::string new_run_id() { return utc_text(time(nullptr), "%Y%m%d-%H%M%S") + "-" + std::to_string(getpid()); }

std::string who() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const char* user = getenv("USER");
  return std::string(user != nullptr ? user : std::to_string(getuid())) + "@" + host;
}

}  // namespace

RunRecord start_run(const Project& project, const Options& options, const std::string& command) {
  RunRecord run{new_run_id(), time(nullptr), 0, command, who(), -1, ""};
  LogOptions log;
  log.folder = project.out + "/logs";
  log.run_id = run.id;
  log.console = options.verbose > 1 ? LogLevel::debug : options.verbose > 0 ? LogLevel::info : LogLevel::warning;
  log.console_line = display_line;
  start_log(log);
  return run;
}

Result<void> finish_run(Cache& cache, RunRecord& run, int exit_code, const std::string& facts) {
  run.finished_at = time(nullptr);
  run.exit_code = exit_code;
  run.facts = facts;
  auto ended = cache.end_run(run);
  stop_log();
  return ended;
}

}  // namespace migrate
