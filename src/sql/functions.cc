// The list of functions and their types: function_type() of functions.h. Types are those of MySQL 8.0's manual,
// chapter 12; MariaDB's agree.
#include "sql/functions.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/text.h"

namespace migrate {
namespace {

enum class Gives {
  text,
  text_of_first,  // bytes of bytes
  text_of_all,    // bytes when one of the arguments is
  text_of_text,   // its arguments must be text
  integer,
  decimal,
  floating,
  date,
  datetime,
  time,
  binary,
  json,
  first,
  merged,
  second_on,
  rounded,
  shifted_date,
  unix_time
};

struct FunctionRule {
  std::string_view name;
  size_t min, max;
  Gives gives;
  bool deterministic = true;
};

constexpr size_t MANY = 1000;

constexpr FunctionRule RULES[] = {
    // texts
    {"CONCAT", 1, MANY, Gives::text_of_all},
    {"CONCAT_WS", 2, MANY, Gives::text_of_all},
    {"UPPER", 1, 1, Gives::text_of_first},
    {"UCASE", 1, 1, Gives::text_of_first},
    {"LOWER", 1, 1, Gives::text_of_first},
    {"LCASE", 1, 1, Gives::text_of_first},
    {"TRIM", 1, 1, Gives::text_of_first},
    {"LTRIM", 1, 1, Gives::text_of_first},
    {"RTRIM", 1, 1, Gives::text_of_first},
    {"SUBSTRING", 2, 3, Gives::text_of_first},
    {"SUBSTR", 2, 3, Gives::text_of_first},
    {"MID", 3, 3, Gives::text_of_first},
    {"LEFT", 2, 2, Gives::text_of_first},
    {"RIGHT", 2, 2, Gives::text_of_first},
    {"REPLACE", 3, 3, Gives::text_of_all},
    {"LPAD", 3, 3, Gives::text_of_all},
    {"RPAD", 3, 3, Gives::text_of_all},
    {"REPEAT", 2, 2, Gives::text_of_first},
    {"REVERSE", 1, 1, Gives::text_of_first},
    {"SPACE", 1, 1, Gives::text},
    {"SUBSTRING_INDEX", 3, 3, Gives::text_of_all},
    {"INSERT", 4, 4, Gives::text_of_all},
    {"ELT", 2, MANY, Gives::text_of_all},
    {"FORMAT", 2, 3, Gives::text},
    {"HEX", 1, 1, Gives::text},
    {"UNHEX", 1, 1, Gives::binary},
    {"TO_BASE64", 1, 1, Gives::text},
    {"FROM_BASE64", 1, 1, Gives::binary},
    {"MD5", 1, 1, Gives::text},
    {"SHA1", 1, 1, Gives::text},
    {"SHA", 1, 1, Gives::text},
    {"SHA2", 2, 2, Gives::text},
    {"QUOTE", 1, 1, Gives::text_of_first},
    {"SOUNDEX", 1, 1, Gives::text_of_first},
    {"BIN", 1, 1, Gives::text},
    {"OCT", 1, 1, Gives::text},
    {"CONV", 3, 3, Gives::text},
    {"REGEXP_REPLACE", 3, 3, Gives::text_of_text},
    {"REGEXP_SUBSTR", 2, 2, Gives::text_of_text},
    {"INET_NTOA", 1, 1, Gives::text},
    {"INET6_NTOA", 1, 1, Gives::text},
    {"INET6_ATON", 1, 1, Gives::binary},
    {"INET_ATON", 1, 1, Gives::integer},
    {"CHAR_LENGTH", 1, 1, Gives::integer},
    {"CHARACTER_LENGTH", 1, 1, Gives::integer},
    {"LENGTH", 1, 1, Gives::integer},
    {"OCTET_LENGTH", 1, 1, Gives::integer},
    {"BIT_LENGTH", 1, 1, Gives::integer},
    {"INSTR", 2, 2, Gives::integer},
    {"LOCATE", 2, 3, Gives::integer},
    {"FIELD", 2, MANY, Gives::integer},
    {"FIND_IN_SET", 2, 2, Gives::integer},
    {"CRC32", 1, 1, Gives::integer},
    {"ASCII", 1, 1, Gives::integer},
    {"ORD", 1, 1, Gives::integer},
    {"STRCMP", 2, 2, Gives::integer},
    // numbers
    {"ABS", 1, 1, Gives::first},
    {"CEIL", 1, 1, Gives::rounded},
    {"CEILING", 1, 1, Gives::rounded},
    {"FLOOR", 1, 1, Gives::rounded},
    {"ROUND", 1, 2, Gives::first},
    {"TRUNCATE", 2, 2, Gives::first},
    {"MOD", 2, 2, Gives::merged},
    {"POW", 2, 2, Gives::floating},
    {"POWER", 2, 2, Gives::floating},
    {"SQRT", 1, 1, Gives::floating},
    {"EXP", 1, 1, Gives::floating},
    {"LN", 1, 1, Gives::floating},
    {"LOG", 1, 2, Gives::floating},
    {"LOG2", 1, 1, Gives::floating},
    {"LOG10", 1, 1, Gives::floating},
    {"SIGN", 1, 1, Gives::integer},
    {"SIN", 1, 1, Gives::floating},
    {"COS", 1, 1, Gives::floating},
    {"TAN", 1, 1, Gives::floating},
    {"ASIN", 1, 1, Gives::floating},
    {"ACOS", 1, 1, Gives::floating},
    {"ATAN", 1, 2, Gives::floating},
    {"ATAN2", 2, 2, Gives::floating},
    {"PI", 0, 0, Gives::floating},
    {"DEGREES", 1, 1, Gives::floating},
    {"RADIANS", 1, 1, Gives::floating},
    {"BIT_COUNT", 1, 1, Gives::integer},
    {"GREATEST", 2, MANY, Gives::merged},
    {"LEAST", 2, MANY, Gives::merged},
    // choices
    {"IF", 3, 3, Gives::second_on},
    {"IFNULL", 2, 2, Gives::merged},
    {"NULLIF", 2, 2, Gives::first},
    {"COALESCE", 1, MANY, Gives::merged},
    {"ISNULL", 1, 1, Gives::integer},
    // dates and times
    {"DATE", 1, 1, Gives::date},
    {"TIME", 1, 1, Gives::time},
    {"TIMESTAMP", 1, 2, Gives::datetime},
    {"YEAR", 1, 1, Gives::integer},
    {"MONTH", 1, 1, Gives::integer},
    {"DAY", 1, 1, Gives::integer},
    {"DAYOFMONTH", 1, 1, Gives::integer},
    {"DAYOFWEEK", 1, 1, Gives::integer},
    {"DAYOFYEAR", 1, 1, Gives::integer},
    {"WEEKDAY", 1, 1, Gives::integer},
    {"WEEK", 1, 2, Gives::integer},
    {"WEEKOFYEAR", 1, 1, Gives::integer},
    {"YEARWEEK", 1, 2, Gives::integer},
    {"QUARTER", 1, 1, Gives::integer},
    {"HOUR", 1, 1, Gives::integer},
    {"MINUTE", 1, 1, Gives::integer},
    {"SECOND", 1, 1, Gives::integer},
    {"MICROSECOND", 1, 1, Gives::integer},
    {"MONTHNAME", 1, 1, Gives::text},
    {"DAYNAME", 1, 1, Gives::text},
    {"LAST_DAY", 1, 1, Gives::date},
    {"DATE_ADD", 2, 2, Gives::shifted_date},
    {"ADDDATE", 2, 2, Gives::shifted_date},
    {"DATE_SUB", 2, 2, Gives::shifted_date},
    {"SUBDATE", 2, 2, Gives::shifted_date},
    {"DATEDIFF", 2, 2, Gives::integer},
    {"TIMEDIFF", 2, 2, Gives::time},
    {"ADDTIME", 2, 2, Gives::first},
    {"SUBTIME", 2, 2, Gives::first},
    {"TIMESTAMPDIFF", 3, 3, Gives::integer},
    {"TIMESTAMPADD", 3, 3, Gives::datetime},
    {"DATE_FORMAT", 2, 2, Gives::text},
    {"TIME_FORMAT", 2, 2, Gives::text},
    {"STR_TO_DATE", 2, 2, Gives::datetime},
    {"FROM_UNIXTIME", 1, 2, Gives::unix_time},
    {"UNIX_TIMESTAMP", 1, 1, Gives::decimal},
    {"FROM_DAYS", 1, 1, Gives::date},
    {"TO_DAYS", 1, 1, Gives::integer},
    {"TO_SECONDS", 1, 1, Gives::integer},
    {"MAKEDATE", 2, 2, Gives::date},
    {"MAKETIME", 3, 3, Gives::time},
    {"SEC_TO_TIME", 1, 1, Gives::time},
    {"TIME_TO_SEC", 1, 1, Gives::integer},
    {"PERIOD_ADD", 2, 2, Gives::integer},
    {"PERIOD_DIFF", 2, 2, Gives::integer},
    {"CONVERT_TZ", 3, 3, Gives::datetime},
    {"NOW", 0, 1, Gives::datetime, false},
    {"CURRENT_TIMESTAMP", 0, 1, Gives::datetime, false},
    {"LOCALTIME", 0, 1, Gives::datetime, false},
    {"LOCALTIMESTAMP", 0, 1, Gives::datetime, false},
    {"UTC_TIMESTAMP", 0, 1, Gives::datetime, false},
    {"CURDATE", 0, 0, Gives::date, false},
    {"CURRENT_DATE", 0, 0, Gives::date, false},
    {"UTC_DATE", 0, 0, Gives::date, false},
    {"CURTIME", 0, 1, Gives::time, false},
    {"CURRENT_TIME", 0, 1, Gives::time, false},
    {"UTC_TIME", 0, 1, Gives::time, false},
    // JSON and geometry
    {"JSON_EXTRACT", 2, MANY, Gives::json},
    {"JSON_UNQUOTE", 1, 1, Gives::text_of_text},
    {"JSON_OBJECT", 0, MANY, Gives::json},
    {"JSON_ARRAY", 0, MANY, Gives::json},
    {"JSON_LENGTH", 1, 2, Gives::integer},
    {"JSON_VALID", 1, 1, Gives::integer},
    {"JSON_TYPE", 1, 1, Gives::text},
    {"JSON_KEYS", 1, 2, Gives::json},
    {"JSON_CONTAINS", 2, 3, Gives::integer},
    {"JSON_CONTAINS_PATH", 3, MANY, Gives::integer},
    {"JSON_SEARCH", 3, MANY, Gives::json},
    {"JSON_QUOTE", 1, 1, Gives::text_of_text},
    {"JSON_SET", 3, MANY, Gives::json},
    {"JSON_INSERT", 3, MANY, Gives::json},
    {"JSON_REPLACE", 3, MANY, Gives::json},
    {"JSON_REMOVE", 2, MANY, Gives::json},
    {"JSON_MERGE_PATCH", 2, MANY, Gives::json},
    {"JSON_MERGE_PRESERVE", 2, MANY, Gives::json},
    {"JSON_DEPTH", 1, 1, Gives::integer},
    {"ST_ASTEXT", 1, 1, Gives::text},
    {"ST_X", 1, 1, Gives::floating},
    {"ST_Y", 1, 1, Gives::floating},
    {"ST_ASGEOJSON", 1, 2, Gives::json},
    {"ST_DISTANCE", 2, 2, Gives::floating},
};

constexpr std::array<std::string_view, 9> AGGREGATES = {
    "COUNT", "SUM", "AVG", "MIN", "MAX", "GROUP_CONCAT", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "ANY_VALUE"};
constexpr std::array<std::string_view, 6> RANDOM = {"RAND",         "UUID",    "UUID_SHORT",
                                                    "RANDOM_BYTES", "SYSDATE", "SYS_GUID"};

const std::unordered_map<std::string_view, const FunctionRule*>& rules() {
  static const auto* map = [] {
    auto* m = new std::unordered_map<std::string_view, const FunctionRule*>;
    for (const FunctionRule& r : RULES) m->emplace(r.name, &r);
    return m;
  }();
  return *map;
}

bool real(ValueKind k) { return k == ValueKind::real || k == ValueKind::real32; }

ValueType decimal_type(int scale) {
  ValueType t = computed_type(ValueKind::decimal);
  t.precision = 65;
  t.scale = scale;
  return t;
}

FunctionProblem unknown(std::string_view name) {
  if (std::find(AGGREGATES.begin(), AGGREGATES.end(), name) != AGGREGATES.end())
    return {std::string(name) + "() stands for many rows", "use a calculation of type `aggregate`"};
  if (std::find(RANDOM.begin(), RANDOM.end(), name) != RANDOM.end())
    return {std::string(name) + "() gives another value at each look, so no run could be checked",
            "use a column of the source"};
  std::string hint = did_you_mean(name, function_names());
  if (hint.empty()) hint = "only the functions that docs/contract.md lists can be called";
  return {"the function " + printable(name) + "() is not known here", hint};
}

}  // namespace

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const FunctionRule& r : RULES) names.emplace_back(r.name);
  return names;
}

