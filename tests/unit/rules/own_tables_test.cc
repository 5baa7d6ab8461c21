// Which tables are ours, also after a kill: what `clean --tables` may delete and how checks call items without a row.
#include "rules/own_tables.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace migrate::test {
namespace {

class OwnTables : public testing::Test {
 protected:
  OwnTables() {
    std::string pattern = (std::filesystem::temp_directory_path() / "migrate-own-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    reopen();
  }
  ~OwnTables() override { std::filesystem::remove_all(folder_); }

  // As the build after a killed one finds it.
  void reopen() {
    cache_.reset();
    auto opened = Cache::open(folder_, "test");
    EXPECT_TRUE(opened) << describe(opened.error());
    cache_ = std::move(*opened);
  }
  CreationLog log() { return creation_log(*cache_, "Users", endpoint); }
  static TableDescription created(const std::string& id, const std::string& at) {
    TableDescription table;
    table.name = "Users";
    table.arn = "arn:Users";
    table.id = id;
    table.created = at;
    return table;
  }
  bool ours(const std::optional<TableDescription>& found) {
    auto answer = made_by_migrate(*cache_, found, endpoint);
    EXPECT_TRUE(answer) << describe(answer.error());
    return answer && *answer;
  }

  const Endpoint endpoint;

 private:
  std::string folder_;
  std::unique_ptr<Cache> cache_;
};

TEST_F(OwnTables, AreThoseThatTheServiceSaidItMade) {
  EXPECT_FALSE(ours(std::nullopt));
  EXPECT_FALSE(ours(created("one", "1000")));
  ASSERT_TRUE(log().asking({999, 1001}));
  ASSERT_TRUE(log().accepted(created("one", "1000")));
  EXPECT_TRUE(ours(created("one", "1000")));
  EXPECT_FALSE(ours(created("another", "1000"))) << "dropped, and made again by somebody";
}

// A check and `clean` asked two functions, of which one did not know of tables whose answer never came.
TEST_F(OwnTables, AreThoseOfWhichAKilledBuildNeverHeard) {
  ASSERT_TRUE(log().asking({2000, 2005}));
  reopen();
  EXPECT_TRUE(ours(created("two", "2003")));
  EXPECT_TRUE(ours(created("two", "2003"))) << "being asked changes nothing";
  EXPECT_FALSE(ours(created("later", "3000")));
  ASSERT_TRUE(log().refused());
  EXPECT_FALSE(ours(created("two", "2003")));
}

}  // namespace
}  // namespace migrate::test
