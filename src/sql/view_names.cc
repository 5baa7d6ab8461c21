// Names of views and of their columns: view_names.h.
#include "sql/view_names.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "base/utf8.h"

namespace migrate {
namespace {

constexpr size_t LONGEST = 64;

// Without characters beyond the BMP and control characters.
std::string acceptable(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size();) {
    auto c = static_cast<unsigned char>(name[i]);
    if (c >= 0xF0) {
      out += '_';
      i += 4;
    } else {
      out += c < 0x20 ? '_' : name[i];
      ++i;
    }
  }
  return out;
}

std::string with_digest(const std::string& text, std::string_view whole) {
  std::string end = "_" + digest_of("name", whole).brief();
  return text.substr(0, utf8_bytes(text, LONGEST - end.size())) + end;
}

std::vector<std::string> names_of(const Table& table, const Project& project) {
  std::vector<std::string> names{view_name(project, table.name.text, "")};
  if (table.multi_entity) {
    for (const Entity& e : table.entities) names.push_back(view_name(project, table.name.text, e.type.text));
  }
  return names;
}

// Cheap: names can only meet when one table's name starts with the other's, or when a digest ends one.
bool may_meet(const std::string& a, const std::string& b) {
  size_t n = std::min({a.size(), b.size(), size_t{20}});
  return equal_ignoring_case(std::string_view(a).substr(0, n), std::string_view(b).substr(0, n));
}

}  // namespace

std::string server_name(std::string_view name) {
  std::string out = acceptable(name);
  bool fits = out == name && utf8_length(out) <= LONGEST && !out.empty() && out.back() != ' ';
  return fits ? out : with_digest(out, name);
}

std::string view_name(const Project& project, std::string_view table, std::string_view entity) {
  std::string name = project.views.prefix + std::string(table);
  if (!entity.empty()) name += "__" + std::string(entity);
  return server_name(name);
}

std::string column_alias(std::string_view attribute, std::set<std::string>& taken) {
  std::string name = server_name(attribute);
  bool ours = lower_ascii(name).starts_with("migrate_");
  if (!ours && taken.insert(lower_ascii(name)).second) return name;
  name = with_digest(acceptable(attribute), attribute);
  taken.insert(lower_ascii(name));
  return name;
}

void check_view_names(const Contract& contract, const Table& table, const Project& project, Diagnostics& diagnostics) {
  std::vector<std::string> own;
  if (table.multi_entity) {
    own = names_of(table, project);
    for (size_t i = 0; i < own.size(); ++i) {
      auto same = [&](const std::string& name) { return equal_ignoring_case(name, own[i]); };
      if (std::none_of(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
      diagnostics.error(ErrorKind::contract_value,
                        "two views of '" + table.name.text + "' have one name: " + printable(own[i]),
                        "rename one of the entities: names of views are the same in any case",
                        contract.place(table.entities[i - 1].type));
      return;
    }
  }
  for (const Table& other : contract.tables) {
    if (&other == &table) return;  // the later of two is told
    if (!may_meet(other.name.text, table.name.text)) continue;
    if (own.empty()) own = names_of(table, project);
    for (const std::string& name : names_of(other, project)) {
      auto same = [&](const std::string& mine) { return equal_ignoring_case(mine, name); };
      if (std::none_of(own.begin(), own.end(), same)) continue;
      diagnostics.error(ErrorKind::contract_value,
                        "the views of '" + table.name.text + "' and '" + other.name.text + "' have one name: " + name,
                        "rename one of the tables or entities", contract.place(table.name));
      return;
    }
  }
}

}  // namespace migrate
