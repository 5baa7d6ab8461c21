// Random tables and rows, in memory and as SQL: what the test inserts, and what the oracle computes from. Nothing here
// knows how migrate makes SQL or items.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace migrate::test::oracle {

struct Dice {
  std::mt19937_64 random;
  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(below(static_cast<int>(from.size())))];
  }
};

enum class Kind { integer, decimal, real, text, flag, date, datetime, zero_date, choice };

__extension__ typedef __int128 Wide;

// A value as text: digits, `1.50`, the text itself, `2024-01-31`, `2024-01-31 10:00:00.123`, an ENUM's label.
using Cell = std::optional<std::string>;

struct Column {
  std::string name;
  Kind kind = Kind::integer;
  std::string type;  // SQL
  bool nullable = true;
  bool exact = false;  // text that equals only what has its bytes: fit for joins, orders and DISTINCT
  bool unique = false;
  int scale = 0;       // of decimals; of datetimes 0 or 3
  int refers_to = -1;  // the table whose first column its values come from
};

using Row = std::vector<Cell>;

struct SourceTable {
  std::string name;
  std::vector<Column> columns;
  std::vector<size_t> key;  // the primary key
  int deleted_at = -1;
  std::vector<Row> rows;
};

inline const std::vector<std::string>& odd_texts() {
  static const std::vector<std::string> texts{"",
                                              "a",
                                              "A",
                                              "it's",
                                              "say \"hi\"",
                                              "back\\slash",
                                              "emoji \xF0\x9F\x98\x80",
                                              "na\xC3\xAFve",
                                              "a,b",
                                              "x#y",
                                              "{id}",
                                              "100%",
                                              "_",
                                              "NULL",
                                              "tab\there",
                                              "new\nline",
                                              " lead",
                                              "trail ",
                                              "0012",
                                              "1.50",
                                              "true",
                                              "\x01"
                                              "5\x02",
                                              "\xE3\x83\x88\xE3\x83\xB3",
                                              "-- no",
                                              "/* no */",
                                              "`tick`",
                                              "a  b",
                                              "#",
                                              "a#",
                                              "#a",
                                              "[1, 2]",
                                              "{\"a\": 1.0}"};
  return texts;
}

// No spaces at the end and nothing below a space: servers pad texts with spaces before they compare.
inline const std::vector<std::string>& exact_texts() {
  static const std::vector<std::string> texts{
      "a",   "A",  "b",   "it's", "\"q\"",  "x#y", "\xC3\xA4", "7", "07", "Zz", "zz", "\xF0\x9F\x98\x80",
      "a,b", "\\", "{n}", "%",    "or 1=1", "x",   "y#z",      "z"};
  return texts;
}

inline std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

