// Aggregates and JSON collections, of EntityBuilder: subqueries of the row at hand, so that they never multiply rows.
//
// A list is an ordered GROUP_CONCAT of JSON objects: MySQL's JSON_ARRAYAGG takes neither ORDER BY nor LIMIT. The
// server cuts GROUP_CONCAT at group_concat_max_len in silence; a list that was cut is no JSON any more, so its number
// of elements, compared with COUNT, tells.
//
// The list and its error are two subqueries, and the server runs both. One would have to stand in the FROM: a LATERAL
// table, which MariaDB has not, or a derived table around the entity, which MariaDB merges again into two and MySQL
// makes whole for each chunk.
#include <algorithm>

#include "base/text.h"
#include "sql/entity_builder.h"
#include "sql/functions.h"

namespace migrate {
namespace {

std::string_view aggregate_name(AggregateOperation operation) {
  switch (operation) {
    case AggregateOperation::sum:
      return "SUM";
    case AggregateOperation::count:
      return "COUNT";
    case AggregateOperation::avg:
      return "AVG";
    case AggregateOperation::min:
      return "MIN";
    case AggregateOperation::max:
      return "MAX";
  }
  return "COUNT";
}

ValueType aggregate_type(AggregateOperation operation, const ValueType& of) {
  bool exact = is_number(of.kind) && of.kind != ValueKind::real && of.kind != ValueKind::real32;
  switch (operation) {
    case AggregateOperation::count:
      return computed_type(ValueKind::integer);
    case AggregateOperation::sum:
    case AggregateOperation::avg: {
      ValueType t = computed_type(exact ? ValueKind::decimal : ValueKind::real);
      t.scale = exact ? of.scale + (operation == AggregateOperation::avg ? 4 : 0) : 0;
      t.precision = exact ? 65 : 0;
      return t;
    }
    default: {
      // MIN and MAX compare ENUM and SET as texts, and give text.
      if (of.kind == ValueKind::enumeration || of.kind == ValueKind::set) return computed_type(ValueKind::text);
      ValueType t = of;
      t.zerofill = false;
      return t;
    }
  }
}

// The servers sum anything: a text that is no number is 0, a date is 20240203.
bool sums_up(AggregateOperation operation, const Typed& of) {
  if (operation != AggregateOperation::sum && operation != AggregateOperation::avg) return true;
  return of.column == nullptr || is_number(of.type.kind) || of.type.kind == ValueKind::bit ||
         of.type.kind == ValueKind::year;
}

// The first code among the elements of a limited list, of which most have none: MariaDB's MAX would go over all rows.
ExprPtr first_code(const ExprPtr& code, const std::vector<OrderTerm>& order, std::optional<uint64_t> limit) {
  const ExprPtr codes =
      group_concat(call("COALESCE", {call("CONCAT", {code, lit(",")}), lit("")}), order, "", false, limit);
  return call("NULLIF", {call("SUBSTRING_INDEX", {codes, lit(","), num(1)}), lit("")});
}

}  // namespace

std::optional<Value> EntityBuilder::aggregate_value(const Attribute& attribute) {
  const Calculation& c = *attribute.calculation;
  Scope scope;
  const JoinUse* use = use_many(c.target_table, {c.join_condition}, c.at, attribute.name.text, scope);
  if (!use) return std::nullopt;
  SyntaxProblem problem;
  auto syntax = parse_aggregate(c.select.text, problem);
  if (!syntax) {
    diagnostics_.error(ErrorKind::sql_expression, problem.message, problem.hint,
                       contract_.place(c.select, problem.offset));
    return std::nullopt;
  }
  std::string function(aggregate_name(c.operation));
  Typed of{num(1), computed_type(ValueKind::integer), nullptr, nullptr};
  if (syntax->value) {
    auto typed = resolve_syntax(*syntax->value, origin(c.select), scope, notes_);
    if (!typed) return std::nullopt;
    of = *typed;
    if (!sums_up(c.operation, of)) {
      diagnostics_.error(
          ErrorKind::contract_schema,
          function + " of column '" + of.column->name + "', which is " + of.column->column_type + " and no number",
          "name a number, or say how it becomes one: CAST(" + of.column->name + " AS DECIMAL(20,4))", at(c.select));
      return std::nullopt;
    }
  } else if (c.operation != AggregateOperation::count) {
    diagnostics_.error(ErrorKind::sql_expression, function + " of `*` has no meaning", "name a column", at(c.select));
    return std::nullopt;
  }
  ExprPtr e = syntax->distinct ? call_distinct(function, of.expr) : call(function, {of.expr});
  Value value;
  value.branches.push_back({nullptr,
                            {e, aggregate_type(c.operation, of.type), nullptr, nullptr},
                            of.error ? call("MAX", {of.error}) : nullptr,
                            false});
  value.join = use;
  return value;
}

// JSON_OBJECT of the columns that the construction names, and what can go wrong in it.
std::optional<EntityBuilder::Members> EntityBuilder::members(const Construction& construction, const Scope& scope) {
  std::vector<ExprPtr> args;
  Members out;
  bool ok = true;
  for (const auto& [name, select] : construction.columns) {
    auto typed = resolve_expression(origin(select), scope, notes_);
    if (!typed) {
      ok = false;
      continue;
    }
    Converted member = to_json_member(typed->expr, typed->type, options());
    args.push_back(lit(name.text));
    args.push_back(member.value);
    out.error = first_error(out.error, first_error(typed->error, member.error));
  }
  if (!ok) return std::nullopt;
  // As text: MySQL keeps JSON that passes through a temporary table in binary, where a DECIMAL loses its trailing
  // zeros, its GROUP_CONCAT sorts JSON in that form, and a cut one ends the statement.
  out.object = convert_using(call("JSON_OBJECT", std::move(args)), "utf8mb4");
  return out;
}

// order_by, then the joined table's primary key, so that the same rows always give the same item.
std::optional<std::vector<OrderTerm>> EntityBuilder::member_order(const Construction& construction,
                                                                  const Scope& scope) {
  std::vector<OrderTerm> order;
  if (!construction.order_by.empty()) {
    auto terms = resolve_order_by(origin(construction.order_by), scope, notes_);
    if (!terms) return std::nullopt;
    // The ORDER BY inside GROUP_CONCAT takes NULL for 0 or an empty text, on both servers; elsewhere NULL goes first.
    for (OrderTerm& term : *terms) {
      order.push_back({is_null(term.value), !term.descending});
      order.push_back(std::move(term));
    }
  }
  const Instance& joined = scope.joined.back();
  for (const std::string& c : joined.table->row_key()) order.push_back({col(joined.alias, c), false});
  return order;
}

Converted EntityBuilder::list_of(const JoinUse& use, const Members& one, const std::vector<OrderTerm>& order,
                                 const Join& join) const {
  const std::optional<uint64_t> limit = join.construction->limit;
  JoinUse rows = use;
  SelectTree list = frame_select(rows);
  ExprPtr object = one.object, error = one.error;
  std::vector<OrderTerm> by = order;
  // A limited list: MariaDB's GROUP_CONCAT has LIMIT; MySQL's derived tables may refer to the row at hand.
  bool derived = limit && notes_.flavor == Flavor::mysql;
  if (derived) {
    SelectTree inner = list;
    inner.columns = {{object, "element"}};
    if (error) inner.columns.push_back({error, "error"});
    by.clear();
    for (size_t i = 0; i < order.size(); ++i) {
      std::string name = "order_" + std::to_string(i + 1);
      inner.columns.push_back({order[i].value, name});
      by.push_back({col("rows", name), order[i].descending});
    }
    inner.order_by = order;
    inner.limit = limit;
    object = col("rows", "element");
    if (error) error = col("rows", "error");
    list = SelectTree{};
    TableRef ref;
    ref.select = std::make_shared<SelectTree>(std::move(inner));
    ref.alias = "rows";
    list.from = std::move(ref);
  }
  ExprPtr elements = group_concat(object, by, ",", false, derived ? std::nullopt : limit);
  ExprPtr json = call("CONCAT", {lit("["), call("COALESCE", {elements, lit("")}), lit("]")});
  ExprPtr cut;
  if (limit && !derived) {
    ExprPtr count = call("LEAST", {call("COUNT", {num(1)}), num(std::to_string(*limit))});
    cut = not_(op("<=>", {call("JSON_LENGTH", {json}), count}));
  } else {
    ExprPtr commas = op("-", {call("COUNT", {num(1)}), num(1)});
    ExprPtr whole = op("+", {call("SUM", {call("LENGTH", {object})}), commas});
    // Brackets around a list of almost max_allowed_packet make it NULL, in silence.
    whole = op("+", {call("COALESCE", {whole, num(0)}), num(2)});
    cut = not_(op("<=>", {call("LENGTH", {json}), whole}));
  }
  if (error) error = limit ? first_code(error, by, derived ? std::nullopt : limit) : call("MAX", {error});
  ExprPtr code = case_when({{cut, lit("collection_truncated")}}, error);
  if (join.null_value)
    json = case_when({{op("=", {call("COUNT", {num(1)}), num(0)}), lit(join.null_value->text)}}, json);
  auto select = [&](const ExprPtr& value) {
    SelectTree s = list;
    s.columns = {{value, ""}};
    return subquery(std::make_shared<SelectTree>(std::move(s)));
  };
  return Converted{select(json), select(code)};
}

std::optional<Value> EntityBuilder::collection_value(const Attribute& attribute) {
  const Join& join = *attribute.join;
  const Construction& construction = *join.construction;
  const JoinStep& step = join.steps[0];
  Value value;
  if (!construction.array && schema_.table(step.target_table.text) == row_.table) {
    Scope own{row_, {}, false, false};
    auto one = members(construction, own);
    if (!one) return std::nullopt;
    value.finished = Converted{one->object, one->error};
    return value;
  }
  Scope scope;
  const JoinUse* use = use_many(step.target_table, step.conditions, join.at, attribute.name.text, scope);
  if (!use) return std::nullopt;
  auto one = members(construction, scope);
  auto order = member_order(construction, scope);
  if (!one || !order) return std::nullopt;
  // Rows that no key tells apart are told apart by what they give.
  if (scope.joined.back().table->row_key().empty()) order->push_back({cast(one->object, "BINARY"), false});
  if (construction.array) {
    value.finished = list_of(*use, *one, *order, join);
    return value;
  }
  SelectTree first = frame_select(*use);
  first.order_by = *order;
  first.limit = 1;
  auto select = [&](const ExprPtr& e) {
    SelectTree s = first;
    s.columns = {{e, ""}};
    return subquery(std::make_shared<SelectTree>(std::move(s)));
  };
  ExprPtr object = select(one->object);
  if (join.null_value) object = call("COALESCE", {object, lit(join.null_value->text)});
  value.finished = Converted{object, one->error ? select(one->error) : nullptr};
  return value;
}

}  // namespace migrate
