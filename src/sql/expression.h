// The SQL expressions that contracts and project files hold, read into a syntax tree: names are not looked up here
// (sql/resolve.h), and what is not listed here cannot pass. Comments, semicolons, variables, subqueries and characters
// that MySQL's expressions do not have are refused: with the closed list of functions (sql/functions.h) this is what
// keeps a contract from being a way to run SQL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/model.h"

namespace migrate {

enum class SyntaxKind {
  name,      // [qualifier.]text
  text,      // a string, its escapes taken out
  number,    // digits as written
  hex,       // its bytes: X'…' and 0x…
  word,      // NULL, TRUE, FALSE
  temporal,  // DATE '…', TIME '…', TIMESTAMP '…'; text is the word, args[0] the string
  call,      // text(args), the name in capitals
  infix,     // args[0] text args[1]; AND and OR have two or more
  prefix,    // NOT, -, +, ~
  is,        // args[0] text: "IS NULL", "IS NOT NULL", "IS TRUE", …
  between,
  in_list,
  like,       // with an optional third argument: ESCAPE
  case_when,  // when, then, …, and the ELSE when the count is odd; CASE x WHEN v becomes x = v
  cast,       // CAST(args[0] AS text)
  charset,    // CONVERT(args[0] USING text)
  interval,   // INTERVAL args[0] text
  collate,    // args[0] COLLATE text
};

struct Syntax {
  SyntaxKind kind = SyntaxKind::word;
  std::string text;
  std::string qualifier;
  std::vector<Syntax> args;
  bool negated = false;  // NOT BETWEEN, NOT IN, NOT LIKE
  size_t offset = 0;     // in bytes, inside the text
};

// Where a text of SQL stands, so that a character of it can be shown: in the contract, or in the project file.
struct Origin {
  const Contract* contract = nullptr;
  Text text;
  std::optional<Place> fixed;  // when it is not in the contract

  Place at(size_t offset) const { return fixed ? *fixed : contract->place(text, offset); }
};

struct SyntaxProblem {
  std::string message;
  std::string hint;
  size_t offset = 0;
};

struct OrderSyntax {
  Syntax value;
  bool descending = false;
};

// nullopt: `problem` says why not.
std::optional<Syntax> parse_expression(std::string_view sql, SyntaxProblem& problem);
// "price DESC, name"
std::optional<std::vector<OrderSyntax>> parse_order_by(std::string_view sql, SyntaxProblem& problem);
// "x", "DISTINCT x" or "*": what an aggregate counts. `distinct` says which, and nullopt in `Syntax` form is `*`.
struct AggregateSyntax {
  bool distinct = false;
  std::optional<Syntax> value;  // nullopt: *
};
std::optional<AggregateSyntax> parse_aggregate(std::string_view sql, SyntaxProblem& problem);

}  // namespace migrate
