// The vocabulary of the tests that look at a source.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sql/connection.h"
#include "support/servers.h"

namespace migrate::test {

// The value of a Result, or the end of the test with its error.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
}

inline SourceSettings settings_of(const ServerAddress& server, const std::string& database) {
  SourceSettings s;
  s.host = server.host;
  s.port = server.port;
  s.user = server.user;
  s.password = Secret(server.password);
  s.database = database;
  return s;
}
inline SourceSettings settings_of(const ScratchDatabase& db) { return settings_of(db.server(), db.name()); }

inline std::unique_ptr<SqlConnection> connect(const ScratchDatabase& db) {
  return must(SqlConnection::open(settings_of(db)));
}

// Both servers, as the parameter of a test.
enum class Server { mariadb, mysql };
inline ScratchDatabase scratch(Server server) { return server == Server::mariadb ? mariadb_db() : mysql_db(); }
inline std::string server_name(const testing::TestParamInfo<Server>& info) {
  return info.param == Server::mariadb ? "mariadb" : "mysql";
}

// A test of a fixture that has `db`, on both servers: class Reading : public OnBothServers {}; BOTH_SERVERS(Reading);
class OnBothServers : public testing::TestWithParam<Server> {
 protected:
  ScratchDatabase db = scratch(GetParam());
};
#define BOTH_SERVERS(fixture) \
  INSTANTIATE_TEST_SUITE_P(On, fixture, testing::Values(Server::mariadb, Server::mysql), server_name)

}  // namespace migrate::test
