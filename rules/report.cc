// report:html, out/report: report_rule(); and gather_report(), for `migrate report` and for builds that failed.
#include "report/report.h"

#include <ctime>

#include "base/file.h"
#include "base/time.h"
#include "engine/run_facts.h"
#include "rules/gather_report.h"
#include "rules/rows.h"
#include "rules/rules.h"
#include "rules/views_file.h"

namespace migrate {
namespace {

std::string billing_text(const Billing& billing) {
  if (billing.on_demand) return "on demand";
  return "provisioned, " + std::to_string(billing.read) + " read and " + std::to_string(billing.write) + " write units";
}

// Whether the rows and items compared are those of the last run: a check that ran before it says nothing of what it
// did.
bool checked_since(const Record& check, const Record* run) {
  if (run == nullptr || run->unfinished) return false;
  for (const RecordInput& input : check.inputs.list()) {
    if (input.name == run->target) return input.digest == run->output;
  }
  return false;
}

Result<ReportTable> table_of(World& world, const Records& records, const Table& table,
                             const std::map<std::string, std::string>& failures) {
  ReportTable out;
  out.table = table.name.text;
  if (auto spec = world.table_spec(out.table)) {
    out.target_table = spec->name;
    out.indexes = spec->indexes.size();
    out.billing = billing_text(spec->billing);
  }
  // The record says what was made: what the contract would give today may be something else.
  if (const Record* view = records.find("view:" + out.table)) {
    TRY(names, recorded_views(*view));
    out.views = std::move(names);
  }
  out.dead_letters = dead_letters_path(world.project(), out.table);
  const Record* run = records.find("run:" + out.table);
  const Record* check = records.find("check:" + out.table);
  if (check != nullptr && !checked_since(*check, run)) check = nullptr;
  if (run != nullptr && !run->facts.empty()) {
    TRY(facts, run_from_facts(run->facts));
    out.run = std::move(facts);
    out.run_at = utc_text(run->finished_at);
    for (const RecordInput& input : run->inputs.list()) {
      if (input.name.starts_with("data:")) out.reads.push_back(table_of_data(input.name.substr(5)));
    }
  } else {
    for (const Entity& entity : table.entities) out.reads.push_back(entity.source_table.text);
  }
  if (check != nullptr && !check->facts.empty()) {
    TRY(facts, CheckResult::from_facts(check->facts));
    out.check = std::move(facts);
    out.check_at = utc_text(check->finished_at);
  }
  uint64_t open = (run != nullptr ? run->open_problems : 0) + (check != nullptr ? check->open_problems : 0);
  out.state = run == nullptr ? "not run" : open > 0 ? "open problems" : "done";
  for (const char* kind : {"mapping:", "view-sql:", "view:", "table:", "run:", "check:"}) {
    auto failure = failures.find(kind + out.table);
    if (failure == failures.end()) continue;
    out.state = "failed";
    out.problem = failure->second;
  }
  return out;
}

class ReportRule : public Rule {
 public:
  explicit ReportRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "report"; }
  int version() const override { return 1; }
  std::vector<Leaf> leaves(const std::string&) override { return {order_leaf(world_.contract())}; }

  Result<Observation> observe(const std::string&, const Record*) override {
    // What is in them is not looked at: `migrate report` writes them too.
    for (const char* name : {"index.html", "report.json", "report.md"}) {
      const std::string path = report_folder(world_.project()) + "/" + name;
      if (!file_exists(path)) return Observation::absent("no file " + path);
    }
    return Observation::seen(digest_of("report", report_folder(world_.project())));
  }

  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(records, context.cache->records());
    TRY(data, gather_report(world_, records, {}));
    CHECK_OK(make_folders(report_folder(world_.project())));
    CHECK_OK(write_report(data, report_folder(world_.project())));
    Made made;
    TRY(now, observe(name, context.record));
    made.output = now.digest;
    made.observation = std::move(now);
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  World& world_;
};

}  // namespace

std::string report_folder(const Project& project) { return project.out + "/report"; }

Result<ReportData> gather_report(World& world, const Records& records,
                                 const std::map<std::string, std::string>& failures) {
  ReportData data;
  data.project = world.project().name;
  data.version = MIGRATE_VERSION;
  data.generated = utc_text(time(nullptr));
  data.source = world.source_name();
  if (auto schema = world.schema())
    data.source +=
        ", " + std::string((*schema)->flavor == Flavor::mariadb ? "MariaDB " : "MySQL ") + (*schema)->version;
  data.target = world.target_name();
  data.command = "migrate -f " + world.project().file + " clean";
  data.state = world.project().state;
  data.out = world.project().out;
  std::map<std::string, double> seconds;
  std::string last_run;
  for (const Record& record : records.list) last_run = std::max(last_run, record.run);
  for (const Record& record : records.list) {
    if (record.run == last_run) seconds[record.target.substr(0, record.target.find(':'))] += record.seconds;
  }
  data.seconds_by_kind.assign(seconds.begin(), seconds.end());
  for (const Table& table : world.contract().tables) {
    TRY(entry, table_of(world, records, table, failures));
    data.tables.push_back(std::move(entry));
  }
  return data;
}

std::unique_ptr<Rule> report_rule(World& world) { return std::make_unique<ReportRule>(world); }

}  // namespace migrate
