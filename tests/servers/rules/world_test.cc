// What all rules share, over a real source.
#include "rules/world.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "servers/source/source_support.h"

namespace migrate::test {
namespace {

std::string connection_id(SqlConnection& connection) {
  auto rows = connection.query("SELECT CONNECTION_ID()");
  EXPECT_TRUE(rows) << describe(rows.error());
  return rows ? (*rows)[0][0].value_or("") : "";
}

// A check that followed hours of loading, or a server's restart, found its connection dead, and so did all that came
// after it.
TEST(World, AsksOnAFreshConnectionWhereTheOldOneWasLost) {
  ScratchDatabase db = mariadb_db();
  std::string pattern = (std::filesystem::temp_directory_path() / "migrate-world-XXXXXX").string();
  const std::string folder = ::mkdtemp(pattern.data());
  auto cache = Cache::open(folder, "test");
  ASSERT_TRUE(cache) << describe(cache.error());
  Project project;
  project.source = settings_of(db);
  Contract contract;
  World world(project, contract, **cache, {});

  auto before = world.query("SELECT CONNECTION_ID()", nullptr);
  ASSERT_TRUE(before) << describe(before.error());
  db.exec("KILL " + *(*before)[0][0]);
  auto after = world.query("SELECT CONNECTION_ID(), @@time_zone", nullptr);
  ASSERT_TRUE(after) << describe(after.error());
  EXPECT_NE((*after)[0][0], (*before)[0][0]);
  EXPECT_EQ((*after)[0][1], "+00:00") << "its session is set as that of the first";

  std::string views;
  {
    auto borrowed = world.view_connection();
    ASSERT_TRUE(borrowed) << describe(borrowed.error());
    views = connection_id(*borrowed->connection);
  }
  db.exec("KILL " + views);
  auto borrowed = world.view_connection();
  ASSERT_TRUE(borrowed) << describe(borrowed.error());
  EXPECT_NE(connection_id(*borrowed->connection), views);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace migrate::test
