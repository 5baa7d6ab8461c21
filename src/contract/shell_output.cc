// shell_output().
#include "contract/shell_output.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/text.h"

extern char** environ;

namespace migrate {
namespace {

constexpr size_t MOST_OUTPUT_BYTES = 64 * 1024;
using ShellClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How long a command is waited for.
class Patience {
 public:
  Patience(milliseconds patience, const std::atomic<bool>* stop)
      : patience_(patience), until_(ShellClock::now() + patience), stop_(stop) {}
  milliseconds left() const { return std::chrono::duration_cast<milliseconds>(until_ - ShellClock::now()); }
  Result<void> check() const {
    if (stop_ != nullptr && *stop_) return Error(ErrorKind::interrupted, "was interrupted");
    if (left().count() > 0) return {};
    return Error(ErrorKind::project_value,
                 "took longer than " + human_duration(std::chrono::duration<double>(patience_).count()));
  }

 private:
  const milliseconds patience_;
  const ShellClock::time_point until_;
  const std::atomic<bool>* stop_;
};

// Reads until the command closes its output, which is not yet its end.
Result<std::string> drain(int fd, const Patience& patience) {
  std::string out;
  for (;;) {
    CHECK_OK(patience.check());
    pollfd waiting{fd, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::clamp<int64_t>(patience.left().count(), 0, 200))) <= 0) continue;
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(buffer, static_cast<size_t>(n));
    if (out.size() > MOST_OUTPUT_BYTES) return Error(ErrorKind::project_value, "printed more than 64 KB");
  }
}

// Its exit status; nothing has a file descriptor to poll for that here, so it is looked at again and again.
Result<int> wait_for(pid_t pid, const Patience& patience) {
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended < 0 && errno != EINTR) return Error(ErrorKind::project_value, "cannot be waited for");
    CHECK_OK(patience.check());
    std::this_thread::sleep_for(milliseconds(5));
  }
}

Result<pid_t> spawn_shell(const std::string& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // A group of its own, so that what the shell started can be ended with it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::string sh = "sh";
  std::string dash_c = "-c";
  std::string copy = command;
  char* argv[] = {sh.data(), dash_c.data(), copy.data(), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, "sh", &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error(ErrorKind::project_value, std::string("cannot be started: ") + std::strerror(failed));
  return pid;
}

}  // namespace

Result<std::string> shell_output(const std::string& command, milliseconds how_long, const std::atomic<bool>* stop) {
  const Patience patience(how_long, stop);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Error(ErrorKind::project_value, std::string("cannot be started: ") + std::strerror(errno));
  }
  auto pid = spawn_shell(command, ends[1]);
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return pid.error();
  }
  auto output = drain(ends[0], patience);
  ::close(ends[0]);
  auto status = output ? wait_for(*pid, patience) : Result<int>(output.error());
  if (!status) {
    ::kill(-*pid, SIGKILL);
    while (::waitpid(*pid, nullptr, 0) < 0 && errno == EINTR) {}
    return status.error();
  }
  if (WIFSIGNALED(*status)) {
    return Error(ErrorKind::project_value, "was ended by signal " + std::to_string(WTERMSIG(*status)));
  }
  if (WEXITSTATUS(*status) != 0) {
    return Error(ErrorKind::project_value, "ended with exit code " + std::to_string(WEXITSTATUS(*status)));
  }
  return output;
}

}  // namespace migrate
