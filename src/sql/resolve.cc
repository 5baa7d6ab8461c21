// resolve_expression() and its kin: see resolve.h. Which instance a name means is fixed in docs/contract.md.
#include "sql/resolve.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sql/functions.h"

namespace migrate {
namespace {

bool interval_function(std::string_view f) {
  return f == "DATE_ADD" || f == "DATE_SUB" || f == "ADDDATE" || f == "SUBDATE" || f == "TIMESTAMPDIFF" ||
         f == "TIMESTAMPADD";
}

bool is_comparison(std::string_view op) {
  return op == "=" || op == "<=>" || op == "<" || op == ">" || op == "<=" || op == ">=" || op == "<>";
}

class Resolver {
 public:
  Resolver(const Origin& origin, const Scope& scope, SqlNotes& notes) : origin_(origin), scope_(scope), notes_(notes) {}

  enum class Side { none, left, right };
  // Its errors are those of all its parts.
  std::optional<Typed> walk(const Syntax& s, Side side = Side::none, bool interval_fits = false);

 private:
  std::nullopt_t fail(size_t offset, std::string message, std::string hint,
                      ErrorKind kind = ErrorKind::sql_expression) {
    notes_.diagnostics.error(kind, std::move(message), std::move(hint), origin_.at(offset));
    return std::nullopt;
  }
  std::optional<Typed> resolve(const Syntax& s, Side side, bool interval_fits);
  std::optional<std::vector<Typed>> walk_all(const Syntax& s, Side side);
  void read_as_text(Typed& bytes);
  void guard_errors(const std::vector<Typed>& args);
  std::optional<Typed> name(const Syntax& s, Side side);
  const Instance* instance(const Syntax& s, Side side) const;
  std::nullopt_t unknown_table(const Syntax& s);
  std::optional<Typed> number(const Syntax& s);
  std::optional<Typed> infix(const Syntax& s, Side side);
  std::optional<Typed> call(const Syntax& s, Side side);
  std::optional<Typed> case_when(const Syntax& s, Side side);
  std::optional<Typed> cast_to(const Syntax& s, Side side);
  std::optional<Typed> interval_of(const Syntax& s, Side side, bool fits);
  void note_times(const std::vector<Typed>& values);

