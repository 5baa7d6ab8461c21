// convert(), to_text_form(), to_json_member(), value_type(), why_not(): the table of docs/types.md; one file for each
// family of types has the conversions themselves.
#include "sql/convert.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/convert_internal.h"

namespace migrate {

namespace conversion {

ExprPtr char_of(const ExprPtr& value) { return cast(value, "CHAR"); }
ExprPtr bytes_of(const ExprPtr& value) { return cast(value, "BINARY"); }

Converted checked(const ExprPtr& source, const ExprPtr& ok, ExprPtr value, const char* code) {
  if (!ok) return {std::move(value), nullptr};
  return {case_when({{ok, std::move(value)}}), case_when({{ok, null_lit()}, {is_not_null(source), lit(code)}})};
}

}  // namespace conversion

using namespace conversion;

namespace {

ValueKind kind_of(const Column& column) {
  if (column.is_json) return ValueKind::json;
  static constexpr std::array<std::pair<std::string_view, ValueKind>, 46> kinds{{
      {"tinyint", ValueKind::integer},
      {"smallint", ValueKind::integer},
      {"mediumint", ValueKind::integer},
      {"int", ValueKind::integer},
      {"bigint", ValueKind::integer},
      {"decimal", ValueKind::decimal},
      {"double", ValueKind::real},
      {"float", ValueKind::real32},
      {"bit", ValueKind::bit},
      {"date", ValueKind::date},
      {"datetime", ValueKind::datetime},
      {"timestamp", ValueKind::timestamp},
      {"time", ValueKind::time},
      {"year", ValueKind::year},
      {"char", ValueKind::text},
      {"varchar", ValueKind::text},
      {"tinytext", ValueKind::text},
      {"text", ValueKind::text},
      {"mediumtext", ValueKind::text},
      {"longtext", ValueKind::text},
      {"binary", ValueKind::binary},
      {"varbinary", ValueKind::binary},
      {"tinyblob", ValueKind::binary},
      {"blob", ValueKind::binary},
      {"mediumblob", ValueKind::binary},
      {"longblob", ValueKind::binary},
      {"enum", ValueKind::enumeration},
      {"set", ValueKind::set},
      {"json", ValueKind::json},
      {"geometry", ValueKind::geometry},
      {"point", ValueKind::geometry},
      {"linestring", ValueKind::geometry},
      {"polygon", ValueKind::geometry},
      {"multipoint", ValueKind::geometry},
      {"multilinestring", ValueKind::geometry},
      {"multipolygon", ValueKind::geometry},
      {"geometrycollection", ValueKind::geometry},
      {"geomcollection", ValueKind::geometry},
      {"uuid", ValueKind::uuid},
      {"inet6", ValueKind::inet},
      {"inet4", ValueKind::inet},
      {"integer", ValueKind::integer},
      {"numeric", ValueKind::decimal},
      {"real", ValueKind::real},
      {"nchar", ValueKind::text},
      {"nvarchar", ValueKind::text},
  }};
  auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == column.data_type; });
  return found == kinds.end() ? ValueKind::unknown : found->second;
}

bool takes_text(const ValueType& from) { return from.kind == ValueKind::text || from.kind == ValueKind::enumeration; }

std::optional<Converted> to_number(const ExprPtr& source, const ValueType& from) {
  switch (from.kind) {
    case ValueKind::integer:
    case ValueKind::decimal:
    case ValueKind::real:
    case ValueKind::real32:
    case ValueKind::bit:
    case ValueKind::year:
    case ValueKind::enumeration:
      return number_value(source, from);
    case ValueKind::text:
      return text_to_number(source, from);
    default:
      return std::nullopt;
  }
}

std::optional<Converted> to_bool(const ExprPtr& source, const ValueType& from) {
  if (from.kind == ValueKind::integer || (from.kind == ValueKind::bit && from.length == 1))
    return Converted{op("<>", {source, num(0)}), nullptr};
  if (takes_text(from)) return text_to_bool(source, from);
  return std::nullopt;
}

std::optional<Converted> to_bytes(const ExprPtr& source, const ValueType& from) {
  switch (from.kind) {
    case ValueKind::text:
      return text_to_bytes(source, from);
    case ValueKind::binary:
      return Converted{source, nullptr};
    case ValueKind::geometry:
      return Converted{call("ST_AsBinary", {source}), nullptr};
    case ValueKind::uuid:  // by its text: MariaDB stores the parts of a UUID in another order
      return Converted{call("UNHEX", {call("REPLACE", {char_of(source), lit("-"), lit("")})}), nullptr};
    default:
      return std::nullopt;
  }
}

}  // namespace

