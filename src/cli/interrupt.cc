// Ctrl-C: the first one asks, the second one ends the process at once; so does the clock when what is in flight (an
// answer that does not come, a lock in the source) takes longer than we promise. What was finished is recorded as in a
// kill -9. interrupted(), watch_interrupts().
#include <unistd.h>
#include <csignal>

#include "cli/session.h"

namespace migrate {
namespace {

std::atomic<bool> asked{false};

constexpr unsigned PATIENCE_SECONDS = 4;  // docs/operations.md promises 5

[[noreturn]] void end_at_once() {
  if (wrapping_is_off) { [[maybe_unused]] ssize_t n = write(STDOUT_FILENO, WRAPPING_ON.data(), WRAPPING_ON.size()); }
  _exit(EXIT_INTERRUPTED);
}

void on_alarm(int) {
  static const char message[] = "what is in flight takes too long: it is left; run the same command again\n";
  [[maybe_unused]] ssize_t n = write(STDERR_FILENO, message, sizeof message - 1);
  end_at_once();
}

void on_signal(int) {
  if (asked.exchange(true)) end_at_once();
  alarm(PATIENCE_SECONDS);
  [[maybe_unused]] ssize_t n = write(STDERR_FILENO, "\n", 1);
  n = write(STDERR_FILENO, INTERRUPT_TEXT.data(), INTERRUPT_TEXT.size());
}

}  // namespace

const std::atomic<bool>& interrupted() { return asked; }

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write(), not our death
}

}  // namespace migrate
