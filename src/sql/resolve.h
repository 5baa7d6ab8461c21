// Names of an expression looked up in the tables at hand, and its type: from syntax (sql/expression.h) to SQL trees.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/schema.h"
#include "sql/convert.h"
#include "sql/expression.h"
#include "sql/tree.h"

namespace migrate {

// One use of a table in a SELECT.
struct Instance {
  std::string alias;
  const SourceTable* table = nullptr;
  std::string called;  // the contract's name for it (join_alias); empty: by its table's name
};

struct Scope {
  Instance row;                  // the row at hand
  std::vector<Instance> joined;  // in the order of joining; the last is the one that bare names may mean
  bool bare_is_joined = false;   // select_column, order_by, aggregates; elsewhere bare names are the row's
  // The joined table is the row's own and has no name of its own: left of `=` stands the joined instance, right the
  // row.
  bool sides = false;
};

// An expression with its type. `column` when it is a plain column, of `table`.
struct Typed {
  ExprPtr expr;
  ValueType type;
  const Column* column = nullptr;
  const SourceTable* table = nullptr;
  // The code of a row that has no such value, as bytes that it reads as text are none; null pointer: no row.
  ExprPtr error = nullptr;
};

struct SqlNotes {
  Diagnostics& diagnostics;
  Flavor flavor = Flavor::mysql;
  bool deterministic = true;  // false once NOW() or the like was met
};

// Errors go to notes.diagnostics (sql_expression, contract_schema) at their places; nullopt then.
std::optional<Typed> resolve_expression(const Origin& origin, const Scope& scope, SqlNotes& notes);
std::optional<Typed> resolve_syntax(const Syntax& syntax, const Origin& origin, const Scope& scope, SqlNotes& notes);
std::optional<std::vector<OrderTerm>> resolve_order_by(const Origin& origin, const Scope& scope, SqlNotes& notes);
// Parses, reporting a problem at its place.
std::optional<Syntax> parse_at(const Origin& origin, SqlNotes& notes);

// The column `name` of an instance, or an error at `origin` with the nearest name.
std::optional<Typed> column_of(const Instance& instance, std::string_view name, const Origin& origin, size_t offset,
                               SqlNotes& notes);

// Two values compared: texts of two columns, of which one is of the table that is joined here, under the collation of
// that one, so that its index finds the rows and its unique key leaves one at most.
ExprPtr compare_sides(const std::string& operation, const Typed& left, const Typed& right, const Scope& scope);

// Whether an expression names `alias`.
bool mentions(const Expr& expr, std::string_view alias);
bool mentions_name(const Syntax& syntax, std::string_view qualifier);

}  // namespace migrate
