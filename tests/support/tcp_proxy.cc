// tcp_proxy.h: TcpProxy.
#include "support/tcp_proxy.h"

#include <poll.h>

#include <utility>

namespace migrate::test {

TcpProxy::TcpProxy(std::string host, int port)
    : host_(std::move(host)), upstream_port_(port), server_([this](Socket& client) { serve(client); }) {}

uint64_t TcpProxy::bytes_from_server() const {
  std::lock_guard lock(mutex_);
  return from_server_;
}

void TcpProxy::cut_after(uint64_t bytes, int times) {
  std::lock_guard lock(mutex_);
  cut_after_ = bytes;
  cuts_ = times;
}

// Counts what came from the server; shortens it and says true where the connection is to end.
bool TcpProxy::cut_here(uint64_t& passed, std::string& bytes) {
  std::lock_guard lock(mutex_);
  const bool cut = cuts_ > 0 && passed + bytes.size() >= cut_after_;
  if (cut) {
    --cuts_;
    bytes.resize(cut_after_ > passed ? cut_after_ - passed : 0);
  }
  passed += bytes.size();
  from_server_ += bytes.size();
  return cut;
}

void TcpProxy::serve(Socket& client) {
  Socket upstream(server_, LoopbackServer::dial(host_, upstream_port_));
  if (upstream.fd() < 0) return;
  uint64_t passed = 0;
  for (;;) {
    pollfd ends[] = {{client.fd(), POLLIN, 0}, {upstream.fd(), POLLIN, 0}};
    if (poll(ends, 2, -1) < 0) continue;
    if (ends[0].revents) {
      const std::string bytes = receive_some(client.fd());
      if (bytes.empty() || !send_all(upstream.fd(), bytes)) return;
    }
    if (ends[1].revents) {
      std::string bytes = receive_some(upstream.fd());
      if (bytes.empty()) return;
      const bool cut = cut_here(passed, bytes);
      if (!send_all(client.fd(), bytes) || cut) return;
    }
  }
}

}  // namespace migrate::test
