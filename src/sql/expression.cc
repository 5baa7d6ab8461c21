// parse_expression(), parse_order_by() and parse_aggregate() of expression.h: a Pratt parser with MySQL's precedences
// (MySQL 8.0 manual, 12.4.1).
#include "sql/expression.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/tokens.h"

namespace migrate {
namespace {

constexpr int MAX_DEPTH = 200;  // far beyond what people write, far below what the stack holds

// Binding powers; a prefix NOT stands between AND and the comparisons.
enum Power {
  OR_P = 1,
  XOR_P = 2,
  AND_P = 3,
  NOT_P = 4,
  BETWEEN_P = 5,
  COMPARE_P = 6,
  BIT_OR_P = 7,
  BIT_AND_P = 8,
  SHIFT_P = 9,
  ADD_P = 10,
  MULTIPLY_P = 11,
  BIT_XOR_P = 12,
  UNARY_P = 13,
  COLLATE_P = 14
};

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

// Words that begin statements or clauses, so that no expression has them as an operand.
constexpr std::array<std::string_view, 22> STATEMENT_WORDS = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP",  "CREATE", "ALTER",    "GRANT",   "UNION",     "INTO",    "WITH",
    "FROM",   "WHERE",  "EXISTS", "ANY",    "LIMIT", "HAVING", "TRUNCATE", "OUTFILE", "PROCEDURE", "EXECUTE", "MATCH"};
constexpr std::array<std::string_view, 12> OPERATOR_WORDS = {"AND",     "OR",     "XOR",   "IS",   "IN",   "LIKE",
                                                             "BETWEEN", "REGEXP", "RLIKE", "WHEN", "THEN", "ELSE"};

template <size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, SyntaxProblem& problem) : tokens_(std::move(tokens)), problem_(problem) {}

  std::optional<Syntax> expression(int min_power = 0);
  bool at_end() const { return token().kind == TokenKind::end; }
  bool expect_end();
  bool symbol(std::string_view s) const { return token().kind == TokenKind::symbol && token().text == s; }
  bool word(std::string_view w) const { return token().kind == TokenKind::word && token().upper == w; }
  bool take_symbol(std::string_view s) { return symbol(s) && step(); }
  bool take_word(std::string_view w) { return word(w) && step(); }

 private:
  const Token& token(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool step() {
    ++at_;
    return true;
  }
  std::nullopt_t fail(const Token& at, std::string message, std::string hint = {}) {
    problem_ = {std::move(message), std::move(hint), at.offset};
    return std::nullopt;
  }
  std::nullopt_t fail_here(std::string message, std::string hint = {}) {
    return fail(token(), std::move(message), std::move(hint));
  }
  std::string shown() const { return at_end() ? "the end" : "'" + printable(token().text) + "'"; }
  bool need_symbol(std::string_view s) {
    if (take_symbol(s)) return true;
    fail_here("expected '" + std::string(s) + "', found " + shown());
    return false;
  }
  bool need_word(std::string_view w) {
    if (take_word(w)) return true;
    fail_here("expected " + std::string(w) + ", found " + shown());
    return false;
  }

  std::optional<Syntax> operand();
  std::optional<Syntax> word_operand();
  std::optional<Syntax> name();
  std::optional<Syntax> function_call();
  std::optional<Syntax> special_call(const Token& function);
  std::optional<Syntax> cast_call(const Token& function);
  std::optional<std::string> cast_type();
  std::optional<Syntax> case_operand();
  std::optional<Syntax> interval();
  std::optional<Syntax> is_test(Syntax left);
  std::optional<Syntax> predicate(Syntax left, bool negated);
  std::optional<Syntax> infix(Syntax left, const std::string& op, int power);
  int power() const;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  SyntaxProblem& problem_;
};

Syntax node(SyntaxKind kind, std::string text, size_t offset, std::vector<Syntax> args = {}) {
  Syntax s;
  s.kind = kind;
  s.text = std::move(text);
  s.offset = offset;
  s.args = std::move(args);
  return s;
}

