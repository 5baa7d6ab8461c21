// What the runs of a plan will take: estimate_runs().
#include "rules/estimates.h"

#include "engine/native.h"
#include "engine/run_facts.h"

namespace migrate {
namespace {

EstimateInput input_of(World& world, const Schema& schema, const Table& table, const Record* record, bool new_table) {
  EstimateInput in;
  uint64_t bytes = 0;
  for (const Entity& entity : table.entities) {
    const SourceTable* source = schema.table(entity.source_table.text);
    if (source == nullptr) continue;
    in.rows += source->estimated_rows;
    bytes += source->estimated_bytes;
  }
  if (in.rows > 0) in.row_bytes = static_cast<double>(bytes) / static_cast<double>(in.rows);
  in.contract_item_bytes = table.estimated_item_size.value_or(0);
  in.indexes = table.indexes.size();
  in.write_rate = world.project().limits.write_rate;
  const TableSettings& settings = world.project().table(table.name.text);
  if (!settings.billing.on_demand) in.provisioned_write_units = static_cast<double>(settings.billing.write);
  if (settings.warm_throughput) in.warm_write_units = static_cast<double>(settings.warm_throughput->second);
  in.new_on_demand_table = new_table && settings.billing.on_demand;
  if (record == nullptr || record->facts.empty()) return in;
  auto last = run_from_facts(record->facts);
  if (!last || last->written == 0) return in;
  in.last_items = last->written;
  in.last_item_bytes = static_cast<double>(last->item_bytes) / static_cast<double>(last->written);
  in.last_items_per_second = last->items_per_second();
  return in;
}

}  // namespace

std::vector<TableEstimate> estimate_runs(World& world, const Plan& plan) {
  std::vector<TableEstimate> out;
  for (const Table& table : world.contract().tables) {
    const Target* run = plan.graph->find("run:" + table.name.text);
    const Target* made = plan.graph->find("table:" + table.name.text);
    if (run == nullptr || made == nullptr) continue;
    const PlanItem& item = plan.items[plan.graph->index(*run)];
    if ((item.state != TargetState::will && item.state != TargetState::may) || item.only_reviewed()) continue;
    auto schema = world.schema();
    if (!schema) return {};
    const PlanItem& table_item = plan.items[plan.graph->index(*made)];
    bool new_table = table_item.detail != nullptr && table_item.detail->observation.kind == Observation::Kind::absent;
    out.push_back({table.name.text, estimate_load(input_of(world, **schema, table, item.record, new_table))});
  }
  return out;
}

}  // namespace migrate
