// Finds the first fault of a text that is not JSON: locate_json_fault(). The stack of open containers is a vector, so
// no depth of nesting can overflow the machine's.
#include "base/json_locate.h"

#include <vector>

#include "base/text.h"
#include "base/utf8.h"

namespace migrate {
namespace {

class Locator {
 public:
  explicit Locator(std::string_view text) : text_(text) {}

  JsonFault run() {
    if (!(blanks() && value() && rest())) return fault_;
    return {};
  }

 private:
  bool fail(size_t at, std::string message, std::string hint = {}) {
    fault_ = {at, std::move(message), std::move(hint)};
    return false;
  }
  bool at_end() const { return i_ >= text_.size(); }
  char here() const { return at_end() ? '\0' : text_[i_]; }

  bool blanks() {
    while (!at_end() && std::string_view(" \t\r\n").find(here()) != std::string_view::npos) ++i_;
    std::string_view left = text_.substr(i_);
    if (left.starts_with("//") || left.starts_with("/*") || left.starts_with("#")) {
      return fail(i_, "JSON has no comments", "take the comment out, or say it in an attribute's \"justification\"");
    }
    return true;
  }

  std::string found() const {
    if (at_end()) return "the end of the file";
    size_t end = i_ + 1;
    while (end < text_.size() && continues_character(text_[end])) ++end;
    return "'" + printable(text_.substr(i_, end - i_)) + "'";
  }
  bool cut_off() {
    if (open_.empty()) return fail(i_, "the file is empty: JSON is expected");
    char closing = text_[open_.back()] == '{' ? '}' : ']';
    int line = 1;
    for (size_t k = 0; k < open_.back(); ++k) line += text_[k] == '\n' ? 1 : 0;
    return fail(i_,
                std::string("the file ends before the '") + text_[open_.back()] + "' of line " + std::to_string(line) +
                    " is closed",
                std::string("the file may be cut off; '") + closing + "' is missing");
  }

  // One value and all that is inside it.
  bool value() {
    if (!start()) return false;
    while (!open_.empty()) {
      if (!blanks()) return false;
      if (at_end()) return cut_off();
      bool object = text_[open_.back()] == '{';
      if (here() == (object ? '}' : ']')) {
        open_.pop_back();
        ++i_;
        continue;
      }
      if (here() != ',') {
        return fail(i_, "',' or '" + std::string(object ? "}" : "]") + "' is expected, but here is " + found(),
                    "a comma may be missing before this");
      }
      size_t comma = i_++;
      if (!blanks()) return false;
      if (here() == (object ? '}' : ']')) {
        return fail(comma, std::string("a comma before '") + here() + "'", "JSON has no trailing commas: take it out");
      }
      if (!(object ? member() : start())) return false;
    }
    return true;
  }
  bool rest() {
    if (!blanks()) return false;
    return at_end() || fail(i_, "nothing is expected after the end of the JSON, but here is " + found());
  }

  // A scalar, or the opening of a container with the beginning of its first child.
  bool start() {
    for (;;) {
      if (!blanks()) return false;
      if (at_end()) return cut_off();
      if (here() == '"') return string();
      if (here() != '[' && here() != '{') return scalar();
      open_.push_back(i_);
      bool object = here() == '{';
      ++i_;
      if (!blanks()) return false;
      if (at_end()) return cut_off();
      if (here() == (object ? '}' : ']')) return true;  // value() closes it
      if (object && !key()) return false;
    }
  }
  bool member() { return key() && start(); }

  bool key() {
    if (at_end()) return cut_off();
    if (here() != '"') {
      return fail(i_, "a key in double quotes is expected, but here is " + found(),
                  here() == '\'' ? "JSON's quotes are double" : "");
    }
    if (!string() || !blanks()) return false;
    if (at_end()) return cut_off();
    if (here() != ':') return fail(i_, "':' is expected after the key, but here is " + found());
    ++i_;
    return true;
  }

