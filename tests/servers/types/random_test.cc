// Random values through both servers, compared with an oracle that shares no code with the conversions.
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <random>

#include "base/text.h"
#include "servers/source/source_support.h"
#include "sql/convert.h"
#include "sql/print.h"
#include "sql/view.h"
#include "support/seed.h"

namespace migrate::test {
namespace {

// What comes out for one row: a value, an error, or neither.
struct Outcome {
  std::optional<std::string> value, error;
};

class RandomValues : public OnBothServers {
 protected:
  void SetUp() override {
    seed = static_cast<unsigned>(test_seed());
    random.seed(seed);
    connection = connect(db);
    for (const std::string& statement : session_settings(flavor())) must(connection->execute(statement));
  }

  Flavor flavor() const { return GetParam() == Server::mysql ? Flavor::mysql : Flavor::mariadb; }
  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }

  // Stores the literals in a column of this type and converts them.
  std::vector<Outcome> through(const std::string& column_type, const ValueType& from, AttributeType to,
                               const std::vector<std::string>& literals, const std::string& time_zone = "+00:00") {
    db.exec(
        "DROP TABLE IF EXISTS t; SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE t (id INT "
        "PRIMARY KEY, c " +
        column_type + ")");
    for (size_t i = 0; i < literals.size(); i += 500) {
      std::string insert = "INSERT INTO t VALUES ";
      for (size_t j = i; j < std::min(i + 500, literals.size()); ++j)
        insert += (j > i ? ", (" : "(") + std::to_string(j) + ", " + literals[j] + ")";
      db.exec(insert);
    }
    ConvertOptions options;
    options.flavor = flavor();
    options.time_zone = time_zone;
    const Converted converted = convert(col("t", "c"), from, to, options).value();
    SelectTree select;
    select.columns = {{converted.value, "v"}, {converted.error ? converted.error : null_lit(), "e"}};
    select.from = TableRef{{}, "t", nullptr, {}, false};
    select.order_by = {{col("t", "id"), false}};
    std::vector<Outcome> outcomes;
    for (RowText& row : must(connection->query(print(select, flavor())))) outcomes.push_back({row[0], row[1]});
    EXPECT_EQ(outcomes.size(), literals.size());
    outcomes.resize(literals.size());
    return outcomes;
  }

  static ValueType stored(ValueKind kind, std::string charset = "") {
    ValueType type = computed_type(kind);
    type.column = true;
    type.charset = std::move(charset);
    return type;
  }

  std::string hex_literal(const std::string& bytes) { return "x'" + to_hex(bytes) + "'"; }

  unsigned seed = 0;
  std::mt19937_64 random;
  std::unique_ptr<SqlConnection> connection;
};
BOTH_SERVERS(RandomValues);

constexpr int COUNT = 4000;

std::string shortest(double d) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, d, std::chars_format::scientific).ptr};
}

// The digits that count, without sign, point, exponent and zeros at the ends.
std::string digits_of(std::string_view number) {
  std::string digits;
  for (char c : number.substr(0, number.find('e'))) {
    if (c >= '0' && c <= '9' && !(digits.empty() && c == '0')) digits += c;
  }
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  return digits;
}

double read_double(std::string_view text) {
  double d = NAN;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), d);
  return end.ptr == text.data() + text.size() ? d : NAN;
}

TEST_P(RandomValues, doubles_are_the_shortest_text_that_reads_back) {
  std::vector<double> values;
  std::vector<std::string> literals;
  while (values.size() < COUNT) {
    const uint64_t bits = random();
    double d;
    std::memcpy(&d, &bits, sizeof d);
    if (below(2) == 0) d = std::ldexp(static_cast<double>(random() >> 11), below(80) - 90);
    if (!std::isfinite(d) || d == 0) continue;
    values.push_back(d);
    literals.push_back(shortest(d));
  }
  const auto outcomes = through("DOUBLE", stored(ValueKind::real), AttributeType::S, literals);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& text = outcomes[i].value.value_or("NULL");
    ASSERT_EQ(read_double(text), values[i]) << text << " of " << literals[i] << ", seed " << seed;
    ASSERT_EQ(digits_of(text), digits_of(literals[i])) << "seed " << seed;
  }
}

