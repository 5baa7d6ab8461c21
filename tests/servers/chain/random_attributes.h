// Random attributes: each is made as a pair, its JSON and what it is for a row in memory.
#pragma once

#include "servers/chain/random_sql.h"

namespace migrate::test::oracle {

using ValueOf = std::function<Outcome(const Row&)>;

struct AttributeCase {
  std::string name, type;
  std::string rest;  // of its JSON, behind name and type
  ValueOf value;
  bool holds_json = false;  // an S that holds JSON, whose spelling is the server's own
  bool in_keys = false;     // its text can be a part of a composite key or a template
  std::string list_rest;    // the same in the list form; empty: it cannot say this
};
class AttributeMaker {
 public:
  AttributeMaker(Dice& dice, SqlMaker& sql) : dice_(dice), sql_(sql) {}

  int next_name = 0;       // names are numbered within a table
  bool list_form = false;  // only what the list form can say

  AttributeCase any_attribute(const SourceTable& t) {
    for (int tries = 0; tries < 3; ++tries) {
      std::optional<AttributeCase> a;
      switch (dice_.below(list_form ? 2 : 10)) {
        case 0:
          break;
        case 1:
        case 2:
          a = single_join(t);
          break;
        case 3:
          a = conditional(t);
          break;
        case 4:
          a = chain(t);
          break;
        case 5:
        case 6:
          a = construction(t);
          break;
        case 7:
          a = aggregate(t);
          break;
        case 8:
          a = calculated(t);
          break;
        default:
          a = transformed(t);
      }
      if (a) return std::move(*a);
    }
    return plain(t, sql_.any_column(t));
  }

  AttributeCase plain(const SourceTable& t, size_t i, std::string type = "") {
    const Column& c = t.columns[i];
    if (type.empty()) type = type_for(c);
    AttributeCase a = fresh(type);
    a.rest = source(t.name, c.name);
    a.list_rest = ", \"source_column\": " + json_text(c.name);
    a.value = [i, type, kind = c.kind](const Row& r) { return converted(type, kind, r[i]); };
    a.in_keys = type == "S" || (type == "N" && c.kind == Kind::integer);
    return a;
  }

 private:
  AttributeCase fresh(const std::string& type) {
    static const std::vector<std::string> odd{"",   "",  "",          " it's", " \"q\"", "\xF0\x9F\x98\x80",
                                              ".x", "`", " \xC3\xA4", "-%",    "\\",     ":y"};
    AttributeCase a;
    a.name = "a" + std::to_string(next_name++) + dice_.pick(odd);
    a.type = type;
    return a;
  }
  static std::string source(const std::string& table, const std::string& source_column) {
    return ", \"source_table\": " + json_text(table) + ", \"source_column\": " + json_text(source_column);
  }

  std::string type_for(const Column& c) {
    switch (c.kind) {
      case Kind::integer:
        return dice_.pick<std::string>({"S", "N", "N", "BOOL"});
      case Kind::flag:
        return dice_.pick<std::string>({"BOOL", "N", "S"});
      case Kind::decimal:
      case Kind::real:
      case Kind::choice:
        return dice_.one_in(2) ? "N" : "S";
      case Kind::text:
        if (dice_.one_in(12)) return "N";
        if (dice_.one_in(20)) return "BOOL";
        if (dice_.one_in(4)) return dice_.pick<std::string>({"B", "B", "SS", "BS", dice_.one_in(3) ? "NS" : "B"});
        return "S";
      default:
        return "S";
    }
  }

  std::string select(const SourceTable& u, const std::string& alias, size_t i) {
    return dice_.one_in(3) ? sql_.column(u.columns[i]) : sql_.qualified(alias, u.columns[i]);
  }

