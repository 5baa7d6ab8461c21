// servers.h: the servers' addresses from the environment, and ScratchDatabase over the C API of MySQL.
#include "support/servers.h"

#include <mysql.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace migrate::test {
namespace {

std::string required(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value)
    throw std::runtime_error(name +
                             " is not set: this test needs the real servers. Run tests/run.sh, or by hand:\n"
                             "  tests/support/servers.sh start DIR && eval \"$(tests/support/servers.sh env DIR)\"");
  return value;
}

ServerAddress address(const std::string& prefix) {
  return {required(prefix + "_HOST"), std::stoi(required(prefix + "_PORT")), required(prefix + "_SOCKET"),
          required(prefix + "_USER"), required(prefix + "_PASSWORD"),        required(prefix + "_CA")};
}

}  // namespace

ServerAddress mariadb_server() { return address("MIGRATE_TEST_MARIADB"); }
ServerAddress mysql_server() { return address("MIGRATE_TEST_MYSQL"); }
std::string dynamodb_endpoint() { return required("MIGRATE_TEST_DYNAMODB_ENDPOINT"); }

std::string unique_name(std::string_view prefix) {
  static std::atomic<unsigned> calls{0};
  static const unsigned run = std::random_device{}();
  return std::string(prefix) + "_" + std::to_string(getpid()) + "_" + std::to_string(run % 1000000) + "_" +
         std::to_string(++calls);
}

struct ScratchDatabase::State {
  ServerAddress server;
  std::string name;
  MYSQL* connection = nullptr;

  ~State() { mysql_close(connection); }

  [[noreturn]] void fail(std::string_view sql) const {
    throw std::runtime_error(std::string(mysql_error(connection)) + " (" + std::to_string(mysql_errno(connection)) +
                             ")\n  in: " + std::string(sql.substr(0, 500)));
  }

  // Runs the statements; the rows are those of the last one that has any.
  Rows run(std::string_view sql) const {
    Rows rows;
    if (mysql_real_query(connection, sql.data(), sql.size()) != 0) fail(sql);
    for (;;) {
      if (MYSQL_RES* result = mysql_store_result(connection)) {
        rows.clear();
        while (MYSQL_ROW row = mysql_fetch_row(result)) {
          const unsigned long* lengths = mysql_fetch_lengths(result);
          auto& columns = rows.emplace_back();
          for (unsigned i = 0; i < mysql_num_fields(result); ++i)
            columns.push_back(row[i] ? std::optional(std::string(row[i], lengths[i])) : std::nullopt);
        }
        mysql_free_result(result);
      }
      const int next = mysql_next_result(connection);
      if (next > 0) fail(sql);
      if (next < 0) return rows;
    }
  }
};

ScratchDatabase::ScratchDatabase(ServerAddress server) : state_(std::make_unique<State>()) {
  state_->server = std::move(server);
  state_->connection = mysql_init(nullptr);
  mysql_options(state_->connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const ServerAddress& s = state_->server;
  if (!mysql_real_connect(state_->connection, nullptr, s.user.c_str(), s.password.c_str(), nullptr, 0, s.socket.c_str(),
                          CLIENT_MULTI_STATEMENTS))
    state_->fail("connecting to " + s.socket);
  const std::string name = unique_name("test");
  state_->run("CREATE DATABASE `" + name + "` CHARACTER SET utf8mb4; USE `" + name + "`");
  state_->name = name;
}

ScratchDatabase::~ScratchDatabase() {
  if (!state_ || state_->name.empty()) return;
  try {
    // A test that failed half way may hold locks: leave its database behind rather than wait for a day.
    state_->run("ROLLBACK; UNLOCK TABLES; SET lock_wait_timeout = 5; DROP DATABASE `" + state_->name + "`");
  } catch (const std::runtime_error&) {}
}

ScratchDatabase::ScratchDatabase(ScratchDatabase&&) noexcept = default;

void ScratchDatabase::exec(std::string_view sql) { state_->run(sql); }
Rows ScratchDatabase::rows(std::string_view sql) { return state_->run(sql); }

std::string ScratchDatabase::text(std::string_view sql) {
  std::string out;
  for (const auto& row : state_->run(sql)) {
    for (size_t i = 0; i < row.size(); ++i) out += (i ? " | " : "") + row[i].value_or("NULL");
    out += '\n';
  }
  return out;
}

const std::string& ScratchDatabase::name() const { return state_->name; }
const ServerAddress& ScratchDatabase::server() const { return state_->server; }

ScratchDatabase mariadb_db() { return ScratchDatabase(mariadb_server()); }
ScratchDatabase mysql_db() { return ScratchDatabase(mysql_server()); }

}  // namespace migrate::test
