// Selectors. Public entry: Graph::select.
#include "base/text.h"
#include "graph/graph.h"

namespace migrate {
namespace {

bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void spread(const std::vector<Target>& targets, std::vector<TargetIndex> from, std::vector<TargetIndex> Target::*edges,
            std::vector<bool>& selected) {
  std::vector<bool> seen(targets.size());
  while (!from.empty()) {
    TargetIndex at = from.back();
    from.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    selected[at] = true;
    for (TargetIndex next : targets[at].*edges) from.push_back(next);
  }
}

}  // namespace

Result<std::vector<TargetIndex>> Graph::select(const std::vector<std::string>& selectors) const {
  if (selectors.empty()) return order_;
  std::vector<bool> selected(targets_.size());
  for (const std::string& selector : selectors) {
    std::string_view name = selector;
    bool with_needs = !name.empty() && name.front() == '+';
    if (with_needs) name.remove_prefix(1);
    bool with_dependents = !name.empty() && name.back() == '+';
    if (with_dependents) name.remove_suffix(1);

    std::vector<TargetIndex> matched;
    if (const Target* exact = find(name)) {
      matched.push_back(index(*exact));
    } else {
      for (TargetIndex i = 0; i < targets_.size(); ++i) {
        if (glob_matches(name, targets_[i].id)) matched.push_back(i);
      }
    }
    if (matched.empty()) {
      std::vector<std::string> ids;
      for (const Target& target : targets_) ids.push_back(target.id);
      return Error(ErrorKind::graph_unknown, "no target is named '" + printable(name) + "'", did_you_mean(name, ids));
    }
    for (TargetIndex i : matched) selected[i] = true;
    if (with_needs) spread(targets_, matched, &Target::needs, selected);
    if (with_dependents) spread(targets_, matched, &Target::needed_by, selected);
  }
  std::vector<TargetIndex> list;
  for (TargetIndex i : order_) {
    if (selected[i]) list.push_back(i);
  }
  return list;
}

}  // namespace migrate
