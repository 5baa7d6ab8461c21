// A target's inputs now against those of its record: see compare.h.
#include "graph/compare.h"

#include <unordered_map>

namespace migrate {
namespace {

// Displays where people wrote them and they tell the two apart; else digests, which always do.
std::string shown(const std::string& display, const std::string& other, const Digest& digest) {
  return display.empty() || display == other ? digest.brief() : display;
}

}  // namespace

bool gather_inputs(const Graph& graph, const Target& target, const std::vector<Leaf>& leaves,
                   const std::vector<PlanItem>& items, RecordInputs& inputs) {
  inputs.clear();
  for (const Leaf& leaf : leaves) inputs.add(leaf.name, leaf.digest, leaf.display);
  for (TargetIndex index : target.needs) {
    const PlanItem& need = items[index];
    if (!need.output_known) return false;
    inputs.add(graph.target(index).id, need.output);
  }
  return true;
}

std::vector<Reason> compare_inputs(const Graph& graph, const Target& target, const std::vector<Leaf>& leaves,
                                   const std::vector<PlanItem>& items, const Record& record) {
  std::vector<RecordInput> before = record.inputs.list();
  std::unordered_map<std::string_view, const RecordInput*> missing;
  for (const RecordInput& input : before) missing.emplace(input.name, &input);
  auto take = [&](std::string_view name) -> const RecordInput* {
    auto at = missing.find(name);
    if (at == missing.end()) return nullptr;
    const RecordInput* input = at->second;
    missing.erase(at);
    return input;
  };

  std::vector<Reason> certain, unsure;
  for (const Leaf& leaf : leaves) {
    const RecordInput* was = take(leaf.name);
    if (was == nullptr) {
      certain.push_back({ReasonKind::input_added, leaf.name, "", leaf.display, ""});
    } else if (was->digest != leaf.digest) {
      certain.push_back({ReasonKind::input_changed, leaf.name, shown(was->display, leaf.display, was->digest),
                         shown(leaf.display, was->display, leaf.digest), ""});
    }
  }
  for (TargetIndex index : target.needs) {
    const std::string& id = graph.target(index).id;
    const PlanItem& need = items[index];
    const RecordInput* was = take(id);
    if (was == nullptr) {
      certain.push_back({ReasonKind::input_added, id, "", need.output_known ? need.output.brief() : "", id});
    } else if (!need.output_known) {
      unsure.push_back({ReasonKind::needs_remade, id, was->digest.brief(), "", id});
    } else if (was->digest != need.output) {
      certain.push_back({ReasonKind::input_changed, id, was->digest.brief(), need.output.brief(), id});
    }
  }
  for (const RecordInput& input : before) {
    if (missing.count(input.name) == 0) continue;
    certain.push_back(
        {ReasonKind::input_removed, input.name, input.display.empty() ? input.digest.brief() : input.display, "", ""});
  }
  certain.insert(certain.end(), std::make_move_iterator(unsure.begin()), std::make_move_iterator(unsure.end()));
  return certain;
}

}  // namespace migrate
