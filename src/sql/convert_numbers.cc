// Numbers: number_text(), number_value(), number_member() of convert_internal.h, and number_format() of convert.h.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "sql/convert_internal.h"
#include "sql/view.h"

namespace migrate {

ExprPtr beside_floats(const ExprPtr& text) {
  const std::string mark(1, FLOAT_OPEN);
  if (text->kind == ExprKind::text) return lit(replace_all(text->text, mark, mark + mark));
  return call("REPLACE", {text, lit(mark), lit(mark + mark)});
}

bool any_floats(const std::vector<Converted>& texts) {
  return std::any_of(texts.begin(), texts.end(), [](const Converted& t) { return t.has_floats; });
}

std::vector<ExprPtr> with_marks(const std::vector<Converted>& texts) {
  const bool floats = any_floats(texts);
  std::vector<ExprPtr> out;
  for (const Converted& t : texts) out.push_back(floats && !t.has_floats ? beside_floats(t.value) : t.value);
  return out;
}

namespace conversion {
namespace {

// FLOAT(M,D) and DOUBLE(M,D) print D decimals, and a bare FLOAT six digits; as a product of DOUBLEs both are exact.
ExprPtr exact(const ExprPtr& source) { return op("*", {source, num("1e0")}); }

Converted marked_float(const ExprPtr& source) {
  Converted result;
  result.value = call("CONCAT", {lit(std::string(1, FLOAT_OPEN)), exact(source), lit(std::string(1, FLOAT_CLOSE))});
  result.has_floats = true;
  return result;
}

}  // namespace

bool is_number(const ValueType& type) {
  return type.kind == ValueKind::integer || type.kind == ValueKind::decimal || type.kind == ValueKind::real ||
         type.kind == ValueKind::real32 || type.kind == ValueKind::bit;
}

Converted number_text(const ExprPtr& source, const ValueType& from) {
  if (from.kind == ValueKind::real32) return marked_float(source);
  if (from.kind == ValueKind::real) return {char_of(exact(source)), nullptr};
  if (from.kind == ValueKind::bit) return {char_of(op("+", {source, num(0)})), nullptr};
  return {char_of(source), nullptr};
}

Converted number_value(const ExprPtr& source, const ValueType& from) {
  switch (from.kind) {
    case ValueKind::integer:
      return {char_of(from.zerofill ? cast(source, "UNSIGNED") : source), nullptr};
    case ValueKind::year:
    case ValueKind::enumeration:
      return {char_of(op("+", {source, num(0)})), nullptr};
    case ValueKind::bit:
      return number_text(source, from);
    default: {
      Converted result = number_text(source, from);
      // A DECIMAL without decimals and with at most 38 digits is canonical as it is printed.
      const bool plain =
          from.kind == ValueKind::decimal && from.column && from.scale == 0 && from.precision <= 38 && !from.zerofill;
      result.canonical_number = !plain;
      return result;
    }
  }
}

ExprPtr number_member(const ExprPtr& source, const ValueType& from) {
  switch (from.kind) {
    case ValueKind::integer:  // ZEROFILL would print its zeros, a comparison true or false
      if (!from.column) return op("+", {source, num(0)});
      return from.zerofill ? cast(source, "UNSIGNED") : source;
    case ValueKind::decimal:
      return from.zerofill ? op("+", {source, num(0)}) : source;
    case ValueKind::bit:
      return op("+", {source, num(0)});
    default:
      return exact(source);
  }
}

}  // namespace conversion

namespace {

// "0.00", "2" and "%.2f" → 2.
std::optional<int> decimals_of(std::string_view format) {
  auto digits = [](std::string_view s) {
    return !s.empty() && s.size() <= 2 && s.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (format == "0") return 0;
  if (format.starts_with("0.") && format.find_first_not_of('0', 2) == std::string_view::npos && format.size() > 2)
    return static_cast<int>(format.size()) - 2;
  if (format.starts_with("%.") && format.ends_with("f")) { format = format.substr(2, format.size() - 3); }
  if (!digits(format)) return std::nullopt;
  return std::stoi(std::string(format));
}

}  // namespace

Result<Transformed> number_format(const ExprPtr& source, const ValueType& from, std::string_view format) {
  if (!conversion::is_number(from) && from.kind != ValueKind::year)
    return Error(ErrorKind::contract_value, "number-format takes a number, not " + from.name,
                 "leave the transformation out, or use a column that is a number");
  std::optional<int> decimals = decimals_of(trim(format));
  if (!decimals || *decimals > 30)
    return Error(ErrorKind::contract_value, "'" + std::string(format) + "' is no number format",
                 "write the number of decimals, at most 30: 0.00, 2 or %.2f");
  Transformed result;
  result.type = computed_type(ValueKind::decimal);
  result.type.scale = *decimals;
  result.type.precision = 65;
  const bool real = from.kind == ValueKind::real || from.kind == ValueKind::real32;
  ExprPtr number = real ? op("*", {source, num("1e0")}) : op("+", {source, num(0)});
  ExprPtr fixed = cast(number, "DECIMAL(65," + std::to_string(*decimals) + ")");
  // What does not fit is cut to 999…, with no more than a warning.
  const int whole = 64 - *decimals;
  const bool fits = from.kind == ValueKind::integer || from.kind == ValueKind::bit || from.kind == ValueKind::year ||
                    (from.kind == ValueKind::decimal && from.precision > 0 && from.precision - from.scale <= whole);
  if (fits) {
    result.value = fixed;
    return result;
  }
  Converted checked = conversion::checked(
      source, op("<", {call("ABS", {number}), num("1" + std::string(static_cast<size_t>(whole), '0'))}), fixed,
      "number_range");
  result.value = checked.value;
  result.error = checked.error;
  return result;
}

}  // namespace migrate
