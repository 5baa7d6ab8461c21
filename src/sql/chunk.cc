// The statements that read an entity by ranges of its row key: chunk_select(), chunk_boundary_select(), key_literals(),
// duplicate_keys_select(), count_select() of view.h.
//
// (a, b) > (x, y) is written a > x OR (a = x AND b > y): servers do not use an index for comparisons of rows, and of
// a >= x AND (a > x OR b > y) they use the first part only, which reads every row of a = x. The literals have the
// columns' own character sets, so that the columns' collations, which are the index's order, decide.
#include <algorithm>

#include "base/text.h"
#include "sql/print.h"
#include "sql/tree.h"
#include "sql/view.h"

namespace migrate {
namespace {

const TableRef& row_table(const EntityView& entity) { return *entity.select->from; }

ExprPtr key_column(const EntityView& entity, size_t i) {
  return col(row_table(entity).alias, entity.row_key[i].column);
}

// Literals come ready made: digits and quoted texts alike are printed as they are.
ExprPtr ready(const KeyLiteral& literal) { return keyword(literal); }

// The rows after `key` (before, when `upto`) in the order of the row key.
ExprPtr beyond(const EntityView& entity, const std::vector<KeyLiteral>& key, bool upto) {
  ExprPtr condition;
  for (size_t i = key.size(); i-- > 0;) {
    ExprPtr column = key_column(entity, i);
    bool last = i + 1 == key.size();
    if (last) {
      condition = op(upto ? "<=" : ">", {column, ready(key[i])});
    } else {
      condition = any_of(
          {op(upto ? "<" : ">", {column, ready(key[i])}), all_of({op("=", {column, ready(key[i])}), condition})});
    }
  }
  return condition;
}

SelectTree keys_only(const EntityView& entity) {
  SelectTree s;
  s.from = row_table(entity);
  return s;
}

ExprPtr exact_double(const ExprPtr& value) { return op("+", {value, num("0.0e0")}); }

// What key_literals() makes a literal of: bytes of texts as hex, so that no conversion touches them.
ExprPtr boundary_value(const EntityView& entity, size_t i) {
  const RowKeyColumn& part = entity.row_key[i];
  ExprPtr column = key_column(entity, i);
  if (part.binary || !part.charset.empty()) return call("HEX", {column});
  if (part.ordinal) return op("+", {column, num(0)});
  // As itself a FLOAT would come with 6 digits, and rows that are above those would be read for ever.
  if (part.real) return exact_double(column);
  return column;
}

// A key's text such that values that DynamoDB calls equal are equal, as bytes. 1e5, 100000.0 and +100000 are one
// number: a DECIMAL holds those of 38 digits that have up to 61 before the point or 30 after it, a double tells the
// rest apart well enough to look at them again.
ExprPtr comparable(ExprPtr value, AttributeType type, bool has_floats) {
  if (type != AttributeType::N) return cast(value, "BINARY");
  if (has_floats) {
    for (char mark : {FLOAT_OPEN, FLOAT_CLOSE}) value = call("REPLACE", {value, lit(std::string(1, mark)), lit("")});
  }
  ExprPtr rough = exact_double(value), size = call("ABS", {rough});
  ExprPtr extreme = any_of({op(">=", {size, num("1e60")}), between(size, num("1e-200"), num("1e-12"))});
  return case_when(
      {{extreme, cast(rough, "BINARY")}, {op(">=", {size, num("1e34")}), cast(cast(value, "DECIMAL(65,4)"), "BINARY")}},
      cast(cast(value, "DECIMAL(65,30)"), "BINARY"));
}

// The comparable form of a key attribute, and its value; a table without a sort key has '' for both.
std::pair<ExprPtr, ExprPtr> key_of(const EntityView& e, const std::string& attribute, AttributeType type) {
  if (attribute.empty()) return {lit(""), lit("")};
  for (size_t i = 0; i < e.columns.size(); ++i) {
    if (e.columns[i].name != attribute) continue;
    const ExprPtr& value = e.select->columns[i].value;
    return {comparable(value, type, e.columns[i].has_floats), value};
  }
  return {null_lit(), null_lit()};
}

// pk, sk and their comparable forms of one entity's rows, and their row keys when `with_rows`.
SelectTree keyed_rows(const TableViews& views, size_t index, size_t row_keys, bool with_rows) {
  const EntityView& e = views.entities[index];
  SelectTree s = *e.select;
  s.columns.clear();
  const auto [p, pk] = key_of(e, views.pk, views.pk_type);
  const auto [q, sk] = key_of(e, views.sk, views.sk_type);
  s.columns = {{p, "p"}, {q, "s"}};
  if (!with_rows) return s;
  s.columns.push_back({lit(e.entity), "entity"});
  s.columns.push_back({pk, "pk"});
  s.columns.push_back({sk, "sk"});
  for (size_t i = 0; i < row_keys; ++i) {
    // As the chunk's rows have it, so that the engine finds a row among those that share its key.
    ExprPtr key = i < e.row_key.size() ? cast(e.select->columns[e.columns.size() + i].value, "BINARY") : null_lit();
    s.columns.push_back({key, "k" + std::to_string(i + 1)});
  }
  return s;
}

SelectPtr all_keyed_rows(const TableViews& views, size_t row_keys, bool with_rows) {
  auto all = std::make_shared<SelectTree>(keyed_rows(views, 0, row_keys, with_rows));
  for (size_t i = 1; i < views.entities.size(); ++i)
    all->union_all.push_back(std::make_shared<SelectTree>(keyed_rows(views, i, row_keys, with_rows)));
  return all;
}

}  // namespace

std::string chunk_select(const EntityView& entity, const KeyRange& range, Flavor flavor) {
  SelectTree s = *entity.select;
  if (!range.after.empty()) s.where = all_of({s.where, beyond(entity, range.after, false)});
  if (!range.upto.empty()) s.where = all_of({s.where, beyond(entity, range.upto, true)});
  // Another index, for deleted_at perhaps, would read rows of the whole table.
  if (!range.after.empty() || !range.upto.empty()) s.from->force_index = entity.row_key_index;
  return print(s, flavor, 0, Indexes::forced);
}

std::string chunk_boundary_select(const EntityView& entity, const std::vector<KeyLiteral>& after, uint64_t rows,
                                  Flavor flavor) {
  SelectTree s = keys_only(entity);
  s.from->force_index = entity.row_key_index;
  for (size_t i = 0; i < entity.row_key.size(); ++i) {
    s.columns.push_back({boundary_value(entity, i), ""});
    s.order_by.push_back({key_column(entity, i), false});
  }
  if (!after.empty()) s.where = beyond(entity, after, false);
  s.limit = 1;
  s.offset = rows == 0 ? 0 : rows - 1;
  return print(s, flavor, 0, Indexes::forced);
}

std::vector<KeyLiteral> key_literals(const EntityView& entity, const std::vector<std::optional<std::string>>& row) {
  std::vector<KeyLiteral> out;
  for (size_t i = 0; i < entity.row_key.size() && i < row.size(); ++i) {
    const RowKeyColumn& part = entity.row_key[i];
    const std::string value = row[i].value_or("");
    if (part.binary) {
      out.push_back("X'" + value + "'");
    } else if (!part.charset.empty()) {
      out.push_back("_" + part.charset + " X'" + value + "'");
    } else if (part.real) {
      out.push_back(value.find('e') == value.npos ? value + "e0" : value);
    } else if (part.numeric || part.ordinal) {
      out.push_back(value);
    } else {
      out.push_back(text_literal(value));
    }
  }
  return out;
}

std::string duplicate_keys_select(const TableViews& views, Flavor flavor) {
  size_t row_keys = 0;
  for (const EntityView& e : views.entities) row_keys = std::max(row_keys, e.row_key.size());
  SelectTree groups;
  groups.columns = {{col("g", "p"), "p"}, {col("g", "s"), "s"}};
  TableRef grouped;
  grouped.select = all_keyed_rows(views, 0, false);
  grouped.alias = "g";
  groups.from = grouped;
  groups.where = all_of({is_not_null(col("g", "p")), is_not_null(col("g", "s"))});
  groups.group_by = {col("g", "p"), col("g", "s")};
  groups.having = op(">", {call("COUNT", {num(1)}), num(1)});
  SelectTree s;
  s.columns = {{col("r", "entity"), ""}, {col("r", "pk"), ""}, {col("r", "sk"), ""}};
  s.order_by = {{col("r", "p"), false}, {col("r", "s"), false}, {col("r", "entity"), false}};
  for (size_t i = 0; i < row_keys; ++i) {
    s.columns.push_back({col("r", "k" + std::to_string(i + 1)), ""});
    s.order_by.push_back({s.columns.back().value, false});
  }
  TableRef duplicates, rows;
  duplicates.select = std::make_shared<SelectTree>(std::move(groups));
  duplicates.alias = "d";
  rows.select = all_keyed_rows(views, row_keys, true);
  rows.alias = "r";
  // In this order: MySQL 8.0.15 loses constants on the right of a LEFT JOIN that it sorts.
  s.from = rows;
  s.joins = {{duplicates, all_of({op("=", {col("r", "p"), col("d", "p")}), op("=", {col("r", "s"), col("d", "s")})})}};
  s.where = is_not_null(col("d", "p"));
  return print(s, flavor, 0, Indexes::forced);
}

std::string count_select(const EntityView& entity, Flavor flavor) {
  SelectTree s;
  s.columns = {{call("COUNT", {num(1)}), ""}};
  s.from = entity.select->from;
  s.where = entity.select->where;
  // A condition may read what was joined.
  s.joins = entity.select->joins;
  return print(s, flavor, 0, Indexes::forced);
}

}  // namespace migrate
