// How connections open, fail and break.
#include "sql/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <mutex>
#include <thread>

#include "source_support.h"
#include "support/loopback.h"
#include "support/tcp_proxy.h"

namespace migrate::test {
namespace {

// "source-auth: …", or "connected".
std::string opening(const SourceSettings& s) {
  auto connection = SqlConnection::open(s);
  return connection ? std::string((*connection)->tls() ? "connected, TLS" : "connected, plain")
                    : std::string(error_code(connection.error().kind)) + ": " + connection.error().message;
}

std::string code_of(const std::string& opened) { return opened.substr(0, opened.find(':')); }

class Connecting : public OnBothServers {};
BOTH_SERVERS(Connecting);

TEST_P(Connecting, tells_version_and_flavour) {
  auto connection = connect(db);
  EXPECT_EQ(connection->flavor(), GetParam() == Server::mariadb ? Flavor::mariadb : Flavor::mysql);
  EXPECT_GE(connection->version_number(), GetParam() == Server::mariadb ? 101100 : 80014);
  EXPECT_EQ(connection->peer(), "root@127.0.0.1:" + std::to_string(db.server().port) + "/" + db.name());
}

TEST_P(Connecting, tls_modes_do_what_they_say) {
  SourceSettings s = settings_of(db);
  s.tls = TlsMode::disabled;
  EXPECT_EQ(opening(s), "connected, plain");
  s.tls = TlsMode::preferred;
  EXPECT_EQ(opening(s), "connected, TLS");
  s.tls = TlsMode::required;
  EXPECT_EQ(opening(s), "connected, TLS");
  s.tls = TlsMode::verify_ca;
  EXPECT_EQ(code_of(opening(s)), "source-tls") << "no public CA signed a test server's certificate";
  s.tls_ca = db.server().ca;
  EXPECT_EQ(opening(s), "connected, TLS");
  s.tls_ca = (GetParam() == Server::mariadb ? mysql_server() : mariadb_server()).ca;
  EXPECT_EQ(code_of(opening(s)), "source-tls") << "another CA";
  s.tls_ca = "/nonexistent/ca.pem";
  EXPECT_EQ(code_of(opening(s)), "source-tls");
}

TEST(Tls, identity_is_the_name_in_the_certificate) {
  ScratchDatabase db = mariadb_db();  // its certificate is for localhost and 127.0.0.1
  SourceSettings s = settings_of(db);
  s.tls = TlsMode::verify_identity;
  s.tls_ca = db.server().ca;
  EXPECT_EQ(opening(s), "connected, TLS");
  ScratchDatabase other = mysql_db();  // its certificate names no host at all
  s = settings_of(other);
  s.tls_ca = other.server().ca;
  s.tls = TlsMode::verify_identity;
  EXPECT_EQ(code_of(opening(s)), "source-tls");
}

// What a server would hear that says it has no TLS, and asks for the password in the clear.
class PlainServer {
 public:
  explicit PlainServer(bool names_plugins) : names_plugins_(names_plugins) {}
  int port() const { return server_.port(); }
  std::string heard() const {
    std::lock_guard guard(mutex_);
    return heard_;
  }

 private:
  // Protocol::HandshakeV10 of MySQL's protocol documentation.
  void serve(Socket& client) const {
    const uint32_t capabilities = 0x00aff7ff & ~0x00000800U & ~(names_plugins_ ? 0U : 0x00080000U);  // less CLIENT_SSL
    std::string greeting = std::string("\x0a") + "8.0.30" + '\0' + std::string("\1\0\0\0", 4) + "12345678" + '\0';
    greeting += {static_cast<char>(capabilities), static_cast<char>(capabilities >> 8), '\x21', '\2', '\0'};
    greeting += {static_cast<char>(capabilities >> 16), static_cast<char>(capabilities >> 24), '\x15'};
    greeting += std::string(10, '\0') + "123456789012" + '\0';
    if (names_plugins_) greeting += std::string("mysql_clear_password") + '\0';
    say(client, greeting, 0);
    hear(client);
    say(client, std::string("\xfe") + "mysql_clear_password" + '\0', 2);  // switch to it
    hear(client);
    say(client, std::string("\0\0\0\2\0\0\0", 7), 4);  // OK
    hear(client);
  }
  static void say(Socket& client, const std::string& text, char number) {
    send_all(client.fd(), std::string{static_cast<char>(text.size()), '\0', '\0', number} + text);
  }
  void hear(Socket& client) const {
    const std::string bytes = receive_some(client.fd());
    std::lock_guard guard(mutex_);
    heard_ += bytes;
  }

