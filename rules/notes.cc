// What a plan says beside its targets: plan_notes().
#include "rules/notes.h"

#include <map>
#include <set>

#include "base/text.h"

namespace migrate {
namespace {

std::string method_name(DataVersionMethod method) {
  for (const auto& [name, named] : data_version_methods) {
    if (named == method) return std::string(name);
  }
  return "";
}

bool may_be_read(const Plan& plan, const std::string& table) {
  const Target* run = plan.graph->find("run:" + table);
  if (run == nullptr) return false;
  const PlanItem& item = plan.items[plan.graph->index(*run)];
  return (item.state == TargetState::will || item.state == TargetState::may) && !item.only_reviewed();
}

}  // namespace

std::vector<std::string> plan_notes(World& world, const Plan& plan) {
  if (world.options().offline) return {};
  std::vector<std::string> left_out, unknown;
  std::set<std::string> keyless;
  std::map<std::string, DataVersionRequest> reads;
  for (const Table& table : world.contract().tables) {
    if (!may_be_read(plan, table.name.text)) continue;
    auto views = world.views(table.name.text);
    if (!views) continue;
    for (const EntityView& entity : (*views)->entities) {
      if (entity.soft_deletes_excluded)
        left_out.push_back(table.name.text + (entity.entity.empty() ? "" : "/" + entity.entity));
      if (entity.row_key.empty()) keyless.insert(entity.source_table);
      for (const std::string& source : entity.reads) {
        const DataVersionRequest request = world.version_request(table.name.text, source);
        reads[data_name(request)] = request;
      }
    }
  }
  std::vector<std::string> notes;
  if (!left_out.empty())
    notes.push_back("rows with a deleted_at are left out of " + join(left_out, ", ") + " (soft_deletes)");
  for (const std::string& source : keyless)
    notes.push_back(source +
                    " has no primary or unique key: it is read in one piece, which starts over when it is interrupted");
  std::map<std::string, std::vector<std::string>> by_method;
  for (const auto& [name, request] : reads) {
    auto version = world.version(name);
    if (!version) continue;
    if ((*version)->known) {
      by_method[method_name(request.setting.method)].push_back(request.table);
    } else {
      unknown.push_back(request.table + ": " + (*version)->display);
    }
  }
  for (const auto& [method, names] : by_method) notes.push_back("data version by " + method + ": " + join(names, ", "));
  for (const std::string& line : unknown) notes.push_back("data version unknown, " + line);
  return notes;
}

}  // namespace migrate
