// session_settings() of connection.h: what a session needs so that views give the same on every server, whatever
// defaults its administrators chose.
#include "sql/connection.h"

namespace migrate {

std::vector<std::string> session_settings(Flavor flavor) {
  // net_write_timeout: rows that wait because the target is slow must not end the statement.
  std::string set =
      "SET SESSION time_zone = '+00:00', sql_mode = '', group_concat_max_len = 67108864, div_precision_increment = 4, "
      "sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_auto_is_null = 0, lc_time_names = 'en_US', "
      "default_week_format = 0, lock_wait_timeout = 5, wait_timeout = 28800, net_write_timeout = 600, autocommit = 1";
  set += flavor == Flavor::mysql
             ? ", transaction_isolation = 'REPEATABLE-READ', max_execution_time = 0"
             : ", tx_isolation = 'REPEATABLE-READ', max_statement_time = 0, default_regex_flags = ''";
  return {"SET NAMES utf8mb4", set};
}

}  // namespace migrate
