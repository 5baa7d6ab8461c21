// The real servers that tests run against, as tests/support/servers.sh started them; tests/run.sh sets the environment.
// A test that needs a server which is not there fails and says how to start it: it is never skipped.
// Everything here throws std::runtime_error, which ends the test with its message.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migrate::test {

struct ServerAddress {
  std::string host;
  int port = 0;
  std::string socket;
  std::string user, password;  // of root
  std::string ca;              // PEM file of the CA that signed the server's certificate
};

ServerAddress mariadb_server();
ServerAddress mysql_server();
std::string dynamodb_endpoint();  // http://127.0.0.1:PORT

// prefix_…, different in each call, process and run.
std::string unique_name(std::string_view prefix);

using Rows = std::vector<std::vector<std::optional<std::string>>>;  // text as the server sends it, nullopt for NULL

// A database of its own on a real server, dropped at the end. Its session is utf8mb4 and otherwise has the server's
// settings, whose time zone is not UTC.
class ScratchDatabase {
 public:
  explicit ScratchDatabase(ServerAddress server);
  ~ScratchDatabase();
  ScratchDatabase(ScratchDatabase&&) noexcept;
  ScratchDatabase& operator=(ScratchDatabase&&) = delete;

  void exec(std::string_view sql);  // one statement or several, separated by ;
  Rows rows(std::string_view sql);
  std::string text(std::string_view sql);  // rows, readable: a line per row, columns separated by " | "

  const std::string& name() const;
  const ServerAddress& server() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

ScratchDatabase mariadb_db();
ScratchDatabase mysql_db();

}  // namespace migrate::test
