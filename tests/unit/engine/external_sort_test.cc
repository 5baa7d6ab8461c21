// More records than fit into memory come back in order, and nothing stays on the disk.
#include "engine/external_sort.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

namespace migrate {
namespace {

namespace fs = std::filesystem;

std::string scratch_folder() {
  return (fs::temp_directory_path() / ("migrate-sort-" + std::to_string(::getpid()))).string();
}

SortRecord random_record(std::mt19937_64& random) {
  SortRecord r;
  for (auto& b : r.key.bytes) b = static_cast<unsigned char>(random() % 3);  // many equal keys
  r.place = static_cast<uint32_t>(random());
  r.kind = static_cast<uint8_t>(random() % 4);
  return r;
}

std::string as_text(const SortRecord& r) {
  return r.key.hex() + " " + std::to_string(r.kind) + " " + std::to_string(r.index) + " " + std::to_string(r.place);
}

class Sorting : public testing::TestWithParam<uint64_t> {};

TEST_P(Sorting, GivesWhatAPlainSortGives) {
  const std::string folder = scratch_folder();
  std::mt19937_64 random(7);
  std::vector<std::string> expected, got;
  std::vector<SortRecord> records;
  for (int i = 0; i < 20000; ++i) records.push_back(random_record(random));
  {
    ExternalSort sort(folder, GetParam(), 3);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = t; i < records.size(); i += 3) ASSERT_TRUE(sort.feeder(t).add(records[i]));
      });
    }
    for (auto& t : threads) t.join();
    SortRecord last;
    ASSERT_TRUE(sort.merge([&](const SortRecord& r) -> Result<void> {
      EXPECT_TRUE(last.key < r.key || (last.key == r.key && last.kind <= r.kind));
      last = r;
      got.push_back(as_text(r));
      return {};
    }));
    EXPECT_EQ(sort.spilled_bytes() > 0, GetParam() < records.size() * sizeof(SortRecord));
    EXPECT_TRUE(!fs::exists(folder) || fs::is_empty(folder)) << "a file has a name that a kill would leave behind";
  }
  for (const auto& r : records) expected.push_back(as_text(r));
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, expected);
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Memory, Sorting, testing::Values(10'000, 100'000, 10'000'000));

TEST(ExternalSort, SaysWhereItCouldNotSpill) {
  ExternalSort sort("/proc/nowhere", 1, 1);
  Result<void> added;
  for (int i = 0; i < 1000 && added; ++i) added = sort.feeder(0).add({});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::io);
  EXPECT_NE(added.error().message.find("/proc/nowhere"), std::string::npos) << added.error().message;
}

TEST(ExternalSort, OfNothingIsNothing) {
  ExternalSort sort(scratch_folder(), 1000, 2);
  int n = 0;
  ASSERT_TRUE(sort.merge([&](const SortRecord&) -> Result<void> {
    ++n;
    return {};
  }));
  EXPECT_EQ(n, 0);
}

}  // namespace
}  // namespace migrate