  // foreign-key, lookup-table, multi-column, self-join: one row of another table.
  std::optional<AttributeCase> single_join(const SourceTable& t) {
    static const std::vector<std::string> kinds{"foreign-key", "lookup-table", "multi-column", "self-join"};
    const std::string kind = list_form ? "foreign-key" : dice_.pick(kinds);
    const SourceTable& u = kind == "self-join" && dice_.one_in(2) ? t : sql_.any_table();
    std::vector<Pair> pairs;
    for (int n = kind == "multi-column" ? 1 + dice_.below(2) : 1; n > 0; --n) {
      auto pair = sql_.pick_pair(t, u, !dice_.one_in(4));
      if (!pair) return std::nullopt;
      pairs.push_back(*pair);
    }
    const size_t chosen = sql_.any_column(u);
    const Column& c = u.columns[chosen];
    std::string type = type_for(c);
    AttributeCase a = fresh(type);
    const std::string alias =
        kind == "self-join" ? dice_.pick<std::string>({"boss", "order_of", "parent", "my alias", "key"}) : u.name;
    std::string join = "\"type\": " + json_text(kind);
    if (kind != "self-join" || &u != &t || dice_.one_in(2)) join += ", \"target_table\": " + json_text(u.name);
    if (kind == "self-join") join += ", \"join_alias\": " + json_text(alias);
    if (kind == "multi-column") {
      join += ", \"join_conditions\": [";
      for (size_t i = 0; i < pairs.size(); ++i)
        join += (i ? ", " : "") + json_text(sql_.condition(t, u, alias, pairs[i]));
      join += "]";
    } else {
      join += ", \"join_condition\": " + json_text(sql_.condition(t, u, alias, pairs[0]));
    }
    join += ", \"select_column\": " + json_text(select(u, alias, chosen));
    std::optional<std::string> otherwise;
    if (!list_form && type == "S" && dice_.one_in(2)) {
      otherwise = dice_.pick(odd_texts());
      join += ", \"null_value\": " + json_text(*otherwise);
    }
    a.rest = source(u.name, c.name) + ", \"join\": {" + join + "}";
    a.list_rest = source(u.name, c.name) + ", \"denormalized\": true, \"join\": {\"local_column\": " +
                  json_text(t.columns[pairs[0].first].name) +
                  ", \"source_column\": " + json_text(u.columns[pairs[0].second].name) + "}";
    a.value = [&u, pairs, chosen, type, otherwise, kind = c.kind](const Row& r) {
      auto found = matches(u, r, pairs);
      if (found.size() > 1) return dead("duplicate_key");
      if (found.empty()) return otherwise ? text_outcome(*otherwise) : nothing();
      return converted(type, kind, (*found[0])[chosen]);
    };
    a.in_keys = type == "S" || (type == "N" && c.kind == Kind::integer);
    return a;
  }

  std::optional<AttributeCase> conditional(const SourceTable& t) {
    const SourceTable& u = sql_.any_table();
    auto pair = sql_.pick_pair(t, u, true);
    if (!pair) return std::nullopt;
    auto chosen = sql_.pick_column(u, [](const Column& c) { return c.kind == Kind::text; });
    Predicate when = sql_.predicate(t, t.name);
    AttributeCase a = fresh("S");
    std::string otherwise = "null";
    ValueOf else_value = [](const Row&) { return nothing(); };
    if (dice_.one_in(3)) {
      auto i = sql_.pick_column(t, [](const Column& c) { return c.kind == Kind::text; });
      otherwise = json_text(sql_.qualified(t.name, t.columns[*i]));
      if (&t == &u) {
        otherwise = json_text("'same'");
        else_value = [](const Row&) { return text_outcome("same"); };
      } else {
        else_value = [i = *i](const Row& r) { return converted("S", Kind::text, r[i]); };
      }
    } else if (dice_.one_in(2)) {
      const std::string text = dice_.pick(odd_texts());
      otherwise = json_text(sql_text(text));
      else_value = [text](const Row&) { return text_outcome(text); };
    }
    a.rest = source(u.name, u.columns[*chosen].name) +
             ", \"join\": {\"type\": \"conditional\", \"condition\": " + json_text(when.sql) +
             ", \"target_table\": " + json_text(u.name) +
             ", \"join_condition\": " + json_text(sql_.condition(t, u, u.name, *pair)) +
             ", \"select_column\": " + json_text(select(u, u.name, *chosen)) + ", \"else_value\": " + otherwise + "}";
    a.value = [&u, pair, chosen, when, else_value](const Row& r) {
      if (when.holds(r) != 1) return else_value(r);
      auto found = matches(u, r, {*pair});
      return found.empty() ? nothing() : converted("S", Kind::text, (*found[0])[*chosen]);
    };
    a.in_keys = true;
    return a;
  }

