// project.h: a scratch project, the program run on it, and what is in its tables.
#include "support/project.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cloud/table.h"

extern char** environ;

namespace migrate::test {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string value_text(JsonValue typed);

std::string joined(std::vector<std::string> parts, const std::string& before, const std::string& after) {
  return before + join(parts, ", ") + after;
}

std::string list_text(JsonValue list, bool sorted) {
  std::vector<std::string> parts;
  for (JsonValue v : list.items()) parts.push_back(v.is(JsonKind::object) ? value_text(v) : std::string(v.text()));
  if (sorted) std::sort(parts.begin(), parts.end());
  return joined(parts, sorted ? "<" : "[", sorted ? ">" : "]");
}

std::string value_text(JsonValue typed) {
  for (JsonMember member : typed.members()) {
    const std::string type(member.key());
    if (type == "S") return "'" + std::string(member.value.text()) + "'";
    if (type == "B") return "b'" + std::string(member.value.text()) + "'";
    if (type == "NULL") return "null";
    if (type == "L") return list_text(member.value, false);
    if (type == "SS" || type == "NS" || type == "BS") return list_text(member.value, true);
    if (type != "M") return std::string(member.value.text());
    std::vector<std::string> parts;
    for (JsonMember m : member.value.members()) parts.push_back(std::string(m.key()) + ": " + value_text(m.value));
    std::sort(parts.begin(), parts.end());
    return joined(parts, "{", "}");
  }
  return "?";
}

std::string item_text(std::string_view item) {
  Diagnostics diagnostics;
  auto document = parse_json({item, "an item"}, diagnostics);
  if (!document) throw std::runtime_error("not an item: " + std::string(item));
  std::vector<std::string> parts;
  for (JsonMember m : document->root().members()) parts.push_back(std::string(m.key()) + "=" + value_text(m.value));
  std::sort(parts.begin(), parts.end());
  return join(parts, " ");
}

std::string yaml(const std::string& section, const std::map<std::string, std::string>& values) {
  std::string text = section + ":\n";
  for (const auto& [key, value] : values) text += "  " + key + ": " + value + "\n";
  return values.empty() ? "" : text;
}

// Runs in the child of a process that may have threads: only what is safe after fork.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* folder, const char* out,
                         const char* err, uid_t user) {
  dup2(open("/dev/null", O_RDONLY), 0);
  dup2(open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600), 1);
  dup2(open(err, O_CREAT | O_TRUNC | O_WRONLY, 0600), 2);
  if (user != 0 && (setgid(user) != 0 || setuid(user) != 0)) _exit(126);
  if (chdir(folder) == 0) execve(arguments[0], arguments, environment);
  _exit(127);
}

}  // namespace

Project::Project(const ScratchDatabase& db) : prefix(unique_name("e2e") + "-") {
  const ServerAddress& server = db.server();
  source = {{"host", server.host},
            {"port", std::to_string(server.port)},
            {"database", db.name()},
            {"user", server.user},
            {"password", "\"" + server.password + "\""}};
  target = {{"region", "us-east-1"}, {"endpoint", dynamodb_endpoint()}, {"table_prefix", prefix}};
  std::string pattern = (std::filesystem::temp_directory_path() / "migrate-e2e-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder: " + pattern);
  folder_ = pattern;
  std::filesystem::create_directory(path(".runs"));
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string entry = *line;
    if (entry.starts_with("AWS_")) continue;
    env[entry.substr(0, entry.find('='))] = entry.substr(entry.find('=') + 1);
  }
  env["AWS_ACCESS_KEY_ID"] = env["AWS_SECRET_ACCESS_KEY"] = "test";
  env["AWS_EC2_METADATA_DISABLED"] = "true";
  env["HOME"] = folder_;
  env["NO_COLOR"] = "1";
}

