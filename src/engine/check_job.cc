// check_job(): what there is to check of a table, from contract, schema and settings.
#include <algorithm>

#include "base/text.h"
#include "engine/check.h"
#include "sql/orphans.h"

namespace migrate {
namespace {

// The one {name} of a template; "" when there are none or several.
std::string only_name(std::string_view pattern) {
  const size_t open = pattern.find('{');
  const size_t close = pattern.find('}', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  if (pattern.find('{', close) != std::string_view::npos) return {};
  return std::string(trim(pattern.substr(open + 1, close - open - 1)));
}

const Attribute* attribute_named(const Entity& entity, std::string_view name) {
  for (const Attribute& a : entity.attributes) {
    if (a.name.text == name) return &a;
  }
  return nullptr;
}

// The column of the row at hand that alone decides an attribute; "" when that cannot be said.
std::string deciding_column(const Attribute& attribute) {
  if (attribute.join || attribute.calculation) return {};
  if (attribute.transformation) {
    const auto kind = attribute.transformation->kind;
    if (kind != TransformationKind::string_format && kind != TransformationKind::text_template) return {};
    return only_name(attribute.transformation->format.text);
  }
  return attribute.source_columns.size() == 1 ? attribute.source_columns[0].text : std::string();
}

std::optional<LookupCheck> lookup_of(const Table& table, const Schema& schema) {
  if (table.entities.size() != 1) return std::nullopt;
  const Entity& entity = table.entities[0];
  const bool fixed_sk = table.sk.empty() || (entity.sk_template && !entity.sk_template->text.empty() &&
                                             entity.sk_template->text.find('{') == std::string::npos);
  if (!fixed_sk) return std::nullopt;
  std::string name = entity.pk_template ? only_name(entity.pk_template->text) : table.pk.text;
  if (const Attribute* a = attribute_named(entity, name)) name = deciding_column(*a);
  const Text& source = entity.source_table.empty() ? table.source_table : entity.source_table;
  const SourceTable* rows = schema.table(source.text);
  const Column* column = rows == nullptr || name.empty() ? nullptr : rows->column(name);
  if (column == nullptr) return std::nullopt;
  const auto alone = [&](const std::vector<std::string>& key) {
    return key.size() == 1 && equal_ignoring_case(key[0], column->name);
  };
  if (alone(rows->primary_key)) return std::nullopt;
  for (const Key& key : rows->keys) {
    if (key.unique && alone(key.columns)) return LookupCheck{rows->name + "." + column->name, key.name, true, 0};
  }
  return std::nullopt;
}

}  // namespace

CheckJob check_job(const Table& table, const TableViews& views, const TableSpec& spec, const Schema& schema,
                   const Project& project) {
  CheckJob job;
  job.views = views;
  job.target_table = spec.name;
  job.indexes = spec.indexes;
  for (const Text& t : table.satisfies) job.satisfies.push_back(t.text);
  for (const EntityView& e : views.entities) {
    job.count_selects.push_back(count_select(e, schema.flavor));
    for (OrphanSelect& o : orphan_selects(e, schema.flavor)) {
      job.references.push_back({std::move(o.attribute), std::move(o.joined_table), std::move(o.sql)});
    }
  }
  for (const EntityView& e : views.entities) {
    const SourceTable* rows = schema.table(e.source_table);
    if (rows != nullptr) job.estimated_rows += rows->estimated_rows;
  }
  job.lookup = lookup_of(table, schema);
  const TableSettings& settings = project.table(table.name.text);
  job.setting = settings.check.value_or(project.check);
  job.memory_mb = project.limits.memory_mb;
  job.snapshot_minutes = project.limits.snapshot_minutes;
  job.spill_folder = project.state;
  return job;
}

}  // namespace migrate
