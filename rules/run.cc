// run:T, rows became items: run_rule(). A run that was killed goes on after its finished chunks; what it records as the
// data it saw is then what the first of its snapshots had, so that rows which changed since are looked at again.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/text.h"
#include "cache/record.h"
#include "engine/kept_files.h"
#include "engine/native.h"
#include "engine/open_conflicts.h"
#include "engine/run_facts.h"
#include "engine/source_rows.h"
#include "rules/rows.h"
#include "rules/rules.h"

namespace migrate {
namespace {

const char* name_of(OnConflict on_conflict) {
  switch (on_conflict) {
    case OnConflict::keep:
      return "keep";
    case OnConflict::fail:
      return "fail";
    case OnConflict::overwrite:
      break;
  }
  return "overwrite";
}

using Versions = std::vector<std::pair<std::string, Digest>>;  // by target: "data:orders"

std::string versions_json(const Versions& versions) {
  JsonObject out;
  for (const auto& [name, digest] : versions) out.add(name, digest.hex());
  return out.str();
}

Result<Versions> versions_from_json(const std::string& json) {
  Diagnostics diagnostics;
  auto document = parse_json({json, "the journal", ErrorKind::cache_corrupt}, diagnostics);
  if (!document) return diagnostics.list.front();
  Versions out;
  for (JsonMember member : document->root().members()) {
    const auto digest = from_hex(member.value.text());
    if (!digest)
      return Error(ErrorKind::cache_corrupt,
                   "the journal's version of '" + std::string(member.key()) + "' is no digest");
    out.emplace_back(member.key(), Digest::from_bytes(*digest));
  }
  return out;
}

// `versions` are those of `requests`, in their order.
Versions recordable(const std::vector<DataVersionRequest>& requests, const std::vector<DataVersion>& versions) {
  Versions out;
  for (size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].to_record().kind == Observation::Kind::seen)
      out.emplace_back("data:" + data_name(requests[i]), versions[i].digest);
  }
  return out;
}

// For each table read, what the first snapshot of a resumed run had. Where that could not be told nothing may be
// recorded that a later look could equal: the rows of finished chunks are of that moment, not of this one.
Versions versions_of_first(const Versions& journaled, const std::vector<DataVersionRequest>& read) {
  Versions out;
  for (const DataVersionRequest& request : read) {
    const std::string name = "data:" + data_name(request);
    auto known =
        std::find_if(journaled.begin(), journaled.end(), [&](const auto& entry) { return entry.first == name; });
    out.emplace_back(name, known != journaled.end() ? known->second : digest_of("version that was not seen", name));
  }
  return out;
}

// Says it, once a run, when the target throttles so much that nothing gets through.
class ThrottleWatch {
 public:
  explicit ThrottleWatch(std::string table) : table_(std::move(table)) {}
  void look(const NativeProgress& p) {
    const auto now = std::chrono::steady_clock::now();
    if (p.done != done_ || p.throttles == 0) moved_ = now;
    done_ = p.done;
    if (said_ || now - moved_ < std::chrono::seconds(3)) return;
    said_ = true;
    log_warning("the target throttles '" + table_ + "': nothing was written for 3 s, and it is tried again, more " +
                "slowly; raise the table's capacity or warm throughput, or lower `limits.write_rate`");
  }

 private:
  const std::string table_;
  bool said_ = false;
  uint64_t done_ = 0;
  std::chrono::steady_clock::time_point moved_ = std::chrono::steady_clock::now();
};

