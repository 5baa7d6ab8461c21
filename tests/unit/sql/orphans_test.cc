// Which rows are orphans, as SQL.
#include "sql/orphans.h"

#include <gtest/gtest.h>

#include "sql/tree.h"

namespace migrate {
namespace {

TableRef table(const std::string& name, const std::string& alias) {
  TableRef t;
  t.table = name;
  t.alias = alias;
  return t;
}

EntityView entity_of(SelectTree select) {
  EntityView e;
  e.select = std::make_shared<SelectTree>(std::move(select));
  return e;
}

std::string on_one_line(std::string sql) {
  std::string out;
  for (const char c : sql) {
    if (c != '\n' && c != ' ') out += c;
    if ((c == '\n' || c == ' ') && !out.empty() && out.back() != ' ') out += ' ';
  }
  return out;
}

TEST(Orphans, AreRowsThatNameARowWhichIsNotThere) {
  SelectTree s;
  s.columns = {{col("users", "id"), "id"}, {col("cities", "name"), "city"}};
  s.from = table("users", "users");
  s.joins = {{table("cities", "cities"), op("=", {col("users", "city_id"), col("cities", "id")})}};
  s.where = is_null(col("users", "deleted_at"));
  const auto orphans = orphan_selects(entity_of(s), Flavor::mysql);
  ASSERT_EQ(orphans.size(), 1U);
  EXPECT_EQ(orphans[0].attribute, "city");
  EXPECT_EQ(orphans[0].joined_table, "cities");
  const std::string sql = on_one_line(orphans[0].sql);
  EXPECT_NE(sql.find("COUNT(1)"), std::string::npos) << sql;
  EXPECT_NE(sql.find("WHERE `users`.`deleted_at` IS NULL AND (`users`.`city_id` IS NOT NULL AND (NOT EXISTS ( SELECT 1 "
                     "FROM `cities` WHERE `users`.`city_id` = `cities`.`id`)))"),
            std::string::npos)
      << sql;
}

TEST(Orphans, OfAChainNeedOnlyTheJoinsBeforeThem) {
  SelectTree s;
  s.columns = {{col("a", "x"), "x"}, {col("b", "x"), "y"}, {col("c", "x"), "z"}};
  s.from = table("t", "t");
  s.joins = {{table("a", "a"), op("=", {col("t", "a_id"), col("a", "id")})},
             {table("b", "b"), op("=", {col("t", "b_id"), col("b", "id")})},
             {table("c", "c"), op("=", {col("b", "c_id"), col("c", "id")})}};
  const auto orphans = orphan_selects(entity_of(s), Flavor::mariadb);
  ASSERT_EQ(orphans.size(), 3U);
  EXPECT_EQ(orphans[2].sql.find("`a`"), std::string::npos) << orphans[2].sql;
  EXPECT_NE(orphans[2].sql.find("`b`"), std::string::npos) << orphans[2].sql;
}

TEST(Orphans, AreNotThereWithoutAJoinOrAReader) {
  SelectTree s;
  s.columns = {{col("t", "id"), "id"}};
  s.from = table("t", "t");
  EXPECT_TRUE(orphan_selects(entity_of(s), Flavor::mysql).empty());
  s.joins = {{table("a", "a"), op("=", {col("t", "a_id"), col("a", "id")})}};
  EXPECT_TRUE(orphan_selects(entity_of(s), Flavor::mysql).empty());
  EXPECT_TRUE(orphan_selects(EntityView(), Flavor::mysql).empty());
}

}  // namespace
}  // namespace migrate
