// The chain of targets from the contract to the report: the only place that sees the whole of it.
//
//    mapping:T ─┐
//    schema:S ──┼─ view-sql:T ─┬─ file:views.sql
//               │              └─ view:T ──┐
//               │              table:T ────┼─ run:T ── check:T ── report:html
//               │              data:S ─────┘            data:S@METHOD where T's settings name one for S
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/clean.h"
#include "graph/graph.h"
#include "rules/world.h"

namespace migrate {

struct Chain {
  std::vector<std::unique_ptr<Rule>> rules;
  Graph graph;

  // How many targets of a pool are made at once.
  static std::map<std::string, int> pools();
  // Recorded targets that the contract no longer names.
  std::vector<CleanItem> dead_items(const Records& records) const;
};

// Errors of the graph go to `diagnostics`.
std::unique_ptr<Chain> lay_chain(World& world, Diagnostics& diagnostics);

}  // namespace migrate
