// migrate build: the stages from top to bottom. build_command().
#include "graph/build.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "cli/failures.h"
#include "cli/run_log.h"
#include "cli/session.h"
#include "rules/gather_report.h"

namespace migrate {
namespace {

Result<BuildSummary> run_plan(Session& session, Plan& plan, const Options& options, const Output& output,
                              const std::string& run) {
  std::unique_ptr<BuildListener> display;
  if (output.json()) {
    display = make_json_display(plan);
  } else {
    display = make_display(scope_of(plan, options.verbose), output.terminal());
  }
  BuildOptions build_options;
  build_options.threads = options.jobs;
  build_options.keep_going = options.keep_going;
  build_options.pools = Chain::pools();
  build_options.cancelled = &interrupted();
  build_options.listener = display.get();
  build_options.run = run;
  return build(plan, *session.cache, build_options);
}

JsonObject summary_json(const BuildSummary& s, int code) {
  JsonObject line;
  line.add("type", "summary")
      .add("exit_code", code)
      .add("made", s.made)
      .add("unchanged", s.unchanged)
      .add("up_to_date", s.up_to_date)
      .add("failed", s.failed)
      .add("skipped", s.skipped)
      .add("not_started", s.not_started)
      .add("open_problems", s.open_problems)
      .add("seconds", s.seconds);
  return line;
}

Result<void> report_failures(Session& session, const Failures& failures) {
  TRY(records, session.cache->records());
  TRY(data, gather_report(*session.world, records, failures));
  CHECK_OK(make_folders(report_folder(session.inputs.project)));
  return write_report(data, report_folder(session.inputs.project));
}

int code_of(const BuildSummary& s) {
  if (s.interrupted) return EXIT_INTERRUPTED;
  if (!s.ok()) return EXIT_ERROR;
  return s.open_problems > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

// Without having been made again.
uint64_t resolved(const Plan& plan, const BuildSummary& summary) {
  uint64_t n = 0;
  for (TargetIndex i : plan.order) {
    const PlanItem& item = plan.items[i];
    const Outcome outcome = summary.targets[i].outcome;
    if (item.only_reviewed() && (outcome == Outcome::made || outcome == Outcome::unchanged))
      n += item.record->open_problems - summary.targets[i].open_problems;
  }
  return n;
}

std::string closing_text(const Session& session, const BuildSummary& summary) {
  const std::string& out = session.inputs.project.out;
  std::string text;
  if (summary.open_problems > 0)
    text += "Rows that need a look: " + out + "/dead-letters/; all of it: " + out + "/report/index.html\n";
  if (summary.interrupted) text += "Run the same command again: it goes on where this one stopped.\n";
  return text;
}

}  // namespace

int build_command(const Options& options) {
  if (options.dry_run) return plan_command(options);
  Output output(options);
  watch_interrupts();

  // What people wrote: project file and contract, all errors in one go.
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;

  // Nobody else builds here meanwhile; what is already true is in the cache.
  auto session = open_session(std::move(*inputs), StateUse::write, options, output);
  if (!session) return output.fail(session.error());

  // From here on side effects are possible: they are logged, and belong to a run.
  RunRecord run = start_run((*session)->inputs.project, options, "build");

  // One look at source and target says what is out of date, and why.
  auto plan = make_plan(**session, options, output);
  if (!plan) return output.fail(plan.error());
  const PlanCounts counts = counts_of_effects(*plan);
  if (!has_changes(counts)) output.text(plan_sum(counts) + "\n");

  // Make it, the longest chain first; each finished target is saved at once.
  auto before = recorded_failures(*(*session)->cache);
  if (!before) return output.fail(before.error());
  if (auto begun = (*session)->cache->begin_run(run); !begun) return output.fail(begun.error());
  auto summary = run_plan(**session, *plan, options, output, run.id);
  if (!summary) return output.fail(summary.error());

  // A build that failed has its report too: the report's own target was skipped. And so has the one after it, which may
  // have had nothing to do but to find that all is well again.
  const Failures failures = failures_after(*plan, *summary, *before);
  if (!summary->ok() || !before->empty()) {
    if (auto written = report_failures(**session, failures); !written) output.report(written.error());
  }

  // What it came to.
  const int code = code_of(*summary);
  JsonObject sum = summary_json(*summary, code);
  const std::string line = sum.str();
  auto ended = finish_run(*(*session)->cache, run, code, sum.raw("failures", failures_json(failures)).str());
  if (!ended) return output.fail(ended.error());
  if (has_changes(counts) || !summary->ok()) output.text(build_sum(*plan, *summary) + "\n");
  if (const uint64_t n = resolved(*plan, *summary); n > 0)
    output.text(plural(n, "open problem") + (n == 1 ? " has resolved itself.\n" : " have resolved themselves.\n"));
  output.text(closing_text(**session, *summary));
  output.line(line);
  return code;
}

}  // namespace migrate
