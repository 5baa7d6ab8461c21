// `tables:` of the project file, and whether its names are the contract's: read_tables(), check_settings().
#include <algorithm>

#include "base/text.h"
#include "contract/model.h"
#include "contract/settings.h"

namespace migrate {
namespace {

constexpr uint64_t MOST_UNITS = 10'000'000;

void read_entities(const Settings& table, TableSettings& out) {
  auto entities = table.section("entities", {});
  if (!entities) return;
  for (const YamlMember& member : entities->map().members) {
    const std::string& name = member.key.text;
    out.places["entities." + name] = table.reader().place(member.key);
    auto entity = entities->section(name, {"where"});
    if (!entity) continue;
    if (auto where = entity->text("where")) out.entity_where[name] = std::move(*where);
    if (const YamlValue* at = entity->find("where")) {
      out.places["entities." + name + ".where"] = table.reader().place(*at);
    }
  }
}

void read_data_version(const Settings& table, DataVersionSetting& out) {
  const YamlValue* value = table.find("data_version");
  if (value == nullptr) return;
  if (value->kind == YamlValue::Kind::map) {
    auto section = table.section("data_version", {"watermark"});
    out.method = DataVersionMethod::watermark;
    assign(out.column, section->required_text("watermark"));
    return;
  }
  auto word = table.text("data_version");
  if (word && *word == "watermark") {
    return table.error_at("data_version", "'" + table.path("data_version") + "' does not name the watermark's column",
                          "write {watermark: updated_at}");
  }
  table.word("data_version", out.method, data_version_methods);
}

// Anything that is not one of the two words is SQL; one word that is nearly one of them is a slip.
void read_soft_deletes(const Settings& table, TableSettings& out) {
  auto text = table.text("soft_deletes");
  if (!text || *text == "exclude") return;
  if (*text == "keep") {
    out.soft_deletes = SoftDeletes::keep;
  } else if (!nearest(*text, {"exclude", "keep"}).empty()) {
    table.refuse_word("soft_deletes", *text, {"exclude", "keep"});
  } else {
    out.soft_deletes = SoftDeletes::condition;
    out.soft_delete_condition = std::move(*text);
  }
}

std::optional<std::pair<uint64_t, uint64_t>> read_units(const Settings& table, std::string_view key) {
  auto section = table.section(key, {"read", "write"});
  if (!section) return std::nullopt;
  for (std::string_view side : {"read", "write"}) {
    if (!section->has(side))
      section->reader().error(section->map(), "'" + section->path(side) + "' is missing", "give both, read and write");
  }
  auto read = section->whole("read", 1, MOST_UNITS);
  auto write = section->whole("write", 1, MOST_UNITS);
  if (!read || !write) return std::nullopt;
  return std::make_pair(*read, *write);
}

void read_billing(const Settings& table, Billing& out) {
  const YamlValue* value = table.find("billing");
  if (value == nullptr) return;
  if (value->kind == YamlValue::Kind::map) {
    if (auto units = read_units(table, "billing")) out = {false, units->first, units->second};
    return;
  }
  table.word<bool>("billing", out.on_demand, {{"on-demand", true}});
}

void read_tags(const Settings& table, TableSettings& out) {
  auto tags = table.section("tags", {});
  if (!tags) return;
  for (const YamlMember& member : tags->map().members) {
    auto value = tags->text(member.key.text);
    if (!value) continue;
    // AWS, "Tagging restrictions in DynamoDB".
    if (utf8_length(member.key.text) > 128 || utf8_length(*value) > 256 || member.key.text.starts_with("aws:")) {
      tags->reader().error(member.key, "'" + tags->path(member.key.text) + "' is not a tag that AWS takes",
                           "keys have 128 characters at most and do not begin with 'aws:', values have 256 at most");
    }
    out.tags.emplace_back(member.key.text, std::move(*value));
  }
}

TableSettings read_table(const Settings& table) {
  TableSettings out;
  for (const YamlMember& member : table.map().members) {
    out.places[member.key.text] = table.reader().place(member.value);
  }
  assign(out.where, table.text("where"));
  read_entities(table, out);
  table.word<WriteMode>("write", out.write,
                        {{"put-if-absent", WriteMode::put_if_absent}, {"overwrite", WriteMode::overwrite}});
  using C = OnConflict;
  table.word<C>("on_conflict", out.on_conflict, {{"keep", C::keep}, {"fail", C::fail}, {"overwrite", C::overwrite}});
  if (out.write == WriteMode::overwrite && table.has("on_conflict")) {
    table.error_at("on_conflict", "'" + table.path("on_conflict") + "' has no meaning beside 'write: overwrite'",
                   "overwriting looks at no item: take one of the two out");
  }
  table.word<Deletes>("deletes", out.deletes, {{"propagate", Deletes::propagate}, {"keep", Deletes::keep}});
  if (out.write == WriteMode::overwrite && table.text("deletes") == "propagate") {
    table.error_at("deletes", "'" + table.path("deletes") + ": propagate' does not go with 'write: overwrite'",
                   "overwriting keeps no record of what was written: take one of the two out");
  }
  read_data_version(table, out.data_version);
  using Z = ZeroDates;
  table.word<Z>("zero_dates", out.zero_dates, {{"dead", Z::dead}, {"null", Z::null}, {"text", Z::text}});
  read_soft_deletes(table, out);
  if (table.has("check")) out.check = read_check(table);
  read_billing(table, out.billing);
  out.warm_throughput = read_units(table, "warm_throughput");
  assign(out.ttl, table.text("ttl"));
  assign(out.pitr, table.flag("pitr"));
  assign(out.deletion_protection, table.flag("deletion_protection"));
  assign(out.sse, table.text("sse"));
  read_tags(table, out);
  return out;
}

void error(Diagnostics& diagnostics, const TableSettings& settings, const std::string& key, std::string message,
           std::string hint) {
  auto at = settings.places.find(key);
  diagnostics.error(ErrorKind::project_value, std::move(message), std::move(hint),
                    at == settings.places.end() ? Place{} : at->second);
}

void check_entities(const Table& table, const TableSettings& settings, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Entity& entity : table.entities) names.push_back(entity.type.text);
  for (const auto& [name, where] : settings.entity_where) {
    std::string message = "table '" + table.name.text + "' has no entity '" + name + "'";
    if (!table.multi_entity) {
      error(diagnostics, settings, "entities." + name, message, "write the 'where' at the table itself");
    } else if (std::find(names.begin(), names.end(), name) == names.end()) {
      std::string hint = did_you_mean(name, names);
      error(diagnostics, settings, "entities." + name, message, hint.empty() ? "it has: " + join(names, ", ") : hint);
    }
  }
}

// AWS, "Using time to live": the attribute is a number of seconds.
void check_ttl(const Table& table, const TableSettings& settings, Diagnostics& diagnostics) {
  if (settings.ttl.empty()) return;
  std::vector<std::string> names;
  bool number = false;
  for (const Entity& entity : table.entities) {
    for (const Attribute& a : entity.attributes) {
      names.push_back(a.name.text);
      number = number || (a.name == settings.ttl && a.type == AttributeType::N);
    }
  }
  if (number) return;
  bool there = std::find(names.begin(), names.end(), settings.ttl) != names.end();
  std::string hint = there ? "its values are seconds since 1970" : did_you_mean(settings.ttl, names);
  error(diagnostics, settings, "ttl",
        "'ttl' of table '" + table.name.text + "' must be an attribute of type N: '" + settings.ttl + "' is " +
            (there ? "of another type" : "not an attribute"),
        hint);
}

}  // namespace

