// A first contract from a live schema: first_project().
#include "cli/first_contract.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/json_write.h"
#include "base/text.h"

namespace migrate {
namespace {

bool one_of(const std::string& type, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* t) { return type == t; });
}

// The type that loses nothing, by docs/types.md. JSON stays text: a column may hold any kind of value. tinyint(1) stays
// a number: it may hold a 2, which no BOOL tells from a 1.
const char* type_for(const Column& column, bool key) {
  const std::string& type = column.data_type;
  if (!key && column.column_type == "bit(1)") return "BOOL";
  if (one_of(type, {"tinyint", "smallint", "mediumint", "int", "bigint", "bit", "year"})) return "N";
  if (type == "decimal") return column.precision.value_or(0) <= 38 ? "N" : "S";
  if (one_of(type, {"float", "double"})) return "N";
  if (one_of(type, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})) return "B";
  if (type == "set" && !key) return "SS";
  return "S";
}

// Letters, digits and `marks` stay; every other byte becomes '_'.
std::string spelled_with(const std::string& source, std::string_view marks) {
  std::string name;
  for (char c : source) {
    bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                marks.find(c) != std::string_view::npos;
    name += fine ? c : '_';
  }
  return name;
}

// Names of DynamoDB tables: 3 to 255 of a-z, A-Z, 0-9, '_', '-', '.' (API reference, CreateTable).
std::string table_name(const std::string& source) {
  std::string name = spelled_with(source, "_-.");
  while (name.size() < 3) name += '_';
  return name.substr(0, 255);
}

// What `name` of the project file may be: docs/project-file.md.
std::string project_name(const std::string& source) { return spelled_with(source, "_-").substr(0, 60); }

// Column → attribute. The same name, but for those that a contract gives a meaning of its own: 'migrate_…' are the
// views' columns, and in a key of several columns '#' stands between attributes.
using AttributeNames = std::map<std::string, std::string>;

AttributeNames attribute_names(const SourceTable& table) {
  const bool composed = table.row_key().size() > 2;
  AttributeNames names;
  std::set<std::string> taken;  // a view's columns differ in more than case
  for (const Column& column : table.columns) taken.insert(lower_ascii(column.name));
  for (const Column& column : table.columns) {
    std::string name = composed ? replace_all(column.name, "#", "_") : column.name;
    if (lower_ascii(name).starts_with("migrate_")) name = "_" + name;
    if (name != column.name) {
      while (!taken.insert(lower_ascii(name)).second) name += "_";
    }
    names[column.name] = name;
  }
  return names;
}

void note_other_names(const SourceTable& table, const AttributeNames& names, std::vector<std::string>& notes) {
  for (const auto& [column, attribute] : names) {
    if (attribute == column) continue;
    notes.push_back(
        "table '" + table.name + "': the column '" + column + "' becomes the attribute '" + attribute +
        "', as names with 'migrate_' are those of the views' own columns, and '#' joins the parts of a key");
  }
}

struct KeyNames {
  std::string pk, sk;
};

// The row key as pk and sk: its first column and the rest, joined by '#'. Bytes cannot be joined, so they stand alone.
// Nothing: there are more of them than places.
std::optional<KeyNames> key_names(const SourceTable& table, const AttributeNames& names) {
  std::vector<std::string> key, bytes, others;
  for (const std::string& column : table.row_key()) {
    const bool binary = std::string_view(type_for(*table.column(column), true)) == "B";
    key.push_back(names.at(table.column(column)->name));
    (binary ? bytes : others).push_back(key.back());
  }
  if (key.size() <= 2) return KeyNames{key.front(), key.size() == 2 ? key.back() : ""};
  if (bytes.size() > 1) return std::nullopt;
  if (bytes.empty()) return KeyNames{key.front(), join({key.begin() + 1, key.end()}, "#")};
  const std::string rest = join(others, "#");
  return bytes.front() == key.front() ? KeyNames{key.front(), rest} : KeyNames{rest, bytes.front()};
}

std::string attribute_json(const SourceTable& table, const Column& column, const std::string& name, bool key) {
  return JsonObject()
      .add("name", name)
      .add("type", type_for(column, key))
      .add("source_table", table.name)
      .add("source_column", column.name)
      .str();
}