bool is_number(ValueKind k) {
  return k == ValueKind::integer || k == ValueKind::decimal || k == ValueKind::real || k == ValueKind::real32 ||
         k == ValueKind::year || k == ValueKind::bit;
}

bool is_bytes(ValueKind k) { return k == ValueKind::binary || k == ValueKind::geometry || k == ValueKind::bit; }

bool is_date(ValueKind k) { return k == ValueKind::date || k == ValueKind::datetime || k == ValueKind::timestamp; }

ValueType merge_types(const ValueType& a, const ValueType& b) {
  if (a.kind == ValueKind::null) return b;
  if (b.kind == ValueKind::null) return a;
  if (is_number(a.kind) && is_number(b.kind)) {
    if (real(a.kind) || real(b.kind)) return computed_type(ValueKind::real);
    if (a.kind == ValueKind::decimal || b.kind == ValueKind::decimal) return decimal_type(std::max(a.scale, b.scale));
    return computed_type(ValueKind::integer);
  }
  if (is_date(a.kind) && is_date(b.kind)) {
    if (a.kind == b.kind) return a.column ? a : b;
    return computed_type(a.kind == ValueKind::timestamp || b.kind == ValueKind::timestamp ? ValueKind::timestamp
                                                                                          : ValueKind::datetime);
  }
  if (a.kind == b.kind && a.kind != ValueKind::enumeration && a.kind != ValueKind::set)
    return a.kind == ValueKind::text || a.kind == ValueKind::binary ? computed_type(a.kind) : a;
  return computed_type(is_bytes(a.kind) || is_bytes(b.kind) ? ValueKind::binary : ValueKind::text);
}

