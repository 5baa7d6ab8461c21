// The readers at work: ReaderThreads, find_duplicates().
#include "engine/reader_threads.h"

#include <chrono>

#include "base/cancel_watch.h"

namespace migrate {

Result<DuplicateKeys> find_duplicates(const NativeJob& job, RowSource& rows, const std::function<bool()>& cancelled) {
  DuplicateKeys out(job.limits.memory_mb * 1000000 / 8);
  bool unique = job.views.entities.size() == 1;
  for (const EntityView& view : job.views.entities) unique = unique && view.key_is_unique;
  if (unique) return out;
  const CancelWatch watch(cancelled, [&] { rows.cancel(); });
  CHECK_OK(rows.duplicates([&](DuplicateRow& row) { return out.add(row.key, std::move(row.source_key)); }));
  out.close();
  return out;
}

ReaderThreads::ReaderThreads(ReaderContext& context) : context_(context), results_(context.rows.readers()) {
  facts_.resize(results_.size());
  running_ = results_.size();
  for (size_t i = 0; i < results_.size(); ++i) {
    threads_.emplace_back([this, i] {
      results_[i] = run_reader(context_, i, facts_[i]);
      --running_;
      context_.wake_writer();
    });
  }
}

ReaderThreads::~ReaderThreads() {
  if (!threads_.empty()) stop();
  join();
}

// The source is asked again and again: one that is told between two statements of a reader does not hear it, and reads
// all of a table without a key. And on a thread of its own, since it may not answer at all.
void ReaderThreads::stop() {
  context_.plan.stop();
  context_.budget->stop();
  if (done() || canceller_.joinable()) return;
  canceller_ = std::thread([this] {
    while (!done()) {
      context_.rows.cancel();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
}

void ReaderThreads::join() {
  for (std::thread& t : threads_) t.join();
  threads_.clear();
  if (canceller_.joinable()) canceller_.join();
}

Result<void> ReaderThreads::result() const {
  for (const Result<void>& r : results_) CHECK_OK(r);
  return {};
}

}  // namespace migrate
