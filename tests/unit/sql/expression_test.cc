// What an SQL expression of a contract may hold, how it is grouped, and what is refused where.
#include "sql/expression.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "sql/functions.h"

namespace migrate {
namespace {

// Fully parenthesised, to see the grouping.
std::string shape(const Syntax& s) {
  std::vector<std::string> args;
  for (const Syntax& a : s.args) args.push_back(shape(a));
  std::string name = (s.qualifier.empty() ? "" : s.qualifier + ".") + s.text;
  switch (s.kind) {
    case SyntaxKind::infix:
      return "(" + join(args, " " + s.text + " ") + ")";
    case SyntaxKind::prefix:
      return "(" + s.text + " " + args[0] + ")";
    case SyntaxKind::call:
      return s.text + "(" + join(args, ", ") + ")";
    case SyntaxKind::text:
      return "'" + s.text + "'";
    case SyntaxKind::hex:
      return "x" + to_hex(s.text);
    case SyntaxKind::between:
    case SyntaxKind::in_list:
    case SyntaxKind::like:
      return std::string(s.negated ? "not-" : "") +
             (s.kind == SyntaxKind::between ? "between"
              : s.kind == SyntaxKind::like  ? "like"
                                            : "in") +
             "(" + join(args, ", ") + ")";
    default:
      return args.empty() ? name : name + "[" + join(args, ", ") + "]";
  }
}

std::string parsed(std::string_view sql) {
  SyntaxProblem problem;
  auto syntax = parse_expression(sql, problem);
  return syntax ? shape(*syntax) : std::to_string(problem.offset) + ": " + problem.message;
}

TEST(Expression, operators_group_as_mysql_groups_them) {
  EXPECT_EQ(parsed("a = 1 OR b = 2 AND NOT c = 3"), "((a = 1) OR ((b = 2) AND (NOT (c = 3))))");
  EXPECT_EQ(parsed("a - b - c * -d"), "((a - b) - (c * (- d)))");
  EXPECT_EQ(parsed("a BETWEEN 1 AND 2 AND b NOT IN (1, 2)"), "(between(a, 1, 2) AND not-in(b, 1, 2))");
  EXPECT_EQ(parsed("x LIKE 'a%' AND y IS NOT NULL"), "(like(x, 'a%') AND IS NOT NULL[y])");
  EXPECT_EQ(parsed("CASE a WHEN 1 THEN 'x' ELSE 'y' END"), "[(a = 1), 'x', 'y']");
  EXPECT_EQ(parsed("a + INTERVAL 1 DAY"), "(a + DAY[1])");
  EXPECT_EQ(parsed("doc->>'$.a'"), "JSON_UNQUOTE(JSON_EXTRACT(doc, '$.a'))");
}

TEST(Expression, names_may_be_reserved_words_and_stand_in_backticks) {
  EXPECT_EQ(parsed("order.key = `from`.`group`"), "(order.key = from.group)");
  EXPECT_EQ(parsed("`a``b` = desc"), "(a`b = desc)");
  EXPECT_EQ(parsed("größe > 1"), "(größe > 1)");
  EXPECT_EQ(parsed("where IS NOT NULL OR order.select IN (1)"), "(IS NOT NULL[where] OR in(order.select, 1))");
}

TEST(Expression, literals) {
  EXPECT_EQ(parsed(R"('it''s' )"), "'it's'");
  EXPECT_EQ(parsed(R"("it's")"), "'it's'");
  EXPECT_EQ(parsed(R"('a\'b\\')"), R"('a'b\')");
  EXPECT_EQ(parsed("X'00fF'"), "x00ff");
  EXPECT_EQ(parsed("1.5e3"), "1.5e3");
  EXPECT_EQ(parsed("CAST(a AS DECIMAL(10,2))"), "DECIMAL(10,2)[a]");
}

TEST(Expression, what_could_run_sql_is_refused_where_it_stands) {
  EXPECT_EQ(parsed("a = 1; DROP TABLE t"), "5: a semicolon cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a /* x */ = 1"), "2: a comment cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a = 1 -- x"), "6: a comment cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a = 1 # x"), "6: a comment cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a = @@version"), "4: variables cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a = (SELECT 1)"), "5: 'SELECT' cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a IN (SELECT b FROM c)"), "6: 'SELECT' cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a INTO OUTFILE 'x'"), "2: expected an operator or the end, found 'INTO'");
  EXPECT_EQ(parsed("1 UNION SELECT 2"), "2: expected an operator or the end, found 'UNION'");
  EXPECT_EQ(parsed("a) OR (1=1"), "1: a ')' without its '('");
  EXPECT_EQ(parsed("(a = 1"), "0: the '(' is not closed");
  EXPECT_EQ(parsed("a = 'x"), "4: the quote is not closed");
  EXPECT_EQ(parsed("a := 1"), "2: an assignment cannot stand in an SQL expression");
  EXPECT_EQ(parsed("a || b"), "2: `||` means OR on some servers and joins texts on others");
  EXPECT_EQ(parsed(""), "0: the expression is empty");
  EXPECT_EQ(parsed("a ="), "3: the expression ends too early");
  EXPECT_EQ(parsed("db.t.c"), "4: a name has two parts here: `table`.`column`");
  EXPECT_EQ(parsed("a ? b"), "2: '?' cannot stand in an SQL expression");
}

TEST(Expression, depth_is_bounded) {
  EXPECT_EQ(parsed(std::string(100000, '(') + "a"), "200: the expression is nested too deeply");
  EXPECT_EQ(parsed(std::string(100000, '-') + "a"), "200: the expression is nested too deeply");
}

// The hint of an unknown function sends people to that list.
TEST(Functions, AreAllListedInTheContractsPage) {
  const std::string page = *read_file(MIGRATE_SOURCE_DIR "/docs/contract.md");
  const size_t begin = page.find("## Functions\n"), end = page.find("\n\nWhat gives the current time");
  ASSERT_NE(begin, std::string::npos);
  std::vector<std::string> listed, known = function_names();
  const std::vector<std::string> parts = split(page.substr(begin, end - begin), '`');
  for (size_t i = 1; i < parts.size(); i += 2) listed.push_back(parts[i]);
  std::sort(listed.begin(), listed.end());
  std::sort(known.begin(), known.end());
  EXPECT_EQ(join(listed, " "), join(known, " "));
}

}  // namespace
}  // namespace migrate
