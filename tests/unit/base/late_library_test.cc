#include "base/late_library.h"

#include <gtest/gtest.h>

namespace migrate::test {
namespace {

TEST(LateLibrary, CallsAFunctionOfALibraryThatIsLoadedThen) {
  const LateFunction<int (*)(int)> absolute{"libc.so.6", "abs"};
  EXPECT_EQ(absolute(-3), 3);
  EXPECT_EQ(absolute(-4), 4);
}

TEST(LateLibrary, PassesOnTheArgumentsOfAVariadicFunction) {
  const LateFunction<int (*)(char*, size_t, const char*, ...)> print{"libc.so.6", "snprintf"};
  char out[32];
  print(out, sizeof out, "%d %s", 7, "rows");
  EXPECT_STREQ(out, "7 rows");
}

TEST(LateLibraryDeathTest, SaysWhichLibraryIsMissing) {
  const LateFunction<void (*)()> missing{"libmigrate-none.so.9", "nothing"};
  EXPECT_EXIT(missing(), testing::ExitedWithCode(127), "libmigrate-none.so.9: cannot open shared object file");
}

}  // namespace
}  // namespace migrate::test
