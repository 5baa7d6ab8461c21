// A TCP server on a free loopback port, one thread for each connection: what the proxies for tests stand on.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace migrate::test {

bool send_all(int fd, std::string_view bytes);  // false: the other end is gone
std::string receive_some(int fd);               // empty: the other end is gone, or has said all

class LoopbackServer;

// A connected socket that the server knows of, so that it can be cut from another thread.
class Socket {
 public:
  Socket(LoopbackServer& owner, int fd);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  LoopbackServer& owner_;
  int fd_;
};

// Make it the last member of what owns it: its destructor cuts every connection and waits for their threads.
class LoopbackServer {
 public:
  explicit LoopbackServer(std::function<void(Socket& client)> serve);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  int port() const { return port_; }
  int accepted() const;                                // connections so far
  void refuse(bool on);                                // new connections are refused, the port stays ours
  void cut_connections();                              // all that are open now
  static int dial(const std::string& host, int port);  // a connected socket, or -1

 private:
  friend class Socket;
  void accept_until_stopped();

  std::function<void(Socket&)> serve_;
  const int holder_;  // bound and never listening: keeps the port while connections are refused
  const int port_;
  int listener_;  // -1 while connections are refused; the acceptor's alone, others look under the mutex
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<int> open_;                // the sockets to cut
  std::vector<std::thread> threads_;  // one for each connection, joined at the end
  bool refuse_ = false;
  bool stopping_ = false;
  std::thread acceptor_;
};

}  // namespace migrate::test