  std::optional<AttributeCase> chain(const SourceTable& t) {
    const SourceTable &u = sql_.any_table(), &v = sql_.any_table();
    if (&u == &t || &v == &t || &u == &v) return std::nullopt;
    auto first = sql_.pick_pair(t, u, true), second = sql_.pick_pair(u, v, true);
    if (!first || !second) return std::nullopt;
    const size_t x = sql_.any_column(u), y = sql_.any_column(v);
    AttributeCase a = fresh("S");
    std::optional<std::string> separator;
    if (dice_.one_in(2)) separator = dice_.pick<std::string>({", ", "", " > ", "'", "\\"});
    std::optional<std::string> otherwise;
    if (dice_.one_in(3)) otherwise = dice_.pick(odd_texts());
    auto step = [&](const SourceTable& from, const SourceTable& to, Pair pair, size_t i) {
      return "{\"target_table\": " + json_text(to.name) +
             ", \"join_condition\": " + json_text(sql_.condition(from, to, to.name, pair)) +
             ", \"select_column\": " + json_text(select(to, to.name, i)) + "}";
    };
    a.rest = source(v.name, v.columns[y].name) + ", \"join\": {\"type\": \"chain\"" +
             (separator ? ", \"chain_separator\": " + json_text(*separator) : "") +
             (otherwise ? ", \"null_value\": " + json_text(*otherwise) : "") + ", \"joins\": [" +
             step(t, u, *first, x) + ", " + step(u, v, *second, y) + "]}";
    a.value = [&u, &v, first = *first, second = *second, x, y, separator, otherwise](const Row& r) {
      auto one = matches(u, r, {first});
      if (one.empty()) return otherwise ? text_outcome(*otherwise) : nothing();
      auto two = matches(v, *one[0], {second});
      if (two.empty() && otherwise) return text_outcome(*otherwise);
      const Cell left = (*one[0])[x], right = two.empty() ? Cell() : (*two[0])[y];
      if (!separator) return converted("S", v.columns[y].kind, right);
      if (is_zero_date(u.columns[x].kind, left) || is_zero_date(v.columns[y].kind, right)) return dead("zero_date");
      if (!left && !right) return nothing();
      return text_outcome((left ? s_form(u.columns[x].kind, *left) : "") + (left && right ? *separator : "") +
                          (right ? s_form(v.columns[y].kind, *right) : ""));
    };
    a.in_keys = true;
    return a;
  }

