// One connection to MySQL or MariaDB, over the C API that libmariadb and Oracle's libmysqlclient share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/project.h"

namespace migrate {

// A row as the server sent it: one view per column, nullopt for NULL; valid until the next row is fetched.
using RowView = std::vector<std::optional<std::string_view>>;
using RowText = std::vector<std::optional<std::string>>;
inline std::string text_at(const RowText& row, size_t i) { return row[i].value_or(""); }  // "" for NULL

class SqlConnection {
 public:
  // Errors: source_connect, source_auth, source_tls, source_version, each naming host and user, never the password.
  static Result<std::unique_ptr<SqlConnection>> open(const SourceSettings& settings);
  ~SqlConnection();
  SqlConnection(const SqlConnection&) = delete;
  SqlConnection& operator=(const SqlConnection&) = delete;

  // Errors: source_rights (1044, 1142, 1143, 1227, …), source_lost (2006, 2013, …), source_query (all else, with the
  // server's number and message and the first 200 characters of the statement), interrupted (cancel() ended it).
  Result<void> execute(std::string_view sql);
  Result<std::vector<RowText>> query(std::string_view sql);  // small results, whole
  // Streams rows (mysql_use_result) while `row` returns true; the connection stays usable when it stops early.
  Result<void> stream(std::string_view sql, const std::function<bool(const RowView&)>& row);

  std::string quote(std::string_view text);  // a literal, escaped for this connection: 'it\'s'
  Flavor flavor() const;
  const std::string& version() const;  // "10.11.19-MariaDB"
  int version_number() const;          // 101119, 80015
  uint64_t thread_id() const;
  std::string peer() const;  // "user@host:port/database", for messages
  bool tls() const;
  int last_error() const;  // the server's number of the last statement's error, 0 if it went well: 1205, 1317, …
  // Ends the statement that this connection is running, from another thread, through a connection of its own. Best
  // effort.
  void cancel();

 private:
  SqlConnection();
  struct State;
  std::unique_ptr<State> state_;
};

// The settings that every session that reads views runs with, whichever engine: time_zone '+00:00', utf8mb4, a fixed
// sql_mode, group_concat_max_len, div_precision_increment, sql_select_limit, lock_wait_timeout, … (types.md).
std::vector<std::string> session_settings(Flavor flavor);

}  // namespace migrate
