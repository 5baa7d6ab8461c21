// The filter of digests: what was added is always found, and little else.
#include "engine/digest_filter.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "support/seed.h"

namespace migrate {
namespace {

Digest random_digest(std::mt19937_64& random) {
  const uint64_t words[2] = {random(), random()};
  Digest out;
  std::memcpy(out.bytes.data(), words, out.bytes.size());
  return out;
}

// Fills a filter, and says which share of digests that are not in it seem to be.
double errors_of(DigestFilter& filter, uint64_t added, uint64_t asked, std::mt19937_64& random) {
  std::mt19937_64 again = random;
  for (uint64_t i = 0; i < added; ++i) filter.add(random_digest(random));
  uint64_t lost = 0, wrong = 0;
  for (uint64_t i = 0; i < added; ++i) lost += filter.may_contain(random_digest(again)) ? 0 : 1;
  EXPECT_EQ(lost, 0U);
  for (uint64_t i = 0; i < asked; ++i) wrong += filter.may_contain(random_digest(random)) ? 1 : 0;
  return static_cast<double>(wrong) / static_cast<double>(asked);
}

TEST(DigestFilter, FindsAllThatWasAddedAndFewerThanOneInAThousandElse) {
  std::mt19937_64 random(test::test_seed());
  DigestFilter filter(300'000, 1 << 30);
  EXPECT_LE(filter.memory_bytes(), 600'000U + 64);
  EXPECT_LT(errors_of(filter, 300'000, 1'000'000, random), 0.001) << "0.00083 is expected, give or take 0.00003";
}

TEST(DigestFilter, ErrsMoreOftenInLessMemory) {
  std::mt19937_64 random(test::test_seed());
  const auto errors = [&](uint64_t memory) {
    DigestFilter filter(100'000, memory);
    EXPECT_LE(filter.memory_bytes(), std::max<uint64_t>(memory, 64));
    return errors_of(filter, 100'000, 100'000, random);
  };
  EXPECT_LT(errors(100'000), 0.03) << "8 bits an entry";
  EXPECT_LT(errors(50'000), 0.17) << "4 bits an entry";
  EXPECT_LT(errors(25'000), 0.42) << "2 bits an entry";
  EXPECT_EQ(errors(0), 1) << "and still nothing is lost";
}

TEST(DigestFilter, OfNothingHoldsNothing) {
  std::mt19937_64 random(test::test_seed());
  DigestFilter filter(0, 1 << 20);
  EXPECT_EQ(errors_of(filter, 0, 1000, random), 0);
  EXPECT_EQ(filter.memory_bytes(), 64U);
}

}  // namespace
}  // namespace migrate
