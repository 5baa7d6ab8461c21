// What stands on a terminal while a build runs: the program's side of a pseudo-terminal, and a screen that does what
// terminals do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>

#include "base/log.h"
#include "cli/display.h"
#include "cli/session.h"
#include "fake_rule.h"

namespace migrate::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

// The rows of a terminal, and what has left it at the top.
class Screen {
 public:
  explicit Screen(size_t rows) : lines_(rows) {}

  void feed(const std::string& bytes) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      const char c = bytes[i];
      if (c == '\033') {
        i = escape(bytes, i + 2);
      } else if (c == '\r') {
        column_ = 0;
      } else if (c == '\n') {
        if (++row_ == lines_.size()) scroll();
      } else {
        put(c);
      }
    }
  }
  std::string text() const {
    std::string out;
    for (const std::string& line : lines_) out += line + "\n";
    return out.substr(0, out.find_last_not_of('\n') + 2);
  }
  std::string gone() const { return gone_; }

 private:
  size_t escape(const std::string& bytes, size_t i) {
    std::string parameters;
    for (; !std::isalpha(static_cast<unsigned char>(bytes[i])); ++i) parameters += bytes[i];
    if (bytes[i] == 'A') row_ -= std::min(row_, static_cast<size_t>(std::stoi(parameters)));
    if (bytes[i] == 'J') {
      lines_[row_].resize(0);
      for (size_t below = row_ + 1; below < lines_.size(); ++below) lines_[below].clear();
    }
    return i;
  }
  // Nothing here is written over but from a line's beginning, so bytes do for cells.
  void put(char c) {
    if (column_ == 0) lines_[row_].clear();
    lines_[row_] += c;
    ++column_;
  }
  void scroll() {
    gone_ += lines_.front() + "\n";
    lines_.erase(lines_.begin());
    lines_.emplace_back();
    --row_;
  }
  std::vector<std::string> lines_;
  std::string gone_;
  size_t row_ = 0, column_ = 0;
};

// A build of so many tables, whose display is driven by hand.
struct Build {
  FakeRule rule{"run"};
  Graph graph;
  std::optional<Plan> plan;
  std::unique_ptr<Display> display;

  explicit Build(int tables) {
    for (int i = 0; i < tables; ++i) graph.add("run:T" + std::to_string(i), &rule, {});
    Diagnostics diagnostics;
    graph.finish(diagnostics);
    plan = std::move(*scan_and_plan(graph, {}, {}));
    display = make_display(scope_of(*plan, 0), Terminal::of(STDOUT_FILENO, "auto"));
  }
  const Target& table(int i) { return *graph.find("run:T" + std::to_string(i)); }
  void make(int i, const TargetResult& result) { display->finished(table(i), result); }
  static TargetResult made() {
    TargetResult result;
    result.outcome = Outcome::made;
    result.seconds = 1.5;
    return result;
  }
};

struct Seen {
  std::string bytes;
  Screen screen;
};

// Runs in a process of its own, on a terminal of so many rows. It ends as a kill would end it: the last frame stays.
Seen on_terminal(int rows, const std::function<void()>& program, bool no_color = true, int code = 0) {
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = 100;
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    setenv("TERM", "xterm", 1);
    no_color ? setenv("NO_COLOR", "1", 1) : unsetenv("NO_COLOR");
    program();
    _exit(0);
  }
  Seen seen{{}, Screen(static_cast<size_t>(rows))};
  char buffer[4096];
  for (ssize_t n = 0; (n = read(terminal, buffer, sizeof buffer)) > 0;)
    seen.bytes.append(buffer, static_cast<size_t>(n));
  close(terminal);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), code);
  seen.screen.feed(seen.bytes);
  return seen;
}

TEST(LiveDisplay, HasABarForEachRunningTargetAndOneForTheWhole) {
  const Seen seen = on_terminal(24, [] {
    Build build(4);
    build.display->started(build.table(0));
    build.make(0, Build::made());
    build.display->started(build.table(1));
    build.display->progress(build.table(1), 500, 1000, 2);
    build.display->started(build.table(2));
    build.display->progress(build.table(2), 0, 40, 0);
    build.display->started(build.table(3));
    _exit(0);
  });
  EXPECT_THAT(seen.screen.text(),
              MatchesRegex("made     run:T0  1.5 s\n"
                           "  run:T1  ██████████           500  [0-9,]+/s  [0-9.]+ m?s, [0-9.]+ m?s to go  2 problems\n"
                           "  run:T2                       [0-9.]+ m?s\n"
                           "  run:T3  [0-9.]+ m?s\n"
                           "  █████                1 of 4 targets, [0-9.]+ m?s  2 problems\n"));
}

