// The native engine from rows in memory into an HTTP sink that answers at once, beside a bare client that posts
// prepared requests to the same sink: what the engine itself costs. Usage: bench_native_sink [ITEMS]
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/native.h"

namespace migrate {
namespace {

// --- the sink: one process, one thread, no look at anything but lengths and the number of statements ---

std::string answer(size_t statements) {
  std::string body = R"({"Responses":[)";
  for (size_t i = 0; i < statements; ++i) body += i == 0 ? R"({"TableName":"t"})" : R"(,{"TableName":"t"})";
  body += "]}";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

size_t count_statements(std::string_view body) {
  size_t n = 0;
  for (size_t at = body.find("{\"Statement\""); at != body.npos; at = body.find("{\"Statement\"", at + 12)) ++n;
  return n;
}

// Serves what is whole in `input`. False: the connection is to be closed.
bool serve(int fd, std::string& input, const std::vector<std::string>& answers) {
  for (;;) {
    const size_t head = input.find("\r\n\r\n");
    if (head == std::string::npos) return true;
    const char* length = strcasestr(input.c_str(), "content-length:");
    if (length == nullptr) return false;
    const size_t whole = head + 4 + static_cast<size_t>(std::atol(length + 15));
    if (input.size() < whole) return true;
    const size_t statements = count_statements(std::string_view(input).substr(head, whole - head));
    const std::string& out = answers[std::min(statements, answers.size() - 1)];
    if (::write(fd, out.data(), out.size()) != static_cast<ssize_t>(out.size())) return false;
    input.erase(0, whole);
  }
}

[[noreturn]] void run_sink(int listener) {
  std::vector<std::string> answers;
  for (size_t n = 0; n <= 25; ++n) answers.push_back(answer(n));
  const int poll = ::epoll_create1(0);
  epoll_event event{EPOLLIN, {.fd = listener}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  std::unordered_map<int, std::string> inputs;
  std::vector<char> buffer(1 << 18);
  for (;;) {
    epoll_event ready[64];
    const int n = ::epoll_wait(poll, ready, 64, -1);
    for (int i = 0; i < n; ++i) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        fd = ::accept(listener, nullptr, nullptr);
        const int one = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_event added{EPOLLIN, {.fd = fd}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &added);
        continue;
      }
      const ssize_t got = ::read(fd, buffer.data(), buffer.size());
      std::string& input = inputs[fd];
      if (got > 0) input.append(buffer.data(), static_cast<size_t>(got));
      if (got <= 0 || !serve(fd, input, answers)) {
        inputs.erase(fd);
        ::close(fd);
      }
    }
  }
}

struct Sink {
  pid_t pid = 0;
  int port = 0;
  Sink() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 64) != 0) std::abort();
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    pid = ::fork();
    if (pid == 0) run_sink(listener);
    ::close(listener);
  }
  ~Sink() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

// --- the rows ---

class Rows final : public RowSource {
 public:
  explicit Rows(uint64_t n) : n_(n) {}
  size_t readers() const override { return 1; }
  Result<void> begin() override { return {}; }
  Result<std::vector<DuplicateRow>> duplicates() override { return std::vector<DuplicateRow>(); }
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t, size_t, const std::vector<KeyLiteral>& after,
                                                          uint64_t rows) override {
    const uint64_t end = (after.empty() ? 0 : std::stoull(after[0])) + rows;
    if (end >= n_) return std::optional<std::vector<KeyLiteral>>();
    return std::optional<std::vector<KeyLiteral>>({std::to_string(end)});
  }
  Result<void> read(size_t, size_t, const KeyRange& range, const std::function<bool(const RowView&)>& row) override {
    const uint64_t end = range.upto.empty() ? n_ : std::stoull(range.upto[0]);
    RowView view = {
        "",    "customer@example.org", "A name of some length", "19.99", "1", "2024-07-01T12:00:00Z", "", std::nullopt,
        "mark"};
    for (uint64_t i = (range.after.empty() ? 0 : std::stoull(range.after[0])) + 1; i <= end; ++i) {
      const std::string id = std::to_string(i);
      view[0] = view[6] = id;
      if (!row(view)) break;
    }
    return {};
  }
  void cancel() override {}

 private:
  const uint64_t n_;
};