ValueType value_type(const Column& column) {
  ValueType type;
  type.kind = kind_of(column);
  type.name = column.column_type.empty() ? column.data_type : column.column_type;
  type.charset = lower_ascii(column.charset);
  type.column = true;
  type.zerofill = column.zerofill;
  type.precision = column.precision.value_or(0);
  type.scale = column.scale.value_or(0);
  if (type.kind == ValueKind::bit) type.length = static_cast<uint64_t>(column.precision.value_or(1));
  return type;
}

ValueType computed_type(ValueKind kind) {
  static constexpr std::array names{"an integer", "a DECIMAL",  "a DOUBLE",    "a FLOAT", "a BIT",
                                    "a DATE",     "a DATETIME", "a TIMESTAMP", "a TIME",  "a YEAR",
                                    "text",       "bytes",      "an ENUM",     "a SET",   "JSON",
                                    "a geometry", "a UUID",     "an INET6",    "NULL",    "an unknown type"};
  ValueType type;
  type.kind = kind;
  type.name = names[static_cast<size_t>(kind)];
  return type;
}

std::optional<Converted> convert(const ExprPtr& source, const ValueType& from, AttributeType to,
                                 const ConvertOptions& options) {
  if (to == AttributeType::Null) return Converted{num(1), nullptr};
  if (from.kind == ValueKind::unknown) return std::nullopt;
  if (from.kind == ValueKind::null) return Converted{null_lit(), nullptr};
  switch (to) {
    case AttributeType::S:
      return to_text_form(source, from, options);
    case AttributeType::N:
      return to_number(source, from);
    case AttributeType::BOOL:
      return to_bool(source, from);
    case AttributeType::B:
      return to_bytes(source, from);
    case AttributeType::SS:
      if (from.kind == ValueKind::set) return to_set(source, from, options.flavor);
      [[fallthrough]];
    case AttributeType::NS:
    case AttributeType::BS:
      if (from.kind == ValueKind::text || from.kind == ValueKind::json) return to_set(source, from, options.flavor);
      return std::nullopt;
    case AttributeType::M:
      if (from.kind == ValueKind::text || from.kind == ValueKind::json)
        return to_document(source, from, to, options.flavor);
      return std::nullopt;
    case AttributeType::L:
      if (from.kind == ValueKind::text || from.kind == ValueKind::json || from.kind == ValueKind::set)
        return to_document(source, from, to, options.flavor);
      return std::nullopt;
    case AttributeType::Null:
      break;
  }
  return std::nullopt;
}

Error why_not(const ValueType& from, AttributeType to) {
  std::string message = from.name + " cannot become " + std::string(type_name(to));
  if (from.kind == ValueKind::unknown)
    return Error(ErrorKind::contract_value, message,
                 "migrate does not know this type: leave the column out, or compute text from it");
  if (is_time(from) && to == AttributeType::N)
    return Error(ErrorKind::contract_value, message,
                 "use type S, or a date-format transformation whose format is a number, such as YYYYMMDD");
  std::vector<std::string> types;
  static constexpr AttributeType all[] = {AttributeType::S,    AttributeType::N,  AttributeType::B,
                                          AttributeType::BOOL, AttributeType::SS, AttributeType::NS,
                                          AttributeType::BS,   AttributeType::M,  AttributeType::L};
  for (AttributeType type : all) {
    if (convert(null_lit(), from, type, {})) types.emplace_back(type_name(type));
  }
  return Error(ErrorKind::contract_value, message, "types that work: " + join(types, ", "));
}

Converted to_text_form(const ExprPtr& source, const ValueType& from, const ConvertOptions& options) {
  switch (from.kind) {
    case ValueKind::integer:
    case ValueKind::decimal:
    case ValueKind::real:
    case ValueKind::real32:
    case ValueKind::bit:
      return number_text(source, from);
    case ValueKind::date:
    case ValueKind::datetime:
    case ValueKind::timestamp:
      return iso_text(source, from, options);
    case ValueKind::text:
    case ValueKind::binary:
    case ValueKind::enumeration:
    case ValueKind::set:
      return text_form(source, from);
    case ValueKind::json:
      return json_text(source, from, options.flavor);
    case ValueKind::geometry:
      return {utf8(call("ST_AsText", {source})), nullptr};
    default:  // TIME, YEAR, UUID, INET6: as the server prints them
      return {char_of(source), nullptr};
  }
}

Converted to_json_member(const ExprPtr& source, const ValueType& from, const ConvertOptions& options) {
  if (is_number(from)) return {number_member(source, from), nullptr};
  if (from.kind == ValueKind::null) return {null_lit(), nullptr};
  if (from.kind == ValueKind::json) {
    if (options.flavor == Flavor::mysql) return {source, nullptr};
    Converted text = json_text(source, from, options.flavor);
    return {as_json(text.value), text.error};
  }
  return to_text_form(source, from, options);
}

ExprPtr first_error(const ExprPtr& a, const ExprPtr& b) {
  if (!a || !b) return a ? a : b;
  return call("COALESCE", {a, b});
}

}  // namespace migrate