TEST_P(RandomValues, floats_come_as_their_exact_double_between_marks) {
  std::vector<float> values;
  std::vector<std::string> literals;
  while (values.size() < COUNT) {
    const uint32_t bits = static_cast<uint32_t>(random());
    float f;
    std::memcpy(&f, &bits, sizeof f);
    if (!std::isfinite(f) || f == 0) continue;
    values.push_back(f);
    literals.push_back(shortest(f));
  }
  const auto outcomes = through("FLOAT", stored(ValueKind::real32), AttributeType::N, literals);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string text = outcomes[i].value.value_or("NULL");
    ASSERT_GT(text.size(), 2u);
    ASSERT_EQ(text.front(), FLOAT_OPEN);
    ASSERT_EQ(text.back(), FLOAT_CLOSE);
    ASSERT_EQ(read_double(std::string_view(text).substr(1, text.size() - 2)), static_cast<double>(values[i]))
        << text << ", seed " << seed;
  }
}

TEST_P(RandomValues, decimals_keep_their_scale) {
  std::vector<std::string> values;
  for (int i = 0; i < COUNT; ++i) {
    std::string whole, fraction;
    for (int n = below(35); n > 0; --n) whole += static_cast<char>('0' + below(10));
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    for (int n = 0; n < 30; ++n) fraction += static_cast<char>('0' + below(10));
    values.push_back((below(2) ? "-" : "") + (whole.empty() ? "0" : whole) + "." + fraction);
  }
  const auto outcomes = through("DECIMAL(65,30)", stored(ValueKind::decimal), AttributeType::S, values);
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(outcomes[i].value, values[i]) << "seed " << seed;
}

// DynamoDB's numbers as an automaton: sign, digits, point, digits, exponent.
bool is_number(const std::string& text) {
  size_t i = 0, digits = 0;
  auto take_digits = [&] {
    size_t n = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) ++n;
    return n;
  };
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  digits = take_digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    digits += take_digits();
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (take_digits() == 0) return false;
  }
  return i == text.size();
}

TEST_P(RandomValues, text_is_a_number_when_dynamodb_takes_it) {
  static const std::vector<std::string> letters{"0", "1", "9",  "5",  "7", "3",  "+", "-", ".",
                                                "e", "E", "e-", "\n", " ", "\r", "x", "٣", "\xE2\x80\xA8"};
  std::vector<std::string> texts, literals;
  for (int i = 0; i < COUNT; ++i) {
    std::string text;
    for (int n = below(7); n >= 0; --n) text += letters[static_cast<size_t>(below(below(3) ? 11 : 18))];
    texts.push_back(text);
    literals.push_back(hex_literal(text));
  }
  const auto outcomes =
      through("VARCHAR(60) CHARACTER SET utf8mb4", stored(ValueKind::text, "utf8mb4"), AttributeType::N, literals);
  for (size_t i = 0; i < texts.size(); ++i) {
    const bool number = is_number(texts[i]);
    ASSERT_EQ(outcomes[i].value, number ? std::optional(texts[i]) : std::nullopt) << literals[i] << ", seed " << seed;
    ASSERT_EQ(outcomes[i].error, number ? std::nullopt : std::optional<std::string>("conversion"))
        << literals[i] << ", seed " << seed;
  }
}

TEST_P(RandomValues, bytes_are_text_when_they_are_utf8) {
  static const std::vector<std::string> pieces{"a",
                                               "é",
                                               "€",
                                               "🙂",
                                               "\xED\x9F\xBF",
                                               "\xEE\x80\x80",
                                               "\xF4\x8F\xBF\xBF",
                                               std::string(1, '\0'),
                                               "\xFF",
                                               "\x80",
                                               "\xC0\x80",
                                               "\xED\xA0\x80",
                                               "\xE2\x82",
                                               "\xF4\x90\x80\x80",
                                               "\xC3",
                                               "\xF0\x80\x80\x80"};
  std::vector<std::string> texts, literals;
  for (int i = 0; i < COUNT; ++i) {
    std::string text;
    for (int n = below(8); n > 0; --n) text += pieces[static_cast<size_t>(below(below(4) ? 8 : 16))];
    if (below(4) == 0) text += static_cast<char>(below(256));
    texts.push_back(text);
    literals.push_back(hex_literal(text));
  }
  const auto outcomes = through("VARBINARY(100)", stored(ValueKind::binary), AttributeType::S, literals);
  for (size_t i = 0; i < texts.size(); ++i) {
    const bool valid = valid_utf8(texts[i]);
    ASSERT_EQ(outcomes[i].value, valid ? std::optional(texts[i]) : std::nullopt) << literals[i] << ", seed " << seed;
    ASSERT_EQ(outcomes[i].error.has_value(), !valid) << literals[i] << ", seed " << seed;
  }
}

