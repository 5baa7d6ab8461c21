// The tables that attributes join, of EntityBuilder: which table, on what, whether one row at most can match, and so
// whether it is a LEFT JOIN or stands in a subquery.
#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "sql/entity_builder.h"
#include "sql/functions.h"
#include "sql/print.h"

namespace migrate {
namespace {

void flatten_and(const ExprPtr& e, std::vector<ExprPtr>& out) {
  if (e->kind == ExprKind::infix && e->text == "AND") {
    for (const ExprPtr& a : e->args) flatten_and(a, out);
  } else {
    out.push_back(e);
  }
}

const Column* plain_column(const Expr& e, const Instance& instance) {
  if (e.kind == ExprKind::collate) return plain_column(*e.args[0], instance);
  return e.kind == ExprKind::column && e.qualifier == instance.alias ? instance.table->column(e.text) : nullptr;
}

bool textual(const Column& column) {
  const ValueKind k = value_type(column).kind;
  return k == ValueKind::text || k == ValueKind::enumeration || k == ValueKind::set;
}

const Column* column_at_hand(const Expr& e, const Scope& scope) {
  if (const Column* c = plain_column(e, scope.row)) return c;
  for (const Instance& i : scope.joined) {
    if (const Column* c = plain_column(e, i)) return c;
  }
  return nullptr;
}

// Whether texts are compared under the collation of `column`, whose distinct values are then distinct: as `own`, which
// is the column or has a written COLLATE, and `other`, which is compared with it.
bool by_own_collation(const Column& column, const Expr& own, const Expr& other, const Scope& scope) {
  if (own.kind == ExprKind::collate && !equal_ignoring_case(own.text, column.collation)) return false;
  if (other.kind == ExprKind::collate) return equal_ignoring_case(other.text, column.collation);
  if (other.kind == ExprKind::text) return true;
  const Column* c = column_at_hand(other, scope);
  return c && textual(*c) && (own.kind == ExprKind::collate || c->collation == column.collation);
}

// Whether `other` equals at most one of the distinct values of `column`, which `own` is: texts that are compared with
// numbers do not ('1' and '01' are both 1).
bool pins(const Column& column, const Expr& own, const Expr& other, const Scope& scope) {
  return !textual(column) || by_own_collation(column, own, other, scope);
}

bool literal(const Expr& e) {
  return e.kind == ExprKind::text || e.kind == ExprKind::bytes || e.kind == ExprKind::number ||
         e.kind == ExprKind::keyword || (e.kind == ExprKind::collate && literal(*e.args[0]));
}

bool has_column(const std::vector<std::string>& list, const std::string& column) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& c) { return equal_ignoring_case(c, column); });
}

// The columns of a joined table that a join's condition compares by `=` with something else.
struct Compared {
  std::vector<std::string> columns;
  std::vector<std::string> pinned;    // of these, those that have one value for each row at hand
  std::vector<std::string> from_row;  // of these, those whose value comes from the row at hand
};

std::string rules_out_several(const SourceTable& table, const std::vector<std::string>& compared) {
  if (compared.empty()) return {};
  const std::string columns = "(" + join(compared, ", ") + ")";
  if (table.unique_on(compared))
    return "; the unique key on " + columns +
           " would rule them out, but values are not compared as it compares them: compare the column as it is, with "
           "one of the same type and collation";
  return "; a unique key on " + columns + " rules them out";
}

struct LookupIndex {
  bool helps = false;  // some index starts with a column that is compared
  std::string forced;  // that by which the rows are found, once for each row; empty: none is sure to be right
};

// Of the indexes that start with pinned columns, the one with most that come from the row at hand is forced. What a
// literal pins narrows, but leads to as many rows for each row.
LookupIndex lookup_index(const SourceTable& table, const Compared& compared) {
  LookupIndex found;
  std::tuple<size_t, bool, size_t> most = {0, false, 0};  // columns of the row, one row at most, columns in all
  auto consider = [&](const std::string& name, const std::vector<std::string>& columns, bool unique) {
    found.helps = found.helps || (!columns.empty() && has_column(compared.columns, columns[0]));
    size_t leading = 0, correlated = 0;
    for (; leading < columns.size() && has_column(compared.pinned, columns[leading]); ++leading)
      correlated += has_column(compared.from_row, columns[leading]) ? 1 : 0;
    const std::tuple<size_t, bool, size_t> rank = {correlated, unique && leading == columns.size(), leading};
    if (correlated > 0 && rank > most) found.forced = name, most = rank;
  };
  consider("PRIMARY", table.primary_key, true);
  for (const Key& key : table.keys) {
    if (!key.ignored) consider(key.name, key.columns, key.unique);
  }
  return found;
}

}  // namespace

