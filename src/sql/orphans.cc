// orphan_selects(): from an entity's SELECT to the counts of rows whose joins find nothing.
#include "sql/orphans.h"

#include <algorithm>
#include <set>

#include "sql/print.h"
#include "sql/tree.h"

namespace migrate {
namespace {

// Columns that an expression names, without those inside subqueries.
void collect_columns(const ExprPtr& e, std::vector<ExprPtr>& out) {
  if (!e) return;
  if (e->kind == ExprKind::column) out.push_back(e);
  for (const ExprPtr& a : e->args) collect_columns(a, out);
}

std::set<std::string> qualifiers(const ExprPtr& e) {
  std::vector<ExprPtr> columns;
  collect_columns(e, columns);
  std::set<std::string> names;
  for (const ExprPtr& c : columns) names.insert(c->qualifier);
  return names;
}

// The joins up to `last` that its condition needs, itself among them, in order.
std::vector<LeftJoin> needed_joins(const std::vector<LeftJoin>& joins, size_t last) {
  std::set<std::string> needed = {joins[last].table.alias};
  std::vector<LeftJoin> out;
  for (size_t i = last + 1; i-- > 0;) {
    if (!needed.contains(joins[i].table.alias)) continue;
    needed.merge(qualifiers(joins[i].on));
    out.insert(out.begin(), joins[i]);
  }
  return out;
}

std::string first_reader(const SelectTree& select, const std::string& alias) {
  for (const SelectColumn& c : select.columns) {
    if (qualifiers(c.value).contains(alias)) return c.name;
  }
  return {};
}

}  // namespace

std::vector<OrphanSelect> orphan_selects(const EntityView& entity, Flavor flavor) {
  std::vector<OrphanSelect> out;
  if (!entity.select) return out;
  const SelectTree& select = *entity.select;
  for (size_t j = 0; j < select.joins.size(); ++j) {
    const LeftJoin& join = select.joins[j];
    std::vector<ExprPtr> columns, conditions = {select.where};
    collect_columns(join.on, columns);
    ExprPtr joined;
    for (const ExprPtr& c : columns) {
      if (c->qualifier != join.table.alias) conditions.push_back(is_not_null(c));
      if (c->qualifier == join.table.alias && !joined) joined = c;
    }
    const std::string attribute = first_reader(select, join.table.alias);
    if (!joined || conditions.size() == 1 || join.table.table.empty() || attribute.empty()) continue;
    // What a match compares is never NULL, so NULL means that there was none.
    conditions.push_back(is_null(joined));
    SelectTree count;
    count.columns = {{call("COUNT", {num(1)}), "orphans"}};
    count.from = select.from;
    count.joins = needed_joins(select.joins, j);
    count.where = all_of(std::move(conditions));
    out.push_back({attribute, join.table.table, print(count, flavor)});
  }
  return out;
}

}  // namespace migrate
