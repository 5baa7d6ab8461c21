// The manual page knows every key of the project file that docs/project-file.md has.
#include <gmock/gmock.h>

#include <sstream>

#include "base/file.h"
#include "base/text.h"
#include "cli/completions.h"

namespace migrate::test {
namespace {

std::string manual() {
  testing::internal::CaptureStdout();
  print_manual();
  return replace_all(testing::internal::GetCapturedStdout(), "\\-", "-");
}

TEST(Manual, HasEveryKeyOfTheProjectFile) {
  const std::string page = manual();
  const size_t from = page.find(".SH PROJECT FILE"), to = page.find(".SH FILES");
  ASSERT_LT(from, to);
  const std::string section = page.substr(from, to - from);
  auto docs = read_file(std::string(MIGRATE_SOURCE_DIR) + "/docs/project-file.md");
  ASSERT_TRUE(docs);
  std::istringstream lines(*docs);
  size_t keys = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string cell = line.substr(2, line.find(" |", 2) - 2);
    for (size_t at = cell.find('`'); at != cell.npos; at = cell.find('`', at + 1)) {
      const size_t end = cell.find('`', at + 1);
      EXPECT_THAT(section, testing::HasSubstr(cell.substr(at + 1, end - at - 1)));
      ++keys;
      at = end;
    }
  }
  EXPECT_GT(keys, 40U);
}

}  // namespace
}  // namespace migrate::test
