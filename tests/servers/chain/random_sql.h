// The pieces that contracts are made of: names as people spell them, columns that fit, pairs of columns to join by,
// conditions together with what they hold for a row in memory.
#pragma once

#include "servers/chain/expected_values.h"

namespace migrate::test::oracle {

struct Predicate {
  std::string sql;
  std::function<int(const Row&)> holds;
};
using Pair = std::pair<size_t, size_t>;  // columns: of the row at hand, of the joined table

inline std::vector<const Row*> matches(const SourceTable& u, const Row& row, const std::vector<Pair>& pairs) {
  std::vector<const Row*> out;
  for (const Row& other : u.rows) {
    if (std::all_of(pairs.begin(), pairs.end(),
                    [&](const Pair& p) { return row[p.first] && other[p.second] == row[p.first]; }))
      out.push_back(&other);
  }
  return out;
}

inline bool deleted(const SourceTable& t, const Row& row) {
  return t.deleted_at >= 0 && row[static_cast<size_t>(t.deleted_at)].has_value();
}

class SqlMaker {
 public:
  SqlMaker(Dice& dice, const std::vector<SourceTable>& tables) : dice_(dice), tables_(tables) {}

  bool keep_deleted = false;  // of the table at hand

  // --- names in SQL ---

  std::string name(const std::string& id) {
    const bool simple =
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == id.npos;
    if (!simple || dice_.one_in(2)) return backticked(id);
    return id;
  }
  std::string column(const Column& c) {
    std::string id = c.name;
    if (dice_.one_in(6)) {
      for (char& ch : id) ch = static_cast<char>(ch >= 'a' && ch <= 'z' ? ch - 32 : ch);
    }
    return name(id);
  }
  std::string qualified(const std::string& table, const Column& c) { return name(table) + "." + column(c); }
  std::string maybe_qualified(const SourceTable& t, const Column& c) {
    return dice_.one_in(2) ? qualified(t.name, c) : column(c);
  }

  // --- picking ---

  template <class Fits>
  std::optional<size_t> pick_column(const SourceTable& t, const Fits& fits) {
    std::vector<size_t> found;
    for (size_t i = 0; i < t.columns.size(); ++i) {
      if (static_cast<int>(i) != t.deleted_at && fits(t.columns[i])) found.push_back(i);
    }
    if (found.empty()) return std::nullopt;
    return dice_.pick(found);
  }
  size_t any_column(const SourceTable& t) {
    return *pick_column(t, [](const Column&) { return true; });
  }
  const SourceTable& any_table() { return dice_.pick(tables_); }

  std::optional<Pair> pick_pair(const SourceTable& t, const SourceTable& u, bool unique) {
    const int u_index = static_cast<int>(&u - tables_.data()), t_index = static_cast<int>(&t - tables_.data());
    std::vector<Pair> found;
    for (size_t a = 0; a < t.columns.size(); ++a) {
      for (size_t b = 0; b < u.columns.size(); ++b) {
        const Column &x = t.columns[a], &y = u.columns[b];
        if (unique && !(y.unique || (b == 0 && u.key.size() == 1))) continue;
        const bool along = (x.refers_to == u_index && b == 0) || (y.refers_to == t_index && a == 0);
        const bool alike = x.kind == Kind::text && y.kind == Kind::text && x.exact && y.exact && dice_.one_in(6);
        if (along || alike) found.push_back({a, b});
      }
    }
    if (found.empty()) return std::nullopt;
    return dice_.pick(found);
  }

  // Joined column = column of the row at hand; a table joined with itself without alias needs this order.
  std::string condition(const SourceTable& t, const SourceTable& u, const std::string& alias, Pair pair) {
    std::string left = qualified(alias, u.columns[pair.second]), right = qualified(t.name, t.columns[pair.first]);
    if (alias != t.name && dice_.one_in(2)) std::swap(left, right);
    return left + " = " + right;
  }

  // What collections and aggregates see.
  std::function<std::vector<const Row*>(const Row&)> living(const SourceTable& u, Pair pair) {
    return [&u, pair, keep = keep_deleted](const Row& row) {
      auto found = matches(u, row, {pair});
      if (!keep) std::erase_if(found, [&](const Row* r) { return deleted(u, *r); });
      return found;
    };
  }

  // --- conditions ---

  Predicate comparison(const SourceTable& t, const std::string& qualifier) {
    auto i = pick_column(t, [](const Column& c) { return c.exact && c.kind != Kind::real; });
    const Column& c = t.columns[*i];
    const std::string ref = qualifier.empty() || dice_.one_in(2) ? column(c) : qualified(qualifier, c);
    const size_t at = *i;
    if (dice_.one_in(4)) {
      const bool negated = dice_.one_in(2);
      return {ref + (negated ? " IS NOT NULL" : " IS NULL"),
              [at, negated](const Row& r) { return r[at].has_value() == negated ? 1 : 0; }};
    }
    std::string value, sql;
    if (is_number(c.kind)) {
      value = with_scale(dice_.below(80) - 20, c.kind == Kind::decimal ? c.scale : 0);
      sql = value;
    } else {
      value = c.kind == Kind::text
                  ? dice_.pick(exact_texts())
                  : "2021-" + padded(1 + dice_.below(12), 2) + "-15" + (c.kind == Kind::datetime ? " 12:34:56" : "");
      sql = sql_text(value);
    }
    std::string op = dice_.pick<std::string>({"=", "<>", "<", "<=", ">", ">="});
    if (c.kind == Kind::datetime) op = "<";
    return {ref + " " + op + " " + sql, [at, &c, op, value](const Row& r) {
              if (!r[at]) return -1;
              const int order = compare(c, *r[at], value);
              if (op == "=") return order == 0 ? 1 : 0;
              if (op == "<>") return order != 0 ? 1 : 0;
              if (op == "<") return order < 0 ? 1 : 0;
              if (op == "<=") return order <= 0 ? 1 : 0;
              if (op == ">") return order > 0 ? 1 : 0;
              return order >= 0 ? 1 : 0;
            }};
  }

  Predicate predicate(const SourceTable& t, const std::string& qualifier) {
    Predicate a = comparison(t, qualifier);
    if (dice_.one_in(2)) return a;
    Predicate b = comparison(t, qualifier);
    switch (dice_.below(3)) {
      case 0:
        return {a.sql + " AND " + b.sql, [a = a.holds, b = b.holds](const Row& r) {
                  const int x = a(r), y = b(r);
                  return x == 0 || y == 0 ? 0 : x == 1 && y == 1 ? 1 : -1;
                }};
      case 1:
        return {"(" + a.sql + " OR " + b.sql + ")", [a = a.holds, b = b.holds](const Row& r) {
                  const int x = a(r), y = b(r);
                  return x == 1 || y == 1 ? 1 : x == 0 && y == 0 ? 0 : -1;
                }};
      default:
        return {"NOT (" + a.sql + ")", [a = a.holds](const Row& r) { return a(r) < 0 ? -1 : 1 - a(r); }};
    }
  }

 private:
  Dice& dice_;
  const std::vector<SourceTable>& tables_;
};

}  // namespace migrate::test::oracle