  std::optional<AttributeCase> construction(const SourceTable& t) {
    const SourceTable& u = sql_.any_table();
    auto pair = sql_.pick_pair(t, u, false);
    if (!pair) return std::nullopt;
    const bool array = dice_.below(3) > 0, text = dice_.one_in(3);
    AttributeCase a = fresh(text ? "S" : array ? "L" : "M");
    a.holds_json = text;
    std::string columns;
    std::map<std::string, size_t> chosen;
    for (int n = 1 + dice_.below(4); n > 0; --n) {
      const size_t i = sql_.any_column(u);
      const std::string key = dice_.pick<std::string>({"k", "na me", "\"", "it's", "\xF0\x9F\x98\x80", "\\", "order"});
      if (!chosen.emplace(key, i).second) continue;
      columns += (columns.empty() ? "" : ", ") + json_text(key) + ": " + json_text(select(u, u.name, i));
    }
    std::vector<std::pair<size_t, bool>> order;
    std::string order_by;
    for (int n = dice_.below(3); n > 0; --n) {
      auto i = sql_.pick_column(u, [](const Column& c) { return c.exact; });
      const bool descending = dice_.one_in(2);
      order.push_back({*i, descending});
      order_by += (order_by.empty() ? "" : ", ") + select(u, u.name, *i) +
                  (descending        ? " DESC"
                   : dice_.one_in(2) ? " ASC"
                                     : "");
    }
    for (size_t k : u.key) order.push_back({k, false});
    const size_t limit = array && dice_.one_in(3) ? static_cast<size_t>(1 + dice_.below(3)) : 1000000;
    a.rest = source(u.name, u.columns[0].name) +
             ", \"join\": {\"type\": \"json-construction\", \"target_table\": " + json_text(u.name) +
             ", \"join_condition\": " + json_text(sql_.condition(t, u, u.name, *pair)) +
             ", \"construction\": {\"type\": " + (array ? "\"array\"" : "\"object\"") +
             (order_by.empty() ? "" : ", \"order_by\": " + json_text(order_by)) +
             (limit < 1000000 ? ", \"limit\": " + std::to_string(limit) : "") + ", \"select_columns\": {" + columns +
             "}}}";
    auto rows = sql_.living(u, *pair);
    if (!array && &u == &t) rows = [](const Row& row) { return std::vector<const Row*>{&row}; };
    a.value = [&u, rows, order, chosen, limit, array, text](const Row& r) {
      auto found = rows(r);
      std::sort(found.begin(), found.end(), [&](const Row* x, const Row* y) {
        for (const auto& [i, descending] : order) {
          const Cell &p = (*x)[i], &q = (*y)[i];
          const int by = !p || !q ? p.has_value() - q.has_value() : compare(u.columns[i], *p, *q);
          if (by != 0) return (by < 0) != descending;
        }
        return false;
      });
      if (found.size() > (array ? limit : 1)) found.resize(array ? limit : 1);
      if (!array && found.empty()) return nothing();
      std::string all;
      for (const Row* row : found) {
        std::string one;
        for (const auto& [key, i] : chosen) {
          if (is_zero_date(u.columns[i].kind, (*row)[i])) return dead("zero_date");
          one += (one.empty() ? "" : ",") + json_text(key) + ":" + in_collection(u.columns[i].kind, (*row)[i], text);
        }
        all += (all.empty() ? "{" : ",{") + one + "}";
      }
      return Outcome{array ? "[" + all + "]" : all, "", {}};
    };
    return a;
  }

  std::optional<AttributeCase> aggregate(const SourceTable& t) {
    const SourceTable& u = sql_.any_table();
    auto pair = sql_.pick_pair(t, u, false);
    if (!pair) return std::nullopt;
    const std::string op = dice_.pick<std::string>({"COUNT", "SUM", "AVG", "MIN", "MAX"});
    const bool sums = op == "SUM" || op == "AVG";
    auto i = sql_.pick_column(u, [&](const Column& c) {
      return c.exact && (sums ? c.kind == Kind::integer || c.kind == Kind::decimal : c.kind != Kind::real);
    });
    if (!i) return std::nullopt;
    const Column& c = u.columns[*i];
    const bool distinct = dice_.one_in(4), all = op == "COUNT" && !distinct && dice_.one_in(3);
    const bool number = op == "COUNT" || sums || is_number(c.kind);
    AttributeCase a = fresh(number && !dice_.one_in(3) ? "N" : "S");
    const std::string what = all ? "*" : (distinct ? "DISTINCT " : "") + select(u, u.name, *i);
    a.rest = source(u.name, c.name) + ", \"calculation\": {\"type\": \"aggregate\", \"operation\": " + json_text(op) +
             ", \"target_table\": " + json_text(u.name) +
             ", \"join_condition\": " + json_text(sql_.condition(t, u, u.name, *pair)) +
             ", \"select_column\": " + json_text(what) + "}";
    a.value = [rows = sql_.living(u, *pair), &c, i = *i, op, distinct, all, type = a.type](const Row& r) {
      std::vector<std::string> cells;
      const auto found = rows(r);
      for (const Row* row : found) {
        const Cell& cell = (*row)[i];
        if (cell && !(distinct && std::find(cells.begin(), cells.end(), *cell) != cells.end())) cells.push_back(*cell);
      }
      if (op == "COUNT") return converted(type, Kind::integer, std::to_string(all ? found.size() : cells.size()));
      if (cells.empty()) return nothing();
      if (op == "MIN" || op == "MAX") {
        auto less = [&](const std::string& x, const std::string& y) { return compare(c, x, y) < 0; };
        return converted(type, c.kind,
                         op == "MIN" ? *std::min_element(cells.begin(), cells.end(), less)
                                     : *std::max_element(cells.begin(), cells.end(), less));
      }
      Wide sum = 0;
      for (const std::string& cell : cells) sum += units(cell);
      if (op == "SUM") return converted(type, Kind::decimal, with_scale(sum, c.scale));
      return converted(type, Kind::decimal,
                       with_scale(divided(sum * 10000, static_cast<Wide>(cells.size())), c.scale + 4));
    };
    a.in_keys = a.type == "S";
    return a;
  }