bool Parser::expect_end() {
  if (at_end()) return true;
  if (symbol(")")) {
    fail_here("a ')' without its '('", "count the parentheses");
  } else {
    fail_here("expected an operator or the end, found " + shown(), "give one expression");
  }
  return false;
}

// The binding power of the infix operator here; 0 when there is none.
int Parser::power() const {
  const Token& t = token();
  if (t.kind == TokenKind::symbol) {
    const std::string& s = t.text;
    if (s == "=" || s == "<=>" || s == ">=" || s == ">" || s == "<=" || s == "<" || s == "<>") return COMPARE_P;
    if (s == "|") return BIT_OR_P;
    if (s == "&") return BIT_AND_P;
    if (s == "<<" || s == ">>") return SHIFT_P;
    if (s == "+" || s == "-") return ADD_P;
    if (s == "*" || s == "/" || s == "%") return MULTIPLY_P;
    if (s == "^") return BIT_XOR_P;
    if (s == "->" || s == "->>") return COLLATE_P;
    return 0;
  }
  if (t.kind != TokenKind::word) return 0;
  const std::string& w = t.upper;
  if (w == "OR") return OR_P;
  if (w == "XOR") return XOR_P;
  if (w == "AND") return AND_P;
  if (w == "IS" || w == "LIKE" || w == "REGEXP" || w == "RLIKE" || w == "IN") return COMPARE_P;
  if (w == "BETWEEN") return BETWEEN_P;
  if (w == "NOT") return COMPARE_P;
  if (w == "DIV" || w == "MOD") return MULTIPLY_P;
  if (w == "COLLATE") return COLLATE_P;
  return 0;
}

std::optional<Syntax> Parser::expression(int min_power) {
  if (++depth_ > MAX_DEPTH) return fail_here("the expression is nested too deeply", "write it in fewer levels");
  auto left = operand();
  while (left) {
    int p = power();
    if (p == 0 || p <= min_power) break;
    const Token op = token();
    step();
    if (op.kind == TokenKind::word && op.upper == "IS") {
      left = is_test(std::move(*left));
    } else if (op.kind == TokenKind::word && op.upper == "NOT") {
      left = predicate(std::move(*left), true);
    } else if (op.kind == TokenKind::word && (op.upper == "IN" || op.upper == "LIKE" || op.upper == "BETWEEN" ||
                                              op.upper == "REGEXP" || op.upper == "RLIKE")) {
      --at_;
      left = predicate(std::move(*left), false);
    } else {
      left = infix(std::move(*left), op.kind == TokenKind::word ? op.upper : op.text, p);
    }
  }
  --depth_;
  return left;
}

std::optional<Syntax> Parser::infix(Syntax left, const std::string& op, int p) {
  size_t offset = left.offset;
  if (op == "COLLATE") {
    if (token().kind != TokenKind::word) return fail_here("expected the name of a collation, found " + shown());
    Syntax s = node(SyntaxKind::collate, lower_ascii(token().text), offset, {std::move(left)});
    step();
    return s;
  }
  if (op == "->" || op == "->>") {
    if (token().kind != TokenKind::text) return fail_here("expected a JSON path in quotes, found " + shown());
    Syntax path = node(SyntaxKind::text, token().text, token().offset);
    step();
    Syntax extract = node(SyntaxKind::call, "JSON_EXTRACT", offset, {std::move(left), std::move(path)});
    return op == "->" ? extract : node(SyntaxKind::call, "JSON_UNQUOTE", offset, {std::move(extract)});
  }
  auto right = expression(p);
  if (!right) return std::nullopt;
  if ((op == "AND" || op == "OR") && left.kind == SyntaxKind::infix && left.text == op) {
    left.args.push_back(std::move(*right));
    return left;
  }
  return node(SyntaxKind::infix, op, offset, {std::move(left), std::move(*right)});
}

std::optional<Syntax> Parser::is_test(Syntax left) {
  std::string text = take_word("NOT") ? "IS NOT " : "IS ";
  for (std::string_view w : {"NULL", "TRUE", "FALSE", "UNKNOWN"}) {
    if (!take_word(w)) continue;
    size_t offset = left.offset;
    return node(SyntaxKind::is, text + std::string(w), offset, {std::move(left)});
  }
  return fail_here("expected NULL, TRUE or FALSE after IS, found " + shown());
}