inline std::string backticked(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

inline std::string padded(int n, int width) {
  std::string digits = std::to_string(n);
  return std::string(digits.size() < static_cast<size_t>(width) ? static_cast<size_t>(width) - digits.size() : 0, '0') +
         digits;
}

// A decimal of so many digits behind the point, from its digits as an integer.
inline std::string with_scale(Wide units, int scale) {
  const bool negative = units < 0;
  std::string digits;
  for (Wide rest = negative ? -units : units; rest > 0; rest /= 10)
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  while (digits.size() <= static_cast<size_t>(scale)) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

class SchemaMaker {
 public:
  explicit SchemaMaker(Dice& dice) : dice_(dice) {}

  std::vector<SourceTable> tables() {
    std::vector<std::string> names{"orders", "order", "Group", "two words", "ta`ck", "caf\xC3\xA9", "people", "select"};
    std::shuffle(names.begin(), names.end(), dice_.random);
    std::vector<SourceTable> out(static_cast<size_t>(2 + dice_.below(3)));
    for (size_t i = 0; i < out.size(); ++i) out[i].name = names[i];
    for (SourceTable& t : out) define(t, out.size());
    // A column that refers to a table has its first column's type.
    for (SourceTable& t : out) {
      for (Column& c : t.columns) {
        if (c.refers_to < 0) continue;
        const Column& key = out[static_cast<size_t>(c.refers_to)].columns[0];
        c.kind = key.kind;
        c.type = key.type;
        c.exact = true;
      }
    }
    for (SourceTable& t : out) fill_keys(t);
    for (SourceTable& t : out) fill_rest(t, out);
    return out;
  }

  static std::string create(const SourceTable& t) {
    std::string sql = "CREATE TABLE " + backticked(t.name) + " (";
    for (const Column& c : t.columns)
      sql +=
          backticked(c.name) + " " + c.type + (c.nullable ? " NULL" : " NOT NULL") + (c.unique ? " UNIQUE" : "") + ", ";
    sql += "PRIMARY KEY (";
    for (size_t i = 0; i < t.key.size(); ++i) sql += (i ? ", " : "") + backticked(t.columns[t.key[i]].name);
    sql += ")";
    for (const Column& c : t.columns) {
      if (c.refers_to >= 0) sql += ", KEY (" + backticked(c.name) + ")";
    }
    return sql + ") CHARACTER SET utf8mb4";
  }

  static std::string insert(const SourceTable& t) {
    if (t.rows.empty()) return "";
    std::string sql = "INSERT INTO " + backticked(t.name) + " VALUES ";
    for (size_t i = 0; i < t.rows.size(); ++i) {
      sql += i ? ",\n(" : "(";
      for (size_t j = 0; j < t.columns.size(); ++j) {
        const Cell& cell = t.rows[i][j];
        sql += (j ? ", " : "") + (cell ? sql_text(*cell) : std::string("NULL"));
      }
      sql += ")";
    }
    return sql;
  }

 private:
  std::string column_name(std::vector<std::string>& names) {
    const size_t i = static_cast<size_t>(dice_.below(static_cast<int>(names.size())));
    std::string name = names[i];
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(i));
    return name;
  }

  static Column exact_text(std::string name) {
    return {std::move(name), Kind::text, "VARCHAR(40) COLLATE utf8mb4_bin", true, true, false, 0, -1};
  }

  void define(SourceTable& t, size_t tables) {
    std::vector<std::string> names{
        "name",  "status", "Total", "key",   "desc", "odd name", "qu'ote",   "w\xC3\xA4hrung\xE2\x82\xAC",
        "price", "Where",  "day",   "index", "made", "group",    "dou\"ble", "parent"};
    Column id{dice_.one_in(4) ? "rank" : "id", Kind::integer, "INT", false, true, false, 0, -1};
    if (dice_.one_in(3)) {
      id = exact_text(id.name);
      id.nullable = false;
    }
    t.columns.push_back(id);
    t.key = {0};
    if (dice_.one_in(4)) {
      t.columns.push_back({"no", Kind::integer, "SMALLINT", false, true, false, 0, -1});
      t.key = {0, 1};
    }
    Column code = exact_text(column_name(names));
    code.unique = true;
    t.columns.push_back(code);
    t.columns.push_back(exact_text(column_name(names)));
    t.columns.push_back({column_name(names), Kind::text, "VARCHAR(40)", true, false, false, 0, -1});
    t.columns.push_back(
        {column_name(names), Kind::integer, dice_.one_in(2) ? "INT" : "BIGINT", true, true, false, 0, -1});
    const int scale = dice_.below(4);
    t.columns.push_back(
        {column_name(names), Kind::decimal, "DECIMAL(12," + std::to_string(scale) + ")", true, true, false, scale, -1});
    const bool milliseconds = dice_.one_in(2);
    t.columns.push_back({column_name(names), Kind::datetime, milliseconds ? "DATETIME(3)" : "DATETIME", true, true,
                         false, milliseconds ? 3 : 0, -1});
    if (dice_.one_in(2)) t.columns.push_back({column_name(names), Kind::date, "DATE", true, true, false, 0, -1});
    if (dice_.one_in(2))
      t.columns.push_back(
          {column_name(names), Kind::real, dice_.one_in(2) ? "DOUBLE" : "FLOAT", true, true, false, 0, -1});
    if (dice_.one_in(2)) t.columns.push_back({column_name(names), Kind::flag, "TINYINT(1)", true, true, false, 0, -1});
    if (dice_.one_in(3))
      t.columns.push_back(
          {column_name(names), Kind::choice, "ENUM('x','it''s','\xC3\xA4')", true, false, false, 0, -1});
    if (dice_.one_in(3)) t.columns.push_back({"seen", Kind::zero_date, "DATETIME", true, false, false, 0, -1});
    if (dice_.one_in(3)) t.columns.push_back({"big", Kind::integer, "BIGINT UNSIGNED", true, true, false, 0, -1});
    for (size_t i = 0; i < tables; ++i) {
      t.columns.push_back({"ref_" + std::to_string(i), Kind::integer, "", true, true, false, 0, static_cast<int>(i)});
    }
    if (dice_.one_in(2)) {
      t.deleted_at = static_cast<int>(t.columns.size());
      t.columns.push_back({"deleted_at", Kind::datetime, "DATETIME", true, true, false, 0, -1});
    }
  }

  std::string value(const Column& c) {
    switch (c.kind) {
      case Kind::zero_date:
        if (dice_.one_in(4)) return dice_.pick<std::string>({"0000-00-00 00:00:00", "2024-00-05 00:00:00"});
        return "2024-02-29 23:59:59";
      case Kind::integer:
        if (c.type == "BIGINT UNSIGNED") return dice_.one_in(2) ? "18446744073709551615" : "0";
        if (c.type == "BIGINT" && dice_.one_in(4)) return dice_.one_in(2) ? "-9223372036854775808" : "9007199254740993";
        return std::to_string(dice_.below(12) - 3);
      case Kind::decimal:
        return with_scale(
            dice_.one_in(3) ? static_cast<int64_t>(dice_.random() % 100000000) - 50000000 : dice_.below(100), c.scale);
      case Kind::real:  // never a whole number, and with few digits: every printer writes it alike
        return std::to_string(dice_.below(200) - 100) + "." + dice_.pick<std::string>({"125", "5", "25", "375"});
      case Kind::text:
        return dice_.pick(c.exact ? exact_texts() : odd_texts());
      case Kind::flag:
        return dice_.one_in(2) ? "1" : "0";
      case Kind::choice:
        return dice_.pick<std::string>({"x", "it's", "\xC3\xA4"});
      case Kind::date:
      case Kind::datetime: {
        std::string text = padded(2020 + dice_.below(3), 4) + "-" + padded(1 + dice_.below(12), 2) + "-" +
                           padded(dice_.one_in(3) ? 28 : 1 + dice_.below(28), 2);
        if (c.kind == Kind::date) return text;
        text += " " + padded(dice_.below(24), 2) + ":" + padded(dice_.below(60), 2) + ":" + padded(dice_.below(60), 2);
        if (c.scale == 3) text += "." + padded(dice_.below(1000), 3);
        return text;
      }
    }
    return "";
  }

  void fill_keys(SourceTable& t) {
    const int count = dice_.one_in(10) ? 0 : 4 + dice_.below(20);
    for (int i = 0; i < count; ++i) {
      Row row(t.columns.size());
      for (size_t k : t.key)
        row[k] = t.columns[k].kind == Kind::integer ? std::to_string(dice_.below(40)) : value(t.columns[k]);
      const bool taken = std::any_of(t.rows.begin(), t.rows.end(), [&](const Row& other) {
        return std::all_of(t.key.begin(), t.key.end(), [&](size_t k) { return other[k] == row[k]; });
      });
      if (!taken) t.rows.push_back(std::move(row));
    }
  }

  void fill_rest(SourceTable& t, const std::vector<SourceTable>& all) {
    for (size_t j = 0; j < t.columns.size(); ++j) {
      if (std::find(t.key.begin(), t.key.end(), j) != t.key.end()) continue;
      const Column& c = t.columns[j];
      std::vector<std::string> used;
      for (Row& row : t.rows) {
        if (static_cast<int>(j) == t.deleted_at ? dice_.below(4) > 0 : dice_.one_in(5)) continue;
        std::string v = value(c);
        if (c.refers_to >= 0) {
          const auto& target = all[static_cast<size_t>(c.refers_to)].rows;
          if (!target.empty() && !dice_.one_in(6)) v = *dice_.pick(target)[0];
        }
        if (c.unique && std::find(used.begin(), used.end(), v) != used.end()) continue;
        used.push_back(v);
        row[j] = v;
      }
    }
  }

  Dice& dice_;
};

}  // namespace migrate::test::oracle
