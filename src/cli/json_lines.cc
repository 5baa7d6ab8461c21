// Plans, results and errors as JSON lines: target_json(), error_json(), make_json_display(). docs/design.md has the
// types.
#include "base/json_write.h"
#include "cli/display.h"
#include "engine/check_result.h"
#include "engine/run_facts.h"

namespace migrate {
namespace {

class JsonDisplay : public BuildListener {
 public:
  explicit JsonDisplay(const Plan& plan) : plan_(plan) {}

  void started(const Target&) override {}
  void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) override {
    print(progress_json(target, done, expected, errors));
  }
  void finished(const Target& target, const TargetResult& result) override {
    auto index = plan_.graph->index(target);
    print(target_json(plan_, index, &result));
    if (result.error) print(error_json(*result.error));
  }

 private:
  static void print(const std::string& line) {
    printf("%s\n", line.c_str());
    fflush(stdout);
  }
  const Plan& plan_;
};

// How many items a run has put in place, or a check has found; other targets have none.
std::optional<uint64_t> items_of(const Target& target, const std::string& facts) {
  if (facts.empty()) return std::nullopt;
  if (target.rule->kind() == "run") {
    if (const auto run = run_from_facts(facts)) return run->written + run->present;
  }
  if (target.rule->kind() == "check") {
    if (const auto check = CheckResult::from_facts(facts)) return check->items;
  }
  return std::nullopt;
}

std::string reason_json(const Reason& reason) {
  return JsonObject()
      .add("kind", reason_code(reason.kind))
      .add("input", reason.input)
      .add("was", reason.was)
      .add("now", reason.now)
      .add("caused_by", reason.caused_by)
      .str();
}

}  // namespace

std::string target_json(const Plan& plan, TargetIndex index, const TargetResult* result) {
  const PlanItem& item = plan.items[index];
  std::vector<std::string> reasons;
  if (item.detail != nullptr) {
    for (const Reason& reason : item.detail->reasons) reasons.push_back(reason_json(reason));
  }
  JsonObject line;
  line.add("type", "target")
      .add("target", plan.graph->target(index).id)
      .add("dirty", state_name(item.state))
      .raw("reasons", json_array(reasons));
  if (result != nullptr) {
    line.add("outcome", outcome_name(result->outcome))
        .add("seconds", result->seconds)
        .add("open_problems", result->open_problems);
    if (const auto items = items_of(plan.graph->target(index), result->facts)) line.add("items", *items);
  }
  return line.str();
}

std::string progress_json(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) {
  return JsonObject()
      .add("type", "progress")
      .add("target", target.id)
      .add("done", done)
      .add("expected", expected)
      .add("errors", errors)
      .str();
}

std::string error_json(const Error& error) {
  return JsonObject()
      .add("type", error.warning ? "warning" : "error")
      .add("code", error_code(error.kind))
      .add("file", error.place.file)
      .add("line", error.place.line)
      .add("column", error.place.column)
      .add("message", error.message)
      .add("hint", error.hint.empty() ? error_remedy(error.kind) : std::string_view(error.hint))
      .str();
}

std::unique_ptr<BuildListener> make_json_display(const Plan& plan) { return std::make_unique<JsonDisplay>(plan); }

}  // namespace migrate