// [NOT] IN, LIKE, REGEXP, BETWEEN
std::optional<Syntax> Parser::predicate(Syntax left, bool negated) {
  size_t offset = left.offset;
  std::vector<Syntax> args;
  args.push_back(std::move(left));
  auto add = [&](std::optional<Syntax> s) {
    if (s) args.push_back(std::move(*s));
    return s.has_value();
  };
  SyntaxKind kind;
  std::string text;
  if (take_word("IN")) {
    kind = SyntaxKind::in_list;
    if (!need_symbol("(")) return std::nullopt;
    do {
      if (!add(expression())) return std::nullopt;
    } while (take_symbol(","));
    if (!need_symbol(")")) return std::nullopt;
  } else if (take_word("BETWEEN")) {
    kind = SyntaxKind::between;
    if (!add(expression(COMPARE_P)) || !need_word("AND") || !add(expression(COMPARE_P))) return std::nullopt;
  } else if (take_word("LIKE")) {
    kind = SyntaxKind::like;
    if (!add(expression(COMPARE_P))) return std::nullopt;
    if (take_word("ESCAPE") && !add(expression(COMPARE_P))) return std::nullopt;
  } else if (take_word("REGEXP") || take_word("RLIKE")) {
    kind = SyntaxKind::infix;
    text = negated ? "NOT REGEXP" : "REGEXP";
    if (!add(expression(COMPARE_P))) return std::nullopt;
  } else {
    return fail_here("expected IN, LIKE, REGEXP or BETWEEN after NOT, found " + shown());
  }
  Syntax s = node(kind, std::move(text), offset, std::move(args));
  s.negated = negated;
  return s;
}

std::optional<Syntax> Parser::operand() {
  const Token t = token();
  switch (t.kind) {
    case TokenKind::end:
      return fail(t, at_ == 0 ? "the expression is empty" : "the expression ends too early", "write the rest of it");
    case TokenKind::text: {
      step();
      Syntax s = node(SyntaxKind::text, t.text, t.offset);
      while (token().kind == TokenKind::text) s.text += token().text, step();  // 'a' 'b' is 'ab'
      return s;
    }
    case TokenKind::number:
      step();
      return node(SyntaxKind::number, t.text, t.offset);
    case TokenKind::hex:
      step();
      return node(SyntaxKind::hex, t.text, t.offset);
    case TokenKind::quoted_name:
      return name();
    case TokenKind::word:
      return word_operand();
    case TokenKind::symbol:
      break;
  }
  if (take_symbol("(")) {
    auto inside = expression();
    if (!inside) return std::nullopt;
    if (symbol(",")) return fail_here("a list cannot stand here", "compare the columns one by one, with AND");
    if (!take_symbol(")")) return fail(t, "the '(' is not closed", "add the closing ')'");
    // Parentheses end a chain: (a AND b) AND c is not flattened into what it is not.
    return inside;
  }
  if (t.text == "-" || t.text == "+" || t.text == "~" || t.text == "!") {
    step();
    auto inside = expression(UNARY_P);
    if (!inside) return std::nullopt;
    return node(SyntaxKind::prefix, t.text == "!" ? "NOT" : t.text, t.offset, {std::move(*inside)});
  }
  return fail(t, "expected a value, found " + shown());
}

