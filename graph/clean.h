// Takes targets down again, those first that depend on others. Records stay: the next look at the world sees what is
// gone.
#pragma once

#include "graph/build.h"

namespace migrate {

struct CleanItem {
  std::string id;
  std::string name;
  Rule* rule = nullptr;
  bool forget = false;  // the record too: the contract no longer names the target
};

// In the order in which they are to be removed: reverse to that in which they are made.
std::vector<CleanItem> clean_items(const Graph& graph, const std::vector<TargetIndex>& selected);

struct CleanResult {
  CleanItem item;
  std::optional<Error> error;
};

struct CleanSummary {
  std::vector<CleanResult> results;  // one for each item that was tried
  std::optional<Error> cache_error;  // it ended the work
};

// Goes on after a failure, because what is left is then less; stops when cancelled.
CleanSummary clean(const std::vector<CleanItem>& items, Cache& cache, const std::atomic<bool>* cancelled = nullptr);

}  // namespace migrate
