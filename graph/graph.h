// Targets and edges, by name. Building the graph finds its errors: two rules for one target, unknown names, cycles.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "graph/rule.h"

namespace migrate {

using TargetIndex = uint32_t;

struct Target {
  std::string id;    // "view:Users"; kind:name
  std::string name;  // "Users"
  Rule* rule = nullptr;
  std::vector<TargetIndex> needs;
  std::vector<TargetIndex> needed_by;
  std::string pool;       // a resource whose width bounds how many run at once: "source", "target"; "" for none
  double estimate = 0.0;  // seconds, from the last run: the longest chain is made first
};

class Graph {
 public:
  // Errors are gathered and given by finish().
  void add(std::string id, Rule* rule, std::vector<std::string> needs, std::string pool = {});
  // Errors: graph_duplicate, graph_unknown (who needs it), graph_cycle (with the path a → b → a), all in one go.
  void finish(Diagnostics& diagnostics);

  const std::vector<Target>& targets() const { return targets_; }
  Target& target(TargetIndex i) { return targets_[i]; }
  const Target& target(TargetIndex i) const { return targets_[i]; }
  const Target* find(std::string_view id) const;
  TargetIndex index(const Target& target) const { return static_cast<TargetIndex>(&target - targets_.data()); }
  // What is needed comes first; stable: insertion order.
  const std::vector<TargetIndex>& order() const { return order_; }

  // `run:Users`, `+x` (and what it needs), `x+` (and what depends on it), globs with * and ?. Empty: everything.
  // Errors: graph_unknown with the nearest name.
  Result<std::vector<TargetIndex>> select(const std::vector<std::string>& selectors) const;

 private:
  std::vector<Target> targets_;
  std::vector<std::vector<std::string>> needs_;
  struct IdHash {
    using is_transparent = void;
    size_t operator()(std::string_view id) const { return std::hash<std::string_view>()(id); }
  };
  void resolve(Diagnostics& diagnostics);
  void sort(Diagnostics& diagnostics);

  std::unordered_map<std::string, TargetIndex, IdHash, std::equal_to<>> by_id_;
  std::vector<TargetIndex> order_;
  std::vector<std::string> duplicates_;
};

}  // namespace migrate
