// The native engine: run_native().
#include "engine/native.h"

#include "base/log.h"
#include "engine/kept_files.h"
#include "engine/later_run.h"
#include "engine/load.h"
#include "engine/load_log.h"

namespace migrate {
namespace {

constexpr uint64_t sort_part = 4;  // of limits.memory_mb

// Whether a load that was killed is gone on with. Otherwise a later run finds out what became of it.
bool goes_on(const NativeJob& job, const KeptFiles& kept, const NativeHooks& hooks) {
  return kept.one_plan && !hooks.finished.empty() && job.on_conflict != OnConflict::fail;
}

Result<LoadLog> begin_log(const NativeJob& job, const KeptFiles& kept, std::string& path) {
  const ManifestHeader header = manifest_header_of(job);
  path = new_log_path(job.state, kept);
  return LoadLog::create(
      path, {header.source, header.target, header.run, job.state.plan, header.pk, header.sk, header.shapes.front()});
}

// The counts of a load and of the comparison that had to follow: what stands in the way is known by the latter.
TableRun both(const TableRun& loaded, TableRun compared) {
  const uint64_t inserted = loaded.written;
  compared.present -= std::min(compared.present, inserted);
  compared.written += inserted;
  compared.item_bytes += loaded.item_bytes;
  compared.write_units += loaded.write_units;
  compared.requests += loaded.requests;
  compared.retries += loaded.retries;
  compared.throttles += loaded.throttles;
  compared.sent_bytes += loaded.sent_bytes;
  compared.seconds += loaded.seconds;
  return compared;
}

Result<TableRun> load(const NativeJob& job, KeptFiles kept, RowSource& rows, AwsClient& client, NativeHooks& hooks) {
  if (kept.logs.empty()) hooks.finished.clear();  // nobody knows any more which items those chunks gave
  std::string path;
  TRY(log, begin_log(job, kept, path));
  auto loaded = load_rows(job, rows, client, hooks, &log);
  auto finished = log.finish();
  if (!loaded) return loaded.error();
  CHECK_OK(finished);
  kept.logs.push_back(path);
  const std::string manifest = manifest_path(job.state);
  TRY(outcome, manifest_from_logs(kept.logs, job.state.folder, job.limits.memory_mb * 1000000 / sort_part,
                                  manifest_header_of(job), manifest));
  loaded->manifest = job.state.run;
  if (outcome.stale == 0) return loaded;
  // A killed run had written rows that changed since. They stood in the way, and are ours.
  log_info("rows changed while they were loaded: they are compared again", {{"table", job.views.table}});
  NativeJob again = job;
  again.state.base = job.state.run;
  again.state.run = job.state.run + "-again";
  KeptFiles now;  // what the load left counts until the record names its manifest
  now.manifest = manifest;
  now.shapes = manifest_header_of(job).shapes;
  TRY(compared, run_later(again, now, rows, client, hooks));
  return both(*loaded, std::move(compared));
}

Result<TableRun> run_with(const NativeJob& job, KeptFiles kept, RowSource& rows, AwsClient& client,
                          NativeHooks& hooks) {
  const bool fresh = !kept.manifest && kept.changes.empty();
  if (fresh && (kept.logs.empty() || goes_on(job, kept, hooks))) {
    return load(job, std::move(kept), rows, client, hooks);
  }
  return run_later(job, kept, rows, client, hooks);
}

}  // namespace

Result<TableRun> run_native(const NativeJob& job, RowSource& rows, AwsClient& client, NativeHooks& hooks) {
  if (job.state.folder.empty()) return load_rows(job, rows, client, hooks, nullptr);
  TRY(kept, kept_files(job));
  auto ran = run_with(job, std::move(kept), rows, client, hooks);
  if (ran.ok() || ran.error().kind != ErrorKind::manifest_damaged) return ran;
  // Damage behind a file's beginning is found while it is read. Without that file the run can go on.
  TRY(whole, kept_files(job, true));
  return run_with(job, std::move(whole), rows, client, hooks);
}

}  // namespace migrate
