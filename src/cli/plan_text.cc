// The plan and the sums as text: plan_text(), plan_sum(), build_sum().
#include <algorithm>

#include "base/text.h"
#include "cli/display.h"

namespace migrate {
namespace {

// Targets that live in the cache alone, or only look, have no effect that anybody waits for.
bool has_effect(const Target& target) { return !target.rule->pure(); }

std::string mark(TargetState state, const Terminal& t) {
  switch (state) {
    case TargetState::will:
      return t.paint(Style::green, "will");
    case TargetState::may:
      return t.paint(Style::yellow, "may ");
    case TargetState::failed:
      return t.paint(Style::red, "fail");
    case TargetState::blocked:
      return t.paint(Style::red, "wait");
    case TargetState::clean:
      return t.paint(Style::dim, "ok  ");
    case TargetState::outside:
      break;
  }
  return "    ";
}

// A reason that only says "view-sql:T changed" is of no help: what changed there says it.
std::vector<std::string> reason_lines(const Plan& plan, TargetIndex index, size_t depth = 0) {
  std::vector<std::string> lines;
  const PlanItem& item = plan.items[index];
  if (item.detail == nullptr) return lines;
  for (const Reason& reason : item.detail->reasons) {
    std::string line = describe(reason);
    const Target* cause = reason.caused_by.empty() ? nullptr : plan.graph->find(reason.caused_by);
    if (cause != nullptr && cause->rule->pure() && depth < 4) {
      auto deeper = reason_lines(plan, plan.graph->index(*cause), depth + 1);
      if (!deeper.empty()) line = cause->id + ": " + deeper.front();
    }
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  }
  return lines;
}

std::string target_lines(const Plan& plan, TargetIndex index, const Terminal& t, size_t width) {
  const PlanItem& item = plan.items[index];
  const Target& target = plan.graph->target(index);
  std::string out = "  " + mark(item.state, t) + "  " + pad(target.id, width) + "  ";
  if (item.state == TargetState::failed && item.detail->error) return out + "\n" + describe(*item.detail->error);
  if (item.state == TargetState::blocked) return out + "needs " + plan.graph->target(item.detail->because_of).id + "\n";
  if (item.state == TargetState::clean) {
    uint64_t open = item.record != nullptr ? item.record->open_problems : 0;
    return out + (open > 0 ? t.paint(Style::yellow, plural(open, "open problem")) : "up to date") + "\n";
  }
  constexpr size_t MOST = 3;
  std::vector<std::string> reasons = reason_lines(plan, index);
  for (size_t i = 0; i < reasons.size() && i < MOST; ++i) {
    out += (i == 0 ? "" : std::string(width + 10, ' ')) + printable(reasons[i]);
    if (i + 1 == MOST && reasons.size() > MOST)
      out += " (and " + std::to_string(reasons.size() - MOST) + " more: migrate explain " + target.id + ")";
    out += "\n";
  }
  return reasons.empty() ? out + "\n" : out;
}

std::string money(double dollars) {
  char buffer[32];
  snprintf(buffer, sizeof buffer, "$%.2f", dollars);
  return dollars > 0 && dollars < 0.01 ? "<$0.01" : buffer;
}

std::string estimate_row(const std::string& name, const Estimate& e, size_t width) {
  return "  " + pad(name, width) + pad_left(with_thousands(e.items), 14) + pad_left(human_bytes(e.bytes), 12) +
         pad_left(with_thousands(e.write_units), 14) + pad_left(money(e.dollars), 11) +
         pad_left(human_duration(e.seconds), 12) + "\n";
}

std::string estimate_text(const std::vector<TableEstimate>& estimates, const Terminal& t) {
  if (estimates.empty()) return "";
  size_t width = 5;
  for (const TableEstimate& e : estimates) width = std::max(width, utf8_length(e.table));
  std::string out = "\n  " +
                    t.paint(Style::dim, pad("to read", width) + pad_left("items", 14) + pad_left("bytes", 12) +
                                            pad_left("write units", 14) + pad_left("cost", 11) + pad_left("time", 12)) +
                    "\n";
  Estimate sum;
  std::vector<std::string> sources;
  for (const TableEstimate& e : estimates) {
    out += estimate_row(e.table, e.estimate, width);
    sum.items += e.estimate.items;
    sum.bytes += e.estimate.bytes;
    sum.write_units += e.estimate.write_units;
    sum.dollars += e.estimate.dollars;
    sum.seconds += e.estimate.seconds;
    if (std::find(sources.begin(), sources.end(), e.estimate.from) == sources.end()) sources.push_back(e.estimate.from);
  }
  if (estimates.size() > 1) out += estimate_row("all", sum, width);
  out += "  " +
         t.paint(Style::dim, "at most, and estimated: from " + join(sources, "; or ") +
                                 "; $0.625 a million write units (us-east-1, on-demand, " + std::string(PRICE_DATE) +
                                 ")") +
         "\n";
  return out;
}

}  // namespace

bool has_changes(const PlanCounts& counts) { return counts.will + counts.may + counts.failed + counts.blocked > 0; }

std::string plan_sum(const PlanCounts& counts) {
  if (!has_changes(counts)) {
    return "Nothing to do: " + plural(counts.clean, "target") + " up to date." +
           (counts.open_problems > 0 ? " " + plural(counts.open_problems, "open problem") + "." : "");
  }
  std::string out = "Plan: " + with_thousands(counts.will) + " to make";
  if (counts.may > 0) out += ", " + with_thousands(counts.may) + " perhaps";
  if (counts.failed > 0) out += ", " + with_thousands(counts.failed) + " failed";
  if (counts.blocked > 0) out += ", " + with_thousands(counts.blocked) + " waiting for those";
  out += ", " + with_thousands(counts.clean) + " up to date.";
  return out;
}

PlanCounts counts_of_effects(const Plan& plan) {
  PlanCounts counts;
  for (TargetIndex i : plan.order) {
    const PlanItem& item = plan.items[i];
    if (!has_effect(plan.graph->target(i)) && item.state != TargetState::failed) continue;
    counts.add(item.state);
  }
  counts.open_problems = plan.counts.open_problems;
  return counts;
}

std::string plan_text(const Plan& plan, const PlanContext& context, const Terminal& terminal, bool all) {
  size_t width = 0;
  std::vector<TargetIndex> shown;
  for (TargetIndex i : plan.order) {
    const PlanItem& item = plan.items[i];
    bool effect = has_effect(plan.graph->target(i)) || item.state == TargetState::failed;
    bool open = item.state == TargetState::clean && item.record != nullptr && item.record->open_problems > 0;
    if (!all && (!effect || (item.state == TargetState::clean && !open))) continue;
    shown.push_back(i);
    width = std::max(width, utf8_length(plan.graph->target(i).id));
  }
  std::string out;
  for (TargetIndex i : shown) out += target_lines(plan, i, terminal, width);
  out += estimate_text(context.estimates, terminal);
  if (!context.notes.empty()) out += "\n";
  for (const std::string& note : context.notes) out += "  " + terminal.paint(Style::dim, printable(note)) + "\n";
  return out + (shown.empty() ? "" : "\n") + terminal.paint(Style::bold, plan_sum(counts_of_effects(plan))) + "\n";
}

std::string build_sum(const Plan& plan, const BuildSummary& summary) {
  size_t made = 0, up_to_date = 0, failed = 0, skipped = 0, not_started = 0;
  for (TargetIndex i : plan.order) {
    Outcome outcome = summary.targets[i].outcome;
    if (!has_effect(plan.graph->target(i)) && outcome != Outcome::failed) continue;
    switch (outcome) {
      case Outcome::made:
      case Outcome::unchanged:
        ++made;
        break;
      case Outcome::up_to_date:
        ++up_to_date;
        break;
      case Outcome::failed:
        ++failed;
        break;
      case Outcome::skipped:
        ++skipped;
        break;
      case Outcome::not_started:
        ++not_started;
        break;
      case Outcome::outside:
        break;
    }
  }
  std::string out = summary.interrupted ? "Interrupted after " : summary.ok() ? "Done in " : "Ended after ";
  out += human_duration(summary.seconds) + ": " + with_thousands(made) + " made, " + with_thousands(up_to_date) +
         " up to date";
  if (failed > 0) out += ", " + with_thousands(failed) + " failed";
  if (skipped > 0) out += ", " + with_thousands(skipped) + " skipped for want of those";
  if (not_started > 0) out += ", " + with_thousands(not_started) + " not started";
  out += ".";
  if (summary.open_problems > 0) out += " " + plural(summary.open_problems, "open problem") + ".";
  return out;
}

}  // namespace migrate