  const Origin& origin_;
  const Scope& scope_;
  SqlNotes& notes_;
  ExprPtr error_;  // of what was walked so far
};

Typed computed(ExprPtr e, ValueKind kind) { return {std::move(e), computed_type(kind), nullptr, nullptr}; }

std::vector<ExprPtr> expressions(const std::vector<Typed>& typed) {
  std::vector<ExprPtr> out;
  for (const Typed& t : typed) out.push_back(t.expr);
  return out;
}

// The instance that a name means, or null when its qualifier names none.
const Instance* Resolver::instance(const Syntax& s, Side side) const {
  const std::string& q = s.qualifier;
  const Instance* last = scope_.joined.empty() ? nullptr : &scope_.joined.back();
  if (scope_.sides && last && side != Side::none && (q.empty() || equal_ignoring_case(q, last->table->name)))
    return side == Side::left ? last : &scope_.row;
  if (q.empty()) return scope_.bare_is_joined && last ? last : &scope_.row;
  for (auto i = scope_.joined.rbegin(); i != scope_.joined.rend(); ++i) {
    if (!i->called.empty() && equal_ignoring_case(q, i->called)) return &*i;
  }
  bool own = equal_ignoring_case(q, scope_.row.table->name);
  if (own && !(scope_.sides && scope_.bare_is_joined)) return &scope_.row;
  for (auto i = scope_.joined.rbegin(); i != scope_.joined.rend(); ++i) {
    if (equal_ignoring_case(q, i->table->name)) return &*i;
  }
  if (last && equal_ignoring_case(q, "parent")) return last;
  return nullptr;
}

std::nullopt_t Resolver::unknown_table(const Syntax& s) {
  std::vector<std::string> known{scope_.row.table->name};
  for (const Instance& i : scope_.joined) known.push_back(i.called.empty() ? i.table->name : i.called);
  std::string hint = did_you_mean(s.qualifier, known);
  if (hint.empty()) hint = "it can be " + join(known, " or ");
  return fail(s.offset, "'" + printable(s.qualifier) + "' is no table of this row or join", hint,
              ErrorKind::contract_schema);
}

std::optional<Typed> Resolver::name(const Syntax& s, Side side) {
  const Instance* found = instance(s, side);
  if (!found) return unknown_table(s);
  return column_of(*found, s.text, origin_, s.offset, notes_);
}

std::optional<Typed> Resolver::number(const Syntax& s) {
  const std::string& digits = s.text;
  if (digits.find_first_of("eE") != std::string::npos) return computed(num(digits), ValueKind::real);
  Typed t = computed(num(digits), ValueKind::integer);
  size_t point = digits.find('.');
  if (point == std::string::npos) return t;
  t.type = computed_type(ValueKind::decimal);
  t.type.scale = static_cast<int>(std::min<size_t>(30, digits.size() - point - 1));
  return t;
}

std::optional<std::vector<Typed>> Resolver::walk_all(const Syntax& s, Side side) {
  std::vector<Typed> out;
  bool interval_fits = s.kind == SyntaxKind::call && interval_function(s.text);
  for (const Syntax& arg : s.args) {
    auto t = walk(arg, side, interval_fits);
    if (!t) return std::nullopt;
    out.push_back(std::move(*t));
  }
  return out;
}

void Resolver::read_as_text(Typed& bytes) {
  Converted text = bytes_as_text(bytes.expr, "utf8mb4");
  error_ = first_error(error_, text.error);
  bytes = computed(std::move(text.value), ValueKind::text);
}

// Of CASE WHEN a THEN b … ELSE c only the error of what was chosen counts, as for IF(a, b, c).
void Resolver::guard_errors(const std::vector<Typed>& args) {
  std::vector<std::pair<ExprPtr, ExprPtr>> chosen;
  const auto code = [](const Typed& t) { return t.error ? t.error : null_lit(); };
  bool any = false;
  for (size_t i = 1; i < args.size(); i += 2) {
    chosen.emplace_back(args[i - 1].expr, code(args[i]));
    any = any || args[i].error;
  }
  const ExprPtr otherwise = args.size() % 2 ? code(args.back()) : nullptr;
  any = any || (args.size() % 2 && args.back().error);
  error_ = any ? migrate::case_when(std::move(chosen), otherwise) : nullptr;
}

// Where bytes and text make bytes, the text is UTF-8, as an item has it.
void text_beside_bytes(std::vector<Typed>& values) {
  if (std::none_of(values.begin(), values.end(), [](const Typed& t) { return is_bytes(t.type.kind); })) return;
  for (Typed& t : values) {
    const bool text =
        t.type.kind == ValueKind::text || t.type.kind == ValueKind::enumeration || t.type.kind == ValueKind::set;
    if (text && t.expr->kind != ExprKind::text) t.expr = convert_using(t.expr, "utf8mb4");
  }
}

void Resolver::note_times(const std::vector<Typed>& values) {
  std::vector<ValueType> types;
  for (const Typed& t : values) types.push_back(t.type);
  if (time_meets_date(types)) notes_.deterministic = false;
}

std::optional<Typed> Resolver::infix(const Syntax& s, Side side) {
  bool shift = (s.text == "+" || s.text == "-");
  bool compares = is_comparison(s.text);
  std::vector<Typed> sides;
  for (size_t i = 0; i < s.args.size(); ++i) {
    Side inner = compares && scope_.sides ? (i == 0 ? Side::left : Side::right) : side;
    auto t = walk(s.args[i], inner, shift);
    if (!t) return std::nullopt;
    sides.push_back(std::move(*t));
  }
  if (compares) {
    note_times(sides);
    return computed(compare_sides(s.text, sides[0], sides[1], scope_), ValueKind::integer);
  }
  ExprPtr e = op(s.text, expressions(sides));
  if (shift && (s.args[0].kind == SyntaxKind::interval || s.args[1].kind == SyntaxKind::interval)) {
    size_t moved = s.args[0].kind == SyntaxKind::interval ? 1 : 0;
    const ValueType& type = sides[moved].type;
    // By days a TIME becomes a DATETIME of the current date; by hours it stays one.
    if (type.kind == ValueKind::time && sides[1 - moved].type.kind == ValueKind::null) notes_.deterministic = false;
    return Typed{e, is_date(type.kind) ? merge_types(type, sides[1 - moved].type) : computed_type(type.kind), nullptr,
                 nullptr};
  }
  if (shift || s.text == "*" || s.text == "/" || s.text == "%" || s.text == "DIV" || s.text == "MOD")
    return Typed{e, arithmetic_type(s.text, sides[0].type, sides[1].type), nullptr, nullptr};
  return computed(e, ValueKind::integer);
}

std::optional<Typed> Resolver::call(const Syntax& s, Side side) {
  auto args = walk_all(s, side);
  if (!args) return std::nullopt;
  std::vector<ValueType> types;
  for (const Typed& t : *args) types.push_back(t.type);
  FunctionProblem problem;
  auto found = function_type(s.text, types, problem);
  if (!found) return fail(s.offset, problem.message, problem.hint);
  const bool of_the_day = s.text == "DATE_FORMAT" && types[0].kind == ValueKind::time &&
                          s.args[1].kind == SyntaxKind::text && !shows_date(s.args[1].text);
  if (!found->deterministic && !of_the_day) notes_.deterministic = false;
  if (s.text == "IF") guard_errors(*args);
  if (found->type.kind == ValueKind::binary) text_beside_bytes(*args);
  for (Typed& arg : *args) {
    if (found->takes_text && is_bytes(arg.type.kind)) read_as_text(arg);
  }
  return Typed{migrate::call(s.text, expressions(*args)), found->type, nullptr, nullptr};
}

std::optional<Typed> Resolver::case_when(const Syntax& s, Side side) {
  auto args = walk_all(s, side);
  if (!args) return std::nullopt;
  guard_errors(*args);
  ValueType type = computed_type(ValueKind::null);
  std::vector<Typed> values;
  for (size_t i = 0; i < args->size(); ++i) {
    if (i % 2 == 0 && i + 1 < args->size()) continue;  // a condition
    values.push_back((*args)[i]);
    type = merge_types(type, values.back().type);
  }
  note_times(values);
  if (type.kind == ValueKind::binary) text_beside_bytes(values);
  std::vector<std::pair<ExprPtr, ExprPtr>> branches;
  for (size_t i = 0; 2 * i + 1 < args->size(); ++i) branches.emplace_back((*args)[2 * i].expr, values[i].expr);
  const ExprPtr otherwise = args->size() % 2 ? values.back().expr : nullptr;
  return Typed{migrate::case_when(std::move(branches), otherwise), type, nullptr, nullptr};
}

std::optional<Typed> Resolver::cast_to(const Syntax& s, Side side) {
  auto value = walk(s.args[0], side);
  if (!value) return std::nullopt;
  std::string word = s.text.substr(0, s.text.find('('));
  if (word == "CHAR" && is_bytes(value->type.kind))
    error_ = first_error(error_, bytes_as_text(value->expr, "utf8mb4").error);
  if (word == "CHAR") return computed(cast(value->expr, s.text + " CHARACTER SET utf8mb4"), ValueKind::text);
  if (word == "BINARY") return computed(cast(value->expr, s.text), ValueKind::binary);
  if (word == "SIGNED" || word == "UNSIGNED") return computed(cast(value->expr, s.text), ValueKind::integer);
  if ((word == "DATE" || word == "DATETIME") && value->type.kind == ValueKind::time) notes_.deterministic = false;
  if (word == "DATE") return computed(cast(value->expr, s.text), ValueKind::date);
  if (word == "TIME") return computed(cast(value->expr, s.text), ValueKind::time);
  if (word == "JSON") return computed(as_json(value->expr), ValueKind::json);
  // MySQL has CAST(… AS DOUBLE) from 8.0.17 only.
  if (word == "DOUBLE") return computed(op("+", {value->expr, num("0.0e0")}), ValueKind::real);
  if (word == "DATETIME") {
    ValueKind kind = value->type.kind == ValueKind::timestamp ? ValueKind::timestamp : ValueKind::datetime;
    return computed(cast(value->expr, s.text), kind);
  }
  Typed t = computed(cast(value->expr, s.text), ValueKind::decimal);
  size_t comma = s.text.find(',');
  t.type.scale = comma == std::string::npos ? 0 : std::atoi(s.text.c_str() + comma + 1);
  return t;
}

std::optional<Typed> Resolver::interval_of(const Syntax& s, Side side, bool fits) {
  if (s.args.empty()) return computed(keyword(s.text), ValueKind::null);  // the unit of TIMESTAMPDIFF
  if (!fits)
    return fail(s.offset, "INTERVAL can only be added to a time, or taken from it", "write x + INTERVAL 1 DAY");
  auto amount = walk(s.args[0], side);
  if (!amount) return std::nullopt;
  const std::string& u = s.text;
  bool days = u == "DAY" || u == "WEEK" || u == "MONTH" || u == "QUARTER" || u == "YEAR" || u == "YEAR_MONTH";
  return computed(interval(amount->expr, u), days ? ValueKind::null : ValueKind::datetime);
}

std::optional<Typed> Resolver::walk(const Syntax& s, Side side, bool interval_fits) {
  ExprPtr before = std::exchange(error_, nullptr);
  auto typed = resolve(s, side, interval_fits);
  // What is compared with bytes that are no text is another value than they are, whatever the server makes of them.
  const bool compares = (s.kind == SyntaxKind::infix && is_comparison(s.text)) || s.kind == SyntaxKind::in_list ||
                        s.kind == SyntaxKind::between || s.kind == SyntaxKind::like || s.kind == SyntaxKind::is;
  if (compares) error_ = nullptr;
  if (typed) typed->error = error_;
  error_ = first_error(before, error_);
  return typed;
}

std::optional<Typed> Resolver::resolve(const Syntax& s, Side side, bool interval_fits) {
  if (s.kind == SyntaxKind::name) return name(s, side);
  if (s.kind == SyntaxKind::infix) return infix(s, side);
  if (s.kind == SyntaxKind::call) return call(s, side);
  if (s.kind == SyntaxKind::case_when) return case_when(s, side);
  if (s.kind == SyntaxKind::cast) return cast_to(s, side);
  if (s.kind == SyntaxKind::interval) return interval_of(s, side, interval_fits);
  if (s.kind == SyntaxKind::number) return number(s);
  if (s.kind == SyntaxKind::text) return computed(lit(s.text), ValueKind::text);
  if (s.kind == SyntaxKind::hex) return computed(bytes_lit(s.text), ValueKind::binary);
  if (s.kind == SyntaxKind::word)
    return computed(keyword(s.text), s.text == "NULL" ? ValueKind::null : ValueKind::integer);
  auto args = walk_all(s, side);
  if (!args) return std::nullopt;
  std::vector<Typed>& a = *args;
  switch (s.kind) {
    case SyntaxKind::temporal: {
      bool fraction = s.args[0].text.find('.') != std::string::npos;
      if (s.text == "DATE") return computed(cast(a[0].expr, "DATE"), ValueKind::date);
      if (s.text == "TIME") return computed(cast(a[0].expr, fraction ? "TIME(6)" : "TIME"), ValueKind::time);
      return computed(cast(a[0].expr, fraction ? "DATETIME(6)" : "DATETIME"), ValueKind::datetime);
    }
    case SyntaxKind::prefix:
      if (s.text == "NOT") return computed(not_(a[0].expr), ValueKind::integer);
      return Typed{prefix_op(s.text, a[0].expr),
                   s.text == "~" ? computed_type(ValueKind::integer)
                                 : arithmetic_type("-", computed_type(ValueKind::integer), a[0].type),
                   nullptr, nullptr};
    case SyntaxKind::is: {
      if (s.text == "IS NULL") return computed(is_null(a[0].expr), ValueKind::integer);
      if (s.text == "IS NOT NULL") return computed(is_not_null(a[0].expr), ValueKind::integer);
      bool negated = s.text.starts_with("IS NOT ");
      return computed(op(negated ? "IS NOT" : "IS", {a[0].expr, keyword(s.text.substr(negated ? 7 : 3))}),
                      ValueKind::integer);
    }
    case SyntaxKind::between:
      note_times(a);
      return computed(between(a[0].expr, a[1].expr, a[2].expr, s.negated), ValueKind::integer);
    case SyntaxKind::in_list: {
      note_times(a);
      auto list = expressions(a);
      list.erase(list.begin());
      return computed(in_list(a[0].expr, std::move(list), s.negated), ValueKind::integer);
    }
    case SyntaxKind::like: {
      // A backslash escapes whatever the session's sql_mode says.
      ExprPtr escape = a.size() > 2 ? a[2].expr : nullptr;
      bool backslash = a[1].expr->kind == ExprKind::text && a[1].expr->text.find('\\') != std::string::npos;
      if (!escape && backslash) escape = lit("\\");
      return computed(like(a[0].expr, a[1].expr, escape, s.negated), ValueKind::integer);
    }
    case SyntaxKind::charset:
      if (s.text != "binary" && is_bytes(a[0].type.kind))
        error_ = first_error(error_, bytes_as_text(a[0].expr, s.text).error);
      return computed(convert_using(a[0].expr, s.text), s.text == "binary" ? ValueKind::binary : ValueKind::text);
    case SyntaxKind::collate:
      return Typed{collate(a[0].expr, s.text), a[0].type, nullptr, nullptr};
    default:
      return std::nullopt;
  }
}

// Which side is of the table that is joined here; neither when both are, or none.
std::optional<size_t> joined_side(const Typed& left, const Typed& right, const Scope& scope) {
  if (scope.joined.empty()) return std::nullopt;
  const std::string& alias = scope.joined.back().alias;
  const bool is_left = left.expr->qualifier == alias, is_right = right.expr->qualifier == alias;
  if (is_left == is_right) return std::nullopt;
  return is_left ? 0 : 1;
}

// Holds where a text keeps its characters in another character set; both servers put something else for those that it
// has not. NULL is kept.
ExprPtr fits_charset(const ExprPtr& text, const std::string& charset) {
  const auto bytes = [](const ExprPtr& e) { return cast(convert_using(e, "utf8mb4"), "BINARY"); };
  return op("<=>", {bytes(convert_using(text, charset)), bytes(text)});
}

}  // namespace

// Of two columns of different character sets the servers choose one's collation, which need not be that of the joined
// column's index, or refuse; two collations of one character set they always refuse.
ExprPtr compare_sides(const std::string& operation, const Typed& left, const Typed& right, const Scope& scope) {
  ExprPtr sides[] = {left.expr, right.expr};
  const Column *a = left.column, *b = right.column;
  const auto as_written = [&] { return op(operation, {sides[0], sides[1]}); };
  if (!a || !b || a->collation.empty() || b->collation.empty() || a->collation == b->collation) return as_written();
  const std::optional<size_t> joined = joined_side(left, right, scope);
  const size_t kept = joined.value_or(left.expr->qualifier == scope.row.alias ? 1 : 0);
  const Column& by = kept == 0 ? *a : *b;
  ExprPtr& changed = sides[1 - kept];
  ExprPtr fits;
  if (a->charset != b->charset) {
    if (!joined || operation != "=") return as_written();
    if (by.charset != "utf8mb4") fits = fits_charset(changed, by.charset);
    changed = convert_using(changed, by.charset);
  }
  changed = collate(changed, by.collation);
  return all_of({as_written(), fits});
}

std::optional<Typed> column_of(const Instance& instance, std::string_view name, const Origin& origin, size_t offset,
                               SqlNotes& notes) {
  if (const Column* c = instance.table->column(name))
    return Typed{col(instance.alias, c->name), value_type(*c), c, instance.table};
  std::vector<std::string> names;
  for (const Column& c : instance.table->columns) names.push_back(c.name);
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) {
    hint = names.empty() ? "the account sees none of its columns: GRANT SELECT on the table"
                         : "its columns are " + join(names, ", ");
  }
  notes.diagnostics.error(ErrorKind::contract_schema,
                          "unknown column '" + printable(name) + "' of table '" + printable(instance.table->name) + "'",
                          hint, origin.at(offset));
  return std::nullopt;
}

