// Targets and edges, by name. Building the graph finds its errors: two rules for one target, unknown names, cycles.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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
  std::string pool;  // a resource whose width bounds how many run at once: "views", "rows"; "" for none
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
  void resolve(Diagnostics& diagnostics);
  void sort(Diagnostics& diagnostics);

  // Where an id is in slots_, or the free slot where it would be.
  size_t slot_of(std::string_view id) const;

  std::vector<TargetIndex> order_;
  std::vector<std::string> duplicates_;
  // Ids by hash, open addressing: 100,000 targets are looked up several times each in every no-op.
  struct Slot {
    uint32_t hash = 0;
    TargetIndex target = kFree;
  };
  static constexpr TargetIndex kFree = ~TargetIndex{0};
  std::vector<Slot> slots_;
};

}  // namespace migrate
