// Makes one target of a plan: make_target(), cache_failed(); and what is remembered of it: make_record().
#include "graph/make_target.h"

#include <chrono>
#include <ctime>

#include "graph/call.h"
#include "graph/compare.h"

namespace migrate {
namespace {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

 private:
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// Before the side effect. Until it is saved again the old record is not to be believed: were its inputs to return to
// what they were after a failure, the target would look clean, and the world half changed. A target without a record
// is made again anyhow, so its entry may be lost in a power cut, and thousands of first ones need no sync each.
Result<void> mark_begun(const Target& target, const PlanItem& item, Cache& cache) {
  const bool recorded = item.record != nullptr;
  if (target.rule->pure() || (recorded && item.record->unfinished)) return {};
  if (!recorded) {
    TRY(left, cache.journal(target.id));  // by builds that failed
    if (!left.empty()) return {};
  }
  auto id = cache.begin_journal({0, target.id, "make", "{}", static_cast<int64_t>(std::time(nullptr))}, recorded);
  if (!id) return id.error();
  return {};
}

Ended make(const Plan& plan, const Target& target, const PlanItem& item, const std::string& run, MakeContext& context) {
  Ended ended;
  if (auto marked = mark_begun(target, item, *context.cache); !marked) return cache_failed(marked.error());
  const Stopwatch watch;
  auto made = call_rule(target.id, [&] { return target.rule->make(target.name, context); });
  ended.result.seconds = watch.seconds();
  if (!made) {
    ended.result.outcome = Outcome::failed;
    ended.result.error = made.error();
    return ended;
  }
  ended.output = made->output;
  ended.result.outcome = made_or_unchanged(item.record, made->output);
  ended.result.open_problems = made->open_problems;
  ended.result.facts = made->facts;
  ended.record = make_record(target, *made, ended.result.seconds, run);
  ended.when_recorded = std::move(made->when_recorded);
  gather_inputs(*plan.graph, target, item.detail->leaves, plan.items, ended.record->inputs);
  for (const auto& [name, digest] : made->inputs_used) {
    if (ended.record->inputs.replace(name, digest)) continue;
    // Recorded without it, the target would be taken for up to date with data that it never saw.
    ended.record.reset();
    ended.result.outcome = Outcome::failed;
    ended.result.error = Error(ErrorKind::internal, "'" + target.id + "' used '" + name + "', which it does not need");
    return ended;
  }
  if (item.detail->predicted && item.output_known && item.output != made->output) {
    // What depends on it was planned from the prediction. The record is saved, so the next plan is right.
    ended.result.outcome = Outcome::failed;
    ended.result.error = Error(ErrorKind::internal, "'" + target.id + "' made another output than the plan was told",
                               "run the same command again; if it says so twice, please report it");
  }
  return ended;
}

Ended review(const Target& target, const PlanItem& item, MakeContext& context) {
  Ended ended;
  ended.result.outcome = Outcome::up_to_date;
  ended.result.open_problems = item.record->open_problems;
  ended.output = item.record->output;
  const Stopwatch watch;
  auto looked = call_rule(target.id, [&] { return target.rule->review(target.name, context); });
  ended.result.seconds = watch.seconds();
  if (!looked) {
    ended.result.outcome = Outcome::failed;
    ended.result.error = looked.error();
  } else if (*looked) {
    ended.result.open_problems = (*looked)->open_problems;
    ended.record = *item.record;
    ended.record->open_problems = (*looked)->open_problems;
    ended.record->facts = (*looked)->facts;
    if (item.state == TargetState::clean) return ended;  // nothing that depends on it is in the plan
    ended.output = ended.record->output = (*looked)->output;
    ended.result.outcome = made_or_unchanged(item.record, ended.output);
  }
  return ended;
}

}  // namespace

Record make_record(const Target& target, const Made& made, double seconds, const std::string& run) {
  Record record;
  record.target = target.id;
  record.recipe = target.rule->version();
  record.observation_kind = static_cast<int>(made.observation.kind);
  record.observation = made.observation.digest;
  record.observation_display = made.observation.display;
  record.output = made.output;
  record.open_problems = made.open_problems;
  record.seconds = seconds;
  record.finished_at = static_cast<int64_t>(std::time(nullptr));
  record.run = run;
  record.facts = made.facts;
  return record;
}

Outcome made_or_unchanged(const Record* before, const Digest& output) {
  return before != nullptr && before->output == output ? Outcome::unchanged : Outcome::made;
}

Ended cache_failed(const Error& error) {
  Ended ended;
  ended.result.outcome = Outcome::failed;
  ended.result.error = ended.cache_error = error;
  return ended;
}

Ended make_target(const Plan& plan, TargetIndex index, Cache& cache, const BuildOptions& options,
                  std::function<void(uint64_t, uint64_t, uint64_t)> progress) {
  const Target& target = plan.graph->target(index);
  const PlanItem& item = plan.items[index];
  MakeContext context;
  context.target = target.id;
  context.run = options.run;
  context.record = item.record;
  context.forced = item.forced;
  context.cache = &cache;
  context.cancelled = options.cancelled != nullptr ? options.cancelled : &kNever;
  context.progress = std::move(progress);
  const bool reviewed = item.state == TargetState::clean || item.only_reviewed();
  return reviewed ? review(target, item, context) : make(plan, target, item, options.run, context);
}

}  // namespace migrate
