// migrate check: compares source and target now, whatever is recorded. check_command().
#include "base/json_write.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "cli/session.h"
#include "report/findings.h"
#include "rules/check_table.h"

namespace migrate {
namespace {

std::string head(const CheckResult& r, const Terminal& t) {
  std::string out = "  " + t.paint(r.passed() ? Style::green : Style::red, r.passed() ? passed_word(r.mode) : "WRONG") +
                    "  " + printable(r.table) + ": " + plural(r.rows, "row") + ", " +
                    (r.mode == CheckMode::sample ? with_thousands(r.sample) + " drawn, " : "") +
                    plural(r.items, "item");
  const auto add = [&](uint64_t n, const char* what) {
    if (n > 0) out += ", " + with_thousands(n) + " " + what;
  };
  add(r.dead_rows, "dead letters");
  add(r.duplicate_rows, "of them with a key that rows share");
  add(r.missing, "missing");
  add(r.different, "different");
  add(r.extra, "extra");
  return out + "  (" + human_duration(r.seconds) + ")\n";
}

std::string discrepancy_text(const Discrepancy& d) {
  std::string out = "      " + std::string(discrepancy_name(d.kind)) + "  " + printable(d.key);
  if (!d.index.empty()) out += "  in index " + printable(d.index);
  if (!d.source_key.empty()) out += "  of " + printable(d.source_key);
  out += d.known ? "  (known conflict)\n" : d.unreported ? "  (not reported by the last run)\n" : "\n";
  for (const auto& a : d.attributes) {
    out += "          " + printable(a.name) + ": expected " + (a.expected.empty() ? "nothing" : printable(a.expected)) +
           ", found " + (a.found.empty() ? "nothing" : printable(a.found)) + "\n";
  }
  return out;
}

std::string result_text(const CheckResult& r, const Terminal& t, bool all) {
  std::string out = head(r, t);
  for (const Discrepancy& d : r.samples) {
    if (d.kind != Discrepancy::Kind::extra || r.own_table || all) out += discrepancy_text(d);
  }
  for (const CheckLine& line : check_lines(r)) {
    const bool bad = line.health == Health::attention || line.health == Health::failed;
    if (!bad && !all) continue;
    out += "      " + t.paint(bad ? Style::yellow : Style::plain, printable(line.what)) + ": " +
           printable(line.finding) + "\n";
  }
  if (r.mode == CheckMode::sample) out += "      " + confidence_text(r) + "\n";
  for (const std::string& note : r.notes) out += "      " + printable(note) + "\n";
  return out;
}

struct Sum {
  uint64_t checked = 0, wrong = 0;
  double score() const { return check_score(checked, wrong); }
};

// Bars on a terminal; JSON lines; elsewhere a line each half minute.
class Progress {
 public:
  Progress(const Graph& graph, const std::vector<const Target*>& targets, const Options& options, const Output& output)
      : output_(output) {
    if (output.json()) return;
    DisplayScope scope{&graph, std::vector<bool>(graph.targets().size()), options.verbose, false};
    for (const Target* target : targets) scope.counted[graph.index(*target)] = true;
    display_ = make_display(scope, output.terminal());
    LogOptions log;
    log.console_line = display_line;
    start_log(log);
  }
  ~Progress() { stop_log(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  Result<CheckResult> run(World& world, const Target& target, const CheckRequest& request) {
    if (display_) display_->started(target);
    return run_check(world, target.name, request, interrupted(), [&](uint64_t done, uint64_t expected, uint64_t wrong) {
      if (display_) return display_->progress(target, done, expected, wrong);
      output_.line(progress_json(target, done, expected, wrong));
    });
  }
  void ended(const Target& target, const std::string& text) {
    if (display_) display_->ended(target, text);
  }

 private:
  const Output& output_;
  std::unique_ptr<Display> display_;
};

int finish(const Sum& sum, int code, const Output& output) {
  output.text("Score: " + score_text(sum.score()) + " (" + with_thousands(sum.wrong) + " wrong of " +
              with_thousands(sum.checked) + " checked)\n");
  output.line(JsonObject()
                  .add("type", "summary")
                  .add("exit_code", code)
                  .add("checked", sum.checked)
                  .add("wrong", sum.wrong)
                  .add("score", sum.score())
                  .str());
  return code;
}

// The targets to check among those that the command line names. Errors: usage, graph_unknown.
Result<std::vector<const Target*>> selected_checks(const Graph& graph, const Options& options) {
  TRY(selected, graph.select(options.targets));
  std::vector<const Target*> out;
  for (const TargetIndex i : selected) {
    if (graph.target(i).id.starts_with("check:")) out.push_back(&graph.target(i));
  }
  if (out.empty() && !options.targets.empty()) {
    return Error(ErrorKind::usage, "no check is among the targets named", "name one as check:TABLE, or none for all");
  }
  return out;
}

}  // namespace

int check_command(const Options& options) {
  Output output(options);
  watch_interrupts();
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  auto session = open_session(std::move(*inputs), StateUse::read, options, output);
  if (!session) return output.fail(session.error());
  auto targets = selected_checks((*session)->chain->graph, options);
  if (!targets) return output.fail(targets.error());
  Sum sum;
  int code = EXIT_DONE;
  auto progress = std::make_unique<Progress>((*session)->chain->graph, *targets, options, output);
  for (const Target* target : *targets) {
    const CheckRequest request{check_setting((*session)->inputs.project, target->name), options.seed};
    auto result = progress->run(*(*session)->world, *target, request);
    if (!result) {
      code = exit_code(result.error());
      progress->ended(*target, "");
      output.report(result.error());
      if (code == EXIT_INTERRUPTED || !options.keep_going) return output.done(code);
      continue;
    }
    sum.checked += result->checked();
    sum.wrong += result->wrong();
    progress->ended(*target, result_text(*result, output.terminal(), options.verbose > 0));
    output.line(JsonObject()
                    .add("type", "check")
                    .add("target", target->id)
                    .add("passed", result->passed())
                    .raw("facts", result->to_facts())
                    .str());
  }
  progress.reset();
  if (code == EXIT_DONE && sum.wrong > 0) code = EXIT_PROBLEMS;
  return finish(sum, code, output);
}

}  // namespace migrate
