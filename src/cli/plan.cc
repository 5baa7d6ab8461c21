// migrate plan: what build would do, from the same object. plan_command().
#include "base/json_write.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "cli/session.h"
#include "rules/estimates.h"
#include "rules/notes.h"

namespace migrate {
namespace {

void print_json(const Plan& plan, const PlanContext& context, const Output& output) {
  for (TargetIndex i : plan.order) {
    const PlanItem& item = plan.items[i];
    if (item.state == TargetState::clean) continue;
    output.line(target_json(plan, i, nullptr));
    if (item.detail != nullptr && item.detail->error) output.report(*item.detail->error);
  }
  for (const std::string& note : context.notes)
    output.line(JsonObject().add("type", "note").add("message", note).str());
  for (const TableEstimate& e : context.estimates) {
    output.line(JsonObject()
                    .add("type", "estimate")
                    .add("table", e.table)
                    .add("items", e.estimate.items)
                    .add("bytes", e.estimate.bytes)
                    .add("write_units", e.estimate.write_units)
                    .add("dollars", e.estimate.dollars)
                    .add("seconds", e.estimate.seconds)
                    .add("from", e.estimate.from)
                    .str());
  }
}

}  // namespace

int plan_command(const Options& options) {
  Output output(options);
  watch_interrupts();
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  auto session = open_session(std::move(*inputs), StateUse::read, options, output);
  if (!session) return output.fail(session.error());
  auto plan = make_plan(**session, options, output);
  if (!plan) return output.fail(plan.error());

  PlanContext context{estimate_runs(*(*session)->world, *plan), plan_notes(*(*session)->world, *plan)};
  if (output.json()) {
    print_json(*plan, context, output);
  } else {
    World& world = *(*session)->world;
    output.text(world.project().name + ": " + world.source_name() + " → " + world.target_name() + "\n\n");
    output.text(plan_text(*plan, context, output.terminal(), options.verbose > 0));
  }
  const PlanCounts counts = counts_of_effects(*plan);
  int code = EXIT_DONE;
  if (plan->counts.failed + plan->counts.blocked > 0) {
    code = EXIT_ERROR;
  } else if (options.detailed_exitcode && has_changes(counts)) {
    code = EXIT_CHANGES;
  }
  output.line(JsonObject()
                  .add("type", "summary")
                  .add("exit_code", code)
                  .add("will", counts.will)
                  .add("may", counts.may)
                  .add("up_to_date", counts.clean)
                  .add("failed", counts.failed)
                  .add("waiting", counts.blocked)
                  .add("open_problems", counts.open_problems)
                  .str());
  return code;
}

}  // namespace migrate
