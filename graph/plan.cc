// Looks at every selected target once, what is needed first, and says what is to be made and why. Public entries:
// scan_and_plan, dead_records.
//
// Three things make what it says exact further down: a clean target's output is that of its record; a pure target that
// is not clean is made here, in memory; and a rule may predict the output of one that will be made. Where none of the
// three gives an output, those that depend on it are `may`.
#include "graph/plan.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "graph/call.h"
#include "graph/compare.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;

bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && flag->load(std::memory_order_relaxed); }

std::vector<TargetIndex> with_needs(const Graph& graph, const std::vector<TargetIndex>& selected) {
  if (selected.empty() || selected.size() == graph.targets().size()) return graph.order();
  std::vector<bool> wanted(graph.targets().size());
  for (TargetIndex i : selected) wanted[i] = true;
  const auto& order = graph.order();
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    if (!wanted[*at]) continue;
    for (TargetIndex need : graph.target(*at).needs) wanted[need] = true;
  }
  std::vector<TargetIndex> list;
  for (TargetIndex i : order) {
    if (wanted[i]) list.push_back(i);
  }
  return list;
}

// What rules saw, for the targets that look outside.
class Observations {
 public:
  // Several threads take the next target from one counter: nothing is handed over.
  void look(const Plan& plan, const PlanOptions& options) {
    for (TargetIndex i : plan.order) {
      if (plan.graph->target(i).rule->looks_outside()) targets_.push_back(i);
    }
    if (targets_.empty()) return;
    seen_.resize(targets_.size());
    at_.resize(plan.items.size());
    for (size_t n = 0; n < targets_.size(); ++n) at_[targets_[n]] = static_cast<uint32_t>(n) + 1;
    std::atomic<size_t> next = 0;
    auto work = [&] {
      for (size_t n = next++; n < targets_.size() && !is_set(options.cancelled); n = next++) {
        const Target& target = plan.graph->target(targets_[n]);
        const Record* record = plan.items[targets_[n]].record;
        seen_[n].emplace(call_rule(target.id, [&] { return target.rule->observe(target.name, record); }));
      }
    };
    std::vector<std::thread> threads;
    auto wanted = std::min<size_t>(static_cast<size_t>(std::max(options.threads, 1)), targets_.size());
    while (threads.size() + 1 < wanted) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
  }

  // Null where nothing was looked at.
  Result<Observation>* find(TargetIndex i) { return at_.empty() || at_[i] == 0 ? nullptr : &*seen_[at_[i] - 1]; }

 private:
  std::vector<TargetIndex> targets_;
  std::vector<std::optional<Result<Observation>>> seen_;
  std::vector<uint32_t> at_;  // by target; 1 + index, 0: none
};

std::optional<Reason> compare_observation(const Rule& rule, const Observation& now, const Record& record) {
  using Kind = Observation::Kind;
  if (now.kind == Kind::unknown) {
    return Reason{ReasonKind::observation_unknown, "", record.observation_display, now.display, ""};
  }
  if (rule.same(now, record)) return std::nullopt;
  auto kind = now.kind == Kind::absent     ? ReasonKind::observation_absent
              : now.kind == Kind::resolved ? ReasonKind::observation_resolved
                                           : ReasonKind::observation_changed;
  return Reason{kind, "", record.observation_display, now.display, ""};
}

class Scan {
 public:
  Scan(Plan& plan, const PlanOptions& options) : plan_(plan), graph_(*plan.graph), options_(options) {}

  Result<void> run() {
    if (!options_.offline) observations_.look(plan_, options_);
    for (TargetIndex i : plan_.order) {
      if (is_set(options_.cancelled))
        return Error(ErrorKind::interrupted, "interrupted while looking what is to be done");
      look_at(graph_.target(i), plan_.items[i], i);
      count(plan_.items[i]);
    }
    return {};
  }

 private:
  void look_at(const Target& target, PlanItem& item, TargetIndex i) {
    for (TargetIndex need : target.needs) {
      const PlanItem& other = plan_.items[need];
      if (other.state != TargetState::failed && other.state != TargetState::blocked) continue;
      item.state = TargetState::blocked;
      item.detail = std::make_unique<PlanDetail>();
      item.detail->because_of = other.state == TargetState::failed ? need : other.detail->because_of;
      return;
    }
    Result<Observation>* seen = observations_.find(i);
    if (seen != nullptr && !*seen) return fail(item, seen->error());

    std::vector<Leaf> leaves = target.rule->leaves(target.name);
    bool inputs_known = gather_inputs(graph_, target, leaves, plan_.items, scratch_);
    std::vector<Reason> reasons = find_reasons(target, item, leaves, inputs_known, seen != nullptr ? &**seen : nullptr);
    if (reasons.empty()) {
      item.state = TargetState::clean;
      item.output = item.record->output;
      item.output_known = true;
      return;
    }
    item.detail = std::make_unique<PlanDetail>();
    item.detail->reasons = std::move(reasons);
    item.detail->leaves = std::move(leaves);
    if (seen != nullptr) item.detail->observation = std::move(**seen);
    settle(target, item, inputs_known);
  }

