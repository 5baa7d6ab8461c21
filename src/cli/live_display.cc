// The progress on a terminal, redrawn in place: make_live_display(), display_line().
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "cli/display.h"
#include "cli/session.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

constexpr int CELLS = 20;

class LiveDisplay;
// The one that owns the terminal, for lines of the log. The mutex is taken before the display's own.
std::mutex owner_mutex;
LiveDisplay* owner = nullptr;

class LiveDisplay : public Display {
 public:
  LiveDisplay(const DisplayScope& scope, const Terminal& terminal)
      : scope_(scope),
        terminal_(terminal),
        total_(static_cast<size_t>(std::count(scope.counted.begin(), scope.counted.end(), true))) {
    std::lock_guard guard(owner_mutex);
    owner = this;
    ticker_ = std::thread([this] { tick(); });
  }
  ~LiveDisplay() override {
    {
      std::lock_guard guard(owner_mutex);
      owner = nullptr;
    }
    {
      std::lock_guard lock(mutex_);
      ends_ = true;
      running_.clear();
      wake_.notify_all();
      print({});
    }
    ticker_.join();
  }

  void started(const Target& target) override {
    std::lock_guard lock(mutex_);
    if (target.rule->pure()) return;
    running_.push_back({&target, Clock::now(), 0, 0, 0});
    print({});
  }
  void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) override {
    std::lock_guard lock(mutex_);
    for (Running& r : running_) {
      if (r.target != &target) continue;
      r.done = done;
      r.expected = expected;
      r.errors = errors;
    }
    if (since(drawn_) > 0.1) print({});
  }
  void ended(const Target& target, const std::string& text) override {
    std::lock_guard lock(mutex_);
    if (scope_.counts(target)) ++ended_;
    std::erase_if(running_, [&](const Running& r) { return r.target == &target; });
    print(text);
  }
  void finished(const Target& target, const TargetResult& result) override {
    ended(target, scope_.shows(target) || result.error ? outcome_text(target, result, terminal_) : "");
  }

  // What others have to say, above the bars; on stderr, where it belongs when that is another file.
  void say(std::string_view line) {
    std::lock_guard lock(mutex_);
    write_all(erased());
    fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    print({});
  }

 private:
  struct Running {
    const Target* target;
    Clock::time_point since;
    uint64_t done, expected, errors;
  };

  // Time goes on, too, while nothing else does.
  void tick() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return ends_; })) {
      if (!running_.empty()) print({});
    }
  }

  std::string running_line(const Running& r) const {
    const double elapsed = since(r.since);
    std::string line = "  " + r.target->id + "  ";
    if (r.expected > 0) {
      const double part = static_cast<double>(r.done) / static_cast<double>(r.expected);
      line += terminal_.paint(Style::cyan, bar(part, CELLS)) + " ";
    }
    if (r.done == 0) return line + human_duration(elapsed);
    const double rate = elapsed > 0 ? static_cast<double>(r.done) / elapsed : 0;
    line +=
        with_thousands(r.done) + "  " + with_thousands(static_cast<uint64_t>(rate)) + "/s  " + human_duration(elapsed);
    if (r.expected > r.done && rate > 0) {
      line += ", " + human_duration(static_cast<double>(r.expected - r.done) / rate) + " to go";
    }
    if (r.errors > 0) line += "  " + terminal_.paint(Style::yellow, plural(r.errors, "problem"));
    return line;
  }

  std::string whole_line() const {
    const double part = static_cast<double>(ended_) / static_cast<double>(std::max<size_t>(total_, 1));
    uint64_t errors = 0;
    for (const Running& r : running_) errors += r.errors;
    std::string line = "  " + terminal_.paint(Style::green, bar(part, CELLS)) + " " + std::to_string(ended_) + " of " +
                       plural(total_, "target") + ", " + human_duration(since(began_));
    if (errors > 0) line += "  " + terminal_.paint(Style::yellow, plural(errors, "problem"));
    return line;
  }

  // The last row is the cursor's: what scrolls away could not be erased again.
  std::vector<std::string> frame() const {
    std::vector<std::string> lines;
    if (running_.empty()) return lines;
    const size_t room = static_cast<size_t>(std::max(terminal_.height() - 2, 1));
    const size_t shown = running_.size() <= room ? running_.size() : room - 1;
    for (size_t i = 0; i < shown; ++i) lines.push_back(running_line(running_[i]));
    if (shown < running_.size()) {
      lines.push_back("  … and " + std::to_string(running_.size() - shown) + " more are running");
    }
    if (total_ > 0) lines.push_back(whole_line());
    return lines;
  }

  std::string erased() {
    // The word of the signal's handler stands below, after an empty line: it goes, to come back above the bars.
    const bool told = interrupted() && !told_;
    const size_t up = lines_ + (told && lines_ > 0 ? 2 : 0);
    std::string out = up > 0 ? "\033[" + std::to_string(up) + "A\r\033[J" : "";
    if (told && lines_ > 0) out += INTERRUPT_TEXT;
    told_ = told_ || told;
    lines_ = 0;
    return out;
  }

  // In one write, so that little can come between. A line that wraps would break the count of lines to go back: no
  // wrapping while we draw.
  void print(const std::string& text) {
    drawn_ = Clock::now();
    const std::vector<std::string> lines = ends_ ? std::vector<std::string>() : frame();
    std::string out = erased() + text + "\033[?7l";
    for (const std::string& line : lines) out += line + "\n";
    lines_ = lines.size();
    wrapping_is_off = true;
    write_all(out + "\033[?7h");
    wrapping_is_off = false;
  }

  static void write_all(std::string_view text) {
    fflush(stdout);
    while (!text.empty()) {
      const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }

  const DisplayScope scope_;
  const Terminal terminal_;
  const size_t total_;
  const Clock::time_point began_ = Clock::now();

  std::mutex mutex_;  // all below
  std::condition_variable wake_;
  bool ends_ = false;
  bool told_ = false;  // that it was interrupted
  size_t ended_ = 0, lines_ = 0;
  std::vector<Running> running_;
  Clock::time_point drawn_;
  std::thread ticker_;
};

}  // namespace

std::unique_ptr<Display> make_live_display(const DisplayScope& scope, const Terminal& terminal) {
  return std::make_unique<LiveDisplay>(scope, terminal);
}

void display_line(std::string_view line) {
  std::lock_guard guard(owner_mutex);
  if (owner != nullptr) return owner->say(line);
  fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace migrate
