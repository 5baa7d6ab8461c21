// EntityBuilder::build(): one entity's SELECT from its rows, attributes and keys.
#include "sql/entity_builder.h"

#include <algorithm>

#include "base/json_write.h"
#include "base/text.h"
#include "sql/print.h"
#include "sql/view_names.h"

namespace migrate {

EntityBuilder::EntityBuilder(const Contract& contract, const Table& table, const Entity& entity, const Schema& schema,
                             const Project& project, Diagnostics& diagnostics)
    : contract_(contract),
      table_(table),
      entity_(entity),
      schema_(schema),
      project_(project),
      settings_(project.table(table.name.text)),
      diagnostics_(diagnostics),
      notes_{diagnostics, schema.flavor} {}

ConvertOptions EntityBuilder::options() const {
  return {schema_.flavor, settings_.zero_dates, project_.source.time_zone};
}

const Attribute* EntityBuilder::attribute_named(std::string_view name) const {
  for (const Attribute& a : entity_.attributes) {
    if (a.name.text == name) return &a;
  }
  return nullptr;
}

EntityBuilder::Output* EntityBuilder::output(std::string_view name) {
  for (Output& o : outputs_) {
    if (o.name == name) return &o;
  }
  return nullptr;
}

void EntityBuilder::note_error(const std::string& attribute, const ExprPtr& code) {
  if (!code) return;
  errors_.push_back(
      call("CONCAT", {lit("{\"attribute\":" + json_string(attribute) + ",\"code\":\""), code, lit("\"}")}));
}

// The rows of a table that are not soft-deleted; null when all are meant.
ExprPtr EntityBuilder::alive(const Instance& instance, const Text& at_use) {
  bool own = instance.table == row_.table;
  if (settings_.soft_deletes == SoftDeletes::keep) return nullptr;
  if (settings_.soft_deletes == SoftDeletes::condition && own) {
    auto place = settings_.places.find("soft_deletes");
    Origin where{
        nullptr, {settings_.soft_delete_condition, 0, 0}, place == settings_.places.end() ? Place{} : place->second};
    auto typed = resolve_expression(where, Scope{instance, {}, false, false}, notes_);
    return typed ? typed->expr : nullptr;
  }
  const Column* deleted = instance.table->column("deleted_at");
  if (!deleted) return nullptr;
  if (deleted->nullable) {
    if (own) soft_deletes_excluded_ = true;
    return is_null(col(instance.alias, deleted->name));
  }
  if (settings_.soft_deletes == SoftDeletes::exclude) {
    diagnostics_.error(
        ErrorKind::contract_schema,
        "column 'deleted_at' of '" + instance.table->name + "' is NOT NULL, so it does not tell which rows are deleted",
        "set `soft_deletes` of table '" + table_.name.text +
            "' in the project file: keep, or an SQL condition for the rows that live",
        at(at_use));
  }
  return nullptr;
}

bool EntityBuilder::open_row() {
  const Text& name = entity_.source_table.empty() ? table_.source_table : entity_.source_table;
  row_.table = find_table(name);
  if (!row_.table) return false;
  for (const Key& key : row_.table->hidden_keys) {
    diagnostics_.warn(
        ErrorKind::contract_schema,
        "the account does not see every column of the unique key " + key.name + " (" + join(key.columns, ", ") +
            ") of table '" + row_.table->name + "', so its rows are not read by it",
        "GRANT SELECT ON " + quote_name(schema_.database) + "." + quote_name(row_.table->name) + " TO the account",
        at(entity_.at.empty() ? table_.name : entity_.at));
  }
  row_.alias = unused_alias(row_.table->name);
  return true;
}

bool EntityBuilder::add_filter(const std::string& sql, const std::string& setting) {
  if (sql.empty()) return true;
  auto place = settings_.places.find(setting);
  Origin where{nullptr, {sql, 0, 0}, place == settings_.places.end() ? Place{} : place->second};
  auto typed = resolve_expression(where, Scope{row_, {}, false, false}, notes_);
  if (typed) where_ = all_of({where_, typed->expr});
  return typed.has_value();
}

bool EntityBuilder::filter_row() {
  bool ok = add_filter(settings_.where, "where");
  auto own = settings_.entity_where.find(entity_.type.text);
  if (own != settings_.entity_where.end())
    ok = add_filter(own->second, "entities." + entity_.type.text + ".where") && ok;
  int before = diagnostics_.count_errors();
  where_ = all_of({where_, alive(row_, entity_.at.empty() ? table_.name : entity_.at)});
  return ok && diagnostics_.count_errors() == before;
}

bool EntityBuilder::add_attribute(const Attribute& attribute) {
  const Value* value = value_of(attribute);
  if (!value) return false;
  auto converted_value = converted(attribute, *value);
  if (!converted_value) return false;
  note_error(attribute.name.text, converted_value->error);
  const auto is_geometry = [](const Branch& b) { return b.value.type.kind == ValueKind::geometry; };
  if (std::any_of(value->branches.begin(), value->branches.end(), is_geometry))
    diagnostics_.warn(ErrorKind::contract_schema,
                      "attribute '" + printable(attribute.name.text) + "': the item holds the geometry, not its SRID",
                      "of a geographic SRID the axes come in the order that the server's ST_AsText gives them",
                      at(attribute.name));
  Output out{attribute.name.text, attribute.type, *converted_value, value->parts, false};
  // Text that is read as a number is not told apart by its bytes: 1 and 1.0 are one key.
  if (out.parts && attribute.type == AttributeType::N && !out.parts->empty() &&
      out.parts->front().kind == ValueKind::text)
    out.parts.reset();
  outputs_.push_back(std::move(out));
  return true;
}

bool EntityBuilder::add_key(const Text& key, const std::optional<Text>& pattern, bool of_table, bool sorts) {
  if (key.empty()) return true;
  Output* given = output(key.text);
  std::optional<KeyValue> made;
  if (pattern && given) {
    Diagnostics silent;
    EntityBuilder trial(contract_, table_, entity_, schema_, project_, silent);
    trial.row_ = row_;
    made = trial.templated(*pattern);
    bool same = made && print(*made->text.value, schema_.flavor) == print(*given->converted.value, schema_.flavor);
    if (!same)
      diagnostics_.warn(ErrorKind::contract_value,
                        "attribute '" + key.text + "' gives this key, and its template says something else",
                        made ? "the attribute wins: leave the template out" : silent.list.front().message,
                        at(*pattern));
  } else if (!given) {
    if (pattern) {
      made = templated(*pattern);
    } else if (key.text.find('#') != std::string::npos) {
      made = composite(key);
    } else {
      std::vector<std::string> names;
      for (const Attribute& a : entity_.attributes) names.push_back(a.name.text);
      std::string hint = did_you_mean(key.text, names);
      diagnostics_.error(ErrorKind::contract_value, "no attribute gives the key '" + printable(key.text) + "'",
                         hint.empty() ? "add an attribute of that name" : hint, at(key));
    }
    if (!made) return false;
    note_error(key.text, made->text.error);
    outputs_.push_back({key.text, AttributeType::S, made->text, made->parts, true});
    given = &outputs_.back();
  }
  given->key = true;
  given->sort_key = given->sort_key || sorts;
  if (!of_table) return true;
  keys.push_back(given->parts);
  if (!given->parts) return true;
  for (const KeyPart& part : *given->parts) {
    if (!part.column || !part.column->nullable) continue;
    diagnostics_.warn(ErrorKind::contract_schema,
                      "key '" + key.text + "' reads column '" + part.column->name + "', which can be NULL",
                      "rows where it is NULL become dead letters (key_empty)", at(key));
  }
  return true;
}

bool EntityBuilder::add_keys() {
  bool ok = add_key(table_.pk, entity_.pk_template, true, false);
  ok = add_key(table_.sk, entity_.sk_template, true, true) && ok;
  for (const Index& index : table_.indexes) {
    // In a table of several entities an item without an index's key is simply not in the index.
    const Text keys_of_index[] = {index.pk, index.sk};
    for (const Text& key : keys_of_index) {
      bool composed = key.text.find('#') != std::string::npos;
      bool here = output(key.text) || !table_.multi_entity;
      if (composed && table_.multi_entity) {
        here = true;
        for (const std::string& name : split(key.text, '#')) here = here && attribute_named(name);
      }
      if (here) ok = add_key(key, std::nullopt, false, &key == &keys_of_index[1]) && ok;
    }
  }
  return ok;
}

// Whether pk and sk together hold every column of a unique key, each so that it can be read from them again.
bool EntityBuilder::unique_key() const {
  std::vector<std::string> columns;
  for (const auto& parts : keys) {
    if (!parts || !decodable(*parts)) return false;
    for (const KeyPart& p : *parts) {
      bool named_zone = p.kind == ValueKind::datetime && !fixed_offset(project_.source.time_zone);
      // An hour that comes twice gives two times one text; a DOUBLE's text need not be all of it on every server.
      if (p.column && !named_zone && p.kind != ValueKind::real && p.kind != ValueKind::real32 &&
          !has_twins(p.column->charset))
        columns.push_back(p.column->name);
    }
  }
  return row_.table->unique_on(columns);
}

void EntityBuilder::finish(EntityView& view) {
  auto select = std::make_shared<SelectTree>();
  std::set<std::string> taken;
  for (const Output& o : outputs_) {
    select->columns.push_back({o.converted.value, column_alias(o.name, taken)});
    view.columns.push_back({o.name, o.type, o.converted.has_floats, o.converted.canonical_number, o.key, o.sort_key});
  }
  int n = 0;
  for (const std::string& name : row_.table->row_key()) {
    const Column& c = *row_.table->column(name);
    ValueType type = value_type(c);
    ExprPtr key = col(row_.alias, c.name);
    RowKeyColumn part;
    part.column = c.name;
    part.binary = type.kind == ValueKind::binary;
    part.numeric = type.kind == ValueKind::integer || type.kind == ValueKind::decimal || type.kind == ValueKind::year;
    part.real = type.kind == ValueKind::real || type.kind == ValueKind::real32;
    part.ordinal = type.kind == ValueKind::enumeration || type.kind == ValueKind::set || type.kind == ValueKind::bit;
    if (type.kind == ValueKind::text) part.charset = type.charset;
    const bool is_text =
        type.kind == ValueKind::text || type.kind == ValueKind::enumeration || type.kind == ValueKind::set;
    select->columns.push_back({is_text ? convert_using(key, "utf8mb4") : key, "migrate_key_" + std::to_string(++n)});
    view.row_key.push_back(std::move(part));
  }
  ExprPtr error = cast(null_lit(), "CHAR(1)");
  if (!errors_.empty()) {
    std::vector<ExprPtr> args{lit(",")};
    args.insert(args.end(), errors_.begin(), errors_.end());
    ExprPtr list = call("NULLIF", {call("CONCAT_WS", std::move(args)), lit("")});
    error = call("CONCAT", {lit("["), list, lit("]")});
  }
  select->columns.push_back({error, "migrate_error"});
  select->from = table_ref(row_);
  select->joins = joins_;
  select->where = where_;
  DigestBuilder digest("view", 1);
  digest.text("select", print(*select, schema_.flavor));
  for (const ViewColumn& c : view.columns) digest.text("column", c.name).text("type", type_name(c.type));
  select->columns.push_back({lit(MARK_PREFIX + project_.name + ":" + digest.finish().hex()), "migrate_mark"});
  view.select = std::move(select);
}

std::optional<EntityView> EntityBuilder::build(const std::string& name) {
  if (!open_row()) return std::nullopt;
  bool ok = filter_row();
  for (const Attribute& attribute : entity_.attributes) ok = add_attribute(attribute) && ok;
  if (ok) ok = add_keys();
  if (!ok) return std::nullopt;
  EntityView view;
  view.entity = entity_.type.text;
  view.view_name = name;
  view.source_table = row_.table->name;
  finish(view);
  view.row_key_index = row_.table->primary_key.empty() ? "" : "PRIMARY";
  for (const Key& key : row_.table->keys) {
    const bool finds = key.unique && !key.ignored;
    if (view.row_key_index.empty() && finds && key.columns == row_.table->row_key()) view.row_key_index = key.name;
  }
  for (const auto& [key, use] : uses_) {
    if (!use.aggregate && use.has_frame()) view.framed_joins.push_back(framed_join(use));
  }
  view.reads.assign(reads_.begin(), reads_.end());
  view.key_is_unique = unique_key();
  view.soft_deletes_excluded = soft_deletes_excluded_;
  view.deterministic = notes_.deterministic;
  if (!notes_.deterministic)
    diagnostics_.warn(ErrorKind::sql_expression,
                      "table '" + table_.name.text + "' uses the current time, so every build reads it whole",
                      "its data version is `always`; a column of the source would be exact",
                      at(entity_.at.empty() ? table_.name : entity_.at));
  return view;
}

}  // namespace migrate
