// The progress of a build or a check for people: make_display(), outcome_text(); on a terminal live_display.cc.
#include <chrono>

#include "base/text.h"
#include "cli/display.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;

std::string outcome_line(const Target& target, const TargetResult& result, const Terminal& t) {
  std::string id = target.id;
  switch (result.outcome) {
    case Outcome::made:
    case Outcome::unchanged: {
      std::string line = t.paint(Style::green, "made") + "     " + id + "  " + human_duration(result.seconds);
      if (result.outcome == Outcome::unchanged) line += ", as it was";
      if (result.open_problems > 0) line += ", " + t.paint(Style::yellow, plural(result.open_problems, "open problem"));
      return line;
    }
    case Outcome::up_to_date:
      return t.paint(Style::dim, "fine") + "     " + id;
    case Outcome::failed:
      return t.paint(Style::red, "failed") + "   " + id;
    case Outcome::skipped:
      return t.paint(Style::yellow, "skipped") + "  " + id;
    case Outcome::not_started:
      return t.paint(Style::dim, "not started") + "  " + id;
    case Outcome::outside:
      break;
  }
  return id;
}

// Outside a terminal: plain lines, and never a control code.
class PlainDisplay : public Display {
 public:
  PlainDisplay(const DisplayScope& scope, const Terminal& terminal) : scope_(scope), terminal_(terminal) {}

  void started(const Target& target) override {
    if (scope_.says_starts && scope_.shows(target)) print("making   " + target.id + "\n");
  }
  // A table of hours says that it is alive: a line each half minute.
  void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) override {
    if (Clock::now() - last_ < std::chrono::seconds(30)) return;
    last_ = Clock::now();
    print("         " + target.id + "  " + with_thousands(done) +
          (expected > 0 ? " of about " + with_thousands(expected) : "") +
          (errors > 0 ? ", " + plural(errors, "problem") : "") + "\n");
  }
  void ended(const Target&, const std::string& text) override { print(text); }
  void finished(const Target& target, const TargetResult& result) override {
    if (scope_.shows(target) || result.error) print(outcome_text(target, result, terminal_));
  }

 private:
  static void print(const std::string& text) {
    fputs(text.c_str(), stdout);
    fflush(stdout);
  }
  const DisplayScope scope_;
  const Terminal terminal_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

std::string outcome_text(const Target& target, const TargetResult& result, const Terminal& terminal) {
  return outcome_line(target, result, terminal) + "\n" + (result.error ? describe(*result.error) : "");
}

bool DisplayScope::counts(const Target& target) const { return counted[graph->index(target)]; }

// An up-to-date target with open problems is only looked at again: the sum speaks of those.
bool DisplayScope::shows(const Target& target) const { return verbose > 0 || counts(target); }

DisplayScope scope_of(const Plan& plan, int verbose) {
  DisplayScope scope{plan.graph, std::vector<bool>(plan.items.size()), verbose, true};
  for (const TargetIndex i : plan.order) {
    const TargetState state = plan.items[i].state;
    scope.counted[i] =
        state != TargetState::clean && state != TargetState::outside && !plan.graph->target(i).rule->pure();
  }
  return scope;
}

std::unique_ptr<Display> make_display(const DisplayScope& scope, const Terminal& terminal) {
  if (terminal.live()) return make_live_display(scope, terminal);
  return std::make_unique<PlainDisplay>(scope, terminal);
}

}  // namespace migrate
