// check_table(): which stages a check has, and the threads that they run on.
#include "engine/check.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <thread>

#include "engine/check_work.h"

namespace migrate {
namespace checking {

void Work::report_progress() const {
  if (!hooks.progress) return;
  const bool sampled = job.setting.mode == CheckMode::sample;
  const uint64_t expected = sampled ? job.setting.sample : job.estimated_rows * (2 + job.indexes.size());
  hooks.progress({sampled ? rows.load() : rows + items + entries, expected, wrong});
}

uint32_t Work::add_place(Place place) {
  const std::lock_guard lock(mutex);
  places.push_back(std::move(place));
  return static_cast<uint32_t>(places.size() - 1);
}

RetryPolicy Work::policy() {
  RetryPolicy p;
  p.cancelled = [this] { return stop.load(); };
  return p;
}

Result<void> run_pieces(Work& work, const std::vector<Piece>& pieces) {
  std::mutex mutex;
  std::condition_variable ended;
  size_t running = pieces.size();
  std::optional<Error> first;
  bool interrupted = false;
  std::vector<std::thread> threads;
  for (const Piece& piece : pieces) {
    threads.emplace_back([&, piece] {
      const Result<void> done = piece();
      const std::lock_guard lock(mutex);
      if (!done && !first) {
        // What fails because of the stop comes later.
        first = done.error();
        work.stop = true;
      }
      --running;
      ended.notify_all();
    });
  }
  std::unique_lock lock(mutex);
  while (running > 0) {
    ended.wait_for(lock, std::chrono::milliseconds(200), [&] { return running == 0; });
    const bool failed = first.has_value();
    lock.unlock();
    work.report_progress();
    if (!failed && !interrupted && work.hooks.cancelled && work.hooks.cancelled()) interrupted = true;
    if (failed || interrupted) {
      work.stop = true;
      work.sides.rows.cancel();
    }
    lock.lock();
  }
  lock.unlock();
  for (std::thread& t : threads) t.join();
  if (interrupted) {
    return Error(ErrorKind::interrupted, "the check of '" + work.job.views.table + "' was interrupted",
                 "run the same command again: a check starts afresh");
  }
  if (first) return *first;
  return {};
}

namespace {

Result<void> check_references(Work& work) {
  for (const auto& reference : work.job.references) {
    if (work.hooks.cancelled && work.hooks.cancelled()) {
      return Error(ErrorKind::interrupted, "the check of '" + work.job.views.table + "' was interrupted");
    }
    TRY(answer, work.sides.query(reference.count_select));
    if (answer.empty() || answer[0].empty() || !answer[0][0]) continue;
    work.result.references.push_back({reference.attribute, reference.joined_table, std::stoull(*answer[0][0])});
  }
  return {};
}

void check_lookup(Work& work) {
  if (!work.job.lookup || work.job.setting.mode != CheckMode::full) return;
  CheckResult& r = work.result;
  LookupCheck lookup = *work.job.lookup;
  lookup.stale = r.extra;
  // An item that stood in the way of ours claims its value as well; the run has reported it.
  lookup.holds = r.missing + r.different == r.known_conflicts && r.duplicate_keys == 0;
  r.lookup = lookup;
}

// A sample leaves them out, too: one item's entry cannot be asked for, only all that share its index key, and those may
// be most of the table.
void note_unseen_indexes(Work& work) {
  if (work.job.setting.mode == CheckMode::full || work.job.indexes.empty()) return;
  std::string names;
  for (const IndexSpec& index : work.job.indexes) names += (names.empty() ? "" : ", ") + index.name;
  work.result.notes.push_back("indexes not looked at: " + names + " (`check: full` does)");
}

Result<void> check_by_mode(Work& work) {
  switch (work.job.setting.mode) {
    case CheckMode::full:
      return check_full(work);
    case CheckMode::sample:
      return check_sample(work);
    case CheckMode::counts:
      return check_counts(work);
  }
  return {};
}

}  // namespace
}  // namespace checking

Result<CheckResult> check_table(const CheckJob& job, CheckSides& sides, const CheckHooks& hooks) {
  const auto begin = std::chrono::steady_clock::now();
  checking::Work work(job, sides, hooks);
  work.result.table = job.views.table;
  work.result.mode = job.setting.mode;
  work.result.own_table = job.own_table;
  work.attributes = attribute_names(job.views);
  CHECK_OK(checking::check_by_mode(work));
  checking::check_lookup(work);
  checking::note_unseen_indexes(work);
  CHECK_OK(checking::check_references(work));
  CHECK_OK(checking::check_patterns(work));
  work.result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return std::move(work.result);
}

}  // namespace migrate
