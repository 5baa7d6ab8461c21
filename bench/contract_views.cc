// A contract of many tables, parsed and checked against a schema, and its views.sql: how long each takes.
// Usage: bench_contract_views [TABLES]     Prints the best of five rounds, in milliseconds.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "contract/read_contract.h"
#include "sql/view.h"

namespace migrate {
namespace {

Column column(const std::string& name, const std::string& type, bool nullable = false) {
  Column c;
  c.name = name;
  c.data_type = c.column_type = type;
  c.nullable = nullable;
  if (type == "varchar") c.charset = "utf8mb4", c.collation = "utf8mb4_bin";
  return c;
}

// `tables` tables of twelve columns, each with a foreign key to the next, and a table of countries.
Schema make_schema(int tables) {
  Schema schema;
  schema.database = "shop";
  SourceTable countries;
  countries.name = "countries";
  countries.columns = {column("id", "int"), column("name", "varchar")};
  countries.primary_key = {"id"};
  schema.tables.push_back(std::move(countries));
  for (int i = 0; i < tables; ++i) {
    SourceTable t;
    t.name = "source_" + std::to_string(10000 + i);
    t.columns = {column("id", "int"), column("country_id", "int", true), column("next_id", "int", true)};
    for (int c = 0; c < 9; ++c)
      t.columns.push_back(column("field_" + std::to_string(c), c % 3 ? "varchar" : "datetime", c % 2 != 0));
    t.primary_key = {"id"};
    t.keys = {{"next", false, {"next_id"}}};
    schema.tables.push_back(std::move(t));
  }
  return schema;
}

// One target for each: its columns, a joined name, and a count of rows that point here.
std::string make_contract(int tables) {
  std::string text = "{\"tables\": [\n";
  for (int i = 0; i < tables; ++i) {
    const std::string source = "source_" + std::to_string(10000 + i);
    const std::string next = "source_" + std::to_string(10000 + (i + 1) % tables);
    text += (i ? ",\n" : "") + std::string(R"({"table": "Target)") + std::to_string(i) +
            R"(", "type": "single-entity", "source_table": ")" + source + R"(", "pk": "id", "attributes": [
  {"name": "id", "type": "N", "source_table": ")" +
            source + R"(", "source_column": "id"},
)";
    for (int c = 0; c < 9; ++c)
      text += R"(  {"name": "field_)" + std::to_string(c) + R"(", "type": "S", "source_table": ")" + source +
              R"(", "source_column": "field_)" + std::to_string(c) + "\"},\n";
    text +=
        R"(  {"name": "country", "type": "S", "source_table": "countries", "source_column": "name", "denormalized": true,
   "join": {"type": "foreign-key", "target_table": "countries", "join_condition": ")" +
        source + R"(.country_id = countries.id", "select_column": "countries.name"}},
  {"name": "pointers", "type": "N", "source_table": ")" +
        next + R"(", "source_column": "id",
   "calculation": {"type": "aggregate", "target_table": ")" +
        next + R"(", "join_condition": ")" + next + ".next_id = " + source +
        R"(.id", "operation": "COUNT", "select_column": ")" + next + ".id\"}}\n]}";
  }
  return text + "\n]}\n";
}

double best_of_five(auto&& work) {
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto began = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
  }
  return best;
}

int run(int tables) {
  const Schema schema = make_schema(tables);
  const std::string text = make_contract(tables);
  Project project;
  project.name = project.source.database = "shop";
  Diagnostics diagnostics;
  std::optional<Contract> contract;
  const double parsing = best_of_five([&] {
    contract = parse_contract({std::make_shared<const Source>(Source{"contract.json", text})}, diagnostics);
  });
  std::vector<TableViews> views;
  const double checking = best_of_five([&] {
    views.clear();
    for (const Table& table : contract->tables) {
      if (auto one = build_views(*contract, table, schema, project, diagnostics)) views.push_back(std::move(*one));
    }
  });
  for (const Error& error : diagnostics.list)
    if (!error.warning) return std::fputs(describe(error).c_str(), stderr), 1;
  std::string file;
  const double printing = best_of_five([&] {
    std::vector<std::vector<ViewStatement>> statements;
    for (const TableViews& one : views) statements.push_back(view_statements(one, project, Flavor::mysql));
    file = views_file(project, Flavor::mysql, statements);
  });
  std::printf("contract of %d tables, %.1f MB: parsed in %.0f ms, checked against the schema in %.0f ms\n", tables,
              static_cast<double>(text.size()) / 1e6, parsing, checking);
  std::printf("views.sql, %.1f MB: %.0f ms\n", static_cast<double>(file.size()) / 1e6, printing);
  return 0;
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) { return migrate::run(argc > 1 ? std::atoi(argv[1]) : 1000); }