bool time_meets_date(const std::vector<ValueType>& types) {
  const auto any = [&](auto is) { return std::any_of(types.begin(), types.end(), is); };
  return any([](const ValueType& t) { return t.kind == ValueKind::time; }) &&
         any([](const ValueType& t) { return is_date(t.kind); });
}

bool shows_date(std::string_view format) {
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] == '%' && std::string_view("HIfhiklprSsT%").find(format[++i]) == std::string_view::npos) return true;
  }
  return false;
}

ValueType arithmetic_type(std::string_view op, const ValueType& a, const ValueType& b) {
  auto exact = [](ValueKind k) { return is_number(k) && !real(k); };
  if (op == "DIV") return computed_type(ValueKind::integer);
  if (!exact(a.kind) || !exact(b.kind)) return computed_type(ValueKind::real);
  if (op == "/") return decimal_type(std::min(30, a.scale + 4));
  if (a.kind != ValueKind::decimal && b.kind != ValueKind::decimal) return computed_type(ValueKind::integer);
  return decimal_type(std::min(30, op == "*" ? a.scale + b.scale : std::max(a.scale, b.scale)));
}

namespace {

// Which argument the server turns into a DATETIME, -1: none. A TIME gets the current date then ("Conversion Between
// Date and Time Types" in MySQL's manual).
int date_argument(std::string_view name) {
  constexpr std::string_view FIRST[] = {
      "DATE",        "TIMESTAMP", "YEAR",     "MONTH",   "DAY",        "DAYOFMONTH", "DAYOFWEEK",
      "DAYOFYEAR",   "WEEKDAY",   "WEEK",     "QUARTER", "YEARWEEK",   "DAYNAME",    "WEEKOFYEAR",
      "DATE_FORMAT", "MONTHNAME", "LAST_DAY", "TO_DAYS", "TO_SECONDS", "CONVERT_TZ", "UNIX_TIMESTAMP"};
  if (std::find(std::begin(FIRST), std::end(FIRST), name) != std::end(FIRST)) return 0;
  return name == "TIMESTAMPADD" ? 2 : -1;
}

bool needs_today(std::string_view name, Gives gives, const std::vector<ValueType>& args) {
  const auto is_time = [&](size_t i) { return i < args.size() && args[i].kind == ValueKind::time; };
  if (gives == Gives::shifted_date) return is_time(0) && args[1].kind != ValueKind::datetime;  // by days, not by hours
  if (gives == Gives::merged || gives == Gives::second_on || name == "NULLIF" || name == "TIMESTAMPDIFF" ||
      name == "DATEDIFF") {
    return time_meets_date(args);
  }
  const int argument = date_argument(name);
  return argument >= 0 && is_time(static_cast<size_t>(argument));
}

}  // namespace

