#include "cache/record.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

TEST(RecordInputs, ReplacesOneDigestAndLeavesTheRest) {
  RecordInputs inputs;
  inputs.add("where", digest_of("t", "1"), "a > 1");
  inputs.add("data:orders", digest_of("t", "2"), "shown");
  inputs.add("data:lines", digest_of("t", "3"));
  EXPECT_TRUE(inputs.replace("data:orders", digest_of("t", "new")));
  EXPECT_FALSE(inputs.replace("nobody", digest_of("t", "x")));
  auto list = inputs.list();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].digest, digest_of("t", "1"));
  EXPECT_EQ(list[1].digest, digest_of("t", "new"));
  EXPECT_EQ(list[1].display, "shown");
  EXPECT_EQ(list[2].digest, digest_of("t", "3"));
}

}  // namespace
}  // namespace migrate
