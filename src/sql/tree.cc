// The factories of SQL trees: see tree.h.
#include "sql/tree.h"

#include <utility>

namespace migrate {
namespace {

ExprPtr node(ExprKind kind, std::string text, std::vector<ExprPtr> args = {}) {
  auto e = std::make_shared<Expr>();
  e->kind = kind;
  e->text = std::move(text);
  e->args = std::move(args);
  return e;
}

}  // namespace

ExprPtr col(std::string qualifier, std::string name) {
  auto e = std::make_shared<Expr>();
  e->kind = ExprKind::column;
  e->text = std::move(name);
  e->qualifier = std::move(qualifier);
  return e;
}
ExprPtr lit(std::string_view text) { return node(ExprKind::text, std::string(text)); }
ExprPtr bytes_lit(std::string_view bytes) { return node(ExprKind::bytes, std::string(bytes)); }
ExprPtr num(std::string digits) { return node(ExprKind::number, std::move(digits)); }
ExprPtr num(long long value) { return num(std::to_string(value)); }
ExprPtr null_lit() { return keyword("NULL"); }
ExprPtr keyword(std::string word) { return node(ExprKind::keyword, std::move(word)); }
ExprPtr call(std::string function, std::vector<ExprPtr> args) {
  return node(ExprKind::call, std::move(function), std::move(args));
}
ExprPtr call_distinct(std::string function, ExprPtr arg) {
  auto e = std::make_shared<Expr>();
  e->kind = ExprKind::call;
  e->text = std::move(function);
  e->args = {std::move(arg)};
  e->distinct = true;
  return e;
}

ExprPtr op(std::string operation, std::vector<ExprPtr> operands) {
  if (operation == "AND" || operation == "OR") {
    std::erase(operands, nullptr);
    if (operands.empty()) return nullptr;
    if (operands.size() == 1) return operands[0];
  }
  return node(ExprKind::infix, std::move(operation), std::move(operands));
}
ExprPtr all_of(std::vector<ExprPtr> conditions) { return op("AND", std::move(conditions)); }
ExprPtr any_of(std::vector<ExprPtr> conditions) { return op("OR", std::move(conditions)); }
ExprPtr prefix_op(std::string operation, ExprPtr operand) {
  return node(ExprKind::prefix, std::move(operation), {std::move(operand)});
}
ExprPtr not_(ExprPtr operand) { return prefix_op("NOT", std::move(operand)); }
ExprPtr is_null(ExprPtr operand) { return node(ExprKind::postfix, "IS NULL", {std::move(operand)}); }
ExprPtr is_not_null(ExprPtr operand) { return node(ExprKind::postfix, "IS NOT NULL", {std::move(operand)}); }
ExprPtr between(ExprPtr value, ExprPtr low, ExprPtr high, bool negated) {
  return node(ExprKind::between, negated ? "NOT BETWEEN" : "BETWEEN",
              {std::move(value), std::move(low), std::move(high)});
}
ExprPtr in_list(ExprPtr value, std::vector<ExprPtr> list, bool negated) {
  list.insert(list.begin(), std::move(value));
  return node(ExprKind::in_list, negated ? "NOT IN" : "IN", std::move(list));
}
ExprPtr like(ExprPtr value, ExprPtr pattern, ExprPtr escape, bool negated) {
  std::vector<ExprPtr> args{std::move(value), std::move(pattern)};
  if (escape) args.push_back(std::move(escape));
  return node(ExprKind::like, negated ? "NOT LIKE" : "LIKE", std::move(args));
}
ExprPtr case_when(std::vector<std::pair<ExprPtr, ExprPtr>> branches, ExprPtr otherwise) {
  std::vector<ExprPtr> args;
  for (auto& branch : branches) {
    args.push_back(std::move(branch.first));
    args.push_back(std::move(branch.second));
  }
  if (otherwise) args.push_back(std::move(otherwise));
  return node(ExprKind::case_when, {}, std::move(args));
}
ExprPtr cast(ExprPtr value, std::string type) { return node(ExprKind::cast, std::move(type), {std::move(value)}); }
ExprPtr convert_using(ExprPtr value, std::string charset) {
  return node(ExprKind::charset, std::move(charset), {std::move(value)});
}
ExprPtr collate(ExprPtr value, std::string collation) {
  return node(ExprKind::collate, std::move(collation), {std::move(value)});
}
ExprPtr interval(ExprPtr amount, std::string unit) {
  return node(ExprKind::interval, std::move(unit), {std::move(amount)});
}
ExprPtr as_json(ExprPtr text) { return node(ExprKind::json, {}, {std::move(text)}); }
ExprPtr group_concat(ExprPtr value, std::vector<OrderTerm> order_by, std::string separator, bool distinct,
                     std::optional<uint64_t> limit) {
  auto e = std::make_shared<Expr>();
  e->kind = ExprKind::group_concat;
  e->text = std::move(separator);
  e->args = {std::move(value)};
  e->distinct = distinct;
  e->limit = limit;
  e->order_by = std::move(order_by);
  return e;
}
ExprPtr subquery(SelectPtr select) {
  auto e = std::make_shared<Expr>();
  e->kind = ExprKind::subquery;
  e->select = std::move(select);
  return e;
}
ExprPtr exists(SelectPtr select) {
  auto e = std::make_shared<Expr>();
  e->kind = ExprKind::exists;
  e->select = std::move(select);
  return e;
}

}  // namespace migrate
