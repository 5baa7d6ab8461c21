// What people read: the plan before, the progress while it runs, the sum afterwards. And the same as JSON lines.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "graph/build.h"
#include "report/estimate.h"

namespace migrate {

// What stands in a plan beside its targets.
struct PlanContext {
  std::vector<TableEstimate> estimates;
  std::vector<std::string> notes;
};
// The plan as text: targets that have an effect, each with its reasons; the estimates of the runs; notes; the sums.
std::string plan_text(const Plan& plan, const PlanContext& context, const Terminal& terminal, bool all);
// Of targets that have an effect, and of those that failed: what people count. A data version that was looked at again
// is no change.
PlanCounts counts_of_effects(const Plan& plan);
bool has_changes(const PlanCounts& counts);
// "Plan: 3 to make, 1 perhaps, 24 up to date."
std::string plan_sum(const PlanCounts& counts);
// "Done in 12.3 s: 31 made, 4 up to date. 3 open problems." Of targets that have an effect, as in the plan.
std::string build_sum(const Plan& plan, const BuildSummary& summary);

// One JSON object for each target of a plan that is not clean, {"type":"target",…}.
std::string target_json(const Plan& plan, TargetIndex index, const TargetResult* result);
std::string progress_json(const Target& target, uint64_t done, uint64_t expected, uint64_t errors);
std::string error_json(const Error& error);

// "made     run:Users  1.2 s", and the error of a failed one.
std::string outcome_text(const Target& target, const TargetResult& result, const Terminal& terminal);

// Which targets a display speaks of.
struct DisplayScope {
  const Graph* graph = nullptr;
  std::vector<bool> counted;  // by TargetIndex: those that are to be made or checked
  int verbose = 0;
  bool says_starts = false;  // a line when a target starts, where there are no bars
  bool counts(const Target& target) const;
  bool shows(const Target& target) const;
};
DisplayScope scope_of(const Plan& plan, int verbose);  // what has an effect and is not up to date

class Display : public BuildListener {
 public:
  // The target is finished, and this (lines, or nothing) is what to say of it: instead of finished().
  virtual void ended(const Target& target, const std::string& text) = 0;
};
// On a terminal: a line with a bar for each running target and one for the whole, redrawn in place, and a line that
// stays for each finished one. Elsewhere: a line when a target starts and one when it is finished.
std::unique_ptr<Display> make_display(const DisplayScope& scope, const Terminal& terminal);
std::unique_ptr<Display> make_live_display(const DisplayScope& scope, const Terminal& terminal);
// For the log: above the bars of the live display if there is one, else on stderr.
void display_line(std::string_view line);
// {"type":"progress"} and {"type":"target"} lines on stdout.
std::unique_ptr<BuildListener> make_json_display(const Plan& plan);

}  // namespace migrate