Project::~Project() {
  if (auto names = list_tables(client())) {
    for (const std::string& name : *names) {
      if (name.starts_with(prefix)) (void)delete_table(client(), name).ok();
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Project::write_project() const {
  write("contract.json", contract);
  write("migrate.yaml", "version: 1\nname: e2e\ncontract: contract.json\n" + yaml("source", source) +
                            yaml("target", target) + yaml("limits", limits) + more);
}

Project::Running Project::start(const std::string& arguments) {
  if (!contract.empty()) write_project();
  std::vector<std::string> words = {MIGRATE_BINARY};
  for (std::string_view word : split(arguments, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : env) lines.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& line : lines) envp.push_back(line.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  const std::string base = path(".runs/" + std::to_string(++runs_));
  const std::string out = base + ".out", err = base + ".err";
  const pid_t child = fork();
  if (child == 0) become(argv.data(), envp.data(), folder_.c_str(), out.c_str(), err.c_str(), user);
  if (child < 0) throw std::runtime_error(std::string("fork: ") + strerror(errno));
  return {child, base};
}

Ran Project::migrate(const std::string& arguments) { return start(arguments).wait(); }

Project::Running::Running(pid_t pid, std::string folder) : pid_(pid), folder_(std::move(folder)), began_(now()) {}
Project::Running::Running(Running&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), folder_(std::move(other.folder_)), began_(other.began_) {}
Project::Running::~Running() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}
bool Project::Running::runs() const {
  siginfo_t ended{};
  return waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}
void Project::Running::signal(int number) const { kill(pid_, number); }

Ran Project::Running::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
  pid_ = -1;
  Ran ran;
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ran.seconds = now() - began_;
  ran.out = must(read_file(folder_ + ".out"));
  ran.err = must(read_file(folder_ + ".err"));
  return ran;
}

AwsClient& Project::client() {
  if (client_ == nullptr) {
    TargetSettings settings;
    settings.endpoint = dynamodb_endpoint();
    settings.region = "us-east-1";
    client_ = connect_dynamodb(must(open_dynamodb(settings,
                                                  [](const std::string& name) -> std::optional<std::string> {
                                                    if (name.starts_with("AWS_") && name.ends_with("KEY_ID"))
                                                      return "test";
                                                    if (name == "AWS_SECRET_ACCESS_KEY") return "test";
                                                    return std::nullopt;
                                                  })),
                               2);
  }
  return *client_;
}

std::string Project::items(const std::string& table) {
  std::vector<std::string> lines;
  ScanRequest next;
  next.table = prefix + table;
  for (;;) {
    std::string body = must(call(client(), scan(next), "Scan"));
    Page page = must(read_page(body));
    for (std::string_view item : page.items) lines.push_back(item_text(item));
    if (page.last_key.empty()) break;
    next.start_key = page.last_key;
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

size_t Project::count(const std::string& table) {
  const std::string all = items(table);
  return static_cast<size_t>(std::count(all.begin(), all.end(), '\n'));
}

void Project::put(const std::string& table, const std::string& attribute_map) {
  (void)must(call(client(), batch_write(prefix + table, {attribute_map}), "BatchWriteItem"));
}

void Project::request(const std::string& operation, const std::string& body) {
  (void)must(call(client(), {operation, body, true, 30}, operation));
}

bool Project::has_table(const std::string& table) {
  const auto names = must(list_tables(client()));
  return std::find(names.begin(), names.end(), prefix + table) != names.end();
}

std::string Project::file(const std::string& name) const {
  auto text = read_file(path(name));
  return text ? *text : "";
}

std::string Project::only_file(const std::string& folder, const std::string& ending) const {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(path(folder))) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending)) found.push_back(folder + "/" + name);
  }
  if (found.size() != 1) {
    throw std::runtime_error(std::to_string(found.size()) + " files like '" + folder + "/*" + ending + "'");
  }
  return found.front();
}

void Project::write(const std::string& name, const std::string& text) const {
  if (auto done = write_file(path(name), text); !done) throw std::runtime_error(describe(done.error()));
}

void Project::remove(const std::string& name) const { std::filesystem::remove_all(path(name)); }

std::string Project::files_with(const std::string& text, const std::string& except) const {
  std::string found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    const std::string name = entry.path().string();
    if (!entry.is_regular_file() || name == path("migrate.yaml")) continue;
    if (!except.empty() && name.starts_with(path(except) + "/")) continue;
    auto content = read_file(name);
    if (content && content->find(text) != content->npos) found += name + "\n";
  }
  return found;
}

}  // namespace migrate::test
