// Small things that are done with text.
#include "base/text.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

TEST(Text, HexComesBackAsItWasAndNothingElseDoes) {
  const std::string bytes("\0\x7f\xff z", 5);
  EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  for (const char* other : {"0", "0g", "0A", "zz", " 0"}) EXPECT_FALSE(from_hex(other)) << other;
}

}  // namespace
}  // namespace migrate
