// The merge of sorted runs, by a heap: what both sorts of this folder end with.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"

namespace migrate {

// Run: next() goes to the next record, the first time to the first one, and says whether there is one; head() is that
// record. `each` is handed all of them in the order of `before`.
template <class Run, class Before, class Each>
Result<void> merge_runs(std::vector<std::unique_ptr<Run>> runs, const Before& before, const Each& each) {
  const auto sift_down = [&](size_t at) {
    for (size_t child = 2 * at + 1; child < runs.size(); child = 2 * at + 1) {
      if (child + 1 < runs.size() && before(runs[child + 1]->head(), runs[child]->head())) ++child;
      if (!before(runs[child]->head(), runs[at]->head())) return;
      std::swap(runs[child], runs[at]);
      at = child;
    }
  };
  size_t begun = 0;
  for (auto& run : runs) {
    TRY(any, run->next());
    if (any) std::swap(runs[begun++], run);
  }
  runs.resize(begun);
  for (size_t at = begun / 2; at-- > 0;) sift_down(at);
  while (!runs.empty()) {
    CHECK_OK(each(runs.front()->head()));
    TRY(more, runs.front()->next());
    if (!more) {
      std::swap(runs.front(), runs.back());
      runs.pop_back();
    }
    sift_down(0);
  }
  return {};
}

}  // namespace migrate
