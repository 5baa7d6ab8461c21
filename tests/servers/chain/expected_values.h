// What a value becomes in an item, as docs/types.md has it, written down a second time: nothing of src/sql or
// src/engine is used here.
#pragma once

#include <chrono>
#include <map>
#include <set>

#include "servers/chain/random_rows.h"

namespace migrate::test::oracle {

// A value in one spelling, so that equal values are equal texts: S as JSON text, N:1.5, true, null, [..], {..} sorted.
using Canonical = std::string;

// What an attribute is for a row: a value, nothing, or the code of a dead letter.
struct Outcome {
  std::optional<Canonical> value;
  std::string error;
  std::optional<std::string> text;  // of S and N: what keys and templates are made of
};
inline Outcome nothing() { return {}; }
inline Outcome dead(std::string code) { return {{}, std::move(code), {}}; }

inline std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      static constexpr char HEX[] = "0123456789abcdef";
      out += std::string("\\u00") + HEX[c >> 4] + HEX[c & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Digits and exponent of a number as DynamoDB takes it; nullopt when it is none.
inline std::optional<std::string> plain_number(std::string_view text) {
  size_t i = 0;
  bool negative = false;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';
  std::string digits;
  int exponent = 0;
  bool point = false, any = false;
  for (; i < text.size() && (text[i] == '.' || (text[i] >= '0' && text[i] <= '9')); ++i) {
    if (text[i] == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    any = true;
    digits += text[i];
    if (point) --exponent;
  }
  if (!any) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const std::string rest(text.substr(i + 1));
    if (rest.empty() || rest.find_first_not_of("0123456789", rest[0] == '-' || rest[0] == '+' ? 1 : 0) != rest.npos ||
        rest.find_first_of("0123456789") == rest.npos)
      return std::nullopt;
    exponent += std::stoi(rest);
  } else if (i < text.size()) {
    return std::nullopt;
  }
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return "0";
  if (exponent > 0) digits += std::string(static_cast<size_t>(exponent), '0');
  if (exponent < 0) {
    const size_t behind = static_cast<size_t>(-exponent);
    if (digits.size() <= behind) digits = std::string(behind - digits.size() + 1, '0') + digits;
    digits.insert(digits.size() - behind, ".");
  }
  return (negative ? "-" : "") + digits;
}

inline bool is_zero_date(Kind kind, const Cell& cell) {
  return kind == Kind::zero_date && cell && cell->find("-00") != cell->npos;
}

// The S form.
inline std::string s_form(Kind kind, const std::string& cell) {
  if (kind != Kind::datetime && kind != Kind::zero_date) return cell;
  std::string out = cell + "Z";
  out[10] = 'T';
  return out;
}

inline bool is_number(Kind kind) {
  return kind == Kind::integer || kind == Kind::decimal || kind == Kind::real || kind == Kind::flag;
}

// A cell inside a collection; `exact` numbers keep their spelling (JSON text), others DynamoDB's (lists and maps).
inline Canonical in_collection(Kind kind, const Cell& cell, bool exact) {
  if (!cell) return "null";
  if (is_number(kind)) return "N:" + (exact ? *cell : *plain_number(*cell));
  return json_text(s_form(kind, *cell));
}

inline Outcome text_outcome(const std::string& text) { return {json_text(text), "", text}; }

inline Outcome number_outcome(const std::string& text) {
  auto number = plain_number(text);
  if (!number) return dead("conversion");
  return {"N:" + *number, "", *number};
}

inline Outcome bool_outcome(Kind kind, const std::string& cell) {
  if (is_number(kind)) return {cell == "0" ? "false" : "true", "", {}};
  std::string lower = cell;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  static const std::set<std::string> yes{"true", "t", "yes", "y", "1"}, no{"false", "f", "no", "n", "0"};
  if (yes.count(lower)) return {"true", "", {}};
  if (no.count(lower)) return {"false", "", {}};
  return dead("conversion");
}

// Bytes, as the wire has them.
inline Canonical binary(std::string_view bytes) {
  static constexpr char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "B:";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t k = i; k < i + 3; ++k)
      three = three << 8 | (k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0U);
    for (size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : DIGITS[three >> (18 - 6 * k) & 63];
  }
  return out;
}

// What odd_texts() has as JSON: an array of numbers and an object.
inline constexpr const char *ODD_ARRAY = "[1, 2]", *ODD_OBJECT = "{\"a\": 1.0}";

// Members between commas, or of a JSON array.
inline Outcome set_outcome(const std::string& type, const std::string& cell) {
  if (cell.empty()) return nothing();
  if (cell == ODD_ARRAY) return type == "NS" ? Outcome{"<N:1,N:2>", "", {}} : dead("conversion");  // no texts
  std::set<std::string> members;
  for (size_t from = 0; from <= cell.size();) {
    const size_t comma = std::min(cell.find(',', from), cell.size());
    const std::string member = cell.substr(from, comma - from);
    from = comma + 1;
    const auto number = plain_number(member);
    if (type == "NS" && !number) return dead("conversion");
    members.insert(type == "NS" ? "N:" + *number : type == "BS" ? binary(member) : json_text(member));
  }
  std::string out;
  for (const std::string& m : members) out += (out.empty() ? "" : ",") + m;
  return {"<" + out + ">", "", {}};
}

inline Outcome converted(const std::string& type, Kind kind, const Cell& cell) {
  if (!cell) return nothing();
  if (is_zero_date(kind, cell)) return dead("zero_date");
  if (type == "SS" || type == "NS" || type == "BS") return set_outcome(type, *cell);
  if (type == "B") return {binary(*cell), "", {}};
  if (type == "L") return *cell == ODD_ARRAY ? Outcome{"[N:1,N:2]", "", {}} : dead("conversion");
  if (type == "M") return *cell == ODD_OBJECT ? Outcome{"{\"a\":N:1}", "", {}} : dead("conversion");
  if (type == "S") return text_outcome(s_form(kind, *cell));
  if (type == "BOOL") return bool_outcome(kind, *cell);
  if (kind == Kind::choice) return number_outcome(*cell == "x" ? "1" : *cell == "it's" ? "2" : "3");
  return number_outcome(*cell);
}

// A decimal's digits as an integer: 1.50 is 150.
inline Wide units(const std::string& decimal) {
  Wide out = 0;
  for (char c : decimal) {
    if (c >= '0' && c <= '9') out = out * 10 + (c - '0');
  }
  return decimal[0] == '-' ? -out : out;
}

// Half away from zero.
inline Wide divided(Wide a, Wide b) {
  const bool negative = a < 0;
  if (negative) a = -a;
  const Wide q = (2 * a + b) / (2 * b);
  return negative ? -q : q;
}

inline Wide power10(int n) { return n == 0 ? 1 : 10 * power10(n - 1); }

inline std::string rescaled(const std::string& decimal, int from, int to) {
  const Wide u = units(decimal);
  const Wide v = to >= from ? u * power10(to - from) : divided(u, power10(from - to));
  return with_scale(v, to);
}

// -1, 0, 1; NULLs are not asked for here.
inline int compare(const Column& c, const std::string& a, const std::string& b) {
  if (c.kind == Kind::real) return std::stod(a) < std::stod(b) ? -1 : std::stod(a) > std::stod(b);
  if (is_number(c.kind)) return units(a) < units(b) ? -1 : units(a) > units(b);
  return a < b ? -1 : a > b;
}

// DATE_ADD on what a DATE or DATETIME cell holds.
inline std::string shifted(const std::string& cell, int n, const std::string& unit) {
  using namespace std::chrono;
  year_month_day day{year{std::stoi(cell.substr(0, 4))}, month{static_cast<unsigned>(std::stoi(cell.substr(5, 2)))},
                     std::chrono::day{static_cast<unsigned>(std::stoi(cell.substr(8, 2)))}};
  int hour = cell.size() > 10 ? std::stoi(cell.substr(11, 2)) : 0;
  if (unit == "MONTH") {
    day += months{n};
    if (!day.ok()) day = day.year() / day.month() / last;
  } else if (unit == "DAY") {
    day = sys_days{day} + days{n};
  } else {
    auto at = sys_days{day} + hours{hour + n};
    auto midnight = floor<days>(at);
    day = midnight;
    hour = static_cast<int>(duration_cast<hours>(at - midnight).count());
  }
  std::string out = padded(static_cast<int>(day.year()), 4) + "-" + padded(static_cast<int>(unsigned{day.month()}), 2) +
                    "-" + padded(static_cast<int>(unsigned{day.day()}), 2);
  if (cell.size() > 10) out += " " + padded(hour, 2) + cell.substr(13);
  return out;
}

}  // namespace migrate::test::oracle
