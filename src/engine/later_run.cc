// A later run: run_later().
#include "engine/later_run.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/text.h"
#include "engine/apply.h"
#include "engine/compare.h"
#include "engine/next_manifest.h"

namespace migrate {
namespace {

constexpr uint64_t always_allowed = 100;  // deletes, unless they are all of the items

// A truncated source, a wrong host or a slip in `where` must not empty a table.
Result<void> guard_deletes(const NativeJob& job, const Comparison& found) {
  const ChangeCounts& counts = found.counts;
  const uint64_t removes = counts.removes;
  const uint64_t known = counts.unchanged + counts.updates + counts.kept + removes;  // items that were written
  if (removes == 0) return {};
  if (job.allow_deletes) {
    if (removes <= *job.allow_deletes) return {};
  } else {
    if (!job.limits.deletes_percent) return {};
    const auto part = static_cast<uint64_t>(std::floor(static_cast<double>(known) * *job.limits.deletes_percent / 100));
    if (removes <= std::max(part, always_allowed) && removes < known) return {};
  }
  ::unlink(found.list.c_str());
  const std::string all = removes >= known ? "all " : "";
  return Error(ErrorKind::guard,
               all + plural(removes, "item") + " of " + with_thousands(known) + " in '" + job.target_table +
                   "' would be removed, since no row gives them any more; nothing was written",
               "look whether the source, `where` and the contract are what they should be; if they are, run `migrate "
               "build --allow-deletes " +
                   std::to_string(removes) + "`, or set `limits.deletes`");
}

Result<void> write_manifest(const NativeJob& job, const KeptFiles& kept, const ChangeListHeader& list,
                            RecordSort& outcomes) {
  ManifestHeader header = manifest_header_of(job);
  header.shapes = list.shapes;
  std::optional<ManifestReader> base;
  if (kept.manifest) {
    TRY(manifest, ManifestReader::open(*kept.manifest));
    base.emplace(std::move(manifest));
  }
  TRY(entries, next_manifest(base ? &*base : nullptr, outcomes, header, list.current, manifest_path(job.state)));
  (void)entries;
  return {};
}

}  // namespace

Result<TableRun> run_later(const NativeJob& job, const KeptFiles& kept, RowSource& rows, AwsClient& client,
                           NativeHooks& hooks) {
  const auto began = std::chrono::steady_clock::now();
  TableRun facts;
  TRY(letters, DeadLetterFile::create(job.dead_letters));
  TRY(found, compare_rows(job, kept, rows, client, hooks, facts, letters));
  CHECK_OK(guard_deletes(job, found));
  facts.present += found.counts.unchanged;
  facts.kept = found.counts.kept;
  RecordSort outcomes(job.state.folder, job.limits.memory_mb * 1000000 / 8, 1, outcome_fixed_bytes);
  CHECK_OK(apply_changes(job, found.list, client, hooks, facts, letters, outcomes));
  TRY(list, ChangeListReader::open(found.list));
  CHECK_OK(write_manifest(job, kept, list.header(), outcomes));
  CHECK_OK(letters.finish());
  facts.manifest = job.state.run;
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return facts;
}

}  // namespace migrate
