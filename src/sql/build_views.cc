// build_views() of view.h: a table's entities, each to its SELECT, and what holds for all of them.
#include <algorithm>

#include "sql/entity_builder.h"
#include "sql/print.h"
#include "sql/view.h"
#include "sql/view_names.h"

namespace migrate {
namespace {

const ViewColumn* column_named(const EntityView& view, const std::string& name) {
  for (const ViewColumn& c : view.columns) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

// Whether no key of one entity can be one of the other: their constant beginnings differ.
bool apart(const EntityBuilder& a, const EntityBuilder& b) {
  for (size_t i = 0; i < std::min(a.keys.size(), b.keys.size()); ++i) {
    if (!a.keys[i] || !b.keys[i]) continue;
    std::string x = constant_prefix(*a.keys[i]), y = constant_prefix(*b.keys[i]);
    if (!x.starts_with(y) && !y.starts_with(x)) return true;
  }
  return false;
}

void set_key_types(const Contract& contract, const Table& table, TableViews& views, Diagnostics& diagnostics) {
  auto type_of = [&](const Text& key, AttributeType& type) {
    if (key.empty()) return;
    type = column_named(views.entities[0], key.text)->type;
    for (const EntityView& e : views.entities) {
      AttributeType other = column_named(e, key.text)->type;
      if (other == AttributeType::S || other == AttributeType::N || other == AttributeType::B) {
        if (other == type) continue;
        diagnostics.error(ErrorKind::contract_value,
                          "key '" + key.text + "' is of type " + std::string(type_name(type)) + " in one entity and " +
                              std::string(type_name(other)) + " in another",
                          "give it one type", contract.place(key));
      } else {
        diagnostics.error(ErrorKind::contract_value,
                          "key '" + key.text + "' is of type " + std::string(type_name(other)),
                          "keys are of type S, N or B", contract.place(key));
      }
    }
  };
  type_of(table.pk, views.pk_type);
  type_of(table.sk, views.sk_type);
}

Digest digest_of_views(const TableViews& views, Flavor flavor) {
  DigestBuilder d("table views", 1);
  d.text("table", views.table).text("view", views.view_name).text("pk", views.pk).text("sk", views.sk);
  for (const EntityView& e : views.entities) {
    d.text("entity", e.entity).text("view", e.view_name).text("select", print(*e.select, flavor));
    for (const ViewColumn& c : e.columns) {
      d.text("column", c.name).text("type", type_name(c.type));
      d.number("flags", (c.has_floats ? 1 : 0) + (c.canonical_number ? 2 : 0) + (c.key ? 4 : 0));
    }
    for (const RowKeyColumn& k : e.row_key) d.text("row key", k.column);
  }
  return d.finish();
}

}  // namespace

std::optional<TableViews> build_views(const Contract& contract, const Table& table, const Schema& schema,
                                      const Project& project, Diagnostics& diagnostics) {
  Diagnostics own;
  check_view_names(contract, table, project, own);
  TableViews views;
  views.table = table.name.text;
  views.view_name = view_name(project, table.name.text, "");
  views.pk = table.pk.text;
  views.sk = table.sk.text;
  std::vector<std::unique_ptr<EntityBuilder>> builders;
  for (const Entity& entity : table.entities) {
    builders.push_back(std::make_unique<EntityBuilder>(contract, table, entity, schema, project, own));
    std::string name = table.multi_entity ? view_name(project, table.name.text, entity.type.text) : views.view_name;
    if (auto view = builders.back()->build(name)) views.entities.push_back(std::move(*view));
  }
  bool whole = !own.has_errors() && !views.entities.empty();
  if (whole) {
    set_key_types(contract, table, views, own);
    for (size_t i = 0; i < builders.size(); ++i) {
      for (size_t k = 0; k < i; ++k) {
        if (!apart(*builders[i], *builders[k]))
          views.entities[i].key_is_unique = views.entities[k].key_is_unique = false;
      }
    }
    views.digest = digest_of_views(views, schema.flavor);
    whole = !own.has_errors();
  }
  for (Error& e : own.list) diagnostics.add(std::move(e));
  if (!whole) return std::nullopt;
  return views;
}

}  // namespace migrate
