// view_statements() and views_file() of view.h.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "sql/print.h"
#include "sql/tree.h"
#include "sql/view.h"
#include "sql/view_names.h"

namespace migrate {
namespace {

std::string create_view(const std::string& name, const SelectTree& select, const Project& project, Flavor flavor) {
  std::string security = project.views.definer ? "DEFINER" : "INVOKER";
  return "CREATE OR REPLACE SQL SECURITY " + security + " VIEW " + quote_name(name) + " AS\n" + print(select, flavor);
}

std::vector<std::string> column_names(const SelectTree& select) {
  std::vector<std::string> names;
  for (const SelectColumn& c : select.columns) names.push_back(c.name);
  return names;
}

// The view that unites a table's entities: every attribute of any of them, NULL where an entity has none.
class Union {
 public:
  Union(const TableViews& views, const Project& project) : views_(views), project_(project) {
    for (const EntityView& e : views.entities) {
      keys_ = std::max(keys_, e.row_key.size());
      for (const ViewColumn& c : e.columns) {
        auto known =
            std::find_if(columns_.begin(), columns_.end(), [&](const ViewColumn& k) { return k.name == c.name; });
        if (known == columns_.end()) {
          columns_.push_back(c);
        } else if (known->type != c.type) {
          mixed_.insert(c.name);
        }
      }
    }
    for (const ViewColumn& c : columns_) aliases_.push_back(column_alias(c.name, taken_));
  }

  SelectTree select() const {
    SelectTree all = one(views_.entities[0]);
    for (size_t i = 1; i < views_.entities.size(); ++i)
      all.union_all.push_back(std::make_shared<SelectTree>(one(views_.entities[i])));
    return all;
  }

 private:
  // One character set and collation, so that the parts of the UNION fit.
  ExprPtr value(const EntityView& e, const ViewColumn& column) const {
    for (size_t i = 0; i < e.columns.size(); ++i) {
      if (e.columns[i].name != column.name) continue;
      ExprPtr v = col("v", e.select->columns[i].name);
      if (e.columns[i].type == AttributeType::B) return v;
      if (e.columns[i].type == AttributeType::BOOL && !mixed_.contains(column.name)) return v;
      return convert_using(v, "utf8mb4");
    }
    return null_lit();
  }

  SelectTree one(const EntityView& e) const {
    SelectTree s;
    s.columns.push_back({lit(e.entity), "migrate_entity"});
    for (size_t i = 0; i < columns_.size(); ++i) s.columns.push_back({value(e, columns_[i]), aliases_[i]});
    for (size_t i = 0; i < keys_; ++i) {
      std::string name = "migrate_key_" + std::to_string(i + 1);
      ExprPtr key = i < e.row_key.size() ? convert_using(col("v", name), "binary") : null_lit();
      s.columns.push_back({key, name});
    }
    s.columns.push_back({convert_using(col("v", "migrate_error"), "utf8mb4"), "migrate_error"});
    s.columns.push_back({lit(MARK_PREFIX + project_.name + ":" + views_.digest.hex()), "migrate_mark"});
    s.from = TableRef{"", e.view_name, nullptr, "v", false, ""};
    return s;
  }

  const TableViews& views_;
  const Project& project_;
  std::vector<ViewColumn> columns_;
  std::vector<std::string> aliases_;
  std::set<std::string> taken_;
  std::set<std::string> mixed_;
  size_t keys_ = 0;
};

}  // namespace

std::vector<ViewStatement> view_statements(const TableViews& views, const Project& project, Flavor flavor) {
  std::vector<ViewStatement> out;
  bool several = views.entities.size() > 1 || !views.entities[0].entity.empty();
  for (const EntityView& e : views.entities) {
    std::string comment = "Table " + views.table;
    if (several) comment += ", entity " + e.entity;
    comment += ", from " + e.source_table;
    if (e.soft_deletes_excluded) comment += " (rows with deleted_at are left out)";
    out.push_back(
        {e.view_name, create_view(e.view_name, *e.select, project, flavor), comment, column_names(*e.select)});
  }
  if (several) {
    SelectTree all = Union(views, project).select();
    out.push_back({views.view_name, create_view(views.view_name, all, project, flavor),
                   "Table " + views.table + ", all entities", column_names(all)});
  }
  return out;
}

std::string views_file(const Project& project, Flavor flavor, const std::vector<std::vector<ViewStatement>>& tables) {
  const std::string& database = project.views.database.empty() ? project.source.database : project.views.database;
  std::string client = flavor == Flavor::mysql ? "mysql" : "mariadb";
  std::string out = "-- Views of project " + printable(project.name) + ", for " +
                    (flavor == Flavor::mysql ? "MySQL 8.0.14" : "MariaDB 10.6") +
                    " or later. Made by migrate: changes here are lost.\n"
                    "-- Run it as it is:  " +
                    client + " < views.sql\n\n" + "SET NAMES utf8mb4;\nSET SESSION sql_mode = '';\nUSE " +
                    quote_name(database) + ";\n";
  for (const auto& statements : tables) {
    for (const ViewStatement& s : statements) {
      out += "\n-- " + replace_all(printable(s.comment), "\n", " ") + "\n" + s.create + ";\n";
    }
  }
  return out;
}

}  // namespace migrate