const SourceTable* EntityBuilder::find_table(const Text& name) {
  if (const SourceTable* t = schema_.table(name.text)) {
    reads_.insert(t->name);
    return t;
  }
  std::vector<std::string> names;
  for (const SourceTable& t : schema_.tables) names.push_back(t.name);
  std::string hint = did_you_mean(name.text, names);
  if (hint.empty()) hint = "the database '" + schema_.database + "' has no such table, or the account may not see it";
  diagnostics_.error(ErrorKind::contract_schema, "unknown source table '" + printable(name.text) + "'", hint, at(name));
  return nullptr;
}

std::string EntityBuilder::unused_alias(std::string_view wanted) {
  for (int n = 1;; ++n) {
    std::string alias(wanted);
    if (n > 1) alias += "_" + std::to_string(n);
    if (aliases_.insert(lower_ascii(alias)).second) return alias;
  }
}

TableRef EntityBuilder::table_ref(const Instance& instance) const {
  TableRef ref;
  if (!project_.views.database.empty() && project_.views.database != schema_.database) ref.database = schema_.database;
  ref.table = instance.table->name;
  ref.alias = instance.alias;
  if (auto index = lookup_indexes_.find(instance.alias); index != lookup_indexes_.end())
    ref.lookup_index = index->second;
  return ref;
}

// The table behind the row's column of a self-join's condition, where a foreign key leads to another table: people copy
// the pattern for lookups, and reading the row's own table there gives wrong names in silence. Empty: none.
std::string EntityBuilder::deduced_target(const JoinStep& step) {
  for (const Text& condition : step.conditions) {
    SyntaxProblem ignored;  // reported when the condition is resolved
    auto syntax = parse_expression(condition.text, ignored);
    if (!syntax || syntax->kind != SyntaxKind::infix || syntax->text != "=") continue;
    for (const Syntax& side : syntax->args) {
      if (side.kind != SyntaxKind::name || equal_ignoring_case(side.qualifier, step.alias.text)) continue;
      for (const ForeignKey& key : row_.table->foreign_keys) {
        if (key.columns.size() == 1 && equal_ignoring_case(key.columns[0], side.text) &&
            !equal_ignoring_case(key.target_table, row_.table->name))
          return key.target_table;
      }
    }
  }
  return {};
}

const SourceTable* EntityBuilder::joined_table(const JoinStep& step, JoinKind kind, const Text& at_join) {
  if (!step.target_table.empty()) return find_table(step.target_table);
  if (kind != JoinKind::self_join) {
    diagnostics_.error(ErrorKind::contract_value, "the join names no target_table", "add \"target_table\"",
                       at(at_join));
    return nullptr;
  }
  std::string target = deduced_target(step);
  if (target.empty()) return row_.table;
  Text name = step.alias;
  name.text = target;
  diagnostics_.warn(
      ErrorKind::contract_schema,
      "this self-join follows a foreign key to another table, so '" + target + "' is read, not '" + row_.table->name +
          "'",
      "write \"target_table\": \"" + target + "\" (or \"" + row_.table->name + "\") to say which is meant",
      at(step.alias.empty() ? at_join : step.alias));
  return find_table(name);
}

std::optional<ExprPtr> EntityBuilder::join_condition(const JoinStep& step, Scope& scope) {
  const Instance& joined = scope.joined.back();
  std::vector<ExprPtr> all;
  for (const auto& [local, other] : step.pairs) {
    auto left = column_of(joined, other.text, origin(other), 0, notes_);
    auto right = column_of(scope.row, local.text, origin(local), 0, notes_);
    if (!left || !right) return std::nullopt;
    all.push_back(compare_sides("=", *left, *right, scope));
  }
  for (const Text& text : step.conditions) {
    Origin where = origin(text);
    auto syntax = parse_at(where, notes_);
    if (!syntax) return std::nullopt;
    scope.sides = joined.table == scope.row.table &&
                  (joined.called.empty() || !mentions_name(*syntax, joined.called)) &&
                  !mentions_name(*syntax, "parent");
    auto typed = resolve_syntax(*syntax, where, scope, notes_);
    if (!typed) return std::nullopt;
    if (!mentions(*typed->expr, joined.alias)) {
      diagnostics_.error(
          ErrorKind::sql_expression, "the join's condition names no column of '" + joined.table->name + "'",
          "compare a column of '" + joined.table->name + "' with one of '" + scope.row.table->name + "'", at(text));
      return std::nullopt;
    }
    all.push_back(typed->expr);
  }
  return all_of(std::move(all));
}

