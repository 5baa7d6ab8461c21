// Times: iso_text(), utc_time() of convert_internal.h; fixed_offset(), probe_time_zone() of convert.h.
//
// What the servers do in silence, and what is done about it here:
// - A date may be 0000-00-00, lack month or day, or (under ALLOW_INVALID_DATES) be the 30th of February. LAST_DAY of it
//   is NULL or an earlier day, whatever the sql_mode: then it is a dead letter, or what `zero_dates` says.
// - Interval arithmetic that ends in year 0000 gives NULL on MariaDB and 0000-00-00 on MySQL: the years 0000 and 0001
//   are shifted 2000 years later, where the calendar is the same, and put back.
// - CONVERT_TZ leaves what lies outside its range (1970 to 2038, or 3001 on newer MySQL) as it is: converting to two
//   zones an hour apart then gives the same time twice. A time that the zone's clocks skip, as they go forward, comes
//   back as another one: no moment has that local time. An hour that comes twice is the first one on both servers.
#include <cstdlib>

#include "base/text.h"
#include "sql/convert_internal.h"
#include "sql/print.h"

namespace migrate {
namespace conversion {
namespace {

ExprPtr iso(const ExprPtr& time) {
  return call("CONCAT", {call("REPLACE", {char_of(time), lit(" "), lit("T")}), lit("Z")});
}

std::string two_digits(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

struct Utc {
  ExprPtr in_range;  // null: always
  ExprPtr time;      // as DATETIME, where it can be one
  ExprPtr text;      // as ISO 8601
};

Utc by_offset(const ExprPtr& source, int minutes) {
  if (minutes == 0) return {nullptr, source, iso(source)};
  const int size = std::abs(minutes);
  auto shift = [&](const ExprPtr& time) { return op(minutes > 0 ? "-" : "+", {time, interval(num(size), "MINUTE")}); };
  const ExprPtr later = shift(op("+", {source, interval(num(2000), "YEAR")}));
  const ExprPtr early_text =
      call("CONCAT", {call("LPAD", {op("-", {call("YEAR", {later}), num(2000)}), num(4), lit("0")}),
                      call("SUBSTRING", {iso(later), num(5)})});
  const ExprPtr late = op(">", {call("YEAR", {source}), num(1)});
  const ExprPtr limit =
      minutes > 0 ? op(">=", {source, lit("0000-01-01 " + two_digits(size / 60) + ":" + two_digits(size % 60) + ":00")})
                  : op("<=", {source, lit("9999-12-31 " + two_digits((24 * 60 - 1 - size) / 60) + ":" +
                                          two_digits((24 * 60 - 1 - size) % 60) + ":59.999999")});
  return {limit,
          case_when({{late, shift(source)}}, cast(call("REPLACE", {early_text, lit("Z"), lit("")}), "DATETIME(6)")),
          case_when({{late, iso(shift(source))}}, early_text)};
}

Utc by_name(const ExprPtr& source, const std::string& zone) {
  auto to = [&](const char* offset) { return call("CONVERT_TZ", {source, lit(zone), lit(offset)}); };
  const ExprPtr utc = to("+00:00");
  ExprPtr back = call("CONVERT_TZ", {utc, lit("+00:00"), lit(zone)});
  return {all_of({op("<>", {utc, to("+01:00")}), op("=", {back, source})}), utc, iso(utc)};
}

Utc utc_of(const ExprPtr& source, const ValueType& from, const ConvertOptions& options) {
  if (from.kind == ValueKind::date) return {nullptr, source, char_of(source)};
  if (from.kind == ValueKind::timestamp) return by_offset(source, 0);
  const std::optional<int> offset = fixed_offset(options.time_zone);
  return offset ? by_offset(source, *offset) : by_name(source, options.time_zone);
}

Converted with_checks(const ExprPtr& source, const ConvertOptions& options, const ExprPtr& in_range, ExprPtr value,
                      const ExprPtr& as_it_is) {
  const ExprPtr whole = whole_date(source);
  Converted result;
  std::vector<std::pair<ExprPtr, ExprPtr>> branches{{all_of({whole, in_range}), std::move(value)}};
  // DAYOFMONTH, as `x IS NULL` is true of 0000-00-00 in a NOT NULL column, where a WHERE says it.
  const ExprPtr given = is_not_null(call("DAYOFMONTH", {source}));
  if (options.zero_dates == ZeroDates::text) branches.push_back({all_of({given, not_(whole)}), as_it_is});
  result.value = case_when(std::move(branches));
  std::vector<std::pair<ExprPtr, ExprPtr>> errors{{all_of({whole, in_range}), null_lit()}};
  if (in_range) errors.push_back({whole, lit("conversion")});
  if (options.zero_dates == ZeroDates::dead) errors.push_back({given, lit("zero_date")});
  if (in_range || options.zero_dates == ZeroDates::dead) result.error = case_when(std::move(errors));
  return result;
}

}  // namespace

ExprPtr whole_date(const ExprPtr& date) {
  return between(call("DAYOFMONTH", {date}), num(1), call("DAYOFMONTH", {call("LAST_DAY", {date})}));
}

bool is_time(const ValueType& type) {
  return type.kind == ValueKind::date || type.kind == ValueKind::datetime || type.kind == ValueKind::timestamp;
}

Converted iso_text(const ExprPtr& source, const ValueType& from, const ConvertOptions& options) {
  Utc utc = utc_of(source, from, options);
  return with_checks(source, options, utc.in_range, utc.text,
                     from.kind == ValueKind::date ? char_of(source) : iso(source));
}

Converted utc_time(const ExprPtr& source, const ValueType& from, const ConvertOptions& options) {
  Utc utc = utc_of(source, from, options);
  return with_checks(source, options, utc.in_range, utc.time, source);
}

}  // namespace conversion

std::optional<int> fixed_offset(std::string_view zone) {
  zone = trim(zone);
  for (std::string_view name : {"Z", "UTC", "Etc/UTC", "GMT", "Etc/GMT"}) {
    if (equal_ignoring_case(zone, name)) return 0;
  }
  if (zone.size() < 5 || zone.size() > 6 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const std::string_view digits = zone.substr(1);
  const size_t colon = digits.find(':');
  if (colon == std::string_view::npos || colon == 0 || digits.size() - colon != 3) return std::nullopt;
  int hours = 0, minutes = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i == colon) continue;
    if (digits[i] < '0' || digits[i] > '9') return std::nullopt;
    int& part = i < colon ? hours : minutes;
    part = part * 10 + (digits[i] - '0');
  }
  if (hours > 14 || minutes > 59) return std::nullopt;
  const int total = hours * 60 + minutes;
  return zone[0] == '-' ? -total : total;
}

Result<void> probe_time_zone(SqlConnection& connection, const std::string& time_zone) {
  if (fixed_offset(time_zone)) return {};
  TRY(rows,
      connection.query("SELECT CONVERT_TZ('2024-01-01 00:00:00', " + connection.quote(time_zone) + ", '+00:00')"));
  if (!rows.empty() && !rows[0].empty() && rows[0][0]) return {};
  return Error(ErrorKind::project_value,
               "source.time_zone: the server " + connection.peer() + " does not know the zone '" + time_zone + "'",
               "write an offset such as \"+02:00\", or load the server's time zone tables (mysql_tzinfo_to_sql) and "
               "check the name");
}

}  // namespace migrate
