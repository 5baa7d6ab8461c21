// The native engine from rows in memory into an HTTP sink that answers at once, beside a bare client that posts
// prepared requests to the same sink: what the engine itself costs, the log and the manifest included; then a later
// run, which compares the same rows and finds nothing to write. Usage: bench_native_sink [ITEMS]
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/load.h"

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

int run(uint64_t items) {
  Sink sink;
  const std::string url = "http://127.0.0.1:" + std::to_string(sink.port);
  ::setenv("AWS_ACCESS_KEY_ID", "bench", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "bench", 1);
  TargetSettings target;
  target.endpoint = url;
  auto service = open_dynamodb(target);
  if (!service) return std::fputs(describe(service.error()).c_str(), stderr), 1;
  const NativeJob job = bench::job_into("t");

  const std::vector<AwsRequest> requests = bench::prepared("t", 25, WriteMode::put_if_absent);
  uint64_t failed = 0;
  bench::measure("bare client", items / 25 * 25, [&] { failed = bench::post_all(url, requests, items / 25, 32); });
  if (failed > 0) std::printf("%llu requests failed\n", static_cast<unsigned long long>(failed));

  bench::Rows rows(items);
  NativeHooks hooks;
  auto client = connect_dynamodb(*service, job.tuning.connections);
  Result<TableRun> result = TableRun();
  bench::measure("engine", items, [&] { result = run_native(job, rows, *client, hooks); });
  Result<TableRun> again = TableRun();
  if (result) {
    NativeJob later = job;
    later.state.base = result->manifest;
    later.state.run = "second";
    bench::measure("later run", items, [&] { again = run_native(later, rows, *client, hooks); });
  }
  ::unlink(job.dead_letters.c_str());
  std::filesystem::remove_all(job.state.folder);
  if (!again) return std::fputs(describe(again.error()).c_str(), stderr), 1;
  if (!result) return std::fputs(describe(result.error()).c_str(), stderr), 1;
  std::printf("written %llu; reading %.2f s, converting %.2f s, waiting for the writer %.2f s\n",
              static_cast<unsigned long long>(result->written), result->reading_seconds, result->converting_seconds,
              result->waiting_for_target_seconds);
  return 0;
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) { return migrate::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000); }
