// A schema as JSON and back: schema_json(), schema_from_json().
#include "contract/schema_json.h"

#include <charconv>

#include "base/json.h"
#include "base/json_write.h"

namespace migrate {
namespace {

std::string texts_json(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(json_string(text));
  return json_array(quoted);
}

std::string column_json(const Column& c) {
  JsonObject out;
  out.add("name", c.name).add("type", c.data_type).add("full_type", c.column_type);
  if (c.nullable) out.add("nullable", true);
  if (c.is_unsigned) out.add("unsigned", true);
  if (c.zerofill) out.add("zerofill", true);
  if (c.is_json) out.add("json", true);
  if (c.generated) out.add("generated", true);
  if (c.length) out.add("length", static_cast<unsigned long long>(*c.length));
  if (c.precision) out.add("precision", *c.precision);
  if (c.scale) out.add("scale", *c.scale);
  if (c.time_precision) out.add("time_precision", *c.time_precision);
  if (!c.charset.empty()) out.add("charset", c.charset);
  if (!c.collation.empty()) out.add("collation", c.collation);
  if (!c.members.empty()) out.raw("members", texts_json(c.members));
  return out.str();
}

std::string keys_json(const std::vector<Key>& keys) {
  std::vector<std::string> out;
  for (const Key& k : keys) {
    JsonObject key;
    key.add("name", k.name).add("unique", k.unique).raw("columns", texts_json(k.columns));
    if (k.ignored) key.add("ignored", true);
    out.push_back(key.str());
  }
  return json_array(out);
}

std::string table_json(const SourceTable& t) {
  std::vector<std::string> columns, foreign_keys;
  for (const Column& c : t.columns) columns.push_back(column_json(c));
  for (const ForeignKey& k : t.foreign_keys) {
    foreign_keys.push_back(JsonObject()
                               .add("name", k.name)
                               .raw("columns", texts_json(k.columns))
                               .add("target", k.target_table)
                               .raw("target_columns", texts_json(k.target_columns))
                               .str());
  }
  return JsonObject()
      .add("name", t.name)
      .add("view", t.is_view)
      .add("rows", static_cast<unsigned long long>(t.estimated_rows))
      .add("bytes", static_cast<unsigned long long>(t.estimated_bytes))
      .raw("columns", json_array(columns))
      .raw("primary_key", texts_json(t.primary_key))
      .raw("keys", keys_json(t.keys))
      .raw("hidden_keys", keys_json(t.hidden_keys))
      .raw("foreign_keys", json_array(foreign_keys))
      .str();
}

// Readers that take what is absent for the default: we wrote it, and the document is known to be whole.
std::string text_of(JsonValue object, std::string_view key) {
  auto value = object.find(key);
  return value ? std::string(value->text()) : std::string();
}
bool flag_of(JsonValue object, std::string_view key) {
  auto value = object.find(key);
  return value && value->boolean();
}
template <class Number>
std::optional<Number> number_of(JsonValue object, std::string_view key) {
  auto value = object.find(key);
  if (!value) return std::nullopt;
  Number number{};
  std::string_view text = value->text();
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}
std::vector<std::string> texts_of(JsonValue object, std::string_view key) {
  std::vector<std::string> out;
  if (auto list = object.find(key)) {
    for (JsonValue item : list->items()) out.emplace_back(item.text());
  }
  return out;
}

Column column_of(JsonValue json) {
  Column c;
  c.name = text_of(json, "name");
  c.data_type = text_of(json, "type");
  c.column_type = text_of(json, "full_type");
  c.nullable = flag_of(json, "nullable");
  c.is_unsigned = flag_of(json, "unsigned");
  c.zerofill = flag_of(json, "zerofill");
  c.is_json = flag_of(json, "json");
  c.generated = flag_of(json, "generated");
  c.length = number_of<uint64_t>(json, "length");
  c.precision = number_of<int>(json, "precision");
  c.scale = number_of<int>(json, "scale");
  c.time_precision = number_of<int>(json, "time_precision");
  c.charset = text_of(json, "charset");
  c.collation = text_of(json, "collation");
  c.members = texts_of(json, "members");
  return c;
}

std::vector<Key> keys_of(JsonValue json, std::string_view name) {
  std::vector<Key> out;
  if (auto keys = json.find(name)) {
    for (JsonValue k : keys->items())
      out.push_back({text_of(k, "name"), flag_of(k, "unique"), texts_of(k, "columns"), flag_of(k, "ignored")});
  }
  return out;
}

SourceTable table_of(JsonValue json) {
  SourceTable t;
  t.name = text_of(json, "name");
  t.is_view = flag_of(json, "view");
  t.estimated_rows = number_of<uint64_t>(json, "rows").value_or(0);
  t.estimated_bytes = number_of<uint64_t>(json, "bytes").value_or(0);
  t.primary_key = texts_of(json, "primary_key");
  if (auto columns = json.find("columns")) {
    for (JsonValue c : columns->items()) t.columns.push_back(column_of(c));
  }
  t.keys = keys_of(json, "keys");
  t.hidden_keys = keys_of(json, "hidden_keys");
  if (auto keys = json.find("foreign_keys")) {
    for (JsonValue k : keys->items()) {
      t.foreign_keys.push_back(
          {text_of(k, "name"), texts_of(k, "columns"), text_of(k, "target"), texts_of(k, "target_columns")});
    }
  }
  return t;
}

}  // namespace

std::string schema_json(const Schema& schema) {
  std::vector<std::string> tables;
  for (const SourceTable& t : schema.tables) tables.push_back(table_json(t));
  return JsonObject()
      .add("flavor", schema.flavor == Flavor::mariadb ? "mariadb" : "mysql")
      .add("version", schema.version)
      .add("server", schema.server_identity)
      .add("database", schema.database)
      .add("lower_case_names", schema.lower_case_names)
      .raw("tables", json_array(tables))
      .str();
}

Result<Schema> schema_from_json(std::string_view json) {
  Diagnostics diagnostics;
  auto document = parse_json({json, "the schema in the cache", ErrorKind::cache_corrupt, 1'000'000'000}, diagnostics);
  if (!document) return diagnostics.list.front();
  JsonValue root = document->root();
  Schema schema;
  schema.flavor = text_of(root, "flavor") == "mariadb" ? Flavor::mariadb : Flavor::mysql;
  schema.version = text_of(root, "version");
  schema.server_identity = text_of(root, "server");
  schema.database = text_of(root, "database");
  schema.lower_case_names = flag_of(root, "lower_case_names");
  if (auto tables = root.find("tables")) {
    for (JsonValue t : tables->items()) schema.tables.push_back(table_of(t));
  }
  return schema;
}

}  // namespace migrate
