// Reasons and states as text. Public entries: describe, reason_code, state_name, outcome_name.
#include "base/text.h"
#include "graph/build.h"
#include "graph/plan.h"

namespace migrate {

std::string_view reason_code(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::never_built:
      return "never_built";
    case ReasonKind::forced:
      return "forced";
    case ReasonKind::unfinished:
      return "unfinished";
    case ReasonKind::recipe_changed:
      return "recipe_changed";
    case ReasonKind::input_changed:
      return "input_changed";
    case ReasonKind::input_added:
      return "input_added";
    case ReasonKind::input_removed:
      return "input_removed";
    case ReasonKind::observation_changed:
      return "observation_changed";
    case ReasonKind::observation_absent:
      return "observation_absent";
    case ReasonKind::observation_resolved:
      return "observation_resolved";
    case ReasonKind::observation_unknown:
      return "observation_unknown";
    case ReasonKind::needs_remade:
      return "needs_remade";
  }
  return "";
}

std::string describe(const Reason& reason) {
  auto with = [](const std::string& text, const std::string& detail) {
    return detail.empty() ? text : text + ": " + detail;
  };
  std::string text;
  switch (reason.kind) {
    case ReasonKind::never_built:
      text = "was never built";
      break;
    case ReasonKind::forced:
      text = "is forced (-B)";
      break;
    case ReasonKind::unfinished:
      text = "was begun and did not end the last time";
      break;
    case ReasonKind::recipe_changed:
      text = "this migrate makes it in another way (recipe was " + reason.was + ", now " + reason.now + ")";
      break;
    case ReasonKind::input_changed:
      text = reason.caused_by.empty() ? reason.input + " was " + reason.was + ", now " + reason.now
                                      : reason.input + " changed";
      break;
    case ReasonKind::input_added:
      text = reason.caused_by.empty() ? with(reason.input + " is new", reason.now)
                                      : "needs " + reason.input + ", which is new";
      break;
    case ReasonKind::input_removed:
      text = "no longer depends on " + reason.input;
      break;
    case ReasonKind::observation_changed:
      text = with("is not as it was left", reason.now);
      break;
    case ReasonKind::observation_absent:
      text = with("is not there", reason.now);
      break;
    case ReasonKind::observation_resolved:
      text = reason.now;
      break;
    case ReasonKind::observation_unknown:
      text = with("may have changed", reason.now);
      break;
    case ReasonKind::needs_remade:
      text = reason.input + " may change";
      break;
  }
  return printable(text);
}

std::string_view state_name(TargetState state) {
  switch (state) {
    case TargetState::outside:
      return "outside";
    case TargetState::clean:
      return "clean";
    case TargetState::will:
      return "will";
    case TargetState::may:
      return "may";
    case TargetState::failed:
      return "failed";
    case TargetState::blocked:
      return "blocked";
  }
  return "";
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::outside:
      return "outside";
    case Outcome::up_to_date:
      return "up to date";
    case Outcome::made:
      return "made";
    case Outcome::unchanged:
      return "unchanged";
    case Outcome::failed:
      return "failed";
    case Outcome::skipped:
      return "skipped";
    case Outcome::not_started:
      return "not started";
  }
  return "";
}

}  // namespace migrate
