// migrate check: compares source and target now, whatever is recorded. check_command().
#include <cstdio>

#include "base/json_write.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "rules/check_table.h"

namespace migrate {
namespace {

std::string result_text(const CheckResult& r, const Terminal& t) {
  std::string out = "  " + t.paint(r.passed() ? Style::green : Style::red, r.passed() ? "right" : "WRONG") + "  " +
                    printable(r.table) + ": " + plural(r.rows, "row") + ", " + plural(r.items, "item");
  auto add = [&](uint64_t n, const char* what) {
    if (n > 0) out += ", " + with_thousands(n) + " " + what;
  };
  add(r.dead_rows, "dead letters");
  add(r.missing, "missing");
  add(r.different, "different");
  add(r.extra, "extra");
  for (const IndexCheck& index : r.indexes) add(index.wrong(), ("wrong in index " + index.name).c_str());
  for (const ReferenceCheck& reference : r.references)
    add(reference.orphans, ("orphans of " + reference.attribute).c_str());
  out += "  (" + human_duration(r.seconds) + ")\n";
  for (const Discrepancy& d : r.samples) {
    if (d.kind == Discrepancy::Kind::extra) continue;
    out += "      " + std::string(discrepancy_name(d.kind)) + "  " + printable(d.key) +
           (d.known ? "  (known conflict)" : "") + "\n";
    for (const auto& a : d.attributes) {
      out += "          " + printable(a.name) + ": expected " +
             (a.expected.empty() ? "nothing" : printable(a.expected)) + ", found " +
             (a.found.empty() ? "nothing" : printable(a.found)) + "\n";
    }
  }
  for (const std::string& note : r.notes) out += "      " + printable(note) + "\n";
  return out;
}

}  // namespace

int check_command(const Options& options) {
  Output output(options);
  watch_interrupts();
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  auto session = open_session(std::move(*inputs), StateUse::read, options, output);
  if (!session) return output.fail(session.error());
  auto selected = (*session)->chain->graph.select(options.targets);
  if (!selected) return output.fail(selected.error());
  uint64_t checked = 0, wrong = 0;
  int code = EXIT_DONE;
  for (TargetIndex i : *selected) {
    const Target& target = (*session)->chain->graph.target(i);
    if (!target.id.starts_with("check:")) continue;
    auto result = run_check(*(*session)->world, target.name, check_setting((*session)->inputs.project, target.name),
                            interrupted(), [](uint64_t, uint64_t, uint64_t) {});
    if (!result) {
      code = exit_code(result.error());
      output.report(result.error());
      if (code == EXIT_INTERRUPTED || !options.keep_going) return output.done(code);
      continue;
    }
    checked += result->checked();
    wrong += result->wrong();
    output.text(result_text(*result, output.terminal()));
    output.line(JsonObject()
                    .add("type", "check")
                    .add("target", target.id)
                    .add("passed", result->passed())
                    .raw("facts", result->to_facts())
                    .str());
  }
  if (code == EXIT_DONE && wrong > 0) code = EXIT_PROBLEMS;
  double score = checked == 0 ? 100 : 100 * (1 - static_cast<double>(wrong) / static_cast<double>(checked));
  char text[64];
  snprintf(text, sizeof text, "Score: %.4f%%", score);
  output.text(std::string(text) + " (" + with_thousands(wrong) + " wrong of " + with_thousands(checked) +
              " checked)\n");
  output.line(JsonObject()
                  .add("type", "summary")
                  .add("exit_code", code)
                  .add("checked", checked)
                  .add("wrong", wrong)
                  .add("score", score)
                  .str());
  return code;
}

}  // namespace migrate
