// Keys that several rows have, found in bounded memory.
#include "engine/duplicates.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

NamedTexts row(int id) { return {{"id", std::to_string(id)}}; }

// "2: 1 2" for a key of two rows, whose ids are known.
std::string group(const DuplicateKeys& keys, const std::string& key) {
  const DuplicateKeys::Group* found = keys.find(key);
  if (found == nullptr) return "none";
  std::string out = std::to_string(found->rows) + ":";
  for (const NamedTexts& member : keys.members(*found)) out += " " + member[0].second;
  return out;
}

TEST(DuplicateKeys, knows_the_rows_of_a_key_and_forgets_single_ones) {
  DuplicateKeys keys(1 << 20);
  ASSERT_TRUE(keys.add("a", row(1)));
  ASSERT_TRUE(keys.add("b", row(2)));
  ASSERT_TRUE(keys.add("a", row(3)));
  ASSERT_TRUE(keys.add("single", row(4)));
  ASSERT_TRUE(keys.add("b", row(5)));
  keys.close();
  EXPECT_EQ(group(keys, "a"), "2: 1 3");
  EXPECT_EQ(group(keys, "b"), "2: 2 5");
  EXPECT_EQ(group(keys, "single"), "none");
  EXPECT_EQ(group(keys, "c"), "none");
}

// Also when its rows did not come together.
TEST(DuplicateKeys, puts_a_key_together_again) {
  DuplicateKeys keys(1 << 20);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(keys.add("key " + std::to_string(i % 100), row(i)));
  keys.close();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(group(keys, "key " + std::to_string(i)).substr(0, 2), "3:");
}

TEST(DuplicateKeys, keeps_few_rows_of_a_large_group) {
  DuplicateKeys keys(1 << 20);
  for (int i = 0; i < 100000; ++i) ASSERT_TRUE(keys.add("all", row(i)));
  keys.close();
  EXPECT_EQ(group(keys, "all"), "100000: 0 1 2 3 4 5");
}

TEST(DuplicateKeys, counts_on_when_names_do_not_fit_and_stops_when_keys_do_not) {
  constexpr uint64_t memory = 100000;
  DuplicateKeys keys(memory);
  uint64_t taken = 0;
  Result<void> added;
  while ((added = keys.add("key " + std::to_string(taken), row(1)))) {
    ASSERT_TRUE(keys.add("key " + std::to_string(taken), row(2)));
    ASSERT_LT(++taken, memory);
  }
  EXPECT_EQ(taken, memory * 3 / 4 / sizeof(DuplicateKeys::Group));
  EXPECT_EQ(describe(added.error()),
            "error: more than 3125 keys of items have several rows each\n"
            "  hint: choose a partition and sort key that tell the rows apart; if so many rows are to become dead "
            "letters, raise `limits.memory_mb`\n");
  keys.close();
  EXPECT_EQ(group(keys, "key 0"), "2: 1 2");
  EXPECT_EQ(group(keys, "key 3000"), "2:");
}

}  // namespace
}  // namespace migrate
