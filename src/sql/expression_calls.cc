// Parts of expressions with a syntax of their own, of the Parser: CASE, INTERVAL, CAST, calls of functions.
#include "sql/expression_parser.h"

namespace migrate {
namespace {

constexpr std::array<std::string_view, 20> UNITS = {"MICROSECOND",
                                                    "SECOND",
                                                    "MINUTE",
                                                    "HOUR",
                                                    "DAY",
                                                    "WEEK",
                                                    "MONTH",
                                                    "QUARTER",
                                                    "YEAR",
                                                    "SECOND_MICROSECOND",
                                                    "YEAR_MONTH",
                                                    "DAY_HOUR",
                                                    "DAY_MINUTE",
                                                    "DAY_SECOND",
                                                    "HOUR_MINUTE",
                                                    "HOUR_SECOND",
                                                    "MINUTE_SECOND",
                                                    "DAY_MICROSECOND",
                                                    "HOUR_MICROSECOND",
                                                    "MINUTE_MICROSECOND"};

}  // namespace

std::optional<Syntax> Parser::interval() {
  const Token t = token();
  step();
  auto amount = expression(COMPARE_P);
  if (!amount) return std::nullopt;
  if (token().kind != TokenKind::word || !among(UNITS, token().upper))
    return fail_here("expected a unit of time after INTERVAL, found " + shown(), "write INTERVAL 1 DAY");
  Syntax s = node(SyntaxKind::interval, token().upper, t.offset, {std::move(*amount)});
  step();
  return s;
}

std::optional<Syntax> Parser::case_operand() {
  Syntax s = node(SyntaxKind::case_when, "", token().offset);
  step();
  std::optional<Syntax> subject;
  if (!word("WHEN")) {
    subject = expression();
    if (!subject) return std::nullopt;
  }
  if (!word("WHEN")) return fail_here("expected WHEN, found " + shown());
  while (take_word("WHEN")) {
    auto when = expression();
    if (!when || !need_word("THEN")) return std::nullopt;
    if (subject) when = node(SyntaxKind::infix, "=", subject->offset, {*subject, std::move(*when)});
    auto then = expression();
    if (!then) return std::nullopt;
    s.args.push_back(std::move(*when));
    s.args.push_back(std::move(*then));
  }
  if (take_word("ELSE")) {
    auto otherwise = expression();
    if (!otherwise) return std::nullopt;
    s.args.push_back(std::move(*otherwise));
  }
  if (!need_word("END")) return std::nullopt;
  return s;
}

std::optional<Syntax> Parser::function_call() {
  const Token function = token();
  at_ += 2;
  const std::string& f = function.upper;
  if (f == "CAST" || f == "CONVERT") return cast_call(function);
  if (f == "EXTRACT" || f == "TIMESTAMPDIFF" || f == "TIMESTAMPADD") return special_call(function);
  Syntax s = node(SyntaxKind::call, f, function.offset);
  if (word("DISTINCT")) return fail_here("DISTINCT cannot stand here", "use a calculation of type `aggregate`");
  if (take_symbol(")")) return s;
  do {
    if (symbol("*")) return fail_here("'*' cannot stand here", "use a calculation of type `aggregate` to count rows");
    auto arg = expression();
    if (!arg) return std::nullopt;
    s.args.push_back(std::move(*arg));
    // SUBSTRING(x FROM a FOR b) is SUBSTRING(x, a, b).
    bool substring = f == "SUBSTRING" || f == "SUBSTR" || f == "MID";
    if (substring && (take_word("FROM") || take_word("FOR"))) --at_, tokens_[at_] = {TokenKind::symbol, ",", "", 0};
  } while (take_symbol(","));
  if (!take_symbol(")")) return fail_here("expected ',' or ')' in " + f + "(…), found " + shown());
  return s;
}

// EXTRACT(unit FROM x), TIMESTAMPDIFF(unit, a, b), TIMESTAMPADD(unit, n, x)
std::optional<Syntax> Parser::special_call(const Token& function) {
  if (token().kind != TokenKind::word || !among(UNITS, token().upper))
    return fail_here("expected a unit of time in " + function.upper + "(…), found " + shown(), "write DAY, MONTH, …");
  std::string unit = token().upper;
  size_t unit_offset = token().offset;
  step();
  bool extract = function.upper == "EXTRACT";
  if (extract ? !need_word("FROM") : !need_symbol(",")) return std::nullopt;
  Syntax s = node(SyntaxKind::call, function.upper, function.offset);
  if (extract) {
    if (unit.find('_') != std::string::npos)
      return fail(function, "EXTRACT takes a simple unit here", "take the parts one by one");
    s.text = unit == "DAY" ? "DAYOFMONTH" : unit;
  } else {
    s.args.push_back(node(SyntaxKind::interval, unit, unit_offset));
  }
  do {
    auto arg = expression();
    if (!arg) return std::nullopt;
    s.args.push_back(std::move(*arg));
  } while (!extract && take_symbol(","));
  if (!need_symbol(")")) return std::nullopt;
  return s;
}

std::optional<Syntax> Parser::cast_call(const Token& function) {
  auto value = expression();
  if (!value) return std::nullopt;
  if (function.upper == "CONVERT" && take_word("USING")) {
    const std::string charset = lower_ascii(token().text);
    if (charset != "utf8mb4" && charset != "utf8" && charset != "utf8mb3" && charset != "latin1" &&
        charset != "ascii" && charset != "binary")
      return fail_here("the character set " + shown() + " is not taken", "use utf8mb4, latin1, ascii or binary");
    step();
    if (!need_symbol(")")) return std::nullopt;
    return node(SyntaxKind::charset, charset, function.offset, {std::move(*value)});
  }
  if (function.upper == "CAST" ? !need_word("AS") : !need_symbol(",")) return std::nullopt;
  auto type = cast_type();
  if (!type || !need_symbol(")")) return std::nullopt;
  return node(SyntaxKind::cast, std::move(*type), function.offset, {std::move(*value)});
}

std::optional<std::string> Parser::cast_type() {
  static constexpr std::array<std::string_view, 11> TYPES = {
      "CHAR", "BINARY", "DECIMAL", "SIGNED", "UNSIGNED", "DATE", "TIME", "DATETIME", "DOUBLE", "INTEGER", "JSON"};
  if (token().kind != TokenKind::word || !among(TYPES, token().upper))
    return fail_here("a value cannot be cast to " + shown(),
                     "use CHAR, BINARY, DECIMAL, SIGNED, UNSIGNED, DATE, TIME, DATETIME or DOUBLE");
  std::string type = token().upper == "INTEGER" ? "SIGNED" : token().upper;
  step();
  if ((type == "SIGNED" || type == "UNSIGNED") && take_word("INTEGER")) return type;
  if (!take_symbol("(")) return type;
  type += '(';
  while (token().kind == TokenKind::number || symbol(",")) type += token().text, step();
  if (!need_symbol(")")) return std::nullopt;
  return type + ")";
}

}  // namespace migrate
