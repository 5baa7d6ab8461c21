// Stands between migrate and a SQL server, and breaks the connection as networks do.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "support/loopback.h"

namespace migrate::test {

class TcpProxy {
 public:
  TcpProxy(std::string host, int port);

  int port() const { return server_.port(); }
  int connections() const { return server_.accepted(); }
  uint64_t bytes_from_server() const;

  // The next `times` connections that have brought this many bytes from the server are cut there.
  void cut_after(uint64_t bytes, int times);
  void cut_now() { server_.cut_connections(); }
  void refuse(bool on) { server_.refuse(on); }  // as a server that is down

 private:
  void serve(Socket& client);
  bool cut_here(uint64_t& passed, std::string& bytes);

  const std::string host_;
  const int upstream_port_;
  mutable std::mutex mutex_;
  uint64_t from_server_ = 0;
  uint64_t cut_after_ = 0;
  int cuts_ = 0;
  LoopbackServer server_;
};

}  // namespace migrate::test
