// Takes targets down again: see clean.h. Public entries: clean_items, clean.
#include "graph/clean.h"

#include <ctime>

#include "graph/call.h"

namespace migrate {

std::vector<CleanItem> clean_items(const Graph& graph, const std::vector<TargetIndex>& selected) {
  std::vector<bool> wanted(graph.targets().size());
  for (TargetIndex i : selected) wanted[i] = true;
  std::vector<CleanItem> items;
  for (auto at = graph.order().rbegin(); at != graph.order().rend(); ++at) {
    const Target& target = graph.target(*at);
    if (wanted[*at]) items.push_back({target.id, target.name, target.rule, false});
  }
  return items;
}

namespace {

// Errors: of the cache. What was removed is in `results` all the same.
Result<void> clean_one(const CleanItem& item, Cache& cache, const std::atomic<bool>* cancelled,
                       std::vector<CleanResult>& results) {
  TRY(record, cache.record(item.id));
  MakeContext context;
  context.target = item.id;
  context.record = record ? &*record : nullptr;
  context.cache = &cache;
  context.cancelled = cancelled != nullptr ? cancelled : &kNever;
  context.progress = [](uint64_t, uint64_t, uint64_t) {};
  TRY(entry, cache.begin_journal({0, item.id, "remove", "{}", static_cast<int64_t>(std::time(nullptr))}));
  auto removed = call_rule(item.id, [&] { return item.rule->remove(item.name, context); });
  results.push_back({item, std::nullopt});
  if (!removed) results.back().error = removed.error();
  // A failure is over too: the next look at the world says what is left.
  CHECK_OK(cache.end_journal(entry));
  if (removed && item.forget) CHECK_OK(cache.forget(item.id));
  return {};
}

}  // namespace

CleanSummary clean(const std::vector<CleanItem>& items, Cache& cache, const std::atomic<bool>* cancelled) {
  CleanSummary summary;
  for (const CleanItem& item : items) {
    if (cancelled != nullptr && cancelled->load()) break;
    if (auto cleaned = clean_one(item, cache, cancelled, summary.results); !cleaned) {
      summary.cache_error = cleaned.error();
      break;
    }
  }
  return summary;
}

}  // namespace migrate
