// The chain from the contract to the report: lay_chain().
#include "rules/chain.h"

#include <set>

#include "rules/rules.h"

namespace migrate {
namespace {

// Every source table that an entity's SELECT may read, by the schema's name. A self-join that names no table may read
// one that a foreign key of the row's own table leads to: all of those count, because which one it is, is for src/sql
// to say.
std::set<std::string> source_tables(const Table& table, World& world, const Schema* schema) {
  std::set<std::string> names;
  auto add = [&](const std::string& written) {
    if (!written.empty()) names.insert(world.table_name(written));
  };
  for (const Entity& entity : table.entities) {
    add(entity.source_table.text);
    for (const Attribute& attribute : entity.attributes) {
      if (attribute.calculation) add(attribute.calculation->target_table.text);
      if (!attribute.join) continue;
      for (const JoinStep& step : attribute.join->steps) {
        add(step.target_table.text);
        const SourceTable* own = schema == nullptr ? nullptr : schema->table(entity.source_table.text);
        if (!step.target_table.empty() || own == nullptr) continue;
        for (const ForeignKey& key : own->foreign_keys) add(key.target_table);
      }
    }
  }
  return names;
}

bool names_every_table(const Contract& contract) {
  for (const Table& table : contract.tables) {
    for (const Entity& entity : table.entities) {
      for (const Attribute& attribute : entity.attributes) {
        if (!attribute.join) continue;
        for (const JoinStep& step : attribute.join->steps) {
          if (step.target_table.empty()) return false;
        }
      }
    }
  }
  return true;
}

std::vector<std::string> with_kind(const char* kind, const std::set<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(std::string(kind) + ":" + name);
  return out;
}

template <class... More>
std::vector<std::string> list(std::vector<std::string> first, More... more) {
  (first.push_back(more), ...);
  return first;
}

}  // namespace

// One connection makes views. One table's rows at a time: a run or a check uses all of limits.connections and
// limits.memory_mb by itself.
std::map<std::string, int> Chain::pools() { return {{"views", 1}, {"rows", 1}}; }

std::vector<CleanItem> Chain::dead_items(const Records& records) const {
  std::vector<CleanItem> items;
  for (const Record* record : dead_records(graph, records)) {
    size_t colon = record->target.find(':');
    for (const auto& rule : rules) {
      if (rule->kind() != record->target.substr(0, colon)) continue;
      items.push_back({record->target, record->target.substr(colon + 1), rule.get(), true});
    }
  }
  return items;
}

std::unique_ptr<Chain> lay_chain(World& world, Diagnostics& diagnostics) {
  auto chain = std::make_unique<Chain>();
  auto rule = [&](std::unique_ptr<Rule> made) {
    chain->rules.push_back(std::move(made));
    return chain->rules.back().get();
  };
  Rule* mapping = rule(mapping_rule(world));
  Rule* schema = rule(schema_rule(world));
  Rule* view_sql = rule(view_sql_rule(world));
  Rule* views_file = rule(views_file_rule(world));
  Rule* view = rule(view_rule(world));
  Rule* table = rule(table_rule(world));
  Rule* data = rule(data_rule(world));
  Rule* run = rule(run_rule(world));
  Rule* check = rule(check_rule(world));
  Rule* report = rule(report_rule(world));

  const Schema* known = nullptr;
  if (!names_every_table(world.contract())) {
    auto read = world.schema();
    // Offline, before the first build, nothing is known of the source: then what the contract says is what there is.
    if (!read && !(world.options().offline && read.error().kind == ErrorKind::usage)) {
      diagnostics.add(read.error());
      return chain;
    }
    if (read) known = *read;
  }
  Graph& graph = chain->graph;
  std::set<std::string> seen;
  std::map<std::string, DataVersionRequest> versions;
  std::vector<std::string> statements, reported;
  for (const Table& t : world.contract().tables) {
    const std::string& name = t.name.text;
    std::set<std::string> sources = source_tables(t, world, known), data_names;
    for (const std::string& source : sources) {
      if (seen.insert(source).second) graph.add("schema:" + source, schema, {});
      const DataVersionRequest request = world.version_request(name, source);
      const std::string version = data_name(request);
      data_names.insert(version);
      if (versions.emplace(version, request).second) graph.add("data:" + version, data, {"schema:" + source});
    }
    graph.add("mapping:" + name, mapping, {});
    graph.add("view-sql:" + name, view_sql, list(with_kind("schema", sources), "mapping:" + name));
    graph.add("view:" + name, view, {"view-sql:" + name}, "views");
    graph.add("table:" + name, table, {"mapping:" + name});
    graph.add("run:" + name, run, list(with_kind("data", data_names), "view:" + name, "table:" + name), "rows");
    graph.add("check:" + name, check, {"run:" + name}, "rows");
    statements.push_back("view-sql:" + name);
    reported.push_back("run:" + name);
    reported.push_back("check:" + name);
  }
  world.read_versions_of(std::move(versions));
  graph.add("file:views.sql", views_file, statements);
  graph.add("report:html", report, reported);
  graph.finish(diagnostics);
  return chain;
}

}  // namespace migrate