NativeJob job_for_sink() {
  NativeJob job;
  job.views.table = "t";
  job.views.pk = "id";
  EntityView entity;
  const std::vector<std::pair<const char*, AttributeType>> columns = {
      {"id", AttributeType::N},    {"email", AttributeType::S},     {"name", AttributeType::S},
      {"price", AttributeType::N}, {"active", AttributeType::BOOL}, {"at", AttributeType::S}};
  for (const auto& [name, type] : columns) {
    entity.columns.emplace_back();
    entity.columns.back().name = name;
    entity.columns.back().type = type;
  }
  entity.row_key.emplace_back();
  entity.row_key.back().column = "id";
  entity.key_is_unique = true;
  job.views.entities.push_back(std::move(entity));
  job.target_table = "t";
  job.limits.write_rate = 1e9;
  job.dead_letters = "/tmp/bench_native_sink_" + std::to_string(::getpid()) + ".jsonl";
  return job;
}

double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

template <class Work>
void measure(const char* name, uint64_t items, Work work) {
  const double cpu = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  work();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double used = cpu_seconds() - cpu;
  std::printf("%-12s %9.0f items/s   %9.0f items a CPU second   %.2f s, %.2f s of CPU\n", name,
              static_cast<double>(items) / wall, static_cast<double>(items) / used, wall, used);
}

void post_prepared(const std::string& url, const std::string& body, uint64_t requests) {
  auto client = make_http_client(32);
  uint64_t started = 0, failed = 0;
  std::function<void()> next = [&] {
    if (started == requests) return;
    ++started;
    HttpRequest request;
    request.url = url;
    request.headers = {{"Content-Type", "application/x-amz-json-1.0"}};
    request.body = body;
    client->start(std::move(request), [&](HttpOutcome outcome) {
      failed += outcome.ok ? 0 : 1;
      next();
    });
  };
  for (int i = 0; i < 32; ++i) next();
  while (client->poll(1) > 0) {}
  if (failed > 0) std::printf("%llu requests failed\n", static_cast<unsigned long long>(failed));
}

int run(uint64_t items) {
  Sink sink;
  const std::string url = "http://127.0.0.1:" + std::to_string(sink.port);
  ::setenv("AWS_ACCESS_KEY_ID", "bench", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "bench", 1);
  TargetSettings target;
  target.endpoint = url;
  auto service = open_dynamodb(target);
  if (!service) return std::fputs(describe(service.error()).c_str(), stderr), 1;
  const NativeJob job = job_for_sink();

  const std::string statement = insert_statement("t", {"id", "email", "name", "price", "active", "at"});
  const std::string values =
      R"({"N":"100000"},{"S":"customer@example.org"},{"S":"A name of some length"},{"N":"19.99"},{"BOOL":true},{"S":"2024-07-01T12:00:00Z"})";
  const std::string body = batch_statements(std::vector<Statement>(25, {statement, values}), true).body;
  measure("bare client", items / 25 * 25, [&] { post_prepared(url, body, items / 25); });

  Rows rows(items);
  NativeHooks hooks;
  auto client = connect_dynamodb(*service, job.tuning.connections);
  Result<TableRun> result = TableRun();
  measure("engine", items, [&] { result = run_native(job, rows, *client, hooks); });
  ::unlink(job.dead_letters.c_str());
  if (!result) return std::fputs(describe(result.error()).c_str(), stderr), 1;
  std::printf("written %llu; reading %.2f s, converting %.2f s, waiting for the writer %.2f s\n",
              static_cast<unsigned long long>(result->written), result->reading_seconds, result->converting_seconds,
              result->waiting_for_target_seconds);
  return 0;
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) { return migrate::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000); }
