// Where a password comes from: read_password(). What a command prints is never shown, not even when it fails.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "contract/settings.h"

extern char** environ;

namespace migrate {
namespace {

constexpr size_t MOST_PASSWORD_BYTES = 64 * 1024;
constexpr auto PATIENCE = std::chrono::seconds(60);

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

// Reads until the command closes its output. An error is a text, for the message.
Result<std::string> drain(int fd) {
  auto until = std::chrono::steady_clock::now() + PATIENCE;
  std::string out;
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Error(ErrorKind::project_value, "took longer than 60 s");
    pollfd waiting{fd, POLLIN, 0};
    int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready <= 0) continue;
    char buffer[4096];
    ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(buffer, static_cast<size_t>(n));
    if (out.size() > MOST_PASSWORD_BYTES) return Error(ErrorKind::project_value, "printed more than 64 KB");
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
  int failed = posix_spawnp(&pid, "sh", &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error(ErrorKind::project_value, std::string("cannot be started: ") + std::strerror(failed));
  return pid;
}

Result<std::string> run_command(const std::string& command) {
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
  auto output = drain(ends[0]);
  ::close(ends[0]);
  if (!output) ::kill(-*pid, SIGKILL);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {}
  if (!output) return output;
  if (WIFSIGNALED(status)) {
    return Error(ErrorKind::project_value, "was ended by signal " + std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    return Error(ErrorKind::project_value, "ended with exit code " + std::to_string(WEXITSTATUS(status)));
  }
  return output;
}

std::optional<Secret> from_file(const Settings& settings) {
  auto path = settings.file_path("password_file");
  if (!path) return std::nullopt;
  auto content = read_file(*path, MOST_PASSWORD_BYTES);
  if (content) return Secret(without_newline(std::move(*content)));
  settings.error_at("password_file", "'" + settings.path("password_file") + "': " + content.error().message);
  return std::nullopt;
}

// The command is the shell's to expand: a variable's text pasted into it could be more than one word.
std::optional<Secret> from_command(const Settings& settings) {
  const YamlValue* command = settings.find("password_command");
  std::string key = settings.path("password_command");
  if (command->kind != YamlValue::Kind::scalar || trim(command->text).empty()) {
    settings.error_at("password_command", "'" + key + "' is not a command");
    return std::nullopt;
  }
  auto output = run_command(command->text);
  if (output && !without_newline(*output).empty()) return Secret(without_newline(std::move(*output)));
  settings.error_at("password_command",
                    "the command of '" + key + "' " + (output ? "printed nothing" : output.error().message),
                    "run it by hand: it must print the password and nothing else");
  return std::nullopt;
}

}  // namespace

std::optional<Secret> read_password(const Settings& settings) {
  std::vector<std::string> given;
  for (std::string_view key : {"password", "password_file", "password_command"}) {
    if (settings.has(key)) given.emplace_back(key);
  }
  if (given.empty()) return std::nullopt;
  if (given.size() > 1) {
    settings.error_at(given[1],
                      "'" + settings.path(given[0]) + "' and '" + settings.path(given[1]) + "' are both given",
                      "keep one of them");
    return std::nullopt;
  }
  if (given[0] == "password_file") return from_file(settings);
  if (given[0] == "password_command") return from_command(settings);
  const YamlValue* value = settings.find("password");
  if (value->kind == YamlValue::Kind::list || value->kind == YamlValue::Kind::map) {
    settings.error_at("password", "'" + settings.path("password") + "' is not a single value");
    return std::nullopt;
  }
  auto text = settings.reader().expand(*value, settings.path("password"));
  return text ? std::optional<Secret>(Secret(std::move(*text))) : std::nullopt;
}

}  // namespace migrate
