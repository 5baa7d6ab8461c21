// failures_after(), recorded_failures(), failures_json().
#include "cli/failures.h"

#include <vector>

#include "base/json.h"
#include "base/json_write.h"

namespace migrate {
namespace {

// A build that was killed has no facts, and what it did not come to stands: so the one before it counts.
constexpr size_t BUILDS_LOOKED_THROUGH = 100;

Result<Failures> read_failures(const std::string& facts) {
  Failures out;
  Diagnostics diagnostics;
  auto document = parse_json({facts, "facts of a run in the cache", ErrorKind::cache_corrupt}, diagnostics);
  if (!document) return diagnostics.list.front();
  const auto list = document->root().find("failures");
  if (!list) return out;
  for (const JsonValue failure : list->items()) {
    const auto target = failure.find("target"), error = failure.find("error");
    if (target && error) out.emplace(target->text(), error->text());
  }
  return out;
}

}  // namespace

Failures failures_after(const Plan& plan, const BuildSummary& summary, const Failures& before) {
  Failures out;
  for (const auto& [target, error] : before) {
    const Target* known = plan.graph->find(target);
    if (known == nullptr) continue;  // the contract does not name it any more
    const auto index = plan.graph->index(*known);
    const Outcome outcome = summary.targets[index].outcome;
    if (outcome == Outcome::outside || outcome == Outcome::not_started) out.emplace(target, error);
  }
  for (TargetIndex i : plan.order) {
    const TargetResult& result = summary.targets[i];
    const std::string& id = plan.graph->target(i).id;
    if (result.error) {
      out[id] = describe(*result.error);
    } else if (result.outcome == Outcome::skipped && summary.targets[result.because_of].error) {
      out[id] = "it needs " + plan.graph->target(result.because_of).id + ": " +
                describe(*summary.targets[result.because_of].error);
    }
  }
  return out;
}

Result<Failures> recorded_failures(Cache& cache) {
  TRY(runs, cache.runs(BUILDS_LOOKED_THROUGH));
  for (const RunRecord& run : runs) {
    if (run.command == "build" && run.finished_at != 0) return read_failures(run.facts);
  }
  return Failures();
}

std::string failures_json(const Failures& failures) {
  std::vector<std::string> list;
  for (const auto& [target, error] : failures) {
    list.push_back(JsonObject().add("target", target).add("error", error).str());
  }
  return json_array(list);
}

}  // namespace migrate
