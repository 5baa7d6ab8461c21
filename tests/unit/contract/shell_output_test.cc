// Commands that print a password, and those that do not come to an end.
#include "contract/shell_output.h"

#include <gtest/gtest.h>

namespace migrate::test {
namespace {

using namespace std::chrono_literals;

std::string output_of(const std::string& command, std::chrono::milliseconds patience = 30s) {
  const auto began = std::chrono::steady_clock::now();
  auto output = shell_output(command, patience);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s) << "it does not wait for what is left over";
  return output ? *output : "error: " + output.error().message;
}

TEST(ShellOutput, IsWhatACommandPrints) {
  EXPECT_EQ(output_of("echo secret"), "secret\n");
  EXPECT_EQ(output_of("echo secret; exit 3"), "error: ended with exit code 3");
  EXPECT_EQ(output_of("kill -9 $$"), "error: was ended by signal 9");
  EXPECT_EQ(output_of("yes"), "error: printed more than 64 KB");
}

TEST(ShellOutput, IsWaitedForOnlySoLong) {
  EXPECT_EQ(output_of("sleep 9999", 100ms), "error: took longer than 100 ms");
  EXPECT_EQ(output_of("echo secret; exec >&-; sleep 9999", 100ms), "error: took longer than 100 ms");
  EXPECT_EQ(output_of("(sleep 9999 &) ; exec >&-; sleep 9999", 100ms), "error: took longer than 100 ms");
}

}  // namespace
}  // namespace migrate::test
