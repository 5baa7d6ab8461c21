// report_json(): the report for programs.
#include "base/json_write.h"
#include "engine/run_facts.h"
#include "report/findings.h"

namespace migrate {
namespace {

std::string strings(const std::vector<std::string>& list) {
  std::vector<std::string> texts;
  for (const std::string& s : list) texts.push_back(json_string(s));
  return json_array(texts);
}

std::string table_json(const ReportTable& t) {
  JsonObject o;
  o.add("table", t.table).add("target_table", t.target_table).add("state", t.state);
  o.add("health", table_word(t));
  if (!t.problem.empty()) o.add("problem", t.problem);
  o.raw("reads", strings(t.reads)).raw("views", strings(t.views));
  o.add("run_at", t.run_at).add("check_at", t.check_at).add("indexes", t.indexes).add("billing", t.billing);
  o.add("dead_letters", t.dead_letters);
  if (t.run) {
    o.add("latency_p50", t.run->latency.quantile(0.5)).add("latency_p99", t.run->latency.quantile(0.99));
    o.raw("run", run_facts(*t.run));
  }
  if (t.check) o.raw("check", t.check->to_facts());
  return o.raw("recommendations", strings(recommendations(t))).str();
}

}  // namespace

std::string report_json(const ReportData& data) {
  const ReportTotals t = report_totals(data);
  JsonObject totals;
  totals.add("tables", t.tables)
      .add("right", t.right)
      .add("sampled", t.sampled)
      .add("counted", t.counted)
      .add("attention", t.open)
      .add("failed", t.failed);
  totals.add("items", t.items).add("written", t.written).add("present", t.present).add("conflicts", t.conflicts);
  totals.add("dead_rows", t.dead_rows).add("item_bytes", t.item_bytes).add("retries", t.retries);
  totals.add("missing", t.missing).add("different", t.different).add("extra", t.extra).add("orphans", t.orphans);
  totals.add("write_units", t.write_units).add("dollars", t.dollars()).add("seconds", t.seconds);
  totals.add("checked", t.checked).add("wrong", t.wrong).add("score", check_score(t.checked, t.wrong));
  JsonObject seconds;
  for (const auto& [kind, s] : data.seconds_by_kind) seconds.add(kind, s);
  std::vector<std::string> tables;
  for (const ReportTable& table : data.tables) tables.push_back(table_json(table));
  return JsonObject()
             .add("version", 1)
             .add("project", data.project)
             .add("migrate", data.version)
             .add("generated", data.generated)
             .add("source", data.source)
             .add("target", data.target)
             .add("health", health_word(report_health(data)))
             .add("verdict", report_verdict(data))
             .raw("totals", totals.str())
             .raw("seconds_by_kind", seconds.str())
             .raw("tables", json_array(tables))
             .add("score_formula", SCORE_FORMULA)
             .raw("clean_up", strings(clean_up_steps(data)))
             .str() +
         "\n";
}

}  // namespace migrate
