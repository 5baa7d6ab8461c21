// The progress of a build for people: make_display().
#include <algorithm>
#include <chrono>
#include <vector>

#include "base/text.h"
#include "cli/display.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

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
class PlainDisplay : public BuildListener {
 public:
  PlainDisplay(const Plan& plan, const Terminal& terminal, int verbose)
      : plan_(plan), terminal_(terminal), verbose_(verbose) {}

  void started(const Target& target) override {
    if (shown(target)) line("making   " + target.id);
  }
  // A table of hours says that it is alive: a line each half minute.
  void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) override {
    if (since(last_) < 30) return;
    last_ = Clock::now();
    line("         " + target.id + "  " + with_thousands(done) +
         (expected > 0 ? " of about " + with_thousands(expected) : "") +
         (errors > 0 ? ", " + plural(errors, "problem") : ""));
  }
  void finished(const Target& target, const TargetResult& result) override {
    if (shown(target) || result.error) line(outcome_line(target, result, terminal_));
    if (result.error) fputs(describe(*result.error).c_str(), stdout);
    fflush(stdout);
  }

 private:
  // An up-to-date target with open problems is only looked at again: the sum speaks of those.
  bool shown(const Target& target) const {
    auto index = static_cast<size_t>(&target - plan_.graph->targets().data());
    return verbose_ > 0 || (!target.rule->pure() && plan_.items[index].state != TargetState::clean);
  }
  static void line(const std::string& text) {
    printf("%s\n", text.c_str());
    fflush(stdout);
  }
  const Plan& plan_;
  Terminal terminal_;
  int verbose_;
  Clock::time_point last_ = Clock::now();
};

class LiveDisplay : public BuildListener {
 public:
  LiveDisplay(const Plan& plan, const Terminal& terminal, int verbose) : terminal_(terminal), verbose_(verbose) {
    for (TargetIndex i : plan.order) {
      TargetState state = plan.items[i].state;
      if (state == TargetState::will || state == TargetState::may) ++total_;
    }
  }
  ~LiveDisplay() override { erase(); }

  void started(const Target& target) override {
    if (target.rule->pure()) return;
    running_.push_back({&target, Clock::now(), 0, 0, 0});
    draw();
  }
  void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) override {
    for (Running& r : running_) {
      if (r.target != &target) continue;
      r.done = done;
      r.expected = expected;
      r.errors = errors;
    }
    if (since(drawn_) > 0.1) draw();
  }
  void finished(const Target& target, const TargetResult& result) override {
    ++finished_;
    std::erase_if(running_, [&](const Running& r) { return r.target == &target; });
    erase();
    if (verbose_ > 0 || !target.rule->pure() || result.error)
      printf("%s\n", outcome_line(target, result, terminal_).c_str());
    if (result.error) fputs(describe(*result.error).c_str(), stdout);
    draw();
  }

 private:
  struct Running {
    const Target* target;
    Clock::time_point since;
    uint64_t done, expected, errors;
  };

  static constexpr int CELLS = 20;

  std::string running_line(const Running& r) const {
    double elapsed = since(r.since);
    std::string line = "  " + r.target->id + "  ";
    if (r.done == 0) return line + human_duration(elapsed);
    double rate = elapsed > 0 ? static_cast<double>(r.done) / elapsed : 0;
    if (r.expected > 0)
      line +=
          terminal_.paint(Style::cyan, bar(static_cast<double>(r.done) / static_cast<double>(r.expected), CELLS)) + " ";
    line +=
        with_thousands(r.done) + "  " + with_thousands(static_cast<uint64_t>(rate)) + "/s  " + human_duration(elapsed);
    if (r.expected > r.done && rate > 0)
      line += ", " + human_duration(static_cast<double>(r.expected - r.done) / rate) + " to go";
    if (r.errors > 0) line += "  " + terminal_.paint(Style::yellow, plural(r.errors, "problem"));
    return line;
  }

  void erase() {
    if (lines_ > 0) printf("\033[%dA\033[J", lines_);
    lines_ = 0;
    fflush(stdout);
  }
  void draw() {
    drawn_ = Clock::now();
    erase();
    // A line that wraps would break the count of lines to go back: no wrapping while we draw.
    fputs("\033[?7l", stdout);
    for (const Running& r : running_) {
      printf("%s\n", running_line(r).c_str());
      ++lines_;
    }
    if (!running_.empty() && total_ > 0) {
      double part = static_cast<double>(finished_) / static_cast<double>(total_);
      printf("  %s %zu of %zu targets, %s\n", terminal_.paint(Style::green, bar(part, CELLS)).c_str(), finished_,
             total_, human_duration(since(began_)).c_str());
      ++lines_;
    }
    fputs("\033[?7h", stdout);
    fflush(stdout);
  }

  Terminal terminal_;
  int verbose_;
  size_t total_ = 0, finished_ = 0;
  int lines_ = 0;
  std::vector<Running> running_;
  Clock::time_point began_ = Clock::now(), drawn_;
};

}  // namespace

std::unique_ptr<BuildListener> make_display(const Plan& plan, const Terminal& terminal, int verbose) {
  if (terminal.live()) return std::make_unique<LiveDisplay>(plan, terminal, verbose);
  return std::make_unique<PlainDisplay>(plan, terminal, verbose);
}

}  // namespace migrate
