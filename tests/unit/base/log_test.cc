// The log's files: what reaches them, as what, and how they are rotated.
#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace migrate {
namespace {

class Log : public ::testing::Test {
 protected:
  ~Log() override {
    stop_log();
    std::filesystem::remove_all(options.folder);
  }
  void start() {
    options.folder = ::testing::TempDir() + "migrate_log_" + std::to_string(::getpid());
    options.run_id = "r1";
    start_log(options);
  }
  std::vector<std::string> lines() {
    stop_log();
    std::vector<std::string> out = split(*read_file(options.folder + "/migrate.log"), '\n');
    out.pop_back();
    return out;
  }
  LogOptions options;
};

TEST_F(Log, lines_are_json_with_numbers_as_numbers) {
  start();
  log_to_file(LogLevel::debug, "request",
              {{"table", "a\"b\n"}, log_number("items", uint64_t{25}), log_number("latency_ms", 1.25)});
  const auto all = lines();
  ASSERT_EQ(all.size(), 1u);
  Diagnostics diagnostics;
  ASSERT_TRUE(parse_json({all[0], "a line"}, diagnostics)) << all[0];
  EXPECT_NE(
      all[0].find(R"("level":"debug","run":"r1","message":"request","table":"a\"b\n","items":25,"latency_ms":1.250})"),
      std::string::npos)
      << all[0];
}

TEST_F(Log, what_is_for_the_file_does_not_reach_people) {
  options.console = LogLevel::debug;
  static std::string said;
  said.clear();
  options.console_line = [](std::string_view line) { said += line; };
  start();
  log_to_file(LogLevel::error, "for the file");
  log_debug("for both");
  EXPECT_EQ(said, "debug: for both");
  EXPECT_EQ(lines().size(), 2u);
}

TEST_F(Log, a_level_that_is_off_costs_nothing) {
  EXPECT_FALSE(log_file_takes(LogLevel::error));
  options.file = LogLevel::warning;
  start();
  EXPECT_FALSE(log_file_takes(LogLevel::debug));
  EXPECT_TRUE(log_file_takes(LogLevel::warning));
  log_to_file(LogLevel::debug, "no");
  log_info("no");
  log_to_file(LogLevel::warning, "yes");
  EXPECT_EQ(lines().size(), 1u);
}

TEST_F(Log, files_are_rotated) {
  options.file_bytes = 1000;
  start();
  for (int i = 0; i < 100; ++i) log_to_file(LogLevel::debug, "line", {log_number("n", static_cast<uint64_t>(i))});
  stop_log();
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
    EXPECT_LE(entry.file_size(), 1000u) << entry.path();
    const std::string name = entry.path().filename().string();
    if (name.starts_with("migrate")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(join(names, " "), "migrate.1.log migrate.2.log migrate.3.log migrate.4.log migrate.5.log migrate.log");
  EXPECT_NE(read_file(options.folder + "/migrate.log")->find("\"n\":99}"), std::string::npos);
}

}  // namespace
}  // namespace migrate
