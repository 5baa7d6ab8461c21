// date_format() of convert.h.
#include <vector>

#include "base/text.h"
#include "sql/convert_internal.h"

namespace migrate {

using namespace conversion;

namespace {

// A format, cut into what DATE_FORMAT and STR_TO_DATE know and the milliseconds, which they do not.
struct Format {
  std::vector<std::string> parts;  // DATE_FORMAT's language; "" stands for SSS
  bool year = false, month = false, day = false, time = false;

  bool any() const { return year || month || day || time; }
};

Format parse_format(std::string_view format) {
  struct Letters {
    std::string_view written, specifier;
  };
  static constexpr Letters known[] = {{"YYYY", "%Y"}, {"yyyy", "%Y"}, {"MM", "%m"}, {"DD", "%d"},
                                      {"dd", "%d"},   {"HH", "%H"},   {"mm", "%i"}, {"ss", "%s"}};
  Format result;
  std::string part;
  auto flush = [&] {
    if (!part.empty()) result.parts.push_back(std::move(part));
    part.clear();
  };
  for (size_t i = 0; i < format.size();) {
    const std::string_view rest = format.substr(i);
    if (rest.starts_with("SSS")) {
      flush();
      result.parts.emplace_back();
      result.time = true;
      i += 3;
      continue;
    }
    const Letters* found = nullptr;
    for (const Letters& k : known) {
      if (rest.starts_with(k.written)) found = &k;
    }
    if (!found) {
      part += rest[0] == '%' ? "%%" : std::string(1, rest[0]);
      ++i;
      continue;
    }
    part += found->specifier;
    i += found->written.size();
    const char letter = found->specifier[1];
    (letter == 'Y' ? result.year : letter == 'm' ? result.month : letter == 'd' ? result.day : result.time) = true;
  }
  flush();
  return result;
}

ExprPtr formatted(const ExprPtr& time, const Format& format) {
  std::vector<ExprPtr> pieces;
  for (const std::string& part : format.parts) {
    if (part.empty())
      pieces.push_back(call("LEFT", {call("DATE_FORMAT", {time, lit("%f")}), num(3)}));
    else
      pieces.push_back(call("DATE_FORMAT", {time, lit(part)}));
  }
  return pieces.size() == 1 ? pieces[0] : call("CONCAT", pieces);
}

Error bad_format(std::string_view what, std::string_view format) {
  return Error(ErrorKind::contract_value, std::string(what) + " '" + std::string(format) + "' names no part of a time",
               "use YYYY, MM, DD, HH, mm, ss and SSS, for example YYYY-MM-DD");
}

// Text, read as `source_format` says, strictly: printed in the same format it must give the same text again, since
// STR_TO_DATE takes missing zeros, blanks, the 30th of February, and anything that follows.
Result<Transformed> parsed_text(const ExprPtr& source, const ValueType& from, std::string_view source_format) {
  const Format format = parse_format(source_format);
  if (!format.any()) return bad_format("source_format", source_format);
  if (!format.year || !format.month || !format.day)
    return Error(ErrorKind::contract_value,
                 "source_format '" + std::string(source_format) + "' does not name a whole date",
                 "it needs YYYY, MM and DD");
  const ExprPtr text = utf8(source);
  std::string pattern;
  for (const std::string& part : format.parts) pattern += part.empty() ? "%f" : part;
  const ExprPtr time = call("STR_TO_DATE", {text, lit(pattern)});
  Converted converted = checked(source,
                                all_of({op("=", {bytes_of(formatted(time, format)), bytes_of(text)}), whole_date(time),
                                        valid_text(source, from)}),
                                time);
  Transformed result{converted.value, computed_type(format.time ? ValueKind::timestamp : ValueKind::date),
                     converted.error};
  return result;
}

Transformed from_unix(const ExprPtr& source) {
  // FROM_UNIXTIME ends in 2038 and knows no time before 1970.
  const ExprPtr time = op("+", {cast(lit("1970-01-01 00:00:00"), "DATETIME"), interval(source, "SECOND")});
  // From year 1 to 9999: beyond, MySQL gives 0000-00-00 and MariaDB NULL.
  Converted converted = checked(source, between(source, num("-62135596800"), num("253402300799")), time);
  return {converted.value, computed_type(ValueKind::timestamp), converted.error};
}

}  // namespace

Result<Transformed> date_format(const ExprPtr& source, const ValueType& from, std::string_view format,
                                std::string_view source_format, const ConvertOptions& options) {
  Transformed time{source, from, nullptr};
  if (from.kind == ValueKind::text) {
    // Without a source_format no text is a time: each row that has one is a dead letter.
    if (source_format.empty())
      return Transformed{null_lit(), computed_type(ValueKind::text),
                         case_when({{is_not_null(source), lit("conversion")}})};
    TRY(parsed, parsed_text(source, from, source_format));
    time = parsed;
  } else if (from.kind == ValueKind::integer) {
    if (source_format != "unix")
      return Error(ErrorKind::contract_value, "date-format of " + from.name + " needs source_format \"unix\"",
                   "write \"source_format\": \"unix\" for seconds since 1970");
    time = from_unix(source);
  } else if (!is_time(from)) {
    return Error(ErrorKind::contract_value,
                 "date-format takes a date, a time stamp, text or unix seconds, not " + from.name,
                 "leave the transformation out, or use another column");
  }
  if (format.empty()) return time;
  const Format target = parse_format(format);
  if (!target.any()) return bad_format("format", format);
  Converted utc = utc_time(time.value, time.type, options);
  Transformed result;
  result.value = formatted(utc.value, target);
  result.type = computed_type(ValueKind::text);
  result.error = first_error(time.error, utc.error);
  return result;
}

}  // namespace migrate