TEST(LiveDisplay, TakesItsBarsAwayAtTheEnd) {
  const Seen seen = on_terminal(24, [] {
    Build build(2);
    build.display->started(build.table(0));
    build.display->started(build.table(1));
    build.make(1, Build::made());
    build.make(0, Build::made());
    build.display.reset();
    printf("Done.\n");
    fflush(stdout);
  });
  EXPECT_EQ(seen.screen.text(), "made     run:T1  1.5 s\nmade     run:T0  1.5 s\nDone.\n");
}

// With -j 64 on 24 rows the frame was longer than the terminal: each redraw left its upper part behind.
TEST(LiveDisplay, NeverGrowsBeyondTheTerminal) {
  const Seen seen = on_terminal(24, [] {
    Build build(64);
    for (int i = 0; i < 64; ++i) build.display->started(build.table(i));
    _exit(0);
  });
  EXPECT_EQ(seen.screen.gone(), "");
  EXPECT_THAT(seen.screen.text(), HasSubstr("  run:T20  "));
  EXPECT_THAT(seen.screen.text(), Not(HasSubstr("  run:T21  ")));
  EXPECT_THAT(seen.screen.text(), HasSubstr("\n  … and 43 more are running\n"));
  EXPECT_THAT(seen.screen.text(), HasSubstr(" 0 of 64 targets, "));
}

// Up-to-date targets with open problems are reviewed: they were counted as done, but not as to be done.
TEST(LiveDisplay, CountsNoTargetThatIsOnlyReviewed) {
  const Seen seen = on_terminal(24, [] {
    Build build(3);
    DisplayScope scope = scope_of(*build.plan, 0);
    scope.counted[build.graph.index(build.table(0))] = false;
    build.display.reset();
    build.display = make_display(scope, Terminal::of(STDOUT_FILENO, "auto"));
    TargetResult reviewed;
    reviewed.outcome = Outcome::up_to_date;
    build.make(0, reviewed);
    build.display->started(build.table(1));
    _exit(0);
  });
  EXPECT_THAT(seen.screen.text(), HasSubstr(" 0 of 2 targets, "));
  EXPECT_THAT(seen.screen.text(), Not(HasSubstr("T0")));
}

TEST(LiveDisplay, LetsTheLogSpeakAboveTheBars) {
  const Seen seen = on_terminal(24, [] {
    LogOptions log;
    log.console_line = display_line;
    start_log(log);
    Build build(2);
    build.display->started(build.table(0));
    build.display->started(build.table(1));
    log_warning("the table is being made");
    build.display->progress(build.table(0), 1, 2, 0);
    _exit(0);
  });
  EXPECT_THAT(seen.screen.text(), MatchesRegex("warning: the table is being made\n"
                                               "  run:T0  [^\n]*\n"
                                               "  run:T1  [^\n]*\n"
                                               "  [^\n]* 0 of 2 targets, [^\n]*\n"));
}

TEST(LiveDisplay, SaysOnceThatItWasInterrupted) {
  const Seen seen = on_terminal(24, [] {
    watch_interrupts();
    Build build(3);
    build.display->started(build.table(0));
    raise(SIGINT);
    build.display->started(build.table(1));
    build.display->started(build.table(2));
    _exit(0);
  });
  EXPECT_THAT(seen.screen.text(), MatchesRegex("interrupted: finishing what is in flight; once more ends at once\n"
                                               "  run:T0  [^\n]*\n"
                                               "  run:T1  [^\n]*\n"
                                               "  run:T2  [^\n]*\n"
                                               "  [^\n]* 0 of 3 targets, [^\n]*\n"));
}

TEST(LiveDisplay, LeavesATerminalThatWrapsWhenItIsEndedInTheMiddleOfAFrame) {
  const Seen seen = on_terminal(
      24,
      [] {
        watch_interrupts();
        wrapping_is_off = true;
        raise(SIGINT);
        raise(SIGINT);
      },
      true, EXIT_INTERRUPTED);
  EXPECT_THAT(seen.bytes, testing::EndsWith("\033[?7h"));
}

TEST(LiveDisplay, HasNoColorsWithNoColor) {
  const auto program = [] {
    Build build(1);
    build.display->started(build.table(0));
    build.display->progress(build.table(0), 1, 2, 3);
    build.make(0, Build::made());
    _exit(0);
  };
  const std::string colored = on_terminal(24, program, false).bytes, plain = on_terminal(24, program, true).bytes;
  EXPECT_THAT(colored, HasSubstr("\033[32m"));
  EXPECT_THAT(plain, Not(testing::ContainsRegex("\033\\[[0-9;]*m")));
}

TEST(PlainDisplay, OutsideATerminalHasNoControlCodes) {
  testing::internal::CaptureStdout();
  {
    Build build(1);
    build.display->started(build.table(0));
    build.display->progress(build.table(0), 1, 2, 3);
    build.make(0, Build::made());
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "making   run:T0\nmade     run:T0  1.5 s\n");
}

}  // namespace
}  // namespace migrate::test