void EntityBuilder::warn_no_index(const SourceTable& table, const std::vector<std::string>& compared,
                                  const Text& at_join, std::string_view attribute) {
  std::string hint = "compare a column of '" + table.name + "' by `=`";
  if (!compared.empty()) {
    std::string quoted;
    for (const std::string& c : compared) quoted += (quoted.empty() ? "" : ", ") + quote_name(c);
    hint = "CREATE INDEX " + quote_name("idx_" + table.name + "_" + compared[0]) + " ON " + quote_name(table.name) +
           " (" + quoted + ");";
  }
  diagnostics_.warn(ErrorKind::contract_schema,
                    "attribute '" + std::string(attribute) + "': no index of '" + table.name +
                        "' helps this join, so each row reads the whole table",
                    hint, at(at_join));
}

// Whether one row of the last joined table at most can match; notes the index that finds it, warns where more can match
// although one is meant, and where no index helps.
bool EntityBuilder::single_match(const Scope& scope, const ExprPtr& on, const Text& at_join, std::string_view attribute,
                                 bool one_meant) {
  const Instance& joined = scope.joined.back();
  std::vector<ExprPtr> conditions;
  flatten_and(on, conditions);
  Compared compared;
  for (const ExprPtr& e : conditions) {
    if (e->kind != ExprKind::infix || e->text != "=") continue;
    for (size_t i = 0; i < 2; ++i) {
      const Column* c = plain_column(*e->args[i], joined);
      if (!c || mentions(*e->args[1 - i], joined.alias)) continue;
      compared.columns.push_back(c->name);
      if (!pins(*c, *e->args[i], *e->args[1 - i], scope)) continue;
      compared.pinned.push_back(c->name);
      if (!literal(*e->args[1 - i])) compared.from_row.push_back(c->name);
    }
  }
  const LookupIndex index = lookup_index(*joined.table, compared);
  lookup_indexes_[joined.alias] = index.forced;
  if (!index.helps && !joined.table->is_view) warn_no_index(*joined.table, compared.columns, at_join, attribute);
  bool single = joined.table->unique_on(compared.pinned);
  if (!single && one_meant) {
    diagnostics_.warn(ErrorKind::contract_schema,
                      "attribute '" + std::string(attribute) + "': the join can match several rows of '" +
                          joined.table->name + "' where one is meant",
                      "a row with several matches becomes a dead letter (duplicate_key)" +
                          rules_out_several(*joined.table, compared.columns),
                      at(at_join));
  }
  return single;
}

Scope EntityBuilder::join_scope(const JoinUse& use, bool bare_is_joined) const {
  Scope scope{row_, use.steps, bare_is_joined, false};
  const Instance& last = use.steps.back();
  scope.sides = bare_is_joined && last.table == row_.table && last.called.empty();
  return scope;
}

JoinUse* EntityBuilder::use_join(const std::vector<JoinStep>& steps, JoinKind kind, const Text& at_join,
                                 std::string_view attribute) {
  std::string key;
  for (const JoinStep& step : steps) {
    key += step.target_table.text + '\x1f' + step.alias.text + '\x1e';
    for (const auto& [local, other] : step.pairs) key += local.text + "=" + other.text + '\x1f';
    for (const Text& c : step.conditions) key += c.text + '\x1f';
    key += '\x1d';
  }
  if (auto found = uses_.find(key); found != uses_.end()) return &found->second;
  JoinUse use;
  use.attribute = attribute;
  Scope scope{row_, {}, false, false};
  bool all_single = true;
  for (const JoinStep& step : steps) {
    const SourceTable* target = joined_table(step, kind, at_join);
    if (!target) return nullptr;
    Instance instance{unused_alias(step.alias.empty() ? target->name : step.alias.text), target, step.alias.text};
    scope.joined.push_back(instance);
    auto on = join_condition(step, scope);
    if (!on || !*on) return nullptr;
    all_single = single_match(scope, *on, at_join, attribute, true) && all_single;
    use.steps.push_back(instance);
    use.on.push_back(*on);
    if (all_single) {
      joins_.push_back({table_ref(instance), *on});
      use.framed = use.steps.size();
    }
  }
  // A key column of the joined row is never NULL; where it has none, any matched row is told by its condition.
  const SourceTable& last = *use.steps.back().table;
  std::vector<std::string> row_key = last.row_key();
  use.matched = row_key.empty() ? use.on.back() : is_not_null(col(use.steps.back().alias, row_key[0]));
  JoinUse& kept = uses_.emplace(key, std::move(use)).first->second;
  if (kept.has_frame()) { note_error(std::string(attribute), case_when({{several(kept), lit("duplicate_key")}})); }
  return &kept;
}

