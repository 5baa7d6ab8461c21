// JSON, documents and sets: json_text(), to_document(), to_set() of convert_internal.h, json_parse() of convert.h.
// The view tells a map from a list and finds the JSON null; the engine, which parses every document, finds what is no
// JSON at all, too deep, or has numbers that are too long.
#include "sql/convert_internal.h"

namespace migrate {
namespace conversion {
namespace {

// [[:space:]] is more than JSON allows: what matters is checked with JSON_VALID beside, or by the engine.
constexpr const char* MAP = "^[[:space:]]*[{]";
constexpr const char* LIST = "^[[:space:]]*[[]";
constexpr const char* EMPTY_LIST = "^[[:space:]]*[[][[:space:]]*[]]";
constexpr const char* JSON_NULL = "^[[:space:]]*null[[:space:]]*(?![^x]|x)";

ExprPtr matches(const ExprPtr& text, const char* pattern) {
  // A collation that takes small letters for capitals would let NULL pass for null.
  return op("REGEXP", {collate(text, "utf8mb4_bin"), lit(pattern)});
}

ExprPtr is_json_null(const ExprPtr& text) { return all_of({matches(text, JSON_NULL), call("JSON_VALID", {text})}); }

// MySQL's own JSON prints itself; MariaDB's is text.
bool native_json(const ValueType& from, Flavor flavor) {
  return from.kind == ValueKind::json && flavor == Flavor::mysql;
}

// ["a","b"] of a,b: a comma is never part of an escape in JSON.
ExprPtr split_at_commas(const ExprPtr& text) {
  return call("CONCAT", {lit("["), call("REPLACE", {call("JSON_QUOTE", {text}), lit(","), lit("\",\"")}), lit("]")});
}

Converted members_of_set_column(const ExprPtr& source, ExprPtr empty) {
  return {case_when({{op("=", {op("+", {source, num(0)}), num(0)}), std::move(empty)}}, split_at_commas(utf8(source))),
          nullptr};
}

}  // namespace

Converted json_text(const ExprPtr& source, const ValueType& from, Flavor flavor) {
  if (native_json(from, flavor)) return {char_of(source), nullptr};
  return checked(source, valid_text(source, from), utf8(source));
}

Converted to_document(const ExprPtr& source, const ValueType& from, AttributeType to, Flavor flavor) {
  if (from.kind == ValueKind::set) return members_of_set_column(source, lit("[]"));
  const ExprPtr text = native_json(from, flavor) ? char_of(source) : utf8(source);
  const ExprPtr right = all_of({matches(text, to == AttributeType::M ? MAP : LIST), valid_text(source, from)});
  return {case_when({{right, text}}),
          case_when({{any_of({right, is_json_null(text)}), null_lit()}, {is_not_null(source), lit("conversion")}})};
}

Converted to_set(const ExprPtr& source, const ValueType& from, Flavor flavor) {
  if (from.kind == ValueKind::set) return members_of_set_column(source, null_lit());
  const ExprPtr text = native_json(from, flavor) ? char_of(source) : utf8(source);
  const ExprPtr empty = matches(text, EMPTY_LIST);
  if (from.kind == ValueKind::json) {
    const ExprPtr right = all_of({matches(text, LIST), valid_text(source, from)});
    return {case_when({{empty, null_lit()}, {right, text}}),
            case_when({{any_of({right, is_json_null(text)}), null_lit()}, {is_not_null(source), lit("conversion")}})};
  }
  const ExprPtr is_json = call("JSON_VALID", {text});
  const ExprPtr list = all_of({matches(text, LIST), is_json});
  ExprPtr members = case_when(
      {{op("=", {call("LENGTH", {text}), num(0)}), null_lit()}, {all_of({empty, is_json}), null_lit()}, {list, text}},
      split_at_commas(text));
  return checked(source, valid_text(source, from), std::move(members));
}

}  // namespace conversion

Result<Transformed> json_parse(const ExprPtr& source, const ValueType& from) {
  if (from.kind != ValueKind::text && from.kind != ValueKind::json)
    return Error(ErrorKind::contract_value, "json-parse takes text or JSON, not " + from.name,
                 "leave the transformation out");
  return Transformed{source, from, nullptr};
}

}  // namespace migrate
