// parse_expression(), parse_order_by() and parse_aggregate() of expression.h: a Pratt parser with MySQL's precedences
// (MySQL 8.0 manual, 12.4.1).
#include "sql/expression.h"

#include "base/text.h"
#include "sql/expression_parser.h"

namespace migrate {
namespace {

constexpr int MAX_DEPTH = 200;  // far beyond what people write, far below what the stack holds

// Words that begin statements or clauses, so that no expression has them as an operand.
constexpr std::array<std::string_view, 22> STATEMENT_WORDS = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP",  "CREATE", "ALTER",    "GRANT",   "UNION",     "INTO",    "WITH",
    "FROM",   "WHERE",  "EXISTS", "ANY",    "LIMIT", "HAVING", "TRUNCATE", "OUTFILE", "PROCEDURE", "EXECUTE", "MATCH"};
constexpr std::array<std::string_view, 12> OPERATOR_WORDS = {"AND",     "OR",     "XOR",   "IS",   "IN",   "LIKE",
                                                             "BETWEEN", "REGEXP", "RLIKE", "WHEN", "THEN", "ELSE"};

}  // namespace

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
  static constexpr std::array<std::string_view, 10> AFTER_NAME = {")",  ",",  "=",  "<",  ">",
                                                                  "<=", ">=", "<>", "!=", "<=>"};
  static constexpr std::array<std::string_view, 14> WORDS_AFTER_NAME = {
      "ASC", "DESC", "IS", "IN", "LIKE", "BETWEEN", "AND", "OR", "XOR", "DIV", "THEN", "WHEN", "ELSE", "END"};
  bool alone = token(1).kind == TokenKind::end ||
               (token(1).kind == TokenKind::symbol && among(AFTER_NAME, token(1).text)) ||
               (token(1).kind == TokenKind::word && among(WORDS_AFTER_NAME, token(1).upper));
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