// Days since 1970-01-01 of the proleptic Gregorian calendar and back, as Howard Hinnant's chrono algorithms have them.
int64_t days_from_civil(int64_t y, int m, int d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t yoe = y - era * 400, doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

std::string iso_of(int64_t seconds, int micros) {
  const int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400, rest = seconds - days * 86400;
  int64_t z = days + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
                doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153, m = mp < 10 ? mp + 3 : mp - 9;
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", static_cast<int>(yoe + era * 400 + (m <= 2)),
                static_cast<int>(m), static_cast<int>(doy - (153 * mp + 2) / 5 + 1), static_cast<int>(rest / 3600),
                static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60), micros);
  return text;
}

TEST_P(RandomValues, datetimes_of_every_year_move_by_a_fixed_offset) {
  const int minutes = below(28 * 60 + 1) - 14 * 60;
  char zone[16];
  std::snprintf(zone, sizeof zone, "%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                std::abs(minutes) % 60);
  std::vector<std::string> literals, expected;
  for (int i = 0; i < COUNT; ++i) {
    const int year = below(3) ? below(10000) : below(2) ? below(3) : 9998 + below(2);
    const int month = below(4)   ? 1 + below(12)
                      : below(2) ? 1
                                 : 12,
              day = 1 + below(28), hour = below(24), minute = below(60), second = below(60);
    const int micros = below(2) ? below(1000000) : 0;
    char text[64];
    std::snprintf(text, sizeof text, "'%04d-%02d-%02d %02d:%02d:%02d.%06d'", year, month, day, hour, minute, second,
                  micros);
    literals.push_back(text);
    const int64_t utc = (days_from_civil(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - minutes * 60;
    const bool inside = utc >= days_from_civil(0, 1, 1) * 86400 && utc < days_from_civil(10000, 1, 1) * 86400;
    expected.push_back(inside ? iso_of(utc, micros) : "conversion");
  }
  const auto outcomes = through("DATETIME(6)", stored(ValueKind::datetime), AttributeType::S, literals, zone);
  for (size_t i = 0; i < literals.size(); ++i)
    ASSERT_EQ(outcomes[i].error ? *outcomes[i].error : outcomes[i].value.value_or("NULL"), expected[i])
        << literals[i] << " in " << zone << ", seed " << seed;
}

// What the server cannot turn into Unicode is a dead letter; ASCII is ASCII everywhere, so a backslash of sjis, which
// has a twin, may not be refused.
TEST_P(RandomValues, every_code_of_a_character_set_is_text_or_a_dead_letter) {
  for (const char* charset : {"latin1", "cp1250", "cp1251", "cp1257", "sjis", "cp932", "ujis", "eucjpms", "gbk", "big5",
                              "euckr", "armscii8"}) {
    std::vector<std::string> literals;
    for (int a = 0; a < 256; ++a) literals.push_back(hex_literal(std::string(1, static_cast<char>(a))));
    const auto outcomes = through(std::string("VARCHAR(10) CHARACTER SET ") + charset, stored(ValueKind::text, charset),
                                  AttributeType::S, literals);
    for (size_t a = 0; a < 128; ++a) {
      if (std::string(charset) == "armscii8") break;
      ASSERT_FALSE(outcomes[a].error) << charset << " " << literals[a];
      ASSERT_EQ(outcomes[a].value, std::string(1, static_cast<char>(a))) << charset << " " << literals[a];
    }
    for (const Outcome& outcome : outcomes) {
      ASSERT_TRUE(!outcome.value || (valid_utf8(*outcome.value) && *outcome.value != "\xEF\xBF\xBD")) << charset;
      ASSERT_TRUE(outcome.value.has_value() != outcome.error.has_value()) << charset;
    }
  }
}

}  // namespace
}  // namespace migrate::test
