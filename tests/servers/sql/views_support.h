// The vocabulary of the views' tests: a schema, rows and a contract in; the rows of the views out, as text.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "contract/read_contract.h"
#include "servers/source/source_support.h"
#include "sql/apply_views.h"
#include "sql/print.h"
#include "sql/read_schema.h"
#include "sql/view.h"

namespace migrate::test {

class Views : public OnBothServers {
 protected:
  Views() {
    project.name = "shop";
    project.source.database = db.name();
  }

  // The tables, whole; every warning and error is left in `diagnostics`.
  std::vector<TableViews> build(const std::string& contract_text) {
    if (!connection) connection = connect(db);
    schema = must(read_schema(*connection));
    diagnostics = {};
    auto source = std::make_shared<const Source>(Source{"c.json", contract_text});
    contract = parse_contract({source}, diagnostics);
    std::vector<TableViews> out;
    if (!contract) return out;
    for (const Table& table : contract->tables) {
      if (auto views = build_views(*contract, table, schema, project, diagnostics)) out.push_back(std::move(*views));
    }
    return out;
  }

  std::string problems(const std::string& contract_text) {
    build(contract_text);
    return describe(diagnostics);
  }

  void settle() {
    for (const std::string& s : session_settings(schema.flavor)) must(connection->execute(s));
  }

  // What an entity's SELECT gives: for each row the attributes that are there, and the errors.
  std::string rows(const EntityView& entity, const std::string& sql) {
    settle();
    std::string out;
    for (const RowText& row : must(connection->query(sql))) {
      std::string line;
      for (size_t i = 0; i < entity.columns.size(); ++i) {
        if (row[i]) line += (line.empty() ? "" : "  ") + entity.columns[i].name + "=" + *row[i];
      }
      const auto& error = row[entity.columns.size() + entity.row_key.size()];
      if (error) line += "  !" + *error;
      out += line + "\n";
    }
    return out;
  }

  std::string ordered(const EntityView& entity) {
    std::string sql = chunk_select(entity, {}, schema.flavor);
    if (entity.row_key.empty()) return sql;
    sql += " ORDER BY ";
    for (size_t i = 0; i < entity.row_key.size(); ++i)
      sql += (i ? ", " : "") + ("migrate_key_" + std::to_string(i + 1));
    return sql;
  }

  // The rows of the contract's tables, entity after entity, read by its SELECT; the views are applied and read back,
  // too, and must give the same.
  std::string items(const std::string& contract_text) {
    auto tables = build(contract_text);
    EXPECT_FALSE(diagnostics.has_errors()) << describe(diagnostics);
    std::string out;
    for (const TableViews& t : tables) {
      must(apply_views(*connection, view_statements(t, project, schema.flavor), {project.name}));
      for (const EntityView& e : t.entities) {
        std::string by_select = rows(e, ordered(e));
        std::string order = e.row_key.empty() ? "" : " ORDER BY migrate_key_1";
        std::string by_view = rows(e, "SELECT * FROM " + quote_name(e.view_name) + order);
        EXPECT_EQ(by_select, by_view);
        out += by_select;
      }
    }
    return out;
  }

  // A table of one entity with these attributes.
  static std::string table(const std::string& source, const std::string& attributes, const std::string& more = "") {
    return R"({"tables": [{"table": "T", "type": "single-entity", "source_table": ")" + source +
           R"(", "pk": "id", "satisfies": [], "estimated_item_size_bytes": 1)" + more +
           R"(, "attributes": [{"name": "id", "type": "S", "source_table": ")" + source +
           R"(", "source_column": "id"})" + (attributes.empty() ? "" : ", ") + attributes + "]}]}";
  }
  // One attribute: attribute("city", "S", "users", R"("join": {…})")
  static std::string attribute(const std::string& name, const std::string& type, const std::string& source,
                               const std::string& column, const std::string& rest = "") {
    return R"({"name": ")" + name + R"(", "type": ")" + type + R"(", "source_table": ")" + source +
           R"(", "source_column": ")" + column + "\"" + (rest.empty() ? "" : ", " + rest) + "}";
  }

  std::unique_ptr<SqlConnection> connection;
  Schema schema;
  Project project;
  std::optional<Contract> contract;
  Diagnostics diagnostics;
};

}  // namespace migrate::test