std::string table_json(const SourceTable& table, const std::string& name, const KeyNames& names,
                       const AttributeNames& attributes) {
  const std::vector<std::string> key = table.row_key();
  std::string out = "    {\n      \"table\": " + json_string(name) +
                    ", \"type\": \"single-entity\", \"source_table\": " + json_string(table.name) +
                    ", \"pk\": " + json_string(names.pk);
  if (!names.sk.empty()) out += ", \"sk\": " + json_string(names.sk);
  out += ",\n      \"attributes\": [\n";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    bool is_key = std::find(key.begin(), key.end(), column.name) != key.end();
    out += "        " + attribute_json(table, column, attributes.at(column.name), is_key) +
           (i + 1 < table.columns.size() ? ",\n" : "\n");
  }
  uint64_t bytes = table.estimated_rows > 0 ? table.estimated_bytes / table.estimated_rows : 0;
  return out + "      ],\n      \"satisfies\": [" + json_string("get one by " + join(key, " and ")) +
         "],\n      \"estimated_item_size_bytes\": " + std::to_string(std::max<uint64_t>(bytes, 50)) + "\n    }";
}

// A deleted_at that is never NULL says nothing of which rows live: build asks for a decision, and "keep" loses nothing.
bool needs_soft_delete_setting(const SourceTable& table) {
  const Column* column = table.column("deleted_at");
  return column != nullptr && !column->nullable;
}

std::string yaml_string(std::string_view text) { return json_string(text); }  // JSON strings are YAML

std::string project_yaml(const SourceSettings& source, const std::vector<std::string>& keep_deleted) {
  std::string out = "# Every key: docs/project-file.md, or `man migrate`.\nversion: 1\nname: " +
                    yaml_string(project_name(source.database)) +
                    "\ncontract: contract.json\n\nsource:\n  kind: mysql\n";
  if (source.socket.empty()) {
    out += "  host: " + yaml_string(source.host) + "\n  port: " + std::to_string(source.port) + "\n";
  } else {
    out += "  socket: " + yaml_string(source.socket) + "\n";
  }
  out += "  database: " + yaml_string(source.database) + "\n  user: " + yaml_string(source.user) +
         "\n  password: ${MIGRATE_PASSWORD}\n  time_zone: \"+00:00\"   # what DATETIME columns mean\n\n"
         "target:\n  kind: dynamodb\n  region: ${AWS_REGION:-us-east-1}\n  # endpoint: http://127.0.0.1:8000   # "
         "DynamoDB Local\n";
  if (!keep_deleted.empty()) {
    out += "\ntables:\n";
    for (const std::string& name : keep_deleted) {
      out += "  " + yaml_string(name) + ": {soft_deletes: keep}   # deleted_at is NOT NULL: say which rows live\n";
    }
  }
  return out;
}

}  // namespace

FirstProject first_project(const Schema& schema, const SourceSettings& source) {
  FirstProject out;
  std::vector<std::string> tables;
  std::vector<std::string> keep_deleted;
  std::set<std::string> names;
  for (const SourceTable& table : schema.tables) {
    if (table.is_view) continue;
    if (table.row_key().empty()) {
      out.notes.push_back(
          "table '" + table.name +
          (table.hidden_keys.empty()
               ? "' has no primary key and no unique key without NULLs: write an entry that says which columns tell "
                 "its rows apart"
               : "' has a unique key of columns that the account does not see: GRANT SELECT on the whole table, and "
                 "run "
                 "this again"));
      continue;
    }
    const AttributeNames attributes = attribute_names(table);
    const std::optional<KeyNames> key = key_names(table, attributes);
    if (!key) {
      out.notes.push_back("table '" + table.name + "' has a key of " + plural(table.row_key().size(), "column") +
                          ", of which several are binary: write an entry that says how its pk and sk are made");
      continue;
    }
    std::string name = table_name(table.name);
    for (int n = 2; !names.insert(name).second; ++n) name = table_name(table.name) + "_" + std::to_string(n);
    if (needs_soft_delete_setting(table)) keep_deleted.push_back(name);
    note_other_names(table, attributes, out.notes);
    tables.push_back(table_json(table, name, *key, attributes));
  }
  out.tables = tables.size();
  out.contract = "{\n  \"tables\": [\n" + join(tables, ",\n") + "\n  ]\n}\n";
  out.project = project_yaml(source, keep_deleted);
  return out;
}

}  // namespace migrate