class RunRule : public Rule {
 public:
  explicit RunRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "run"; }
  int version() const override { return 1; }

  std::vector<Leaf> leaves(const std::string& name) override {
    const TableSettings& settings = world_.project().table(name);
    const std::string write = settings.write == WriteMode::overwrite ? "overwrite" : "put-if-absent";
    const std::string on_conflict = name_of(settings.on_conflict);
    std::vector<Leaf> out = {{"engine", digest_of("engine", world_.project().engine), world_.project().engine},
                             {"write", digest_of("write", write), write},
                             {"on_conflict", digest_of("on_conflict", on_conflict), on_conflict},
                             leaf("deletes", settings.deletes == Deletes::keep ? "keep" : "propagate")};
    for (Leaf& mask : mask_leaf(world_, name)) out.push_back(std::move(mask));
    return out;
  }

  // An expression such as NOW() gives other items at each reading, whatever the rows do.
  // And what stood in the way of the last run may be gone: then there is something to write.
  Result<Observation> observe(const std::string& name, const Record* record) override {
    TRY(views, world_.views(name));
    for (const EntityView& entity : views->entities) {
      if (!entity.deterministic)
        return Observation::unknown("an expression depends on the time: it is read at each build");
    }
    if (record == nullptr || record->open_problems == 0) return Observation{};
    TRY(run, run_from_facts(record->facts));
    if (run.open_conflicts.empty()) return Observation{};
    auto now = look_up(name, *views, run.open_conflicts);
    if (!now) {
      if (now.error().kind == ErrorKind::interrupted) return now.error();
      // Whatever keeps them from being looked up, their table's own target says it.
      log_warning("the conflicts of '" + name + "' could not be looked up: " + describe(now.error()));
      return Observation{};
    }
    if (now->gone > 0)
      return Observation::seen(
          digest_of("gone", std::to_string(now->gone)),
          plural(now->gone, "item") + " that stood in the way " + (now->gone == 1 ? "is" : "are") + " gone");
    if (now->equal.empty()) return Observation{};
    const size_t n = now->equal.size();
    std::lock_guard lock(mutex_);
    resolved_.insert(name);
    return Observation::resolved(plural(n, "conflict") +
                                 (n == 1 ? " has resolved itself" : " have resolved themselves"));
  }

  // Closes the conflicts whose items have become what was to be written. The source is not read for it. They are looked
  // up once more: the plan may be hours old.
  Result<std::optional<Made>> review(const std::string& name, MakeContext& context) override {
    TRY(run, run_from_facts(context.record->facts));
    if (run.conflicts > run.open_conflicts.size()) {
      log_warning(plural(run.conflicts - run.open_conflicts.size(), "conflict") + " of '" + name +
                  "' cannot be looked up (a run keeps the keys of " + with_thousands(max_open_conflicts) +
                  ", and none that is masked): open until `migrate build -B run:" + name + "`");
    }
    if (!has_resolved(name)) return std::optional<Made>();
    TRY(views, world_.views(name));
    TRY(now, look_up(name, *views, run.open_conflicts));
    CHECK_OK(close_conflicts(now.equal, *views, dead_letters_path(world_.project(), name), run));
    Made made;
    made.open_problems = run.open_problems();
    made.facts = run_facts(run);
    // What a check calls a known conflict, and what reports show, follows it.
    made.output = DigestBuilder("reviewed run", version())
                      .digest("run", context.record->output)
                      .text("open", open_conflicts_json(run.open_conflicts))
                      .finish();
    log_info("conflicts have resolved themselves",
             {{"target", context.target}, {"closed", std::to_string(now.equal.size())}});
    return std::optional<Made>(std::move(made));
  }

  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(views, world_.views(name));
    TRY(spec, world_.table_spec(name));
    TRY(service, world_.service());
    TRY(client, world_.borrow_client());
    TRY(described, describe_table(*client, spec.name));
    if (!described)
      return Error(ErrorKind::table_missing, "the table '" + spec.name + "' is gone",
                   "run `migrate build` again: it makes the table");
    const std::string identity = table_identity(*described, service->endpoint);

    TRY(job, job_of(name, context, *views, spec.name));
    TRY(schema, world_.schema());
    const Digest plan = chunk_plan(job, *schema, identity);
    if (job.write != WriteMode::overwrite) {
      TRY(state, state_of(name, context, source_identity(*schema), identity, plan));
      job.state = std::move(state);
    }
    const std::vector<DataVersionRequest> requests = version_requests(world_, *views);
    SourceRows rows(world_.project().source, *views, schema->flavor, job.limits.connections, requests);
    if (context.forced) CHECK_OK(forget_unfinished(context));
    TRY(begun, find_finished(context, plan));

    NativeHooks hooks;
    hooks.finished = std::move(begun.finished);
    bool journaled = begun.resumed;
    hooks.chunk_finished = [&](const FinishedChunk& chunk) -> Result<void> {
      if (!journaled) {
        TRY(id, context.cache->begin_journal({0, context.target, journal_name(plan),
                                              versions_json(recordable(requests, rows.versions())), time(nullptr)}));
        journaled = id > 0;
      }
      return context.cache->add_chunk(context.target, plan, {chunk.range, chunk.state});
    };
    hooks.cancelled = [&] { return context.cancelled->load(); };
    uint64_t expected = expected_rows(*views);
    ThrottleWatch throttled(name);
    hooks.progress = [&](const NativeProgress& p) {
      context.progress(p.done, expected, p.problems);
      throttled.look(p);
    };
    audit("write items", spec.name + " at " + service->endpoint.str(), "begun", {{"source", world_.source_name()}});
    auto result = run_native(job, rows, *client, hooks);
    const std::string where = spec.name + " at " + service->endpoint.str();
    if (!result) {
      audit("write items", where, "failed",
            {{"code", std::string(error_code(result.error().kind))}, {"error", result.error().message}});
      return result.error();
    }
    audit("write items", where, "done", {{"written", std::to_string(result->written)}});

    result->reading = rows.method();
    log_info("rows were read", {{"target", context.target}, {"over", result->reading}});

    Made made;
    made.open_problems = result->open_problems();
    made.facts = run_facts(*result);
    made.inputs_used =
        begun.resumed ? versions_of_first(begun.versions, requests) : recordable(requests, rows.versions());
    DigestBuilder output("run", version());
    output.digest("plan", plan);
    for (const auto& [data, digest] : made.inputs_used) output.digest(data, digest);
    output.text("facts", made.facts);  // a run that did something is to be checked again
    made.output = output.finish();
    if (!result->manifest.empty()) {
      made.when_recorded = [folder = job.state.folder, run = result->manifest] { forget_before(folder, run); };
    }
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  struct Begun {
    bool resumed = false;
    Versions versions;  // of the run that is resumed
    std::vector<FinishedChunk> finished;
  };

  Result<NativeJob> job_of(const std::string& name, const MakeContext& context, const TableViews& views,
                           const std::string& target_table) {
    const TableSettings& settings = world_.project().table(name);
    NativeJob job;
    job.views = views;
    job.target_table = target_table;
    job.limits = world_.project().limits;
    job.write = settings.write;
    job.on_conflict = settings.on_conflict;
    job.deletes = settings.deletes;
    job.allow_deletes = world_.options().allow_deletes;
    job.restore = context.forced || !settings.ttl.empty();
    job.look_at_all = context.forced;
    job.dead_letters = dead_letters_path(world_.project(), name);
    TRY(hidden, masking(world_, name));
    job.masking = std::move(hidden);
    CHECK_OK(make_folders(folder_of(job.dead_letters)));
    return job;
  }

  // What is kept of runs before, for those that look at what they have written.
  Result<RunState> state_of(const std::string& name, const MakeContext& context, std::string source, std::string target,
                            const Digest& plan) {
    RunState out;
    out.folder = world_.project().state + "/manifests/" + name;
    if (context.record != nullptr && !context.record->facts.empty()) {
      TRY(last, run_from_facts(context.record->facts));
      out.base = last.manifest;
    }
    out.run = context.run;
    out.source = std::move(source);
    out.target = std::move(target);
    out.plan = plan.hex();
    return out;
  }

  static std::string source_identity(const Schema& schema) { return schema.server_identity + " " + schema.database; }

  Result<ConflictsNow> look_up(const std::string& name, const TableViews& views,
                               const std::vector<OpenConflict>& conflicts) {
    TRY(spec, world_.table_spec(name));
    TRY(client, world_.borrow_client());
    return look_up_conflicts(views, spec.name, conflicts, *client);
  }

  bool has_resolved(const std::string& name) {
    std::lock_guard lock(mutex_);
    return resolved_.contains(name);
  }

  // Whatever decides what a finished chunk has done. Not the data versions: a run that goes on records those that its
  // first snapshot had.
  static Digest chunk_plan(const NativeJob& job, const Schema& schema, const std::string& table_identity) {
    DigestBuilder plan("chunks", 3);
    plan.text("server", schema.server_identity).text("database", schema.database);
    plan.digest("views", job.views.digest).text("table", table_identity);
    plan.number("write", static_cast<int>(job.write)).number("on_conflict", static_cast<int>(job.on_conflict));
    for (const std::string& column : job.masking.columns) plan.text("masked column", column);
    for (const std::string& attribute : job.masking.attributes) plan.text("masked attribute", attribute);
    return plan.finish();
  }

  static constexpr std::string_view journalled_load = "load ";
  static std::string journal_name(const Digest& plan) { return std::string(journalled_load) + plan.hex(); }

  // -B makes all of it again, also what a killed run has finished.
  static Result<void> forget_unfinished(MakeContext& context) {
    CHECK_OK(context.cache->forget_chunks(context.target));
    TRY(entries, context.cache->journal(context.target));
    for (const JournalEntry& entry : entries) {
      if (entry.what.starts_with(journalled_load)) CHECK_OK(context.cache->end_journal(entry.id));
    }
    return {};
  }

  // What a killed run has finished of this very plan.
  Result<Begun> find_finished(MakeContext& context, const Digest& plan) {
    Begun out;
    TRY(entries, context.cache->journal(context.target));
    for (const JournalEntry& entry : entries) {
      if (entry.what != journal_name(plan)) continue;
      TRY(chunks, context.cache->chunks(context.target, plan));
      if (chunks.empty()) continue;
      TRY(versions, versions_from_json(entry.payload));
      for (ChunkRecord& chunk : chunks) out.finished.push_back({std::move(chunk.range), std::move(chunk.facts)});
      out.resumed = true;
      out.versions = std::move(versions);
      log_info("goes on after finished chunks",
               {{"target", context.target}, {"chunks", std::to_string(out.finished.size())}});
      return out;
    }
    return out;
  }

  uint64_t expected_rows(const TableViews& views) {
    auto schema = world_.schema();
    uint64_t sum = 0;
    for (const EntityView& entity : views.entities) {
      const SourceTable* table = schema ? (*schema)->table(entity.source_table) : nullptr;
      if (table != nullptr) sum += table->estimated_rows;
    }
    return sum;
  }

  World& world_;
  std::mutex mutex_;
  std::set<std::string> resolved_;  // tables with conflicts that are over, as observed
};

}  // namespace

std::unique_ptr<Rule> run_rule(World& world) { return std::make_unique<RunRule>(world); }

}  // namespace migrate
