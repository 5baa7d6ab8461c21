// JSON, documents and sets: json_text(), to_document(), to_set() of convert_internal.h, json_parse() of convert.h.
// The view tells a map from a list and finds the JSON null; the engine, which parses every document, finds what is no
// JSON at all, too deep, or has numbers that are too long.
#include "sql/convert_internal.h"

namespace migrate {
namespace conversion {
namespace {

// The first character that is not blank, as a byte: collations take other brackets for these.
ExprPtr first_character(const ExprPtr& text) {
  // MySQL 8.0.15's REGEXP_INSTR gives NULL for every row after one where its subject was NULL: so it never is.
  ExprPtr never_null = call("COALESCE", {text, lit("")});
  return bytes_of(call("SUBSTRING", {text, call("REGEXP_INSTR", {never_null, lit("[^[:space:]]")}), num(1)}));
}

ExprPtr is_json(const ExprPtr& text) { return call("JSON_VALID", {text}); }

ExprPtr is_json_null(const ExprPtr& text) {
  // A collation that takes small letters for capitals would let NULL pass for null.
  ExprPtr null = op("REGEXP", {collate(text, "utf8mb4_bin"), lit("^[[:space:]]*null[[:space:]]*(?![^x]|x)")});
  return all_of({null, is_json(text)});
}

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
  const ExprPtr right =
      all_of({op("=", {first_character(text), lit(to == AttributeType::M ? "{" : "[")}), valid_text(source, from)});
  return {case_when({{right, text}}),
          case_when({{any_of({right, is_json_null(text)}), null_lit()}, {is_not_null(source), lit("conversion")}})};
}

Converted to_set(const ExprPtr& source, const ValueType& from, Flavor flavor) {
  if (from.kind == ValueKind::set) return members_of_set_column(source, null_lit());
  const ExprPtr text = native_json(from, flavor) ? char_of(source) : utf8(source);
  // CASE, as MySQL ends the query when JSON_TYPE or JSON_LENGTH are given what is no JSON.
  const ExprPtr list = op("=", {case_when({{is_json(text), call("JSON_TYPE", {text})}}), lit("ARRAY")});
  const ExprPtr members =
      case_when({{op(">", {case_when({{is_json(text), call("JSON_LENGTH", {text})}}), num(0)}), text}});
  if (from.kind == ValueKind::json) {
    const ExprPtr right = all_of({list, valid_text(source, from)});
    return {case_when({{right, members}}),
            case_when({{any_of({right, is_json_null(text)}), null_lit()}, {is_not_null(source), lit("conversion")}})};
  }
  return checked(
      source, valid_text(source, from),
      case_when({{op("=", {call("LENGTH", {text}), num(0)}), null_lit()}, {list, members}}, split_at_commas(text)));
}

}  // namespace conversion

Result<Transformed> json_parse(const ExprPtr& source, const ValueType& from) {
  if (from.kind != ValueKind::text && from.kind != ValueKind::json)
    return Error(ErrorKind::contract_value, "json-parse takes text or JSON, not " + from.name,
                 "leave the transformation out");
  return Transformed{source, from, nullptr};
}

}  // namespace migrate
