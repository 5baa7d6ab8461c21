// Targets and edges by name: see graph.h.
#include "graph/graph.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace migrate {

size_t Graph::slot_of(std::string_view id) const {
  auto hash = static_cast<uint32_t>(std::hash<std::string_view>()(id));
  size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.target == kFree || (slot.hash == hash && targets_[slot.target].id == id)) return at;
  }
}

void Graph::add(std::string id, Rule* rule, std::vector<std::string> needs, std::string pool) {
  if (targets_.size() * 2 >= slots_.size()) {
    slots_.assign(std::max<size_t>(64, slots_.size() * 2), {});
    for (TargetIndex i = 0; i < targets_.size(); ++i) {
      slots_[slot_of(targets_[i].id)] = {static_cast<uint32_t>(std::hash<std::string_view>()(targets_[i].id)), i};
    }
  }
  Slot& slot = slots_[slot_of(id)];
  if (slot.target != kFree) {
    duplicates_.push_back(std::move(id));
    return;
  }
  slot = {static_cast<uint32_t>(std::hash<std::string_view>()(id)), static_cast<TargetIndex>(targets_.size())};
  Target target;
  target.name = id.substr(id.find(':') + 1);
  target.id = std::move(id);
  target.rule = rule;
  target.pool = std::move(pool);
  targets_.push_back(std::move(target));
  needs_.push_back(std::move(needs));
}

const Target* Graph::find(std::string_view id) const {
  if (slots_.empty()) return nullptr;
  TargetIndex target = slots_[slot_of(id)].target;
  return target != kFree ? &targets_[target] : nullptr;
}

void Graph::finish(Diagnostics& diagnostics) {
  for (const std::string& id : duplicates_) {
    diagnostics.error(ErrorKind::graph_duplicate, "two rules make '" + printable(id) + "'");
  }
  resolve(diagnostics);
  sort(diagnostics);
}

void Graph::resolve(Diagnostics& diagnostics) {
  std::vector<std::string> ids;  // only for hints, so only made where one is needed
  for (TargetIndex i = 0; i < targets_.size(); ++i) {
    Target& target = targets_[i];
    target.needs.reserve(needs_[i].size());
    for (const std::string& need : needs_[i]) {
      const Target* needed = find(need);
      if (needed == nullptr) {
        if (ids.empty()) {
          for (const Target& t : targets_) ids.push_back(t.id);
        }
        diagnostics.error(ErrorKind::graph_unknown,
                          "'" + printable(target.id) + "' needs '" + printable(need) + "', which no rule makes",
                          did_you_mean(need, ids));
        continue;
      }
      TargetIndex n = index(*needed);
      if (std::find(target.needs.begin(), target.needs.end(), n) != target.needs.end()) continue;
      target.needs.push_back(n);
      targets_[n].needed_by.push_back(i);
    }
  }
  needs_.clear();
  needs_.shrink_to_fit();
}

// Depth first with a stack of its own: a chain may be longer than the thread's stack is deep.
void Graph::sort(Diagnostics& diagnostics) {
  enum class Mark : uint8_t { fresh, open, done };
  struct Step {
    TargetIndex target;
    size_t next_need;
  };
  std::vector<Mark> marks(targets_.size(), Mark::fresh);
  std::vector<Step> path;
  order_.reserve(targets_.size());
  for (TargetIndex start = 0; start < targets_.size(); ++start) {
    if (marks[start] != Mark::fresh) continue;
    path.push_back({start, 0});
    marks[start] = Mark::open;
    while (!path.empty()) {
      Step& step = path.back();
      const auto& needs = targets_[step.target].needs;
      if (step.next_need == needs.size()) {
        marks[step.target] = Mark::done;
        order_.push_back(step.target);
        path.pop_back();
        continue;
      }
      TargetIndex need = needs[step.next_need++];
      if (marks[need] == Mark::fresh) {
        marks[need] = Mark::open;
        path.push_back({need, 0});
      } else if (marks[need] == Mark::open) {
        std::vector<std::string> names;
        auto from = std::find_if(path.begin(), path.end(), [&](const Step& s) { return s.target == need; });
        for (; from != path.end(); ++from) names.push_back(printable(targets_[from->target].id));
        names.push_back(names.front());
        diagnostics.error(ErrorKind::graph_cycle, "targets need each other in a circle: " + join(names, " → "));
      }
    }
  }
}

}  // namespace migrate
