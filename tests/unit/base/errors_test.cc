// docs/errors.md explains every code that a user can meet, and none that is gone.
#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "base/result.h"
#include "base/text.h"

namespace migrate {
namespace {

TEST(Errors, EachCodeIsExplained) {
  auto page = read_file(MIGRATE_SOURCE_DIR "/docs/errors.md");
  ASSERT_TRUE(page);
  std::set<std::string> explained;
  for (const std::string& line : split(*page, '\n')) {
    if (line.starts_with("## ")) explained.insert(line.substr(3));
  }
  std::set<std::string> codes;
#define MIGRATE_ERROR(name, code, remedy) codes.insert(code);
#include "base/errors.def"
#undef MIGRATE_ERROR
  EXPECT_EQ(explained, codes);
}

}  // namespace
}  // namespace migrate