  std::optional<AttributeCase> calculated(const SourceTable& t) {
    AttributeCase a = fresh("S");
    a.in_keys = true;
    switch (dice_.below(4)) {
      case 0: {
        std::string cases;
        std::vector<std::pair<Predicate, std::string>> all;
        for (int n = 1 + dice_.below(2); n > 0; --n) {
          all.push_back({sql_.predicate(t, t.name), dice_.pick(odd_texts())});
          cases += (cases.empty() ? "" : ", ") + ("{\"when\": " + json_text(all.back().first.sql)) +
                   ", \"then\": " + json_text(sql_text(all.back().second)) + "}";
        }
        std::optional<std::string> otherwise;
        if (dice_.one_in(2)) otherwise = dice_.pick(odd_texts());
        a.rest = source(t.name, t.columns[0].name) + ", \"calculation\": {\"type\": \"case\", \"cases\": [" + cases +
                 "]" + (otherwise ? ", \"else\": " + json_text(sql_text(*otherwise)) : "") + "}";
        a.value = [all, otherwise](const Row& r) {
          for (const auto& [when, then] : all) {
            if (when.holds(r) == 1) return text_outcome(then);
          }
          return otherwise ? text_outcome(*otherwise) : nothing();
        };
        return a;
      }
      case 1: {
        auto fits = [](const Column& c) {
          return c.kind == Kind::text || c.kind == Kind::integer || c.kind == Kind::decimal;
        };
        const size_t x = *sql_.pick_column(t, fits), y = *sql_.pick_column(t, fits);
        const std::string middle = dice_.pick(odd_texts());
        const bool with_separator = dice_.one_in(2);
        const std::string p = sql_.maybe_qualified(t, t.columns[x]), q = sql_.maybe_qualified(t, t.columns[y]);
        const std::string sql = with_separator ? "CONCAT_WS(" + sql_text(middle) + ", " + p + ", " + q + ")"
                                               : "CONCAT(" + p + ", " + sql_text(middle) + ", " + q + ")";
        a.rest = source(t.name, t.columns[x].name) +
                 ", \"calculation\": {\"type\": \"concat\", \"expression\": " + json_text(sql) + "}";
        a.value = [x, y, middle, with_separator](const Row& r) {
          if (with_separator) return text_outcome(r[x].value_or("") + (r[x] && r[y] ? middle : "") + r[y].value_or(""));
          return r[x] && r[y] ? text_outcome(*r[x] + middle + *r[y]) : nothing();
        };
        return a;
      }
      default: {
        auto i = sql_.pick_column(t, [](const Column& c) { return c.kind == Kind::datetime || c.kind == Kind::date; });
        const Column& c = t.columns[*i];
        const std::string unit = c.kind == Kind::date ? dice_.pick<std::string>({"DAY", "MONTH"})
                                                      : dice_.pick<std::string>({"DAY", "MONTH", "HOUR"});
        const int n = 1 + dice_.below(90);
        const bool back = dice_.one_in(2);
        const std::string sql = std::string(back ? "DATE_SUB(" : "DATE_ADD(") + sql_.maybe_qualified(t, c) +
                                ", INTERVAL " + std::to_string(n) + " " + unit + ")";
        a.rest = source(t.name, c.name) +
                 ", \"calculation\": {\"type\": \"date-math\", \"expression\": " + json_text(sql) + "}";
        a.value = [i = *i, kind = c.kind, n = back ? -n : n, unit](const Row& r) {
          return r[i] ? converted("S", kind, shifted(*r[i], n, unit)) : nothing();
        };
        return a;
      }
    }
  }