  const bool names_plugins_;
  mutable std::mutex mutex_;
  mutable std::string heard_;
  LoopbackServer server_{[this](Socket& client) { serve(client); }};
};

// Verifying names and certificates comes too late where there is nothing to verify.
TEST(Tls, a_server_without_it_never_hears_the_password_nor_what_is_made_of_it) {
  const auto heard_of = [](TlsMode mode, bool names_plugins) {
    PlainServer server(names_plugins);
    SourceSettings s;
    s.host = "127.0.0.1";
    s.port = server.port();
    s.user = "someone";
    s.password = Secret("s3cret-password");
    s.tls = mode;
    if (mode == TlsMode::verify_ca || mode == TlsMode::verify_identity) s.tls_ca = mariadb_server().ca;
    const std::string opened = opening(s);
    EXPECT_EQ(code_of(opened) == "source-tls", mode != TlsMode::disabled) << opened;
    return server.heard();
  };
  for (const TlsMode mode : {TlsMode::required, TlsMode::verify_ca, TlsMode::verify_identity}) {
    EXPECT_EQ(heard_of(mode, true), "");
    // Before there were plugins the first answer had the name and 20 bytes of SHA-1: here the name, and 0 bytes.
    const std::string old = heard_of(mode, false);
    EXPECT_EQ(old.find("s3cret"), std::string::npos);
    EXPECT_EQ(old.find("someone") == std::string::npos, old.empty());
    EXPECT_EQ(old.find(std::string("someone\0\0", 9)) == std::string::npos, old.empty());
  }
  EXPECT_NE(heard_of(TlsMode::disabled, true).find("s3cret"), std::string::npos) << "or this server proves nothing";
}

TEST_P(Connecting, over_a_unix_socket) {
  SourceSettings s = settings_of(db);
  s.socket = db.server().socket;
  s.host = "";
  EXPECT_EQ(opening(s), "connected, plain");
}

TEST_P(Connecting, errors_name_host_and_user_and_never_the_password) {
  SourceSettings s = settings_of(db);
  s.password = Secret("s3cret-wrong");
  const std::string wrong = opening(s);
  EXPECT_EQ(code_of(wrong), "source-auth");
  EXPECT_NE(wrong.find("root@127.0.0.1:"), std::string::npos) << wrong;
  EXPECT_EQ(wrong.find("s3cret"), std::string::npos) << wrong;

  s = settings_of(db);
  s.port = 1;
  EXPECT_EQ(code_of(opening(s)), "source-connect");
  s.host = "no-such-host.invalid";
  EXPECT_EQ(code_of(opening(s)), "source-connect");
  s = settings_of(db);
  s.database = "no_such_database";
  EXPECT_EQ(code_of(opening(s)), "source-connect");
  s = settings_of(db);
  s.socket = "/nonexistent/socket";
  EXPECT_EQ(code_of(opening(s)), "source-connect");
}

TEST_P(Connecting, a_password_with_and_without_tls) {
  const std::string user = unique_name("u");
  db.exec("CREATE USER " + user + "@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON `" + db.name() + "`.* TO " + user + "@'%'");
  SourceSettings s = settings_of(db);
  s.user = user;
  s.password = Secret("pw");
  s.tls = TlsMode::disabled;
  EXPECT_EQ(opening(s), "connected, plain");
  s.tls = TlsMode::required;
  EXPECT_EQ(opening(s), "connected, TLS");
  s.password = Secret();
  EXPECT_EQ(code_of(opening(s)), "source-auth");
  s.password = Secret("pw");
  s.database = "mysql";
  EXPECT_EQ(code_of(opening(s)), "source-rights");
  s.database = db.name();
  auto connection = must(SqlConnection::open(s));
  Result<void> create = connection->execute("CREATE TABLE t (id INT)");
  EXPECT_EQ(create.error().kind, ErrorKind::source_rights) << describe(create.error());
  db.exec("DROP USER " + user + "@'%'");
}

TEST_P(Connecting, values_and_nulls_and_bytes) {
  auto connection = connect(db);
  auto rows = must(connection->query("SELECT 1, NULL, '', 'ü🙂', X'00FF'"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0], (RowText{"1", std::nullopt, "", "ü🙂", std::string("\0\xff", 2)}));
  const std::string odd = "a'b\\c\n\"" + std::string(1, '\0') + "ü";
  EXPECT_EQ(must(connection->query("SELECT " + connection->quote(odd)))[0][0], odd);
}

TEST_P(Connecting, a_stream_may_stop_early) {
  auto connection = connect(db);
  int seen = 0;
  must(connection->stream(
      "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n",
      [&](const RowView&) { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(must(connection->query("SELECT 'still here'"))[0][0], "still here");
}

TEST_P(Connecting, a_refused_statement_is_named) {
  auto connection = connect(db);
  Result<void> refused = connection->execute("SELECT nothing FROM nowhere");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::source_query);
  EXPECT_NE(refused.error().message.find("SELECT nothing FROM nowhere"), std::string::npos);
  EXPECT_EQ(connection->last_error(), 1146);
}

TEST_P(Connecting, a_statement_is_cancelled_from_another_thread) {
  auto connection = connect(db);
  const std::string id = std::to_string(connection->thread_id());
  std::thread canceller([&] {
    while (db.text("SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = " + id + " AND INFO LIKE 'SELECT 1 FROM%'")
               .empty()) {}
    connection->cancel();
  });
  Result<void> ended = connection->execute(
      "SELECT 1 FROM (SELECT SLEEP(60)) AS s WHERE 1 = 0 UNION SELECT BENCHMARK(1000000000000, MD5('x'))");
  canceller.join();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::interrupted) << describe(ended.error());
  EXPECT_EQ(must(connection->query("SELECT 1"))[0][0], "1");
}

TEST_P(Connecting, a_connection_that_is_killed_mid_stream_is_lost) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, pad VARCHAR(1000) DEFAULT (REPEAT('x', 1000))); INSERT INTO "
      "t VALUES ()");
  for (int i = 0; i < 14; ++i) db.exec("INSERT INTO t (pad) SELECT pad FROM t");
  auto connection = connect(db);
  int seen = 0;
  Result<void> streamed = connection->stream("SELECT * FROM t", [&](const RowView&) {
    if (++seen == 1) db.exec("KILL CONNECTION " + std::to_string(connection->thread_id()));
    return true;
  });
  ASSERT_FALSE(streamed) << "16 MB do not fit into the buffers between server and client: " << seen;
  EXPECT_EQ(streamed.error().kind, ErrorKind::source_lost) << describe(streamed.error());
  EXPECT_LT(seen, 16384);
}

