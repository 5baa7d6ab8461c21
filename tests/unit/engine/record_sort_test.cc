// More records of any length than fit into memory come back in order, all of them, and nothing stays on the disk.
#include "engine/record_sort.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::Scratch;

constexpr size_t FIXED = 4;

struct Record {
  std::string key, info, fixed;
  auto operator<=>(const Record&) const = default;
};

Record random_record(std::mt19937_64& random) {
  Record r;
  r.key = std::string(random() % 2 == 0 ? "USER#" : "") + test::random_bytes(random, 12, random() % 2 == 0 ? 3 : 256);
  r.info = test::random_bytes(random, 6, 3);
  r.fixed = test::random_bytes(random, 0);
  r.fixed.resize(FIXED, static_cast<char>(random() % 3));
  return r;
}

std::vector<Record> random_records(std::mt19937_64& random, size_t n) {
  std::vector<Record> records;
  while (records.size() < n) records.push_back(random_record(random));
  return records;
}

void feed(RecordSort& sort, const std::vector<Record>& records, size_t feeders) {
  std::vector<std::thread> threads;
  for (size_t t = 0; t < feeders; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < records.size(); i += feeders) {
        const auto added = sort.feeder(t).add({records[i].key, records[i].fixed, records[i].info});
        ASSERT_TRUE(added) << describe(added.error());
      }
    });
  }
  for (auto& t : threads) t.join();
}

std::vector<Record> merged(RecordSort& sort) {
  std::vector<Record> got;
  const auto done = sort.merge([&](const SortedRecord& r) -> Result<void> {
    got.push_back({std::string(r.key), std::string(r.info), std::string(r.fixed)});
    return {};
  });
  EXPECT_TRUE(done) << describe(done.error());
  return got;
}

// From one that spills hundreds of runs, which are merged in several passes, to one that spills nothing.
class RecordSorting : public testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Memory, RecordSorting, testing::Values(1, 50'000, 400'000, 100'000'000));

TEST_P(RecordSorting, GivesWhatAPlainSortGives) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  std::vector<Record> records = random_records(random, 40'000);
  RecordSort sort(scratch.path("sort"), GetParam(), 3, FIXED);
  feed(sort, records, 3);
  const std::vector<Record> got = merged(sort);
  std::sort(records.begin(), records.end());
  EXPECT_TRUE(got == records);
  EXPECT_EQ(sort.spilled_bytes() > 0, GetParam() < 1'000'000);
  if (sort.spilled_bytes() > 0) {
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path("sort"))) << "a file has a name that a kill would leave behind";
  } else {
    EXPECT_TRUE(scratch.files().empty()) << "nothing was spilled, and there is a folder";
  }
}

TEST(RecordSort, PutsEqualKeysInTheOrderOfTheirInfo) {
  const Scratch scratch;
  RecordSort sort(scratch.path("sort"), 1 << 20, 2, 0);
  ASSERT_TRUE(sort.feeder(0).add({"b", "", "2 of b"}));
  ASSERT_TRUE(sort.feeder(1).add({"b", "", "1 of b"}));
  ASSERT_TRUE(sort.feeder(0).add({"a", "", ""}));
  ASSERT_TRUE(sort.feeder(0).add({"b", "", "2 of b"}));
  ASSERT_TRUE(sort.feeder(1).add({"", "", ""}));
  std::string order;
  for (const Record& r : merged(sort)) order += r.key + ":" + r.info + " ";
  EXPECT_EQ(order, ": a: b:1 of b b:2 of b b:2 of b ");
}

TEST(RecordSort, TakesRecordsThatAreLongerThanItsMemory) {
  const Scratch scratch;
  RecordSort sort(scratch.path("sort"), 10'000, 2, 0);
  const std::string longest(max_sorted_record - 1, 'x');
  for (const char* key : {"c", "a", "b"}) {
    ASSERT_TRUE(sort.feeder(0).add({key, "", longest}));
    ASSERT_TRUE(sort.feeder(1).add({key, "", ""}));
  }
  std::string order;
  for (const Record& r : merged(sort)) order += r.key + (r.info == longest ? "+ " : " ");
  EXPECT_EQ(order, "a a+ b b+ c c+ ");
  EXPECT_EQ(sort.feeder(0).add({"a", "", longest + "xx"}).error().kind, ErrorKind::internal);
  EXPECT_EQ(sort.feeder(0).add({"a", "x", ""}).error().kind, ErrorKind::internal);
}

TEST(RecordSort, OfNothingIsNothing) {
  const Scratch scratch;
  RecordSort sort(scratch.path("sort"), 1000, 2, FIXED);
  EXPECT_TRUE(merged(sort).empty());
}

TEST(RecordSort, EndsWithTheErrorOfWhoTakesTheRecords) {
  const Scratch scratch;
  RecordSort sort(scratch.path("sort"), 1, 1, 0);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(sort.feeder(0).add({std::to_string(i), "", ""}));
  int seen = 0;
  const auto done = sort.merge([&](const SortedRecord&) -> Result<void> {
    if (++seen == 3) return Error(ErrorKind::guard, "enough");
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "enough");
  EXPECT_EQ(seen, 3);
}

TEST(RecordSort, SaysWhereItCouldNotSpill) {
  RecordSort sort("/proc/nowhere", 1, 1, 0);
  Result<void> added;
  for (int i = 0; i < 10'000 && added; ++i) added = sort.feeder(0).add({std::to_string(i), "", ""});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::io);
  EXPECT_NE(added.error().message.find("/proc/nowhere"), std::string::npos) << added.error().message;
}

// Files that may not grow stand for a disk that is full.
TEST(RecordSort, SaysThatTheDiskIsFull) {
  const Scratch scratch;
  RecordSort sort(scratch.path("sort"), 1, 1, 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full{100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  Result<void> added;
  for (int i = 0; i < 10'000 && added; ++i) added = sort.feeder(0).add({std::to_string(i), "", ""});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(added);
  EXPECT_EQ(describe(added.error()), "error: cannot write a temporary file in '" + scratch.path("sort") +
                                         "': File too large\n  hint: make room there, or set `state:` to a folder on a "
                                         "larger disk; a larger `limits.memory_mb` spills less\n");
}

}  // namespace
}  // namespace migrate
