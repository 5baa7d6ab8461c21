// A program that prints credentials: from_process(), run_credential_process().
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cloud/credential_sources.h"
#include "cloud/json_answer.h"

extern char** environ;

namespace migrate {
namespace {

// Words as a shell splits them, with quotes and backslashes; nothing is expanded and no shell runs (botocore uses
// shlex.split).
std::vector<std::string> shell_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool in_word = false;
  for (size_t i = 0; i < command.size(); ++i) {
    char c = command[i];
    if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      word += command[++i];
      in_word = true;
    } else if (quote) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace

Result<std::string> run_credential_process(const std::string& command, const std::atomic<bool>* stop) {
  std::vector<std::string> words = shell_words(command);
  auto failed = [&](const std::string& what) {
    return Error(ErrorKind::aws_credentials, "credential_process '" + (words.empty() ? "" : words[0]) + "' " + what,
                 "run the command of credential_process by hand: it must print JSON and exit with 0");
  };
  if (words.empty()) return failed("is empty");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed("cannot be started: no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = 0;
  int code = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string out;
  char buffer[4096];
  ssize_t n = 1;
  while (code == 0 && n != 0) {
    pollfd readable{ends[0], POLLIN, 0};
    if (poll(&readable, 1, 250) > 0) {
      n = read(ends[0], buffer, sizeof buffer);
      if (n < 0 && errno != EINTR) break;
      if (n > 0) out.append(buffer, static_cast<size_t>(n));
    }
    if (stop != nullptr && *stop) {
      kill(pid, SIGTERM);
      break;
    }
  }
  close(ends[0]);
  if (code != 0) return failed("cannot be started");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return failed("failed" + (WIFEXITED(status) ? " with exit code " + std::to_string(WEXITSTATUS(status)) : ""));
  }
  return out;
}

Found from_process(const CredentialsContext& context, const std::string& profile, Looked& looked) {
  const std::string command = profile_setting(context.config, profile, "credential_process");
  if (command.empty()) {
    looked.push_back("process: profile '" + profile + "' has no credential_process");
    return std::optional<Credentials>();
  }
  const std::string source = "credential_process of profile '" + profile + "'";
  TRY(text, context.run(command));
  auto json = JsonAnswer::parse(text);
  if (!json || (*json)["Version"].number() != 1) {
    return Error(ErrorKind::aws_credentials, source + " did not print JSON with \"Version\": 1",
                 "run it by hand: it must print {\"Version\": 1, \"AccessKeyId\": …, \"SecretAccessKey\": …}");
  }
  TRY(credentials, read_credentials_json(text, "SessionToken", source));
  return std::optional<Credentials>(std::move(credentials));
}

}  // namespace migrate
