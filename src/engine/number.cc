// Numbers as DynamoDB holds them: append_number(), append_float().
#include "engine/number.h"

#include <charconv>
#include <cmath>

namespace migrate {
namespace {

constexpr int max_digits = 38;
constexpr long max_exponent = 125, min_exponent = -130;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// ±0.d1d2…dn × 10^point, without zeros at either end; n = 0 is zero.
struct Decimal {
  bool negative = false;
  char digits[max_digits];
  int count = 0;
  long point = 0;
  bool too_many = false;
};

// Reads the digits around the point. Zeros are held back until a digit follows them, so that those at the end vanish.
class DigitReader {
 public:
  explicit DigitReader(Decimal& d) : d_(d) {}
  void digit(char c, bool fraction) {
    seen_ = true;
    if (c == '0') {
      if (d_.count == 0 && held_ == 0 && !started_) {
        if (fraction) --d_.point;
      } else {
        ++held_;
        if (!fraction) ++d_.point;
      }
      return;
    }
    started_ = true;
    for (; held_ > 0; --held_) put('0');
    put(c);
    if (!fraction) ++d_.point;
  }
  bool seen() const { return seen_; }

 private:
  void put(char c) {
    if (d_.count == max_digits) {
      d_.too_many = true;
    } else {
      d_.digits[d_.count++] = c;
    }
  }
  Decimal& d_;
  unsigned long held_ = 0;
  bool started_ = false, seen_ = false;
};

bool read_exponent(std::string_view text, long& exponent) {
  bool negative = false;
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';
  if (i == text.size()) return false;
  long value = 0;
  for (; i < text.size(); ++i) {
    if (!is_digit(text[i])) return false;
    if (value < 1'000'000'000) value = value * 10 + (text[i] - '0');
  }
  exponent = negative ? -value : value;
  return true;
}

bool read_decimal(std::string_view text, Decimal& d) {
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) d.negative = text[i++] == '-';
  DigitReader reader(d);
  for (; i < text.size() && is_digit(text[i]); ++i) reader.digit(text[i], false);
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && is_digit(text[i]); ++i) reader.digit(text[i], true);
  }
  if (!reader.seen()) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  long exponent = 0;
  if (!read_exponent(text.substr(i + 1), exponent)) return false;
  d.point += exponent;
  return true;
}

void append_zeros(std::string& out, long n) {
  if (n > 0) out.append(static_cast<size_t>(n), '0');
}

void append_decimal(const Decimal& d, std::string& out) {
  const std::string_view digits(d.digits, static_cast<size_t>(d.count));
  const long exponent = d.point - 1;
  if (d.negative) out += '-';
  if (exponent < -7 || exponent > 37) {
    out += digits[0];
    if (d.count > 1) out.append(".").append(digits.substr(1));
    out += exponent < 0 ? "E" : "E+";
    out += std::to_string(exponent);
  } else if (d.point <= 0) {
    out += "0.";
    append_zeros(out, -d.point);
    out += digits;
  } else if (d.point >= d.count) {
    out += digits;
    append_zeros(out, d.point - d.count);
  } else {
    out.append(digits.substr(0, static_cast<size_t>(d.point))).append(".");
    out += digits.substr(static_cast<size_t>(d.point));
  }
}

long pair_of(long power) { return power >= 0 ? power / 2 : -((1 - power) / 2); }  // floor(power / 2)

// One byte for each pair of digits, counted from the point, one for the number and one for a minus sign.
uint64_t decimal_size(const Decimal& d) {
  const long high = d.point - 1, low = d.point - d.count;
  return static_cast<uint64_t>(pair_of(high) - pair_of(low) + 1) + 1 + (d.negative ? 1 : 0);
}

// Most numbers are short integers, which are canonical as they stand.
bool append_short_integer(std::string_view text, std::string& out, uint64_t& size) {
  const size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
  const size_t n = text.size() - sign;
  if (n == 0 || n > 20 || text[sign] == '0') return false;
  for (size_t i = sign; i < text.size(); ++i) {
    if (!is_digit(text[i])) return false;
  }
  size_t zeros = 0;
  while (text[text.size() - 1 - zeros] == '0') ++zeros;
  out += text;
  size += (n + 1) / 2 - zeros / 2 + 1 + sign;
  return true;
}

// `-d.ddde±XX` as these servers print a DOUBLE: plain from 1e-15 to below 1e15.
void append_as_double(std::string_view scientific, std::string& out) {
  if (scientific[0] == '-') {
    out += '-';
    scientific.remove_prefix(1);
  }
  const size_t e = scientific.find('e');
  long exponent = 0;
  read_exponent(scientific.substr(e + 1), exponent);
  std::string digits(1, scientific[0]);
  if (e > 2) digits += scientific.substr(2, e - 2);
  const auto count = static_cast<long>(digits.size());
  if (exponent < -15 || exponent >= 15) {
    out.append(scientific.substr(0, e)).append("e").append(std::to_string(exponent));
  } else if (exponent < 0) {
    out += "0.";
    append_zeros(out, -exponent - 1);
    out += digits;
  } else if (exponent + 1 >= count) {
    out += digits;
    append_zeros(out, exponent + 1 - count);
  } else {
    out.append(digits, 0, static_cast<size_t>(exponent + 1)).append(".");
    out.append(digits, static_cast<size_t>(exponent + 1), std::string::npos);
  }
}

}  // namespace

NumberProblem append_number(std::string_view text, std::string& out, uint64_t& size) {
  if (append_short_integer(text, out, size)) return NumberProblem::none;
  Decimal d;
  if (!read_decimal(text, d)) return NumberProblem::not_a_number;
  if (d.too_many) return NumberProblem::out_of_range;
  if (d.count == 0) {
    out += '0';
    size += 1;
    return NumberProblem::none;
  }
  if (d.point - 1 > max_exponent || d.point - 1 < min_exponent) return NumberProblem::out_of_range;
  append_decimal(d, out);
  size += decimal_size(d);
  return NumberProblem::none;
}

bool append_float(std::string_view exact, std::string& out) {
  double value = 0;
  const auto [end, problem] = std::from_chars(exact.data(), exact.data() + exact.size(), value);
  if (problem != std::errc() || end != exact.data() + exact.size() || !std::isfinite(value)) return false;
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow)) return false;
  if (narrow == 0) {
    out += '0';
    return true;
  }
  // The fixed form of to_chars may print more digits than the shortest, so only its scientific one is used.
  char buffer[32];
  const auto printed = std::to_chars(buffer, buffer + sizeof buffer, narrow, std::chars_format::scientific);
  append_as_double(std::string_view(buffer, static_cast<size_t>(printed.ptr - buffer)), out);
  return true;
}

}  // namespace migrate
