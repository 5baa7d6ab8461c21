// Commands that print a password, and those that do not come to an end.
#include "contract/shell_output.h"

#include <gtest/gtest.h>
#include <unistd.h>

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

// A command in a group of its own does not see Ctrl-C, and lived on.
TEST(ShellOutput, IsEndedWithAllThatItStartedWhenItIsToStop) {
  const std::atomic<bool> stop = true;
  int alive[2];
  ASSERT_EQ(pipe(alive), 0);
  auto output = shell_output("sleep 9999 & sleep 9999", 30s, &stop);
  EXPECT_EQ(output.error().message, "was interrupted");
  close(alive[1]);
  char byte = 0;
  EXPECT_EQ(read(alive[0], &byte, 1), 0) << "both held its other end open, and are gone";
  close(alive[0]);
}

}  // namespace
}  // namespace migrate::test
