// check_watermark().
#include "contract/check_watermark.h"

#include <set>

#include "base/text.h"

namespace migrate {

void check_watermark(const Project& project, const Table& table, const Schema& schema, Diagnostics& diagnostics) {
  const TableSettings& settings = project.table(table.name.text);
  if (settings.data_version.method != DataVersionMethod::watermark) return;
  const std::string& column = settings.data_version.column;
  const auto place = settings.places.find("data_version");
  std::set<std::string> seen;
  for (const Entity& entity : table.entities) {
    const SourceTable* source = schema.table(entity.source_table.text);
    if (source == nullptr || source->column(column) != nullptr || !seen.insert(source->name).second) continue;
    std::vector<std::string> names;
    for (const Column& c : source->columns) names.push_back(c.name);
    const std::string near = did_you_mean(column, names);
    diagnostics.error(ErrorKind::contract_schema,
                      "the watermark of table '" + table.name.text + "' is the column '" + column +
                          "', and the source table '" + source->name + "' has none of that name",
                      near.empty() ? "name a column that every write raises, or choose another `data_version`" : near,
                      place == settings.places.end() ? Place{} : place->second);
  }
}

}  // namespace migrate
