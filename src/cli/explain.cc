// migrate explain: why targets are, or are not, up to date, in full. explain_command().
#include "base/text.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "cli/session.h"

namespace migrate {
namespace {

std::string explain(const Plan& plan, TargetIndex index, const Terminal& t) {
  const PlanItem& item = plan.items[index];
  const Target& target = plan.graph->target(index);
  std::string out = t.paint(Style::bold, printable(target.id)) + ": ";
  switch (item.state) {
    case TargetState::clean:
      out += "up to date\n";
      break;
    case TargetState::will:
      out += "will be made\n";
      break;
    case TargetState::may:
      out += "may be made\n";
      break;
    case TargetState::failed:
      out += "cannot be looked at\n";
      break;
    case TargetState::blocked:
      out += "waits for " + plan.graph->target(item.detail->because_of).id + ", which failed\n";
      break;
    case TargetState::outside:
      out += "not looked at\n";
      break;
  }
  if (item.detail != nullptr) {
    for (const Reason& reason : item.detail->reasons) {
      out += "  because " + printable(describe(reason)) +
             (reason.caused_by.empty() ? "" : "  ← " + printable(reason.caused_by)) + "\n";
    }
    if (item.detail->error) out += describe(*item.detail->error);
  }
  if (item.record != nullptr) {
    out += "  last made by run " + item.record->run + " in " + human_duration(item.record->seconds);
    if (item.record->open_problems > 0) out += ", with " + plural(item.record->open_problems, "open problem");
    out += "\n";
    if (!item.record->observation_display.empty())
      out += "  then the world said: " + printable(item.record->observation_display) + "\n";
  }
  for (TargetIndex need : target.needs)
    out += "  needs " + printable(plan.graph->target(need).id) + " (" +
           std::string(state_name(plan.items[need].state)) + ")\n";
  return out;
}

}  // namespace

int explain_command(const Options& options) {
  Output output(options);
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  auto session = open_session(std::move(*inputs), StateUse::read, options, output);
  if (!session) return output.fail(session.error());
  auto plan = make_plan(**session, options, output);
  if (!plan) return output.fail(plan.error());
  auto selected = (*session)->chain->graph.select(options.targets);
  if (!selected) return output.fail(selected.error());
  for (TargetIndex i : *selected) {
    output.line(target_json(*plan, i, nullptr));
    output.text(explain(*plan, i, output.terminal()));
  }
  return output.done(EXIT_DONE);
}

}  // namespace migrate