TEST_P(Connecting, a_network_that_breaks_mid_stream_is_a_lost_source) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, pad VARCHAR(100) DEFAULT 'x'); INSERT INTO t VALUES ()");
  for (int i = 0; i < 13; ++i) db.exec("INSERT INTO t (pad) SELECT REPEAT('x', 100) FROM t");
  TcpProxy proxy(db.server().host, db.server().port);
  for (TlsMode mode : {TlsMode::disabled, TlsMode::required}) {
    SourceSettings s = settings_of(db);
    s.port = proxy.port();
    s.tls = mode;
    proxy.cut_after(200000, 1);
    auto connection = must(SqlConnection::open(s));
    int seen = 0;
    Result<void> streamed = connection->stream("SELECT * FROM t", [&](const RowView&) { return ++seen > 0; });
    ASSERT_FALSE(streamed) << "an end that is not the end is never taken for one";
    EXPECT_EQ(streamed.error().kind, ErrorKind::source_lost) << describe(streamed.error());
    EXPECT_GT(seen, 0);
    EXPECT_LT(seen, 8192);
    EXPECT_EQ(connection->execute("SELECT 1").error().kind, ErrorKind::source_lost);
  }
  proxy.refuse(true);
  SourceSettings s = settings_of(db);
  s.port = proxy.port();
  EXPECT_EQ(code_of(opening(s)), "source-connect");
}

// A network that drops all packets is noticed in a minute: the kernel's own two hours would hang a build.
TEST_P(Connecting, is_probed_when_nothing_comes) {
  SourceSettings settings = settings_of(db);
  settings.socket.clear();
  const auto connection = must(SqlConnection::open(settings));
  int found = 0;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.sin_family != AF_INET) continue;
    if (ntohs(peer.sin_port) != settings.port) continue;
    int on = 0, idle = 0, every = 0, probes = 0;
    size = sizeof on;
    getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size);
    getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size);
    getsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, &size);
    getsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, &size);
    if (on != 0 && idle + every * probes == 60) ++found;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace migrate::test