void read_tables(const Settings& root, Project& project) {
  auto tables = root.section("tables", {});
  if (!tables) return;
  for (const YamlMember& member : tables->map().members) {
    const std::string& name = member.key.text;
    TableSettings settings;
    if (member.value.kind != YamlValue::Kind::null) {
      auto table = tables->section(
          name, {"where", "entities", "write", "on_conflict", "deletes", "data_version", "zero_dates", "soft_deletes",
                 "check", "billing", "warm_throughput", "ttl", "pitr", "deletion_protection", "sse", "tags"});
      if (table) settings = read_table(*table);
    }
    settings.places[""] = root.reader().place(member.key);
    project.tables[name] = std::move(settings);
  }
}

const TableSettings& Project::table(const std::string& table_name) const {
  static const TableSettings defaults;
  auto at = tables.find(table_name);
  return at == tables.end() ? defaults : at->second;
}

void check_settings(const Project& project, const Contract& contract, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Table& table : contract.tables) {
    names.push_back(table.name.text);
    // AWS, "Naming rules" of the DynamoDB developer guide.
    size_t length = project.target.table_prefix.size() + table.name.text.size();
    if (length < 3 || length > 255) {
      diagnostics.error(
          ErrorKind::contract_value,
          "the table's name '" + project.target.table_prefix + table.name.text + "' must have 3 to 255 characters",
          "rename the table, or change 'target.table_prefix'", contract.place(table.name));
    }
  }
  for (const auto& [name, settings] : project.tables) {
    auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) {
      std::string hint = did_you_mean(name, names);
      error(diagnostics, settings, "", "the contract has no table '" + name + "'",
            hint.empty() ? "'tables' names target tables as the contract does" : hint);
      continue;
    }
    const Table& table = contract.tables[static_cast<size_t>(at - names.begin())];
    check_entities(table, settings, diagnostics);
    check_ttl(table, settings, diagnostics);
  }
}

}  // namespace migrate
