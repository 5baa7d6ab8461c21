// What an attribute's value is, of EntityBuilder: column, join or calculation, then the transformation, then the
// conversion into what the item holds.
#include <algorithm>

#include "base/text.h"
#include "sql/entity_builder.h"
#include "sql/functions.h"

namespace migrate {
namespace {

Value plain(Typed typed, ExprPtr error = nullptr) {
  Value v;
  v.branches.push_back({nullptr, std::move(typed), std::move(error), false});
  return v;
}

Typed literal_text(std::string_view text) { return {lit(text), computed_type(ValueKind::text), nullptr, nullptr}; }

// CASE over the branches with one expression of each.
ExprPtr over_branches(const std::vector<ExprPtr>& whens, const std::vector<ExprPtr>& values) {
  if (values.size() == 1 && !whens[0]) return values[0];
  std::vector<std::pair<ExprPtr, ExprPtr>> cases;
  ExprPtr otherwise;
  for (size_t i = 0; i < values.size(); ++i) {
    ExprPtr v = values[i] ? values[i] : null_lit();
    if (whens[i]) {
      cases.emplace_back(whens[i], v);
    } else {
      otherwise = v;
    }
  }
  return case_when(std::move(cases), otherwise);
}

template <class Each>
std::optional<Converted> convert_branches(const Value& value, const Each& each) {
  std::vector<ExprPtr> whens, values, errors;
  std::vector<bool> plain_texts;
  Converted out;
  bool any_error = false;
  for (const Branch& b : value.branches) {
    std::optional<Converted> c = each(b);
    if (!c) return std::nullopt;
    whens.push_back(b.when);
    values.push_back(c->value);
    errors.push_back(first_error(first_error(b.error, b.value.error), c->error));
    any_error = any_error || errors.back();
    const bool floats = c->has_floats || b.has_floats;
    plain_texts.push_back(!floats && !c->canonical_number && b.value.type.kind != ValueKind::null);
    out.has_floats = out.has_floats || floats;
    out.canonical_number = out.canonical_number || c->canonical_number;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (out.has_floats && plain_texts[i]) values[i] = beside_floats(values[i]);
  }
  out.value = over_branches(whens, values);
  if (any_error) out.error = over_branches(whens, errors);
  return out;
}

bool number_text(std::string_view t) {
  size_t i = !t.empty() && (t[0] == '-' || t[0] == '+') ? 1 : 0;
  bool digit = false, point = false;
  for (; i < t.size(); ++i) {
    if (t[i] == '.' && !point) {
      point = true;
    } else if (t[i] >= '0' && t[i] <= '9') {
      digit = true;
    } else {
      return false;
    }
  }
  return digit;
}

}  // namespace

Converted EntityBuilder::in_frame(const Value& value, Converted inside) const {
  if (!value.join) return inside;
  inside.value = framed(*value.join, inside.value);
  if (!inside.error) return inside;
  inside.error = framed(*value.join, inside.error);
  // Of two rows that match, neither is meant: what an arbitrary one of them holds is no second problem.
  if (!value.join->aggregate) inside.error = case_when({{not_(several(*value.join)), inside.error}});
  return inside;
}

const Value* EntityBuilder::value_of(const Attribute& attribute) {
  if (auto found = values_.find(&attribute); found != values_.end()) return &found->second;
  auto value = base_value(attribute);
  if (value && attribute.transformation) value = transformed(attribute, std::move(*value));
  if (!value) return nullptr;
  return &values_.emplace(&attribute, std::move(*value)).first->second;
}

std::optional<Value> EntityBuilder::base_value(const Attribute& attribute) {
  auto fail = [&](ErrorKind kind, const std::string& message, std::string hint) -> std::nullopt_t {
    diagnostics_.error(kind, "attribute '" + printable(attribute.name.text) + "' " + message, std::move(hint),
                       at(attribute.name));
    return std::nullopt;
  };
  if (attribute.join && attribute.calculation)
    return fail(ErrorKind::contract_value, "has a join and a calculation", "leave one of the two out");
  if (attribute.join && attribute.join->construction) return collection_value(attribute);
  if (attribute.join) return join_value(attribute);
  if (attribute.calculation) return calculated_value(attribute);
  if (attribute.type == AttributeType::Null)
    return plain({null_lit(), computed_type(ValueKind::null), nullptr, nullptr});
  using TK = TransformationKind;
  bool names_columns = attribute.transformation && (attribute.transformation->kind == TK::string_format ||
                                                    attribute.transformation->kind == TK::text_template ||
                                                    attribute.transformation->kind == TK::fixed);
  if (names_columns && (attribute.source_columns.size() != 1 || !row_.table->column(attribute.source_columns[0].text)))
    return plain({null_lit(), computed_type(ValueKind::null), nullptr, nullptr});
  if (!attribute.source_table.empty() && schema_.table(attribute.source_table.text) != row_.table) {
    if (!find_table(attribute.source_table)) return std::nullopt;
    return fail(ErrorKind::contract_value,
                "reads table '" + printable(attribute.source_table.text) + "' and has no join to it", "add \"join\"");
  }
  if (attribute.source_columns.size() != 1)
    return fail(ErrorKind::contract_value,
                attribute.source_columns.empty() ? "names no source column"
                                                 : "has several source columns and nothing that joins them",
                "name one column, or add a calculation of type `concat`");
  auto typed = column_of(row_, attribute.source_columns[0].text, origin(attribute.source_columns[0]), 0, notes_);
  if (!typed) return std::nullopt;
  Value v = plain(*typed);
  v.parts = std::vector<KeyPart>{{"", typed->column, typed->type.kind}};
  return v;
}

std::optional<Value> EntityBuilder::join_value(const Attribute& attribute) {
  const Join& join = *attribute.join;
  JoinUse* use = use_join(join.steps, join.kind, join.at, attribute.name.text);
  if (!use) return std::nullopt;
  std::optional<Value> value;
  if (join.kind == JoinKind::conditional) {
    value = conditional_value(attribute, *use);
  } else if (join.kind == JoinKind::chain) {
    value = chain_value(attribute, *use);
  } else {
    auto typed = resolve_expression(origin(join.steps[0].select), join_scope(*use, true), notes_);
    if (typed) value = plain(*typed);
  }
  if (!value) return std::nullopt;
  if (join.null_value) {
    use->outer = true;
    for (Branch& b : value->branches) b.when = b.when ? op("AND", {use->matched, b.when}) : use->matched;
    value->branches.push_back({nullptr, literal_text(join.null_value->text), nullptr, true});
  }
  if (use->has_frame()) value->join = use;
  return value;
}

std::optional<Value> EntityBuilder::chain_value(const Attribute& attribute, JoinUse& use) {
  const Join& join = *attribute.join;
  std::vector<Value> parts;
  for (size_t i = 0; i < join.steps.size(); ++i) {
    Scope scope{row_, {use.steps.begin(), use.steps.begin() + static_cast<std::ptrdiff_t>(i) + 1}, true, false};
    scope.sides = scope.joined.back().table == row_.table && scope.joined.back().called.empty();
    auto typed = resolve_expression(origin(join.steps[i].select), scope, notes_);
    if (!typed) return std::nullopt;
    parts.push_back(plain(*typed));
  }
  if (!join.separator) return parts.back();
  use.outer = true;
  std::vector<Converted> texts{{lit(join.separator->text), nullptr}};
  std::vector<ExprPtr> given;
  ExprPtr error;
  for (const Value& part : parts) {
    Converted text = to_text_form(part.branches[0].value.expr, part.branches[0].value.type, options());
    texts.push_back(text);
    given.push_back(is_not_null(text.value));
    error = first_error(error, first_error(part.branches[0].value.error, text.error));
  }
  // CONCAT_WS of nothing is an empty text; a chain that finds nothing is NULL.
  ExprPtr joined = case_when({{any_of(std::move(given)), call("CONCAT_WS", with_marks(texts))}});
  Value chained = plain({joined, computed_type(ValueKind::text), nullptr, nullptr}, error);
  chained.branches[0].has_floats = any_floats(texts);
  return chained;
}

// A column when it names one, a literal in quotes or without.
std::optional<Branch> EntityBuilder::else_branch(const Join& join, const Scope& scope) {
  Branch out;
  out.value = {null_lit(), computed_type(ValueKind::null), nullptr, nullptr};
  if (!join.else_value || join.else_value->kind == ElseValue::Kind::sql_null) return out;
  const Text& text = join.else_value->text;
  SyntaxProblem ignored;
  auto syntax = parse_expression(text.text, ignored);
  if (syntax && syntax->kind == SyntaxKind::name) {
    Diagnostics silent;
    SqlNotes quiet{silent, notes_.flavor};
    if (auto typed = resolve_syntax(*syntax, origin(text), scope, quiet)) {
      out.value = *typed;
      return out;
    }
  }
  out.literal = true;
  out.value = literal_text(syntax && syntax->kind == SyntaxKind::text ? syntax->text : text.text);
  return out;
}

std::optional<Value> EntityBuilder::conditional_value(const Attribute& attribute, JoinUse& use) {
  const Join& join = *attribute.join;
  use.outer = true;
  Scope plain_scope = join_scope(use, false);
  auto condition = resolve_expression(origin(join.condition), plain_scope, notes_);
  auto then = resolve_expression(origin(join.steps[0].select), join_scope(use, true), notes_);
  if (!condition || !then) return std::nullopt;
  auto otherwise = else_branch(join, plain_scope);
  if (!otherwise) return std::nullopt;
  Value value;
  bool quoted = then->expr->kind == ExprKind::text;
  value.branches.push_back({condition->expr, *then, nullptr, quoted});
  value.branches.push_back(*otherwise);
  return value;
}

std::optional<Value> EntityBuilder::calculated_value(const Attribute& attribute) {
  const Calculation& c = *attribute.calculation;
  if (c.kind == CalculationKind::aggregate) return aggregate_value(attribute);
  Scope scope{row_, {}, false, false};
  if (c.kind != CalculationKind::case_when) {
    auto typed = resolve_expression(origin(c.expression), scope, notes_);
    if (!typed) return std::nullopt;
    typed->column = nullptr;
    return plain(*typed);
  }
  Value value;
  bool ok = true;
  for (const auto& [when, then] : c.cases) {
    auto condition = resolve_expression(origin(when), scope, notes_);
    auto result = resolve_expression(origin(then), scope, notes_);
    ok = ok && condition && result;
    if (ok) value.branches.push_back({condition->expr, *result, nullptr, result->expr->kind == ExprKind::text});
  }
  Typed otherwise{null_lit(), computed_type(ValueKind::null), nullptr, nullptr};
  if (c.else_value) {
    auto result = resolve_expression(origin(*c.else_value), scope, notes_);
    ok = ok && result;
    if (result) otherwise = *result;
  }
  if (!ok) return std::nullopt;
  value.branches.push_back({nullptr, otherwise, nullptr, otherwise.expr->kind == ExprKind::text});
  return value;
}

// Text with {column}; `value` is what a join has found, which its own column's name means.
std::optional<Branch> EntityBuilder::formatted(const Text& format, const Attribute& attribute, const Branch* value) {
  const std::string& f = format.text;
  std::vector<Converted> texts;
  ExprPtr error;
  size_t from = 0;
  auto own = [&](std::string_view name) {
    if (!value || !attribute.join) return false;
    std::string_view select = attribute.join->steps.back().select.text;
    select = select.substr(select.rfind('.') == std::string_view::npos ? 0 : select.rfind('.') + 1);
    return equal_ignoring_case(name, "value") || equal_ignoring_case(name, select) ||
           (attribute.source_columns.size() == 1 && equal_ignoring_case(name, attribute.source_columns[0].text));
  };
  while (from < f.size()) {
    size_t open = f.find('{', from), close = open == std::string::npos ? open : f.find('}', open);
    if (close == std::string::npos) open = f.size();
    if (open > from) texts.push_back({lit(f.substr(from, open - from)), nullptr});
    if (open == f.size()) break;
    std::string name(trim(std::string_view(f).substr(open + 1, close - open - 1)));
    if (name.empty()) {
      diagnostics_.error(ErrorKind::contract_value, "empty braces in the format", "write a column's name between them",
                         contract_.place(format, open));
      return std::nullopt;
    }
    std::optional<Typed> typed;
    const bool is_own = own(name);
    if (is_own) {
      typed = value->value;
    } else {
      size_t dot = name.find('.');
      std::string column = dot == std::string::npos ? name : name.substr(dot + 1);
      typed = column_of(row_, column, origin(format), open + 1, notes_);
    }
    if (!typed) return std::nullopt;
    Converted text = to_text_form(typed->expr, typed->type, options());
    text.has_floats = text.has_floats || (is_own && value->has_floats);
    error =
        first_error(error, first_error(is_own ? first_error(value->error, typed->error) : typed->error, text.error));
    texts.push_back(std::move(text));
    from = close + 1;
  }
  const std::vector<ExprPtr> values = with_marks(texts);
  ExprPtr all = values.empty() ? lit("") : values.size() == 1 ? values[0] : call("CONCAT", values);
  return Branch{nullptr, {all, computed_type(ValueKind::text), nullptr, nullptr}, error, false, any_floats(texts)};
}

std::optional<Branch> EntityBuilder::transform_branch(const Attribute& attribute, const Branch& branch) {
  const Transformation& t = *attribute.transformation;
  const Typed& in = branch.value;
  auto out = [&]() -> Result<Transformed> {
    if (t.kind == TransformationKind::date_format)
      return date_format(in.expr, in.type, t.format.text, t.source_format.text, options());
    if (t.kind == TransformationKind::number_format) return number_format(in.expr, in.type, t.format.text);
    return json_parse(in.expr, in.type);
  }();
  if (!out) {
    Error e = out.error();
    e.place = at(t.format.empty() ? t.at : t.format);
    diagnostics_.add(std::move(e));
    return std::nullopt;
  }
  return Branch{branch.when,
                {out->value, out->type, nullptr, nullptr},
                first_error(first_error(branch.error, in.error), out->error),
                false};
}

std::optional<Value> EntityBuilder::transformed(const Attribute& attribute, Value value) {
  const Transformation& t = *attribute.transformation;
  if (value.finished) {
    diagnostics_.error(
        ErrorKind::contract_value,
        "attribute '" + printable(attribute.name.text) + "' has a JSON construction and a transformation",
        "leave the transformation out", at(t.at));
    return std::nullopt;
  }
  value.parts.reset();
  if (t.kind == TransformationKind::fixed) {
    using VK = Transformation::ValueKind;
    Typed typed = literal_text(t.value.text);
    if (t.value_kind == VK::boolean)
      typed = {num(t.value.text == "true" ? 1 : 0), computed_type(ValueKind::integer), nullptr, nullptr};
    Value fixed = plain(typed);
    fixed.branches[0].literal = t.value_kind != VK::boolean;
    if (t.value_kind == VK::boolean && attribute.type == AttributeType::S)
      fixed.branches[0] = {nullptr, literal_text(t.value.text), nullptr, true};
    fixed.parts = std::vector<KeyPart>{{t.value.text, nullptr, ValueKind::text}};
    return fixed;
  }
  bool text = t.kind == TransformationKind::string_format || t.kind == TransformationKind::text_template;
  for (Branch& b : value.branches) {
    if (!text && (b.literal || b.value.type.kind == ValueKind::null)) continue;
    std::optional<Branch> out = text ? formatted(t.format, attribute, &b) : transform_branch(attribute, b);
    if (!out) return std::nullopt;
    out->when = b.when;
    b = std::move(*out);
  }
  return value;
}

std::optional<Converted> EntityBuilder::converted_branch(const Attribute& attribute, const Branch& b) {
  if (b.literal && attribute.type == AttributeType::N && number_text(b.value.expr->text))
    return Converted{b.value.expr, nullptr, false, true};
  if (b.literal && attribute.type == AttributeType::S) return Converted{b.value.expr, nullptr};
  auto out = convert(b.value.expr, b.value.type, attribute.type, options());
  if (out) return out;
  Error e = why_not(b.value.type, attribute.type);
  e.kind = ErrorKind::contract_schema;
  e.message = "attribute '" + printable(attribute.name.text) + "': " + e.message;
  e.place = at(attribute.name);
  diagnostics_.add(std::move(e));
  return std::nullopt;
}

std::optional<Converted> EntityBuilder::converted(const Attribute& attribute, const Value& value) {
  if (value.finished) return value.finished;
  auto inside = convert_branches(value, [&](const Branch& b) { return converted_branch(attribute, b); });
  if (!inside) return std::nullopt;
  return in_frame(value, std::move(*inside));
}

// The S form, for templates and composite keys.
Converted EntityBuilder::text_form(const Value& value) {
  if (value.finished) return *value.finished;
  auto inside = convert_branches(value, [&](const Branch& b) -> std::optional<Converted> {
    return to_text_form(b.value.expr, b.value.type, options());
  });
  return in_frame(value, std::move(*inside));
}

}  // namespace migrate