std::optional<FunctionCall> function_type(std::string_view name, const std::vector<ValueType>& args,
                                          FunctionProblem& problem) {
  auto found = rules().find(name);
  if (found == rules().end()) {
    problem = unknown(name);
    return std::nullopt;
  }
  const FunctionRule& rule = *found->second;
  if (args.size() < rule.min || args.size() > rule.max) {
    problem = {std::string(name) + "() takes " +
                   (rule.min == rule.max ? plural(rule.min, "argument")
                    : rule.max == MANY   ? "at least " + plural(rule.min, "argument")
                                         : std::to_string(rule.min) + " to " + plural(rule.max, "argument")) +
                   ", not " + std::to_string(args.size()),
               "see the server's manual for " + std::string(name) + "()"};
    return std::nullopt;
  }
  FunctionCall call{computed_type(ValueKind::text), rule.deterministic};
  auto give = [&](ValueKind kind) { call.type = computed_type(kind); };
  auto merged = [&](size_t from) {
    ValueType type = args[from];
    for (size_t i = from + 1; i < args.size(); ++i) type = merge_types(type, args[i]);
    return type;
  };
  switch (rule.gives) {
    case Gives::text:
      break;
    case Gives::text_of_first:
      if (is_bytes(args[0].kind)) give(ValueKind::binary);
      break;
    case Gives::text_of_all:
      if (std::any_of(args.begin(), args.end(), [](const ValueType& t) { return is_bytes(t.kind); }))
        give(ValueKind::binary);
      break;
    case Gives::text_of_text:
      call.takes_text = true;
      break;
    case Gives::integer:
      give(ValueKind::integer);
      break;
    case Gives::decimal:
      call.type = decimal_type(6);
      break;
    case Gives::floating:
      give(ValueKind::real);
      break;
    case Gives::date:
      give(ValueKind::date);
      break;
    case Gives::datetime:
      give(rule.deterministic ? ValueKind::datetime : ValueKind::timestamp);
      break;
    case Gives::time:
      give(ValueKind::time);
      break;
    case Gives::binary:
      give(ValueKind::binary);
      break;
    case Gives::json:
      give(ValueKind::json);
      break;
    case Gives::first:
      call.type = args[0];
      call.type.zerofill = false;
      if ((name == "ABS" || name == "ROUND" || name == "TRUNCATE") && !is_number(args[0].kind)) give(ValueKind::real);
      break;
    case Gives::rounded:
      give(real(args[0].kind) || !is_number(args[0].kind) ? ValueKind::real : ValueKind::integer);
      break;
    case Gives::merged:
      call.type = name == "MOD" ? arithmetic_type("%", args[0], args[1]) : merged(0);
      break;
    case Gives::second_on:
      call.type = merged(1);
      break;
    case Gives::shifted_date:
      call.type = args[0];
      if (is_date(args[0].kind) && is_date(args[1].kind)) call.type = merge_types(args[0], args[1]);
      break;
    case Gives::unix_time:
      give(args.size() == 1 ? ValueKind::timestamp : ValueKind::text);
      break;
  }
  if (needs_today(name, rule.gives, args)) call.deterministic = false;
  return call;
}

}  // namespace migrate
