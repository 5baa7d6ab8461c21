// check:T, source and target compared: check_rule().
#include "engine/check.h"

#include <random>

#include "base/text.h"
#include "engine/run_facts.h"
#include "engine/source_rows.h"
#include "rules/check_table.h"
#include "rules/own_tables.h"
#include "rules/rows.h"
#include "rules/rules.h"

namespace migrate {
namespace {

const char* mode_name(CheckMode mode) {
  return mode == CheckMode::full ? "full" : mode == CheckMode::sample ? "sample" : "counts";
}

std::string setting_text(const CheckSetting& setting) {
  return std::string(mode_name(setting.mode)) +
         (setting.mode == CheckMode::sample ? " " + std::to_string(setting.sample) : "");
}

class CheckRule : public Rule {
 public:
  explicit CheckRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "check"; }
  int version() const override { return 1; }

  std::vector<Leaf> leaves(const std::string& name) override {
    std::string text = setting_text(check_setting(world_.project(), name));
    std::vector<Leaf> out = {{"check", digest_of("check", text), text}};
    for (const Text& pattern : world_.find_table(name)->satisfies) {
      out.push_back({"satisfies " + pattern.text, digest_of("pattern", pattern.text), pattern.text});
    }
    for (Leaf& mask : mask_leaf(world_, name)) out.push_back(std::move(mask));
    return out;
  }

  // What a check found may have been mended since, on either side: only another check can tell.
  Result<Observation> observe(const std::string&, const Record* record) override {
    if (record == nullptr || record->open_problems == 0) return Observation{};
    return Observation::unknown("the last check found " + plural(record->open_problems, "problem"));
  }

  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(result, run_check(world_, name, {check_setting(world_.project(), name), std::nullopt}, *context.cancelled,
                          context.progress));
    Made made;
    // Conflicts and dead letters are the run's open problems already.
    made.open_problems = result.wrong() > result.known_conflicts ? result.wrong() - result.known_conflicts : 0;
    made.facts = result.to_facts();
    made.output = digest_of("check", result.findings());
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  World& world_;
};

}  // namespace

CheckSetting check_setting(const Project& project, const std::string& table) {
  return project.table(table).check.value_or(project.check);
}

Result<CheckResult> run_check(World& world, const std::string& name, const CheckRequest& request,
                              const std::atomic<bool>& cancelled,
                              const std::function<void(uint64_t, uint64_t, uint64_t)>& progress) {
  TRY(views, world.views(name));
  TRY(schema, world.schema());
  TRY(spec, world.table_spec(name));
  TRY(service, world.service());
  const Table& table = *world.find_table(name);
  CheckJob job = check_job(table, *views, spec, *schema, world.project());
  job.dead_letters = dead_letters_path(world.project(), name);
  TRY(last_run, world.cache().record("run:" + name));
  if (last_run && !last_run->facts.empty()) {
    TRY(run, run_from_facts(last_run->facts));
    job.last_dead_rows = run.dead_rows;
  }
  TRY(hidden, masking(world, name));
  job.masking = std::move(hidden);
  job.setting = request.setting;
  job.seed = request.seed ? *request.seed : std::random_device()();
  TRY(client, world.borrow_client());
  TRY(found, describe_table(*client, spec.name));
  TRY(ours, made_by_migrate(world.cache(), found, service->endpoint));
  job.own_table = ours;
  SourceRows rows(world.project().source, *views, schema->flavor, world.project().limits.connections,
                  version_requests(world, *views));
  const auto stopped = [&] { return cancelled.load(); };
  CheckSides sides{rows, [&](const std::string& sql) { return world.query(sql, stopped); },
                   [&] { return connect_dynamodb(service, 8); }};
  CheckHooks hooks;
  hooks.cancelled = stopped;
  hooks.progress = [&](const CheckProgress& p) { progress(p.done, p.expected, p.wrong); };
  return check_table(job, sides, hooks);
}

std::unique_ptr<Rule> check_rule(World& world) { return std::make_unique<CheckRule>(world); }

}  // namespace migrate