// The rows of a table that belong to the row at hand, for an aggregate or a collection.
const JoinUse* EntityBuilder::use_many(const Text& target, const std::vector<Text>& conditions, const Text& at_join,
                                       std::string_view attribute, Scope& scope) {
  const SourceTable* table = find_table(target);
  if (!table) return nullptr;
  JoinStep step;
  step.target_table = target;
  step.conditions = conditions;
  JoinUse use;
  use.steps.push_back({unused_alias(table->name), table, ""});
  scope = Scope{row_, use.steps, false, false};
  auto on = join_condition(step, scope);
  if (!on || !*on) return nullptr;
  single_match(scope, *on, at_join, attribute, false);
  use.on.push_back(all_of({*on, alive(use.steps[0], at_join)}));
  use.aggregate = true;
  scope = join_scope(use, true);
  return &uses_.emplace("many " + std::to_string(uses_.size()), std::move(use)).first->second;
}

// A LEFT JOIN inside a subquery, whose condition may name the row at hand. MySQL 8.0 does not find columns of the outer
// query in an ON clause ("Unknown column … in 'on clause'"), but does in a LATERAL table; MariaDB has no LATERAL.
LeftJoin EntityBuilder::frame_join(const Instance& joined, const ExprPtr& on) const {
  if (options().flavor != Flavor::mysql) return {table_ref(joined), on};
  SelectTree rows;
  rows.from = table_ref(joined);
  rows.where = on;
  for (const Column& c : joined.table->columns) rows.columns.push_back({col(joined.alias, c.name), c.name});
  TableRef ref;
  ref.select = std::make_shared<SelectTree>(std::move(rows));
  ref.alias = joined.alias;
  ref.lateral = true;
  return {std::move(ref), keyword("TRUE")};
}

// FROM and WHERE of the subquery, without its columns.
SelectTree EntityBuilder::frame_select(const JoinUse& use) const {
  SelectTree s;
  size_t first = use.framed;
  if (use.outer) {
    SelectTree one;
    one.columns = {{num(1), "one"}};
    TableRef ref;
    ref.select = std::make_shared<SelectTree>(std::move(one));
    ref.alias = "one";
    s.from = std::move(ref);
  } else {
    s.from = table_ref(use.steps[first]);
    s.where = use.on[first];
    ++first;
  }
  for (size_t i = first; i < use.steps.size(); ++i) s.joins.push_back(frame_join(use.steps[i], use.on[i]));
  return s;
}

FramedJoin EntityBuilder::framed_join(const JoinUse& use) const {
  FramedJoin join{use.attribute, {}};
  for (size_t i = use.framed; i < use.steps.size(); ++i) {
    SelectTree step;
    step.from = table_ref(use.steps[i]);
    step.where = use.on[i];
    join.steps.push_back(std::make_shared<SelectTree>(std::move(step)));
  }
  return join;
}

ExprPtr EntityBuilder::framed(const JoinUse& use, const ExprPtr& value) const {
  SelectTree s = frame_select(use);
  s.columns = {{value, ""}};
  bool counts = value->kind == ExprKind::call && value->text == "COUNT";
  if (!use.aggregate && !counts) s.limit = 1;
  return subquery(std::make_shared<SelectTree>(std::move(s)));
}

ExprPtr EntityBuilder::several(const JoinUse& use) const {
  return op(">", {framed(use, call("COUNT", {num(1)})), num(1)});
}

}  // namespace migrate
