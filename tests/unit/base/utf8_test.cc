#include "base/utf8.h"

#include <gtest/gtest.h>

namespace migrate::test {
namespace {

TEST(Utf8, is_cut_between_characters) {
  EXPECT_EQ(cut_bytes("rows", 4), "rows");
  EXPECT_EQ(cut_bytes("rows", 3), "row…");
  EXPECT_EQ(cut_bytes("日本", 5), "日…");
  EXPECT_EQ(cut_bytes("日本", 2), "…");
  EXPECT_EQ(cut_characters("日本語", 3), "日本語");
  EXPECT_EQ(cut_characters("日本語", 2), "日…");
  EXPECT_EQ(cut_characters("日本語", 1), "…");
  EXPECT_EQ(utf8_bytes("日本語", 2), 6u);
  EXPECT_EQ(utf8_bytes("ab", 9), 2u);
}

}  // namespace
}  // namespace migrate::test