std::optional<Syntax> parse_at(const Origin& origin, SqlNotes& notes) {
  SyntaxProblem problem;
  auto syntax = parse_expression(origin.text.text, problem);
  if (!syntax)
    notes.diagnostics.error(ErrorKind::sql_expression, problem.message, problem.hint, origin.at(problem.offset));
  return syntax;
}

std::optional<Typed> resolve_syntax(const Syntax& syntax, const Origin& origin, const Scope& scope, SqlNotes& notes) {
  auto typed = Resolver(origin, scope, notes).walk(syntax);
  if (typed && typed->error) typed->expr = case_when({{is_null(typed->error), typed->expr}});
  return typed;
}

std::optional<Typed> resolve_expression(const Origin& origin, const Scope& scope, SqlNotes& notes) {
  // A column's name as it is, whatever characters it has.
  const Instance& bare = scope.bare_is_joined && !scope.joined.empty() ? scope.joined.back() : scope.row;
  if (bare.table->column(origin.text.text)) return column_of(bare, origin.text.text, origin, 0, notes);
  auto syntax = parse_at(origin, notes);
  if (!syntax) return std::nullopt;
  return resolve_syntax(*syntax, origin, scope, notes);
}

std::optional<std::vector<OrderTerm>> resolve_order_by(const Origin& origin, const Scope& scope, SqlNotes& notes) {
  SyntaxProblem problem;
  auto terms = parse_order_by(origin.text.text, problem);
  if (!terms) {
    notes.diagnostics.error(ErrorKind::sql_expression, problem.message, problem.hint, origin.at(problem.offset));
    return std::nullopt;
  }
  std::vector<OrderTerm> out;
  for (const OrderSyntax& term : *terms) {
    auto value = resolve_syntax(term.value, origin, scope, notes);
    if (!value) return std::nullopt;
    out.push_back({value->expr, term.descending});
  }
  return out;
}

bool mentions(const Expr& expr, std::string_view alias) {
  if (expr.kind == ExprKind::column && expr.qualifier == alias) return true;
  return std::any_of(expr.args.begin(), expr.args.end(), [&](const ExprPtr& a) { return mentions(*a, alias); });
}

bool mentions_name(const Syntax& syntax, std::string_view qualifier) {
  if (syntax.kind == SyntaxKind::name && equal_ignoring_case(syntax.qualifier, qualifier)) return true;
  return std::any_of(syntax.args.begin(), syntax.args.end(),
                     [&](const Syntax& a) { return mentions_name(a, qualifier); });
}

}  // namespace migrate
