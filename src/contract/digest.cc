// Digests of a table's parts: table_parts(). Optional texts are fed only where they are given, so that absent and
// empty differ.
#include "contract/digest.h"

#include <algorithm>

namespace migrate {
namespace {

constexpr int VERSION = 1;

void feed(DigestBuilder& d, std::string_view tag, const Text& text) {
  if (!text.empty()) d.text(tag, text.text);
}
void feed(DigestBuilder& d, std::string_view tag, const std::optional<Text>& text) {
  if (text) d.text(tag, text->text);
}
template <class E>
void feed_kind(DigestBuilder& d, std::string_view tag, E kind) {
  d.number(tag, static_cast<int64_t>(kind));
}

void feed(DigestBuilder& d, const Join& join) {
  feed_kind(d, "join", join.kind);
  for (const JoinStep& step : join.steps) {
    d.text("step", step.target_table.text);
    feed(d, "alias", step.alias);
    for (const Text& condition : step.conditions) feed(d, "on", condition);
    for (const auto& [local, joined] : step.pairs) d.text("local", local.text).text("joined", joined.text);
    feed(d, "select", step.select);
  }
  feed(d, "condition", join.condition);
  if (join.else_value) {
    feed_kind(d, "else_kind", join.else_value->kind);
    if (join.else_value->kind == ElseValue::Kind::text) d.text("else", join.else_value->text.text);
  }
  feed(d, "null_value", join.null_value);
  feed(d, "separator", join.separator);
  if (!join.construction) return;
  const Construction& c = *join.construction;
  d.number("array", c.array ? 1 : 0);
  if (c.limit) d.number("limit", static_cast<int64_t>(*c.limit));
  feed(d, "order_by", c.order_by);
  for (const auto& [name, value] : c.columns) d.text("name", name.text).text("value", value.text);
}

void feed(DigestBuilder& d, const Calculation& c) {
  feed_kind(d, "calculation", c.kind);
  feed(d, "target", c.target_table);
  feed(d, "on", c.join_condition);
  if (c.kind == CalculationKind::aggregate) feed_kind(d, "operation", c.operation);
  feed(d, "select", c.select);
  for (const auto& [when, then] : c.cases) d.text("when", when.text).text("then", then.text);
  feed(d, "else", c.else_value);
  feed(d, "expression", c.expression);
}

void feed(DigestBuilder& d, const Transformation& t) {
  feed_kind(d, "transformation", t.kind);
  d.text("format", t.format.text);
  feed(d, "source_format", t.source_format);
  if (t.kind == TransformationKind::fixed) {
    feed_kind(d, "value_kind", t.value_kind);
    d.text("value", t.value.text);
  }
}

Digest digest(const Attribute& a, const Entity& entity) {
  DigestBuilder d("attribute", VERSION);
  d.text("name", a.name.text).text("type", type_name(a.type));
  d.text("table", a.source_table.empty() ? entity.source_table.text : a.source_table.text);
  for (const Text& column : a.source_columns) feed(d, "column", column);
  if (a.denormalized) d.number("denormalized", 1);
  if (a.join) feed(d, *a.join);
  if (a.calculation) feed(d, *a.calculation);
  if (a.transformation) feed(d, *a.transformation);
  return d.finish();
}

Digest digest(const Entity& entity) {
  DigestBuilder d("entity", VERSION);
  d.text("type", entity.type.text).text("table", entity.source_table.text);
  feed(d, "pk_template", entity.pk_template);
  feed(d, "sk_template", entity.sk_template);
  return d.finish();
}

Digest digest(const Index& index) {
  DigestBuilder d("index", VERSION);
  d.text("name", index.name.text);
  feed(d, "pk", index.pk);
  feed(d, "sk", index.sk);
  feed_kind(d, "projection", index.projection);
  std::vector<std::string_view> projected;
  for (const Text& name : index.projected) projected.push_back(name.text);
  std::sort(projected.begin(), projected.end());
  for (std::string_view name : projected) d.text("projected", name);
  return d.finish();
}

Digest digest_keys(const Table& table) {
  DigestBuilder d("keys", VERSION);
  d.text("name", table.name.text).number("multi_entity", table.multi_entity ? 1 : 0);
  feed(d, "pk", table.pk);
  feed(d, "sk", table.sk);
  return d.finish();
}

}  // namespace

std::vector<TablePart> table_parts(const Table& table) {
  std::vector<TablePart> parts;
  parts.push_back({"keys", digest_keys(table)});
  for (const Index& index : table.indexes) parts.push_back({"index " + index.name.text, digest(index)});
  for (const Entity& entity : table.entities) {
    std::string whose = table.multi_entity ? "entity " + entity.type.text : "";
    parts.push_back({table.multi_entity ? whose : "source table", digest(entity)});
    if (!whose.empty()) whose += ' ';
    for (const Attribute& a : entity.attributes) {
      parts.push_back({whose + "attribute " + a.name.text, digest(a, entity)});
    }
  }
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return parts;
}

}  // namespace migrate
