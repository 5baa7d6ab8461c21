// Trees as text: names, literals, parentheses, layout.
#include "sql/print.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

std::string text(const ExprPtr& e, Flavor flavor = Flavor::mysql) { return print(*e, flavor); }

TEST(Print, names_stand_in_backticks) {
  EXPECT_EQ(text(col("t", "order")), "`t`.`order`");
  EXPECT_EQ(text(col("", "a`b 'c\" ;--")), "`a``b 'c\" ;--`");
}

TEST(Print, literals_mean_the_same_under_every_sql_mode_and_charset) {
  EXPECT_EQ(text(lit("it's")), "_utf8mb4'it''s'");
  EXPECT_EQ(text(lit("a\\b")), "_utf8mb4 X'615c62'");
  EXPECT_EQ(text(lit("ü")), "_utf8mb4 X'c3bc'");
  EXPECT_EQ(text(lit("\n")), "_utf8mb4 X'0a'");
  EXPECT_EQ(text(lit("")), "_utf8mb4''");
  EXPECT_EQ(text(bytes_lit(std::string("\0\xFF", 2))), "X'00ff'");
}

TEST(Print, operands_keep_their_grouping) {
  ExprPtr a = col("", "a"), b = col("", "b");
  EXPECT_EQ(text(op("AND", {op("=", {a, num(1)}), op("OR", {op("=", {b, num(2)}), is_null(b)})})),
            "`a` = 1 AND (`b` = 2 OR `b` IS NULL)");
  EXPECT_EQ(text(op("-", {a, op("-", {b, num("-1")})})), "`a` - (`b` - (-1))");
  EXPECT_EQ(text(not_(op("=", {a, b}))), "NOT (`a` = `b`)");
  EXPECT_EQ(text(op("=", {op("=", {a, b}), num(0)})), "(`a` = `b`) = 0");
  EXPECT_EQ(text(all_of({nullptr, is_null(a), nullptr})), "`a` IS NULL");
}

TEST(Print, operators_of_all_kinds) {
  ExprPtr a = col("", "a"), b = col("", "b"), sum = op("+", {a, b});
  EXPECT_EQ(text(between(sum, num(1), sum, true)), "(`a` + `b`) NOT BETWEEN 1 AND (`a` + `b`)");
  EXPECT_EQ(text(in_list(sum, {num(1), b})), "(`a` + `b`) IN (1, `b`)");
  EXPECT_EQ(text(like(a, lit("x%"), lit("!"))), "`a` LIKE _utf8mb4'x%' ESCAPE _utf8mb4'!'");
  EXPECT_EQ(text(like(a, b, nullptr, true)), "`a` NOT LIKE `b`");
  EXPECT_EQ(text(collate(sum, "utf8mb4_bin")), "(`a` + `b`) COLLATE utf8mb4_bin");
  EXPECT_EQ(text(op("+", {a, interval(sum, "DAY")})), "`a` + INTERVAL (`a` + `b`) DAY");
  EXPECT_EQ(text(prefix_op("-", sum)), "- (`a` + `b`)");
  EXPECT_EQ(text(is_not_null(sum)), "(`a` + `b`) IS NOT NULL");
  EXPECT_EQ(text(case_when({{is_null(a), num(1)}}, sum)), "CASE WHEN `a` IS NULL THEN 1 ELSE `a` + `b` END");
  EXPECT_EQ(text(cast(sum, "CHAR")), "CAST(`a` + `b` AS CHAR)");
  EXPECT_EQ(text(convert_using(sum, "latin1")), "CONVERT(`a` + `b` USING latin1)");
  EXPECT_EQ(text(call_distinct("COUNT", a)), "COUNT(DISTINCT `a`)");
}

TEST(Print, json_is_per_dialect) {
  EXPECT_EQ(text(as_json(col("", "a")), Flavor::mysql), "CAST(`a` AS JSON)");
  EXPECT_EQ(text(as_json(col("", "a")), Flavor::mariadb), "JSON_EXTRACT(`a`, '$')");
}

TEST(Print, selects_are_laid_out_for_people) {
  SelectTree inner;
  inner.columns = {{call("COUNT", {col("o", "id")}), ""}};
  inner.from = TableRef{"", "orders", nullptr, "o", false, ""};
  inner.where = op("=", {col("o", "user_id"), col("u", "id")});
  SelectTree s;
  s.columns = {{col("u", "id"), "id"}, {subquery(std::make_shared<SelectTree>(inner)), "orders"}};
  s.from = TableRef{"", "users", nullptr, "u", false, ""};
  s.joins = {{TableRef{"shop", "cities", nullptr, "c", false, ""}, op("=", {col("c", "id"), col("u", "city")})}};
  s.order_by = {{col("u", "id"), true}};
  s.limit = 5;
  EXPECT_EQ(print(s, Flavor::mysql), R"(SELECT
  `u`.`id` AS `id`,
  (
      SELECT COUNT(`o`.`id`)
      FROM `orders` AS `o`
      WHERE `o`.`user_id` = `u`.`id`) AS `orders`
FROM `users` AS `u`
LEFT JOIN `shop`.`cities` AS `c` ON `c`.`id` = `u`.`city`
ORDER BY `u`.`id` DESC
LIMIT 5)");
}

TEST(Print, group_concat_has_its_order_inside) {
  EXPECT_EQ(text(group_concat(col("", "a"), {{col("", "b"), true}, {col("", "c"), false}}, ",")),
            "GROUP_CONCAT(`a` ORDER BY `b` DESC, `c` SEPARATOR ',')");
}

}  // namespace
}  // namespace migrate
