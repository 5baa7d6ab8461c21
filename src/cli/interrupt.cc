// Ctrl-C: the first one asks, the second one ends the process at once. interrupted(), watch_interrupts().
#include <unistd.h>
#include <csignal>

#include "cli/session.h"

namespace migrate {
namespace {

std::atomic<bool> asked{false};

void on_signal(int) {
  if (asked.exchange(true)) _exit(EXIT_INTERRUPTED);
  static const char message[] = "\ninterrupted: finishing what is in flight; once more ends at once\n";
  [[maybe_unused]] ssize_t n = write(STDERR_FILENO, message, sizeof message - 1);
}

}  // namespace

const std::atomic<bool>& interrupted() { return asked; }

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write(), not our death
}

}  // namespace migrate
