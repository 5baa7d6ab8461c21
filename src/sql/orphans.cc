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

// The joins among the first `count` that what is `needed` (aliases) depends on, in order.
std::vector<LeftJoin> needed_joins(const std::vector<LeftJoin>& joins, size_t count, std::set<std::string> needed) {
  std::vector<LeftJoin> out;
  for (size_t i = count; i-- > 0;) {
    if (!needed.contains(joins[i].table.alias)) continue;
    needed.merge(qualifiers(joins[i].on));
    out.insert(out.begin(), joins[i]);
  }
  return out;
}

ExprPtr some_row(const SelectTree& step, const ExprPtr& more) {
  SelectTree s;
  s.columns = {{num(1), ""}};
  s.from = step.from;
  s.where = all_of({step.where, more});
  return exists(std::make_shared<SelectTree>(std::move(s)));
}

// Holds for a row that the steps before lead to a row which names one of this step that is not there. Columns of the
// joined table itself tell nothing: a condition may hold of their NULL.
ExprPtr is_orphan(const FramedJoin& join, size_t step) {
  std::vector<ExprPtr> columns, conditions;
  collect_columns(join.steps[step]->where, columns);
  for (const ExprPtr& c : columns) {
    if (c->qualifier != join.steps[step]->from->alias) conditions.push_back(is_not_null(c));
  }
  if (conditions.empty()) return nullptr;
  conditions.push_back(not_(some_row(*join.steps[step], nullptr)));
  ExprPtr orphan = all_of(std::move(conditions));
  while (step-- > 0) orphan = some_row(*join.steps[step], orphan);
  return orphan;
}

std::string count_rows(const SelectTree& select, std::vector<LeftJoin> joins, std::vector<ExprPtr> conditions,
                       Flavor flavor) {
  SelectTree count;
  count.columns = {{call("COUNT", {num(1)}), "orphans"}};
  count.from = select.from;
  count.joins = std::move(joins);
  count.where = all_of(std::move(conditions));
  return print(count, flavor);
}

std::string first_reader(const EntityView& entity, const std::string& alias) {
  for (const SelectColumn& c : entity.select->columns) {
    if (qualifiers(c.value).contains(alias)) return c.name;
  }
  for (const FramedJoin& join : entity.framed_joins) {
    for (const auto& step : join.steps) {
      if (qualifiers(step->where).contains(alias)) return join.attribute;
    }
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
    const std::string attribute = first_reader(entity, join.table.alias);
    if (join.table.table.empty() || attribute.empty()) continue;
    auto step = std::make_shared<SelectTree>();
    step->from = join.table;
    step->where = join.on;
    const ExprPtr orphan = is_orphan({attribute, {step}}, 0);
    if (!orphan) continue;
    out.push_back(
        {attribute, join.table.table,
         count_rows(select, needed_joins(select.joins, j, qualifiers(join.on)), {select.where, orphan}, flavor)});
  }
  for (const FramedJoin& join : entity.framed_joins) {
    for (size_t step = 0; step < join.steps.size(); ++step) {
      const ExprPtr orphan = is_orphan(join, step);
      if (!orphan) continue;
      std::set<std::string> needed;
      for (const auto& s : join.steps) needed.merge(qualifiers(s->where));
      out.push_back({join.attribute, join.steps[step]->from->table,
                     count_rows(select, needed_joins(select.joins, select.joins.size(), std::move(needed)),
                                {select.where, orphan}, flavor)});
    }
  }
  return out;
}

}  // namespace migrate