  std::optional<AttributeCase> transformed(const SourceTable& t) {
    AttributeCase a = fresh("S");
    a.in_keys = true;
    switch (dice_.below(dice_.one_in(4) ? 5 : 4)) {
      case 0: {
        const size_t x = sql_.any_column(t), y = sql_.any_column(t);
        const std::string before = dice_.pick<std::string>({"", "it's ", "100% ", "\\", "# "}),
                          between = dice_.pick<std::string>({"", "/", " \" "});
        const bool as_template = dice_.one_in(2);
        const std::string format = before + "{" + t.columns[x].name + "}" + between + "{ " + t.columns[y].name + " }";
        a.rest = source(t.name, t.columns[x].name) + ", \"transformation\": {\"type\": " +
                 (as_template ? "\"template\", \"template\": " : "\"string-format\", \"format\": ") +
                 json_text(format) + "}";
        a.value = [x, y, before, between, &t](const Row& r) {
          if (is_zero_date(t.columns[x].kind, r[x]) || is_zero_date(t.columns[y].kind, r[y])) return dead("zero_date");
          if (!r[x] || !r[y]) return nothing();
          return text_outcome(before + s_form(t.columns[x].kind, *r[x]) + between + s_form(t.columns[y].kind, *r[y]));
        };
        return a;
      }
      case 1: {
        auto i = sql_.pick_column(t, [](const Column& c) { return c.kind == Kind::datetime; });
        const Column& c = t.columns[*i];
        a.rest = source(t.name, c.name) +
                 ", \"transformation\": {\"type\": \"date-format\", \"format\": \"DD.MM.YYYY HH:mm:ss.SSS %Y'\"}";
        a.value = [i = *i](const Row& r) {
          if (!r[i]) return nothing();
          const std::string& d = *r[i];
          return text_outcome(d.substr(8, 2) + "." + d.substr(5, 2) + "." + d.substr(0, 4) + " " + d.substr(11, 8) +
                              "." + (d.size() > 19 ? d.substr(20, 3) : "000") + " %Y'");
        };
        return a;
      }
      case 2: {
        auto i =
            sql_.pick_column(t, [](const Column& c) { return c.kind == Kind::decimal || c.kind == Kind::integer; });
        const Column& c = t.columns[*i];
        const int scale = dice_.below(4);
        a.type = dice_.one_in(2) ? "S" : "N";
        a.in_keys = a.type == "S";
        const std::string format = dice_.one_in(2) ? std::to_string(scale) : "%." + std::to_string(scale) + "f";
        a.rest = source(t.name, c.name) +
                 ", \"transformation\": {\"type\": \"number-format\", \"format\": " + json_text(format) + "}";
        a.value = [i = *i, from = c.scale, scale, type = a.type](const Row& r) {
          return r[i] ? converted(type, Kind::decimal, rescaled(*r[i], from, scale)) : nothing();
        };
        return a;
      }
      case 4: {  // of most texts a dead letter
        auto i = sql_.pick_column(t, [](const Column& c) { return c.kind == Kind::text && !c.exact; });
        a.type = dice_.one_in(2) ? "L" : "M";
        a.in_keys = false;
        a.rest = source(t.name, t.columns[*i].name) + ", \"transformation\": {\"type\": \"json-parse\"}";
        a.value = [i = *i, type = a.type](const Row& r) { return converted(type, Kind::text, r[i]); };
        return a;
      }
      default: {
        const std::string value = dice_.pick(odd_texts());
        a.rest = source(t.name, t.columns[0].name) +
                 ", \"transformation\": {\"type\": \"static\", \"value\": " + json_text(value) + "}";
        a.value = [value](const Row&) { return text_outcome(value); };
        return a;
      }
    }
  }

  Dice& dice_;
  SqlMaker& sql_;
};

}  // namespace migrate::test::oracle
