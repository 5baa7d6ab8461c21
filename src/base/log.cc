// The log over spdlog: see log.h. JSON lines are made here, so that field order and escaping are ours.
#include "base/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <ctime>
#include <mutex>

#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"

namespace migrate {
namespace {

constexpr int NOTHING = 100;

struct LogState {
  std::mutex mutex;
  std::atomic<int> file_level = NOTHING;
  LogOptions options;
  std::shared_ptr<spdlog::logger> lines;
  std::shared_ptr<spdlog::logger> audit;
};

LogState& state() {
  static LogState s;
  return s;
}

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

std::string now_utc() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  char buffer[64];
  size_t n = strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(buffer + n, sizeof buffer - n, ".%03ldZ", now.tv_nsec / 1000000);
  return buffer;
}

std::shared_ptr<spdlog::logger> rotating(const std::string& name, const std::string& path, uint64_t bytes) {
  constexpr size_t FILES = 5;
  auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, bytes, FILES);
  auto logger = std::make_shared<spdlog::logger>(name, sink);
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::warn);
  return logger;
}

void say(const LogState& s, LogLevel level, const std::string& line) {
  if (level < s.options.console) return;
  if (s.options.console_line) return s.options.console_line(line);
  fprintf(stderr, "%s\n", line.c_str());
}

std::string human_line(LogLevel level, std::string_view message, LogFields fields) {
  std::string line = std::string(level_name(level)) + ": " + printable(message);
  for (const LogField& f : fields) line += "  " + std::string(f.key) + "=" + printable(f.value);
  return line;
}

void write_line(LogState& s, LogLevel level, std::string_view message, LogFields fields) {
  JsonObject line;
  line.add("time", now_utc()).add("level", level_name(level)).add("run", s.options.run_id).add("message", message);
  for (const LogField& f : fields) {
    if (f.number) {
      line.raw(f.key, f.value);
    } else {
      line.add(f.key, f.value);
    }
  }
  s.lines->log(level >= LogLevel::warning ? spdlog::level::warn : spdlog::level::info, "{}", line.str());
}

}  // namespace

LogField log_number(std::string_view key, uint64_t number) { return {key, std::to_string(number), true}; }

LogField log_number(std::string_view key, double number) {
  char text[32];
  snprintf(text, sizeof text, "%.3f", number);
  return {key, text, true};
}

void start_log(const LogOptions& options) {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  s.options = options;
  s.lines.reset();
  s.audit.reset();
  s.file_level = NOTHING;
  if (options.folder.empty()) return;
  try {
    if (!make_folders(options.folder)) throw spdlog::spdlog_ex("cannot create the folder");
    s.lines = rotating("migrate", options.folder + "/migrate.log", options.file_bytes);
    s.audit = rotating("audit", options.folder + "/audit.log", options.file_bytes);
    s.audit->flush_on(spdlog::level::trace);
    s.file_level = static_cast<int>(options.file);
  } catch (const spdlog::spdlog_ex& e) {
    say(s, LogLevel::warning,
        human_line(LogLevel::warning, "no log is written to '" + options.folder + "': " + e.what(), {}));
  }
}

void stop_log() {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  if (s.lines) s.lines->flush();
  if (s.audit) s.audit->flush();
  s.file_level = NOTHING;
  s.lines.reset();
  s.audit.reset();
}

void log(LogLevel level, std::string_view message, LogFields fields) {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  if (s.lines && level >= s.options.file) write_line(s, level, message, fields);
  say(s, level, human_line(level, message, fields));
}

bool log_file_takes(LogLevel level) {
  return static_cast<int>(level) >= state().file_level.load(std::memory_order_relaxed);
}

void log_to_file(LogLevel level, std::string_view message, LogFields fields) {
  if (!log_file_takes(level)) return;
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  if (s.lines) write_line(s, level, message, fields);
}

void audit(std::string_view what, std::string_view where, std::string_view outcome, LogFields fields) {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  if (!s.audit) return;
  const char* user = getenv("USER");
  JsonObject line;
  line.add("time", now_utc())
      .add("run", s.options.run_id)
      .add("who", std::string(user ? user : "uid " + std::to_string(getuid())));
  line.add("what", what).add("where", where).add("outcome", outcome);
  for (const LogField& f : fields) line.add(f.key, f.value);
  s.audit->info("{}", line.str());
}

}  // namespace migrate
