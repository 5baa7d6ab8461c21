// SQL as a small tree: expressions and SELECTs, built by the factories below and printed per dialect by sql/print.h.
// Nothing that people wrote reaches a server but as a name, a literal, or an operator or function from a closed list.
// Nodes are immutable and shared: one column's expression may stand in many places.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migrate {

struct Expr;
struct SelectTree;
using ExprPtr = std::shared_ptr<const Expr>;
using SelectPtr = std::shared_ptr<const SelectTree>;

struct OrderTerm {
  ExprPtr value;
  bool descending = false;
};

enum class ExprKind {
  column,        // `qualifier`.`text`; without a qualifier when that is empty
  text,          // a utf8mb4 literal, whatever the session's character set and sql_mode
  bytes,         // X'…'
  number,        // its digits, as written
  keyword,       // NULL, TRUE, FALSE, CURRENT_TIMESTAMP, a unit: fixed words only
  call,          // text(args…)
  infix,         // args[0] text args[1] text args[2] …
  prefix,        // NOT x, - x, BINARY x
  postfix,       // x IS NULL
  between,       // args[0] BETWEEN args[1] AND args[2]; text is "BETWEEN" or "NOT BETWEEN"
  in_list,       // args[0] IN (args[1], …); text is "IN" or "NOT IN"
  like,          // args[0] LIKE args[1] [ESCAPE args[2]]; text is "LIKE" or "NOT LIKE"
  case_when,     // args: when, then, when, then, …, and the ELSE when the count is odd
  cast,          // CAST(args[0] AS text): text is fixed, "CHAR", "DECIMAL(65,30)"
  charset,       // CONVERT(args[0] USING text)
  collate,       // args[0] COLLATE text
  interval,      // INTERVAL args[0] text
  json,          // text args[0] as a JSON value: CAST AS JSON on MySQL, JSON_EXTRACT(…, '$') on MariaDB
  group_concat,  // GROUP_CONCAT([DISTINCT] args[0] ORDER BY … SEPARATOR 'text')
  subquery,      // (SELECT …)
  exists,        // EXISTS (SELECT …)
};

struct Expr {
  ExprKind kind = ExprKind::keyword;
  std::string text;
  std::string qualifier;
  std::vector<ExprPtr> args;
  bool distinct = false;            // COUNT(DISTINCT x), GROUP_CONCAT(DISTINCT x)
  std::vector<OrderTerm> order_by;  // group_concat
  std::optional<uint64_t> limit;    // group_concat, MariaDB only
  SelectPtr select;
};

struct SelectColumn {
  ExprPtr value;
  std::string name;  // empty: no AS
};

// A table, or a SELECT in its place (a derived table; LATERAL sees the tables before it, MySQL only).
struct TableRef {
  std::string database;  // empty: the session's
  std::string table;
  SelectPtr select;
  std::string alias;
  bool lateral = false;
  std::string force_index = {};   // empty: the server chooses
  std::string lookup_index = {};  // that by which a join finds its rows; named only under Indexes::forced
};

struct LeftJoin {
  TableRef table;
  ExprPtr on;
};

struct SelectTree {
  bool distinct = false;
  std::vector<SelectColumn> columns;
  std::optional<TableRef> from;
  std::vector<LeftJoin> joins;
  ExprPtr where;  // null: none
  std::vector<ExprPtr> group_by;
  ExprPtr having;
  std::vector<OrderTerm> order_by;
  std::optional<uint64_t> limit;
  std::optional<uint64_t> offset;
  std::vector<SelectPtr> union_all;  // further SELECTs; ORDER BY and LIMIT above then belong to the whole
};

// Factories. `op` joins any number of operands: op("AND", {a, b, c}); null operands of AND and OR are left out.
ExprPtr col(std::string qualifier, std::string name);
ExprPtr lit(std::string_view text);
ExprPtr bytes_lit(std::string_view bytes);
ExprPtr num(std::string digits);
ExprPtr num(long long value);
ExprPtr null_lit();
ExprPtr keyword(std::string word);
ExprPtr call(std::string function, std::vector<ExprPtr> args = {});
ExprPtr call_distinct(std::string function, ExprPtr arg);
ExprPtr op(std::string operation, std::vector<ExprPtr> operands);
ExprPtr all_of(std::vector<ExprPtr> conditions);  // AND; null when there is none
ExprPtr any_of(std::vector<ExprPtr> conditions);  // OR
ExprPtr prefix_op(std::string operation, ExprPtr operand);
ExprPtr not_(ExprPtr operand);
ExprPtr is_null(ExprPtr operand);
ExprPtr is_not_null(ExprPtr operand);
ExprPtr between(ExprPtr value, ExprPtr low, ExprPtr high, bool negated = false);
ExprPtr in_list(ExprPtr value, std::vector<ExprPtr> list, bool negated = false);
ExprPtr like(ExprPtr value, ExprPtr pattern, ExprPtr escape = nullptr, bool negated = false);
ExprPtr case_when(std::vector<std::pair<ExprPtr, ExprPtr>> branches, ExprPtr otherwise = nullptr);
ExprPtr cast(ExprPtr value, std::string type);
ExprPtr convert_using(ExprPtr value, std::string charset);
ExprPtr collate(ExprPtr value, std::string collation);
ExprPtr interval(ExprPtr amount, std::string unit);
ExprPtr as_json(ExprPtr text);
ExprPtr group_concat(ExprPtr value, std::vector<OrderTerm> order_by, std::string separator, bool distinct = false,
                     std::optional<uint64_t> limit = std::nullopt);
ExprPtr subquery(SelectPtr select);
ExprPtr exists(SelectPtr select);

}  // namespace migrate