std::optional<Syntax> Parser::word_operand() {
  const Token t = token();
  bool qualifier = token(1).kind == TokenKind::symbol && token(1).text == ".";
  bool called = token(1).kind == TokenKind::symbol && token(1).text == "(";
  if (qualifier) return name();
  if (t.upper == "NOT") {
    step();
    auto inside = expression(NOT_P);
    if (!inside) return std::nullopt;
    return node(SyntaxKind::prefix, "NOT", t.offset, {std::move(*inside)});
  }
  // A column's name, when nothing follows that a statement could go on with.
  static constexpr std::array<std::string_view, 9> AFTER_NAME = {")", ",", "=", "<", ">", "<=", ">=", "<>", "<=>"};
  bool alone = token(1).kind == TokenKind::end ||
               (token(1).kind == TokenKind::symbol && among(AFTER_NAME, token(1).text)) ||
               (token(1).kind == TokenKind::word && (token(1).upper == "DESC" || token(1).upper == "ASC"));
  if (among(STATEMENT_WORDS, t.upper) && alone) return name();
  if (among(STATEMENT_WORDS, t.upper))
    return fail(t, "'" + t.text + "' cannot stand in an SQL expression",
                "subqueries and statements are not taken; a column of that name needs backticks");
  if (among(OPERATOR_WORDS, t.upper)) return fail(t, "expected a value, found '" + t.text + "'");
  if (t.upper == "CASE") return case_operand();
  if (t.upper == "INTERVAL" && !called && token(1).kind != TokenKind::end && token(1).kind != TokenKind::symbol)
    return interval();
  if (t.upper == "INTERVAL" && (called || token(1).text == "-")) return interval();
  if ((t.upper == "DATE" || t.upper == "TIME" || t.upper == "TIMESTAMP") && token(1).kind == TokenKind::text) {
    Syntax text = node(SyntaxKind::text, token(1).text, token(1).offset);
    at_ += 2;
    return node(SyntaxKind::temporal, t.upper, t.offset, {std::move(text)});
  }
  if (called) return function_call();
  if (t.upper == "NULL" || t.upper == "TRUE" || t.upper == "FALSE") {
    step();
    return node(SyntaxKind::word, t.upper, t.offset);
  }
  if (t.upper == "CURRENT_TIMESTAMP" || t.upper == "CURRENT_DATE" || t.upper == "CURRENT_TIME") {
    step();
    return node(SyntaxKind::call, t.upper, t.offset);
  }
  return name();
}

std::optional<Syntax> Parser::name() {
  Syntax s = node(SyntaxKind::name, token().text, token().offset);
  step();
  if (!take_symbol(".")) return s;
  if (token().kind != TokenKind::word && token().kind != TokenKind::quoted_name)
    return fail_here("expected the name of a column after '.', found " + shown());
  s.qualifier = std::move(s.text);
  s.text = token().text;
  step();
  if (symbol(".")) return fail_here("a name has two parts here: `table`.`column`", "leave the database out");
  return s;
}

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

}  // namespace

std::optional<Syntax> parse_expression(std::string_view sql, SyntaxProblem& problem) {
  auto tokens = tokenize(sql, problem);
  if (!tokens) return std::nullopt;
  Parser parser(std::move(*tokens), problem);
  auto result = parser.expression();
  if (result && !parser.expect_end()) return std::nullopt;
  return result;
}

std::optional<std::vector<OrderSyntax>> parse_order_by(std::string_view sql, SyntaxProblem& problem) {
  auto tokens = tokenize(sql, problem);
  if (!tokens) return std::nullopt;
  Parser parser(std::move(*tokens), problem);
  std::vector<OrderSyntax> terms;
  do {
    auto value = parser.expression();
    if (!value) return std::nullopt;
    OrderSyntax term{std::move(*value), parser.take_word("DESC")};
    if (!term.descending) parser.take_word("ASC");
    terms.push_back(std::move(term));
  } while (parser.take_symbol(","));
  if (!parser.expect_end()) return std::nullopt;
  return terms;
}

std::optional<AggregateSyntax> parse_aggregate(std::string_view sql, SyntaxProblem& problem) {
  auto tokens = tokenize(sql, problem);
  if (!tokens) return std::nullopt;
  Parser parser(std::move(*tokens), problem);
  AggregateSyntax result;
  if (parser.take_symbol("*")) {
    if (!parser.expect_end()) return std::nullopt;
    return result;
  }
  result.distinct = parser.take_word("DISTINCT");
  result.value = parser.expression();
  if (!result.value || !parser.expect_end()) return std::nullopt;
  return result;
}

}  // namespace migrate
