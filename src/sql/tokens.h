// The words of an SQL expression.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/expression.h"

namespace migrate {

enum class TokenKind { word, quoted_name, text, number, hex, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;   // names and strings without quotes and escapes; bytes of hex
  std::string upper;  // of a word: in capitals
  size_t offset = 0;
};

// Ends with a token of kind `end`. nullopt: `problem` says what cannot stand in an expression.
std::optional<std::vector<Token>> tokenize(std::string_view sql, SyntaxProblem& problem);

}  // namespace migrate
