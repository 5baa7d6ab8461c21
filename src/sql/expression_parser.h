// The parser behind expression.h: a Pratt parser with MySQL's precedences (MySQL 8.0 manual, 12.4.1). Private to the
// folder. expression.cc has operators and operands, expression_calls.cc what has a syntax of its own.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sql/tokens.h"

namespace migrate {

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

template <size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

inline Syntax node(SyntaxKind kind, std::string text, size_t offset, std::vector<Syntax> args = {}) {
  Syntax s;
  s.kind = kind;
  s.text = std::move(text);
  s.offset = offset;
  s.args = std::move(args);
  return s;
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

}  // namespace migrate