  std::vector<Reason> find_reasons(const Target& target, const PlanItem& item, const std::vector<Leaf>& leaves,
                                   bool inputs_known, const Observation* seen) {
    std::vector<Reason> reasons;
    if (item.record == nullptr) {
      reasons.push_back({ReasonKind::never_built, "", "", "", ""});
      return reasons;
    }
    if (item.forced) reasons.push_back({ReasonKind::forced, "", "", "", ""});
    if (item.record->unfinished) reasons.push_back({ReasonKind::unfinished, "", "", "", ""});
    int recipe = target.rule->version();
    if (item.record->recipe != recipe) {
      reasons.push_back(
          {ReasonKind::recipe_changed, "", std::to_string(item.record->recipe), std::to_string(recipe), ""});
    }
    std::optional<Reason> observed;
    if (seen != nullptr) observed = compare_observation(*target.rule, *seen, *item.record);
    bool unknown = observed && observed->kind == ReasonKind::observation_unknown;
    if (observed && !unknown) reasons.push_back(*observed);
    // What differs is only looked for where something does.
    if (!inputs_known || scratch_ != item.record->inputs) {
      auto differences = compare_inputs(graph_, target, leaves, plan_.items, *item.record);
      reasons.insert(reasons.end(), std::make_move_iterator(differences.begin()),
                     std::make_move_iterator(differences.end()));
    }
    if (unknown) reasons.push_back(std::move(*observed));
    return reasons;
  }

  // The state and, where it can be known, the output of a target that has reasons.
  void settle(const Target& target, PlanItem& item, bool inputs_known) {
    PlanDetail& detail = *item.detail;
    auto certain = [](const Reason& r) {
      return r.kind != ReasonKind::needs_remade && r.kind != ReasonKind::observation_unknown;
    };
    bool will = std::any_of(detail.reasons.begin(), detail.reasons.end(), certain);
    item.state = will ? TargetState::will : TargetState::may;

    bool seen_enough = target.rule->looks_outside() ? !options_.offline : true;
    bool exact = detail.observation.kind != Observation::Kind::unknown;
    if (will && target.rule->pure() && needs_ended(target) && seen_enough && exact) return make_now(target, item);
    if (!inputs_known) return;

    detail.predicted = target.rule->predict(target.name);
    if (!detail.predicted) return;
    // Of a `may` a prediction helps only where making changes nothing.
    if (!will && (item.record == nullptr || item.record->output != *detail.predicted)) return;
    item.output = *detail.predicted;
    item.output_known = true;
  }

  // A need whose output is only predicted is not there yet for a rule to read.
  bool needs_ended(const Target& target) const {
    return std::all_of(target.needs.begin(), target.needs.end(), [&](TargetIndex need) {
      const PlanItem& item = plan_.items[need];
      return item.state == TargetState::clean || item.detail->made;
    });
  }

  void make_now(const Target& target, PlanItem& item) {
    MakeContext context;
    context.target = target.id;
    context.record = item.record;
    context.cancelled = options_.cancelled != nullptr ? options_.cancelled : &kNever;
    context.progress = [](uint64_t, uint64_t, uint64_t) {};
    auto begun = Clock::now();
    auto made = call_rule(target.id, [&] { return target.rule->make(target.name, context); });
    if (!made) return fail(item, made.error());
    item.detail->seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    item.output = made->output;
    item.output_known = true;
    item.detail->made = std::move(*made);
  }

  void fail(PlanItem& item, const Error& error) {
    if (!item.detail) item.detail = std::make_unique<PlanDetail>();
    item.state = TargetState::failed;
    item.detail->error = error;
  }

  void count(const PlanItem& item) {
    plan_.counts.add(item.state);
    if (item.state == TargetState::clean) plan_.counts.open_problems += item.record->open_problems;
  }

  Plan& plan_;
  const Graph& graph_;
  const PlanOptions& options_;
  Observations observations_;
  RecordInputs scratch_;  // of the target at hand; one buffer for all
};

}  // namespace

void PlanCounts::add(TargetState state) {
  switch (state) {
    case TargetState::clean:
      ++clean;
      break;
    case TargetState::will:
      ++will;
      break;
    case TargetState::may:
      ++may;
      break;
    case TargetState::failed:
      ++failed;
      break;
    case TargetState::blocked:
      ++blocked;
      break;
    case TargetState::outside:
      break;
  }
}

Result<Plan> scan_and_plan(Graph& graph, Records records, const PlanOptions& options) {
  Plan plan;
  plan.graph = &graph;
  plan.records = std::make_unique<Records>(std::move(records));
  plan.items.resize(graph.targets().size());
  plan.order = with_needs(graph, options.selected);
  for (const Record& record : plan.records->list) {
    if (const Target* target = graph.find(record.target)) plan.items[graph.index(*target)].record = &record;
  }
  if (options.force) {
    for (TargetIndex i : options.selected.empty() ? graph.order() : options.selected) plan.items[i].forced = true;
  }
  CHECK_OK(Scan(plan, options).run());
  return plan;
}

std::vector<const Record*> dead_records(const Graph& graph, const Records& records) {
  std::vector<const Record*> dead;
  for (const Record& record : records.list) {
    if (graph.find(record.target) == nullptr) dead.push_back(&record);
  }
  return dead;
}

}  // namespace migrate
