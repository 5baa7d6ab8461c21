// loopback.h: LoopbackServer.
#include "support/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace migrate::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

sockaddr_in address_of(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::runtime_error(host + " is no IPv4 address");
  return address;
}

int without_delay(int fd) {
  const int on = 1;
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Linux lets several sockets that all say SO_REUSEADDR have one port while none of them listens.
int bound_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const sockaddr_in address = address_of("127.0.0.1", port);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("binding loopback port " + std::to_string(port));
  return fd;
}

int port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  return ntohs(address.sin_port);
}

int listening_on(int port) {
  const int fd = bound_to(port);
  if (listen(fd, 128) != 0) fail("listening on loopback port " + std::to_string(port));
  return fd;
}

}  // namespace

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string receive_some(int fd) {
  std::string bytes(64 * 1024, '\0');
  ssize_t got;
  do got = recv(fd, bytes.data(), bytes.size(), 0);
  while (got < 0 && errno == EINTR);
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

Socket::Socket(LoopbackServer& owner, int fd) : owner_(owner), fd_(fd) {
  std::lock_guard lock(owner_.mutex_);
  if (fd_ < 0) return;
  owner_.open_.insert(fd_);
  if (owner_.stopping_) shutdown(fd_, SHUT_RDWR);
}

Socket::~Socket() {
  // Under the lock, so that nobody cuts a socket that got this number after us.
  std::lock_guard lock(owner_.mutex_);
  if (fd_ < 0) return;
  owner_.open_.erase(fd_);
  close(fd_);
}

LoopbackServer::LoopbackServer(std::function<void(Socket&)> serve)
    : serve_(std::move(serve)), holder_(bound_to(0)), port_(port_of(holder_)), listener_(listening_on(port_)) {
  acceptor_ = std::thread([this] { accept_until_stopped(); });
}

LoopbackServer::~LoopbackServer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  acceptor_.join();
  cut_connections();
  for (std::thread& thread : threads_) thread.join();
  if (listener_ >= 0) close(listener_);
  close(holder_);
}

void LoopbackServer::accept_until_stopped() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (refuse_ && listener_ >= 0) close(std::exchange(listener_, -1));
      if (!refuse_ && listener_ < 0) listener_ = listening_on(port_);
      changed_.notify_all();
    }
    // Short, as only between two rounds it is seen that the server stops or refuses; poll passes over -1.
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 10) <= 0) continue;
    const int fd = without_delay(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (fd < 0) continue;
    std::lock_guard lock(mutex_);
    threads_.emplace_back([this, fd] {
      Socket client(*this, fd);
      serve_(client);
    });
  }
}

void LoopbackServer::refuse(bool on) {
  std::unique_lock lock(mutex_);
  refuse_ = on;
  changed_.wait(lock, [&] { return (listener_ < 0) == on; });
}

int LoopbackServer::accepted() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(threads_.size());
}

void LoopbackServer::cut_connections() {
  std::lock_guard lock(mutex_);
  for (int fd : open_) shutdown(fd, SHUT_RDWR);
}

int LoopbackServer::dial(const std::string& host, int port) {
  const sockaddr_in address = address_of(host, port);
  const int fd = without_delay(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace migrate::test
