// Attributes of the tables form, with their joins, calculations and transformations: read_attribute().
#include "base/text.h"
#include "contract/forms.h"

namespace migrate {
namespace {

using namespace std::string_view_literals;

JoinStep read_step(const Fields& fields, JoinKind kind) {
  bool self = kind == JoinKind::self_join;
  JoinStep step;
  step.target_table = fields.text("target_table", self ? Need::optional : Need::required);
  step.alias = fields.text("join_alias", self ? Need::required : Need::optional);
  if (kind == JoinKind::multi_column) {
    step.conditions = fields.texts("join_conditions", Need::required, true);
  } else if (Text condition = fields.text("join_condition", Need::required); !condition.empty()) {
    step.conditions.push_back(std::move(condition));
  }
  if (kind != JoinKind::json_construction) step.select = fields.text("select_column", Need::required);
  return step;
}

void read_chain(const FileReader& reader, const Fields& fields, Join& join) {
  auto joins = fields.list("joins", Need::required);
  if (!joins) return;
  if (joins->size() == 0) reader.error(*joins, fields.called("joins") + " is empty");
  for (JsonValue value : joins->items()) {
    if (!value.is(JsonKind::object)) {
      reader.error(value, fields.called("joins") + " holds " + std::string(json_kind_name(value.kind())) +
                              " where an object belongs");
      continue;
    }
    Fields link(reader, value, "a join of the chain", "",
                {"target_table", "join_alias", "join_condition", "select_column"});
    join.steps.push_back(read_step(link, JoinKind::chain));
  }
}

std::optional<uint64_t> read_limit(const FileReader& reader, const Fields& fields) {
  auto value = fields.object().find("limit");
  if (!value) return std::nullopt;
  std::string_view token = value->text();
  bool whole = value->is(JsonKind::number) && token.find_first_not_of("0123456789") == std::string_view::npos;
  if (!whole || token == "0" || token.size() > 9) {
    reader.error(*value, fields.called("limit") + " must be a whole number from 1 to 999999999");
    return std::nullopt;
  }
  return std::stoull(std::string(token));
}

void read_construction(const FileReader& reader, const Fields& join_fields, const Attribute& attribute, Join& join) {
  auto value = join_fields.child("construction", Need::required);
  if (!value) return;
  Fields fields(reader, *value, "the construction of attribute", attribute.name.text,
                {"type", "limit", "order_by", "select_columns"});
  Construction construction;
  auto kind = fields.choice<bool>("type", {{"array", true}, {"object", false}});
  construction.array = kind.value_or(true);
  construction.limit = read_limit(reader, fields);
  construction.order_by = fields.text("order_by");
  if (auto columns = fields.child("select_columns", Need::required)) {
    if (columns->size() == 0) reader.error(*columns, fields.called("select_columns") + " is empty");
    for (JsonMember member : columns->members()) {
      if (!member.value.is(JsonKind::string) || trim(member.value.text()).empty()) {
        reader.error(member.value, "'" + std::string(member.key()) + "' of " + fields.called("select_columns") +
                                       " is not the name of a column");
        continue;
      }
      construction.columns.emplace_back(reader.text(member.key_node), reader.text(member.value));
    }
  }
  if (!construction.array && construction.limit) {
    fields.warn_at("limit", fields.called("limit") + " is not read: an object is made of one row");
  }
  AttributeType own = construction.array ? AttributeType::L : AttributeType::M;
  if (kind && attribute.type != AttributeType::S && attribute.type != own) {
    fields.error_at("type",
                    "attribute '" + attribute.name.text + "' is of type " + std::string(type_name(attribute.type)) +
                        ", and its construction gives " + (construction.array ? "a list" : "a map"),
                    "use type " + std::string(type_name(own)) + ", or S for JSON text");
  }
  join.construction = std::move(construction);
}

void read_else_value(const FileReader& reader, const Fields& fields, Join& join) {
  auto value = fields.object().find("else_value");
  if (value && value->is(JsonKind::null)) {
    join.else_value = ElseValue{ElseValue::Kind::sql_null, reader.text(*value)};
  } else if (Text text = fields.text("else_value", Need::required, Blank::allowed);
             value && value->is(JsonKind::string)) {
    join.else_value = ElseValue{ElseValue::Kind::text, std::move(text)};
  }
}

// Keys of a join that another kind of join has: known words, so not misspelt, but they say nothing here.
void warn_unread(const Fields& fields, const Join& join) {
  auto unread = [&](std::string_view key, bool read) {
    if (!read && fields.given(key)) { fields.warn_at(key, fields.called(key) + " is not read in a join of this type"); }
  };
  using K = JoinKind;
  unread("join_conditions", join.kind == K::multi_column);
  unread("join_condition", join.kind != K::multi_column && join.kind != K::chain);
  unread("condition", join.kind == K::conditional);
  unread("else_value", join.kind == K::conditional);
  unread("joins", join.kind == K::chain);
  unread("chain_separator", join.kind == K::chain);
  unread("construction", join.kind == K::json_construction);
  unread("select_column", join.kind != K::chain && join.kind != K::json_construction);
  unread("target_table", join.kind != K::chain);
  unread("join_alias", join.kind != K::chain);
}

bool read_cases(const FileReader& reader, const Fields& fields, Calculation& calculation) {
  auto cases = fields.list("cases", Need::required);
  if (!cases) return false;
  if (cases->size() == 0) reader.error(*cases, fields.called("cases") + " is empty");
  for (JsonValue value : cases->items()) {
    if (!value.is(JsonKind::object)) {
      reader.error(value, fields.called("cases") + " holds " + std::string(json_kind_name(value.kind())) +
                              " where an object belongs");
      continue;
    }
    Fields branch(reader, value, "a case", "", {"when", "then"});
    Text when = branch.text("when", Need::required);
    Text then = branch.text("then", Need::required);
    calculation.cases.emplace_back(std::move(when), std::move(then));
  }
  if (fields.given("else")) calculation.else_value = fields.text("else");
  return true;
}

void read_static_value(const FileReader& reader, const Fields& fields, Transformation& transformation) {
  auto value = fields.object().find("value");
  if (!value) {
    fields.error(fields.called() + " is static and has no 'value'", "add \"value\"");
    return;
  }
  using V = Transformation::ValueKind;
  transformation.value = reader.text(*value);
  if (value->is(JsonKind::string)) {
    transformation.value_kind = V::text;
  } else if (value->is(JsonKind::number)) {
    transformation.value_kind = V::number;
  } else if (value->is(JsonKind::boolean)) {
    transformation.value_kind = V::boolean;
  } else {
    reader.error(*value,
                 fields.called("value") + " is " + std::string(json_kind_name(value->kind())) +
                     ", not a string, number or boolean",
                 value->is(JsonKind::null) ? "for an attribute that always holds NULL use type NULL" : "");
  }
}

void check_json_parse(const Fields& fields, const Attribute& a) {
  bool parses = a.transformation && a.transformation->kind == TransformationKind::json_parse;
  if (!parses || a.type == AttributeType::M || a.type == AttributeType::L) return;
  fields.error_at(
      "type",
      fields.called() + " is of type " + std::string(type_name(a.type)) + ", and json-parse gives a map or a list",
      "use type M or L, or leave the transformation out");
}

// A plain attribute is one column of the row at hand.
void check_columns(const Fields& fields, const Attribute& a) {
  bool made = fields.has("join") || fields.has("calculation") || fields.has("transformation");
  if (made || a.source_columns.size() < 2) return;
  fields.error_at("source_column", fields.called() + " has several source columns and nothing that puts them together",
                  "name one column, or add a transformation of type string-format or a calculation of type concat");
}

}  // namespace

std::optional<AttributeType> read_type(const Fields& fields) {
  using T = AttributeType;
  return fields.choice<T>("type", {{"S", T::S},
                                   {"N", T::N},
                                   {"B", T::B},
                                   {"BOOL", T::BOOL},
                                   {"SS", T::SS},
                                   {"NS", T::NS},
                                   {"BS", T::BS},
                                   {"M", T::M},
                                   {"L", T::L},
                                   {"NULL", T::Null}});
}

std::optional<Join> read_join(const FileReader& reader, JsonValue value, const Attribute& attribute) {
  Fields fields(reader, value, "the join of attribute", attribute.name.text,
                {"type", "target_table", "join_alias", "join_condition", "join_conditions", "select_column",
                 "condition", "else_value", "null_value", "joins", "chain_separator", "construction"});
  using K = JoinKind;
  auto kind = fields.choice<K>("type", {{"self-join", K::self_join},
                                        {"foreign-key", K::foreign_key},
                                        {"multi-column", K::multi_column},
                                        {"conditional", K::conditional},
                                        {"chain", K::chain},
                                        {"lookup-table", K::lookup_table},
                                        {"json-construction", K::json_construction}});
  if (!kind) return std::nullopt;
  Join join;
  join.kind = *kind;
  join.at = fields.at();
  if (fields.given("null_value")) join.null_value = fields.text("null_value", Need::optional, Blank::allowed);
  if (*kind == K::chain) {
    read_chain(reader, fields, join);
    if (fields.given("chain_separator")) {
      join.separator = fields.text("chain_separator", Need::optional, Blank::allowed);
    }
  } else {
    join.steps.push_back(read_step(fields, *kind));
  }
  if (*kind == K::conditional) {
    join.condition = fields.text("condition", Need::required);
    read_else_value(reader, fields, join);
  }
  if (*kind == K::json_construction) read_construction(reader, fields, attribute, join);
  warn_unread(fields, join);
  return join;
}

std::optional<Calculation> read_calculation(const FileReader& reader, JsonValue value, const Attribute& attribute) {
  Fields fields(
      reader, value, "the calculation of attribute", attribute.name.text,
      {"type", "target_table", "join_condition", "operation", "select_column", "cases", "else", "expression"});
  using K = CalculationKind;
  auto kind = fields.choice<K>(
      "type",
      {{"aggregate", K::aggregate}, {"case", K::case_when}, {"concat", K::concat}, {"date-math", K::date_math}});
  if (!kind) return std::nullopt;
  Calculation calculation;
  calculation.kind = *kind;
  calculation.at = fields.at();
  if (*kind == K::aggregate) {
    using O = AggregateOperation;
    calculation.target_table = fields.text("target_table", Need::required);
    calculation.join_condition = fields.text("join_condition", Need::required);
    calculation.operation =
        fields
            .choice<O>("operation",
                       {{"SUM", O::sum}, {"COUNT", O::count}, {"AVG", O::avg}, {"MIN", O::min}, {"MAX", O::max}})
            .value_or(O::count);
    calculation.select = fields.text("select_column", Need::required);
  } else if (*kind == K::case_when) {
    if (!read_cases(reader, fields, calculation)) return std::nullopt;
  } else {
    calculation.expression = fields.text("expression", Need::required);
  }
  return calculation;
}

std::optional<Transformation> read_transformation(const FileReader& reader, JsonValue value,
                                                  const Attribute& attribute) {
  Fields fields(reader, value, "the transformation of attribute", attribute.name.text,
                {"type", "format", "source_format", "value", "template"});
  using K = TransformationKind;
  auto kind = fields.choice<K>("type", {{"string-format", K::string_format},
                                        {"date-format", K::date_format},
                                        {"number-format", K::number_format},
                                        {"json-parse", K::json_parse},
                                        {"static", K::fixed},
                                        {"template", K::text_template}});
  if (!kind) return std::nullopt;
  Transformation transformation;
  transformation.kind = *kind;
  transformation.at = fields.at();
  if (*kind == K::fixed) {
    read_static_value(reader, fields, transformation);
  } else if (*kind == K::text_template) {
    bool own = fields.has("template");
    transformation.format = fields.text(own ? "template" : "format", Need::required, Blank::allowed);
    if (own && fields.has("format"))
      fields.warn_at("format", fields.called("format") + " is not read beside 'template'");
  } else {
    bool needs = *kind == K::string_format || *kind == K::number_format;
    transformation.format = fields.text("format", needs ? Need::required : Need::optional,
                                        *kind == K::string_format ? Blank::allowed : Blank::refused);
    transformation.source_format = fields.text("source_format");
  }
  return transformation;
}

Attribute read_attribute(const FileReader& reader, JsonValue value) {
  Attribute a;
  auto name = value.find("name");
  std::string_view called = name && name->is(JsonKind::string) ? name->text() : ""sv;
  Fields fields(reader, value, "attribute", called,
                {"name", "type", "source_table", "source_column", "join", "calculation", "transformation",
                 "denormalized", "justification"});
  a.name = fields.text("name", Need::required);
  auto type = read_type(fields);
  a.type = type.value_or(AttributeType::S);
  a.source_table = fields.text("source_table", Need::required);
  a.source_columns = fields.texts("source_column", Need::required, true);
  a.denormalized = fields.flag("denormalized");
  if (auto join = fields.child("join")) a.join = read_join(reader, *join, a);
  if (auto calculation = fields.child("calculation")) a.calculation = read_calculation(reader, *calculation, a);
  if (auto how = fields.child("transformation")) a.transformation = read_transformation(reader, *how, a);
  if (fields.has("join") && fields.has("calculation")) {
    fields.error_at("calculation", fields.called() + " has a join and a calculation: which of them gives the value?",
                    "keep one of the two");
  }
  if (type) check_json_parse(fields, a);
  check_columns(fields, a);
  return a;
}

}  // namespace migrate
