// check_mask().
#include "contract/check_mask.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "contract/yaml.h"

namespace migrate {
namespace {

// Where an entry stands in the project file; looked up only when it is wrong. The file alone, where that fails.
Place mask_place(const Project& project, const std::string& entry) {
  Place place;
  place.file = project.file;
  auto content = read_file(project.file);
  Diagnostics ignored;
  auto tree = content ? parse_yaml(project.file, *content, ignored) : std::nullopt;
  if (!tree) return place;
  for (const auto& [key, value] : tree->members) {
    if (key.text != "mask") continue;
    for (const YamlValue& item : value.items) {
      if (item.text == entry) return place_in_project(project.file, *content, item.offset);
    }
    return place_in_project(project.file, *content, value.offset);
  }
  return place;
}

const SourceTable* masked_table(const Schema& schema, const std::string& name) {
  auto found = std::find_if(schema.tables.begin(), schema.tables.end(),
                            [&](const SourceTable& t) { return equal_ignoring_case(t.name, name); });
  return found == schema.tables.end() ? nullptr : &*found;
}

std::string mask_hint(const std::string& near, const std::string& meant) {
  return near.empty() ? "name columns as table.column: an entry that names none hides nothing"
                      : "did you mean '" + meant + "'?";
}

}  // namespace

void check_mask(const Project& project, const Schema& schema, Diagnostics& diagnostics) {
  for (const std::string& entry : project.mask) {
    const size_t dot = entry.find('.');
    const std::string table_name = entry.substr(0, dot), column = entry.substr(dot + 1);
    const SourceTable* table = masked_table(schema, table_name);
    if (table != nullptr && table->column(column) != nullptr) continue;
    std::vector<std::string> names;
    if (table == nullptr) {
      for (const SourceTable& t : schema.tables) names.push_back(t.name);
    } else {
      for (const Column& c : table->columns) names.push_back(c.name);
    }
    const std::string near = nearest(table == nullptr ? table_name : column, names);
    const std::string missing =
        table == nullptr ? "the source has no table '" + table_name + "'" : "the table has no column '" + column + "'";
    diagnostics.error(ErrorKind::contract_schema, "'mask' names '" + entry + "', and " + missing,
                      mask_hint(near, table == nullptr ? near + "." + column : table->name + "." + near),
                      mask_place(project, entry));
  }
}

}  // namespace migrate
