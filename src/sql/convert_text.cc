// Text and bytes: utf8(), valid_text(), text_form() and text_to_…() of convert_internal.h.
//
// Neither server says when it cannot convert a text: MariaDB puts '?' for what it does not know, MySQL cuts the rest
// off, and MariaDB takes and gives halves of surrogate pairs, in utf8mb4 too. A round trip of the bytes finds all
// three, if it goes through utf16, where a half of a pair has no place. Five character sets have two codes for some
// characters, so that a round trip changes valid text: there, characters and question marks are counted instead.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "sql/convert_internal.h"

namespace migrate {
namespace {

bool among(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool has_twins(std::string_view charset) { return among(charset, {"sjis", "cp932", "ujis", "eucjpms", "armscii8"}); }

Converted bytes_as_text(const ExprPtr& bytes, const std::string& charset) {
  using namespace conversion;
  ValueType type = computed_type(ValueKind::text);
  type.charset = lower_ascii(charset);
  const ExprPtr text = convert_using(bytes, charset);
  const ExprPtr same = op("=", {bytes_of(text), bytes_of(bytes)});
  return checked(bytes, all_of({same, valid_text(text, type)}), text);
}

namespace conversion {
namespace {

// Every byte is a character of Unicode.
bool always_valid(std::string_view charset) {
  return among(charset, {"", "latin1", "latin2", "latin5", "latin7", "cp850", "cp852", "cp866", "koi8r", "koi8u",
                         "keybcs2", "macce", "macroman"});
}

ExprPtr same_bytes(const ExprPtr& a, const ExprPtr& b) { return op("=", {bytes_of(a), bytes_of(b)}); }

ExprPtr without_question_marks(const ExprPtr& text) {
  return call("CHAR_LENGTH", {call("REPLACE", {text, lit("?"), lit("")})});
}

// DynamoDB takes a number's sign, digits, point and exponent in ASCII. The last group is "and nothing follows": $ would
// let a line end pass. Longer texts cost MySQL's regular expressions their time limit, which would end the whole query.
constexpr const char* NUMBER = "^[+-]?(?=[.]?[0-9])[0-9]*+([.][0-9]*+)?([eE][+-]?[0-9]++)?(?![^x]|x)";
constexpr long long LONGEST_NUMBER = 10000;

}  // namespace

ExprPtr utf8(const ExprPtr& text) { return convert_using(text, "utf8mb4"); }

ExprPtr valid_text(const ExprPtr& source, const ValueType& from) {
  if (from.kind == ValueKind::binary) {
    const ExprPtr text = utf8(source);
    return op("=", {bytes_of(utf8(convert_using(text, "utf16"))), bytes_of(source)});
  }
  if (from.kind != ValueKind::text && from.kind != ValueKind::json) return nullptr;
  if (always_valid(from.charset)) return nullptr;
  if (has_twins(from.charset)) {
    const ExprPtr text = utf8(source);
    return all_of({op("=", {call("CHAR_LENGTH", {text}), call("CHAR_LENGTH", {source})}),
                   op("=", {without_question_marks(text), without_question_marks(source)}),
                   op("=", {call("LOCATE", {lit("\xEF\xBF\xBD"), text}), num(0)})});
  }
  const bool is_utf16 = from.charset == "utf16" || from.charset == "utf16le";
  // information_schema calls utf8mb3 "utf8" on older servers; CONVERT knows both names.
  return same_bytes(convert_using(convert_using(source, is_utf16 ? "utf8mb4" : "utf16"), from.charset), source);
}

Converted text_form(const ExprPtr& source, const ValueType& from) {
  return checked(source, valid_text(source, from), utf8(source));
}

Converted text_to_number(const ExprPtr& source, const ValueType& from) {
  const ExprPtr text = utf8(source);
  // Invalid text is no number either: what a broken byte becomes is neither digit nor sign nor nothing at the end.
  ExprPtr ok = all_of({op("<=", {call("CHAR_LENGTH", {text}), num(LONGEST_NUMBER)}), op("REGEXP", {text, lit(NUMBER)}),
                       valid_text(source, from)});
  Converted result = checked(source, ok, text);
  result.canonical_number = true;
  return result;
}

Converted text_to_bool(const ExprPtr& source, const ValueType&) {
  // As bytes: collations would let "yes " and "ÿ" pass.
  const ExprPtr word = bytes_of(call("LOWER", {utf8(source)}));
  auto among_words = [&](std::initializer_list<const char*> words) {
    std::vector<ExprPtr> list;
    for (const char* w : words) list.push_back(lit(w));
    return in_list(word, std::move(list));
  };
  ExprPtr yes = among_words({"true", "t", "yes", "y", "1"});
  ExprPtr no = among_words({"false", "f", "no", "n", "0"});
  return {case_when({{yes, num(1)}, {no, num(0)}}),
          case_when({{any_of({yes, no}), null_lit()}, {is_not_null(source), lit("conversion")}})};
}

Converted text_to_bytes(const ExprPtr& source, const ValueType& from) {
  return checked(source, valid_text(source, from), bytes_of(utf8(source)));
}

}  // namespace conversion
}  // namespace migrate