  bool string() {
    size_t quote = i_++;
    for (;; ++i_) {
      if (at_end()) return fail(quote, "a string that is never closed", "the closing '\"' is missing");
      auto c = static_cast<unsigned char>(here());
      if (c == '"') break;
      if (c < 0x20) {
        if (c == '\n' || c == '\r')
          return fail(quote, "a string that is not closed on its line", "the closing '\"' is missing, or write \\n");
        return fail(i_, "a control character in a string", "write \\t for a tab, \\u00XX for others");
      }
      if (c == '\\' && !escape()) return false;
    }
    ++i_;
    return true;
  }
  // On the backslash; leaves i_ on the escape's last character.
  bool escape() {
    size_t backslash = i_++;
    if (at_end()) return true;  // string() says that it is never closed
    if (here() == 'u') {
      int unit = hex4(backslash);
      if (unit < 0) return false;
      if (unit >= 0xDC00 && unit <= 0xDFFF) return fail(backslash, "half of a surrogate pair in a string");
      if (unit < 0xD800 || unit > 0xDBFF) return true;
      if (text_.substr(i_ + 1, 2) != "\\u") return fail(backslash, "half of a surrogate pair in a string");
      i_ += 2;
      int low = hex4(i_ - 1);
      if (low < 0) return false;
      return (low >= 0xDC00 && low <= 0xDFFF) || fail(backslash, "half of a surrogate pair in a string");
    }
    if (std::string_view("\"\\/bfnrt").find(here()) != std::string_view::npos) return true;
    return fail(backslash, "an escape that JSON does not know: \\" + printable(text_.substr(i_, 1)),
                "a backslash itself is written \\\\");
  }
  // The four digits after the 'u' at i_; leaves i_ on the last.
  int hex4(size_t backslash) {
    int unit = 0;
    for (int k = 0; k < 4; ++k) {
      ++i_;
      size_t digit = std::string_view("0123456789abcdef").find(lower_ascii(std::string_view(text_).substr(i_, 1)));
      if (at_end() || digit == std::string_view::npos) {
        fail(backslash, "\\u is not followed by four hexadecimal digits");
        return -1;
      }
      unit = unit * 16 + static_cast<int>(digit);
    }
    return unit;
  }

  bool scalar() {
    size_t begin = i_;
    while (!at_end() && std::string_view(" \t\r\n,:[]{}\"").find(here()) == std::string_view::npos) ++i_;
    std::string_view token = text_.substr(begin, i_ - begin);
    if (token == "true" || token == "false" || token == "null" || is_number(token)) return true;
    i_ = begin;
    if (token.empty()) return fail(begin, "a value is expected, but here is " + found());
    if (token.starts_with('\'')) return fail(begin, "a value in single quotes", "JSON's quotes are double");
    std::string shown = printable(token.substr(0, 40));
    std::string low = lower_ascii(token);
    if (low == "true" || low == "false" || low == "null" || low == "none") {
      return fail(begin, "'" + shown + "' is not JSON", "write " + (low == "none" ? "null" : low));
    }
    if (token.front() == '-' || token.front() == '+' || token.front() == '.' ||
        (token.front() >= '0' && token.front() <= '9')) {
      return fail(begin, "'" + shown + "' is not a JSON number", "digits, '.', digits; no leading zeros or '+'");
    }
    return fail(begin, "'" + shown + "' is not JSON", "text stands in double quotes");
  }

 public:
  static bool is_number(std::string_view t) {
    size_t i = 0;
    auto digits = [&] {
      size_t from = i;
      while (i < t.size() && t[i] >= '0' && t[i] <= '9') ++i;
      return i - from;
    };
    if (i < t.size() && t[i] == '-') ++i;
    size_t first = i;
    size_t whole = digits();
    if (whole == 0 || (whole > 1 && t[first] == '0')) return false;
    if (i < t.size() && t[i] == '.') {
      ++i;
      if (digits() == 0) return false;
    }
    if (i < t.size() && (t[i] == 'e' || t[i] == 'E')) {
      ++i;
      if (i < t.size() && (t[i] == '+' || t[i] == '-')) ++i;
      if (digits() == 0) return false;
    }
    return i == t.size();
  }

 private:
  std::string_view text_;
  size_t i_ = 0;
  std::vector<size_t> open_;
  JsonFault fault_;
};

}  // namespace

JsonFault locate_json_fault(std::string_view text) { return Locator(text).run(); }

bool is_json_number(std::string_view token) { return Locator::is_number(token); }

}  // namespace migrate
