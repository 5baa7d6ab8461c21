// A sample of three million rows was drawn into sets and lists of three million numbers, whatever `memory_mb` said: now
// each number is drawn when its row is read.
#include "engine/sample_draw.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace migrate {
namespace {

std::string drawn(uint64_t n, uint64_t total, uint64_t seed) {
  SampleDraw draw(n, total, seed);
  std::string out;
  while (const auto at = draw.next_below(total)) out += (out.empty() ? "" : " ") + std::to_string(*at);
  return out;
}

TEST(SampleDraw, KeepsNoListOfWhatItDraws) {
  // One that looks at a list of numbers would take gigabytes and minutes before the first of them.
  SampleDraw draw(1'000'000'000, 1'000'000'000'000, 7);
  uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto at = draw.next_below(UINT64_MAX);
    ASSERT_TRUE(at && (i == 0 || *at > last));
    last = *at;
  }
  EXPECT_GT(last, 500'000u) << "one of a thousand";
  EXPECT_LT(last, 2'000'000u);
}

TEST(SampleDraw, TakesEachSetOfRowsAsOftenAsAnyOther) {
  std::map<std::string, int> times;
  for (uint64_t seed = 0; seed < 6000; ++seed) ++times[drawn(2, 4, seed)];
  EXPECT_EQ(times.size(), 6u) << "0 1, 0 2, … 2 3";
  for (const auto& [set, count] : times) {
    EXPECT_GT(count, 850) << set;
    EXPECT_LT(count, 1150) << set;
  }
}

TEST(SampleDraw, TakesAllWhereThereAreNoMore) {
  EXPECT_EQ(drawn(4, 4, 1), "0 1 2 3");
  EXPECT_EQ(drawn(9, 4, 1), "0 1 2 3");
  EXPECT_EQ(drawn(0, 4, 1), "");
  EXPECT_EQ(drawn(4, 0, 1), "");
}

TEST(SampleDraw, GivesTheSameForTheSameSeedInOnePieceAndInSeveral) {
  const std::string whole = drawn(5, 40, 4711);
  EXPECT_EQ(drawn(5, 40, 4711), whole);
  EXPECT_NE(drawn(5, 40, 4712), whole);
  SampleDraw draw(5, 40, 4711);
  std::string pieces;
  for (const uint64_t end : {1, 7, 7, 30, 40}) {
    while (const auto at = draw.next_below(end)) {
      EXPECT_LT(*at, end);
      pieces += (pieces.empty() ? "" : " ") + std::to_string(*at);
    }
  }
  EXPECT_EQ(pieces, whole);
}

}  // namespace
}  // namespace migrate
