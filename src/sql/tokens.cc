// tokenize() of tokens.h.
#include "sql/tokens.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace migrate {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
// MySQL's unquoted identifiers: letters, digits, $, _ and everything beyond ASCII.
bool word_char(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c < 0;
}
int hex_value(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// MySQL 8.0 manual, 9.1.1, table 9.1: what a backslash makes of the next character; others stand for themselves.
void append_escape(std::string& out, char c) {
  switch (c) {
    case '0':
      out += '\0';
      break;
    case 'b':
      out += '\b';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'Z':
      out += '\x1A';
      break;
    case '%':
    case '_':
      out += '\\';
      out += c;
      break;
    default:
      out += c;
  }
}

class Tokenizer {
 public:
  Tokenizer(std::string_view sql, SyntaxProblem& problem) : sql_(sql), problem_(problem) {}

  std::optional<std::vector<Token>> run() {
    while (true) {
      while (at_ < sql_.size() && std::string_view(" \t\r\n\f\v").find(sql_[at_]) != std::string_view::npos) ++at_;
      if (at_ == sql_.size()) break;
      if (!next()) return std::nullopt;
    }
    tokens_.push_back({TokenKind::end, "", "", sql_.size()});
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  bool starts(std::string_view what) const { return sql_.substr(at_, what.size()) == what; }
  bool fail(size_t offset, std::string message, std::string hint) {
    problem_ = {std::move(message), std::move(hint), offset};
    return false;
  }
  void add(TokenKind kind, std::string text, size_t offset) { tokens_.push_back({kind, std::move(text), "", offset}); }

  bool next();
  bool quoted(char quote, TokenKind kind);
  bool number();
  bool hex_digits(std::string_view digits, size_t offset);
  bool symbol();

  std::string_view sql_;
  SyntaxProblem& problem_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

bool Tokenizer::next() {
  char c = sql_[at_];
  if (starts("--") && (at_ + 2 == sql_.size() || static_cast<unsigned char>(peek(2)) <= ' '))
    return fail(at_, "a comment cannot stand in an SQL expression", "take it out");
  if (c == '#' || starts("/*")) return fail(at_, "a comment cannot stand in an SQL expression", "take it out");
  if (c == ';') return fail(at_, "a semicolon cannot stand in an SQL expression", "give one expression, without `;`");
  if (c == '@') return fail(at_, "variables cannot stand in an SQL expression", "use columns and literals only");
  if (c == '\'' || c == '"') return quoted(c, TokenKind::text);
  if (c == '`') return quoted(c, TokenKind::quoted_name);
  if ((c == 'x' || c == 'X') && peek(1) == '\'') {
    size_t start = at_, end = sql_.find('\'', at_ + 2);
    if (end == std::string_view::npos) return fail(at_, "the quote is not closed", "add the closing '");
    at_ = end + 1;
    return hex_digits(sql_.substr(start + 2, end - start - 2), start);
  }
  if (digit(c) || (c == '.' && digit(peek(1)) && !(at_ > 0 && (word_char(sql_[at_ - 1]) || sql_[at_ - 1] == '`'))))
    return number();
  if (word_char(c)) {
    size_t start = at_;
    while (at_ < sql_.size() && word_char(sql_[at_])) ++at_;
    Token t{TokenKind::word, std::string(sql_.substr(start, at_ - start)), "", start};
    t.upper = t.text;
    for (char& u : t.upper) {
      if (u >= 'a' && u <= 'z') u = static_cast<char>(u - 'a' + 'A');
    }
    tokens_.push_back(std::move(t));
    return true;
  }
  return symbol();
}

bool Tokenizer::quoted(char quote, TokenKind kind) {
  size_t start = at_++;
  std::string text;
  for (; at_ < sql_.size(); ++at_) {
    char c = sql_[at_];
    if (c == quote) {
      if (peek(1) != quote) {
        ++at_;
        if (kind == TokenKind::quoted_name && text.empty())
          return fail(start, "an empty name", "write the column's name between the backticks");
        add(kind, std::move(text), start);
        return true;
      }
      text += quote;
      ++at_;
    } else if (c == '\\' && kind == TokenKind::text && at_ + 1 < sql_.size()) {
      append_escape(text, sql_[++at_]);
    } else if (c == '\0') {
      return fail(at_, "a NUL character", "take it out");
    } else {
      text += c;
    }
  }
  return fail(start, "the quote is not closed", std::string("add the closing ") + quote);
}

bool Tokenizer::hex_digits(std::string_view digits, size_t offset) {
  std::string bytes;
  if (digits.size() % 2 == 1) return fail(offset, "a hexadecimal literal needs an even number of digits", "add a 0");
  for (size_t i = 0; i < digits.size(); i += 2) {
    int high = hex_value(digits[i]), low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return fail(offset, "not a hexadecimal literal", "use the digits 0-9 and a-f");
    bytes += static_cast<char>(high * 16 + low);
  }
  add(TokenKind::hex, std::move(bytes), offset);
  return true;
}

bool Tokenizer::number() {
  size_t start = at_;
  if (starts("0x")) {
    at_ += 2;
    while (at_ < sql_.size() && word_char(sql_[at_])) ++at_;
    return hex_digits(sql_.substr(start + 2, at_ - start - 2), start);
  }
  auto digits = [&] {
    while (at_ < sql_.size() && digit(sql_[at_])) ++at_;
  };
  digits();
  if (peek(0) == '.') {
    ++at_;
    digits();
  }
  if ((peek(0) == 'e' || peek(0) == 'E') &&
      (digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && digit(peek(2))))) {
    at_ += 2;
    digits();
  }
  if (at_ < sql_.size() && word_char(sql_[at_]))
    return fail(start, "a number is followed by letters", "a name that starts with a digit needs backticks");
  add(TokenKind::number, std::string(sql_.substr(start, at_ - start)), start);
  return true;
}

bool Tokenizer::symbol() {
  static constexpr std::array<std::string_view, 26> SYMBOLS = {"<=>", "->>", "<<", ">>", "<=", ">=", "<>", "!=", "->",
                                                               "(",   ")",   ",",  ".",  "+",  "-",  "*",  "/",  "%",
                                                               "=",   "<",   ">",  "&",  "|",  "^",  "~",  "!"};
  if (starts("||"))
    return fail(at_, "`||` means OR on some servers and joins texts on others", "write OR, or CONCAT(a, b)");
  if (starts("&&")) return fail(at_, "`&&` is not taken", "write AND");
  if (starts(":="))
    return fail(at_, "an assignment cannot stand in an SQL expression", "use columns and literals only");
  for (std::string_view s : SYMBOLS) {
    if (!starts(s)) continue;
    add(TokenKind::symbol, s == "!=" ? "<>" : std::string(s), at_);
    at_ += s.size();
    return true;
  }
  std::string shown = printable(sql_.substr(at_, 1));
  return fail(at_, "'" + shown + "' cannot stand in an SQL expression", "names with special characters need backticks");
}

}  // namespace

std::optional<std::vector<Token>> tokenize(std::string_view sql, SyntaxProblem& problem) {
  return Tokenizer(sql, problem).run();
}

}  // namespace migrate
