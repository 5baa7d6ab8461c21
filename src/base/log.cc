// The log over spdlog: see log.h. JSON lines are made here, so that field order and escaping are ours.
#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <mutex>

#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"

namespace migrate {
namespace {

struct LogState {
  std::mutex mutex;
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

std::shared_ptr<spdlog::logger> rotating(const std::string& name, const std::string& path) {
  constexpr size_t BYTES = 16 << 20;
  constexpr size_t FILES = 5;
  auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, BYTES, FILES);
  auto logger = std::make_shared<spdlog::logger>(name, sink);
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::warn);
  return logger;
}

std::string human_line(LogLevel level, std::string_view message, LogFields fields) {
  std::string line = std::string(level_name(level)) + ": " + printable(message);
  for (const LogField& f : fields) line += "  " + std::string(f.key) + "=" + printable(f.value);
  return line;
}

}  // namespace

void start_log(const LogOptions& options) {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  s.options = options;
  s.lines.reset();
  s.audit.reset();
  if (options.folder.empty()) return;
  try {
    if (!make_folders(options.folder)) throw spdlog::spdlog_ex("cannot create the folder");
    s.lines = rotating("migrate", options.folder + "/migrate.log");
    s.audit = rotating("audit", options.folder + "/audit.log");
    s.audit->flush_on(spdlog::level::trace);
  } catch (const spdlog::spdlog_ex& e) {
    // A run must not fail for want of a log; it must not hide it either.
    fprintf(stderr, "warning: no log is written to '%s': %s\n", options.folder.c_str(), e.what());
  }
}

void stop_log() {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  if (s.lines) s.lines->flush();
  if (s.audit) s.audit->flush();
  s.lines.reset();
  s.audit.reset();
}

void log(LogLevel level, std::string_view message, LogFields fields) {
  LogState& s = state();
  std::lock_guard guard(s.mutex);
  if (s.lines) {
    JsonObject line;
    line.add("time", now_utc()).add("level", level_name(level)).add("run", s.options.run_id).add("message", message);
    for (const LogField& f : fields) line.add(f.key, f.value);
    s.lines->log(level >= LogLevel::warning ? spdlog::level::warn : spdlog::level::info, "{}", line.str());
  }
  if (level < s.options.console) return;
  std::string text = human_line(level, message, fields);
  if (s.options.console_line) {
    s.options.console_line(text);
  } else {
    fprintf(stderr, "%s\n", text.c_str());
  }
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
