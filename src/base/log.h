// The log: human lines on stderr, JSON lines (rotated) in out/logs/migrate.log, and one line per side effect in
// out/logs/audit.log. Secrets have no printed form (secret.h), so they cannot be passed here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace migrate {

struct LogField {
  std::string_view key;
  std::string value;
  bool number = false;  // `value` stands in the JSON as it is
};
LogField log_number(std::string_view key, uint64_t number);
LogField log_number(std::string_view key, double number);
using LogFields = std::initializer_list<LogField>;

enum class LogLevel { debug, info, warning, error };

struct LogOptions {
  std::string folder;                    // of the JSON lines; empty: none are written
  LogLevel console = LogLevel::warning;  // what reaches stderr
  LogLevel file = LogLevel::debug;       // what reaches migrate.log
  uint64_t file_bytes = 16 << 20;        // of one file; the 5 before it are kept
  std::string run_id;                    // in every JSON line
  // Takes the place of stderr while a live display owns the terminal.
  void (*console_line)(std::string_view line) = nullptr;
};

// A folder that cannot be written is a warning on the console: no run fails for want of a log. Before it is called,
// warnings and errors go to stderr and the rest nowhere.
void start_log(const LogOptions& options);
void stop_log();  // flushes

void log(LogLevel level, std::string_view message, LogFields fields = {});
inline void log_debug(std::string_view m, LogFields f = {}) { log(LogLevel::debug, m, f); }
inline void log_info(std::string_view m, LogFields f = {}) { log(LogLevel::info, m, f); }
inline void log_warning(std::string_view m, LogFields f = {}) { log(LogLevel::warning, m, f); }
inline void log_error(std::string_view m, LogFields f = {}) { log(LogLevel::error, m, f); }

// To the file alone, for what happens too often to be read as it goes by: each request, each retry. Ask first, so that
// nothing is made of fields that nobody keeps. Of items no values, only where they stand.
bool log_file_takes(LogLevel level);
void log_to_file(LogLevel level, std::string_view message, LogFields fields = {});

// One side effect on the outside world: who and when are added here.
//   audit("create view", "migration_view_Users on shop@db:3306", "done");
void audit(std::string_view what, std::string_view where, std::string_view outcome, LogFields fields = {});

}  // namespace migrate
