// TcpProxy breaks connections where it is told to, and passes everything on otherwise.
#include "support/tcp_proxy.h"
#include "support/wait.h"

#include <gtest/gtest.h>

namespace migrate::test {
namespace {

// What a client gets that says `request` and listens until the end.
std::string talk(int port, const std::string& request) {
  LoopbackServer here([](Socket&) {});
  Socket connection(here, LoopbackServer::dial("127.0.0.1", port));
  if (connection.fd() < 0) return "(refused)";
  send_all(connection.fd(), request);
  std::string all, got;
  while (!(got = receive_some(connection.fd())).empty()) all += got;
  return all;
}

// Answers a request with a thousand times its first letter.
struct Upstream {
  LoopbackServer server{[](Socket& client) { send_all(client.fd(), std::string(1000, receive_some(client.fd())[0])); }};
  TcpProxy proxy{"127.0.0.1", server.port()};
};

TEST(TcpProxy, passes_on_what_it_gets) {
  Upstream upstream;
  EXPECT_EQ(talk(upstream.proxy.port(), "a"), std::string(1000, 'a'));
  EXPECT_EQ(talk(upstream.proxy.port(), "b"), std::string(1000, 'b'));
  EXPECT_EQ(upstream.proxy.connections(), 2);
  EXPECT_EQ(upstream.proxy.bytes_from_server(), 2000u);
}

TEST(TcpProxy, cuts_as_often_as_it_is_told) {
  Upstream upstream;
  upstream.proxy.cut_after(300, 2);
  EXPECT_EQ(talk(upstream.proxy.port(), "a"), std::string(300, 'a'));
  EXPECT_EQ(talk(upstream.proxy.port(), "a"), std::string(300, 'a'));
  EXPECT_EQ(talk(upstream.proxy.port(), "a"), std::string(1000, 'a'));
}

TEST(TcpProxy, refuses_and_comes_back_on_the_same_port) {
  Upstream upstream;
  for (int round = 0; round < 3; ++round) {
    upstream.proxy.refuse(true);
    EXPECT_EQ(talk(upstream.proxy.port(), "a"), "(refused)");
    upstream.proxy.refuse(false);
    EXPECT_EQ(talk(upstream.proxy.port(), "a"), std::string(1000, 'a'));
  }
}

TEST(TcpProxy, ends_while_a_connection_is_open) {
  LoopbackServer silent([](Socket& client) { receive_some(client.fd()); });
  LoopbackServer here([](Socket&) {});
  auto proxy = std::make_unique<TcpProxy>("127.0.0.1", silent.port());
  Socket connection(here, LoopbackServer::dial("127.0.0.1", proxy->port()));
  wait_until([&] { return proxy->connections() > 0; });
  proxy.reset();
  EXPECT_EQ(receive_some(connection.fd()), "");
}

}  // namespace
}  // namespace migrate::test
