// The native engine: run_native().
#include "engine/native.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "base/cancel_watch.h"
#include "engine/facts.h"
#include "engine/reader.h"
#include "engine/writer.h"

namespace migrate {
namespace {

constexpr double drain_seconds = 3.5;  // of the 5 that an interrupted run may take

// Before the first chunk, and nobody else looks at `cancelled` meanwhile: the source may count for minutes.
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

// The chunks of the run that is resumed: counted, and their dead letters kept.
Result<std::vector<ChunkAttempt>> load_finished(const NativeHooks& hooks, TableRun& facts, DeadLetterFile& letters) {
  std::vector<ChunkAttempt> out;
  for (const FinishedChunk& finished : hooks.finished) {
    TRY(chunk, load_chunk(finished));
    add_tally(facts, chunk.tally);
    CHECK_OK(letters.append(chunk.tally.lines));
    chunk.tally.lines.clear();
    chunk.tally.open_conflicts.clear();
    out.push_back(std::move(chunk));
  }
  return out;
}

class ReaderThreads {
 public:
  explicit ReaderThreads(ReaderContext& context) : context_(context), results_(context.rows.readers()) {
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
  ~ReaderThreads() {
    if (!threads_.empty()) stop();
    join();
  }
  bool done() const { return running_ == 0; }
  // They end soon; join() waits for it. The source is asked again and again: one that is told between two statements
  // of a reader does not hear it, and reads all of a table without a key. And on a thread of its own, since it may not
  // answer at all.
  void stop() {
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
  void join() {
    for (std::thread& t : threads_) t.join();
    threads_.clear();
    if (canceller_.joinable()) canceller_.join();
  }
  // After join().
  Result<void> result() const {
    for (const Result<void>& r : results_) CHECK_OK(r);
    return {};
  }
  const std::vector<ReaderFacts>& facts() const { return facts_; }

 private:
  ReaderContext& context_;
  std::vector<Result<void>> results_;
  std::vector<ReaderFacts> facts_;
  std::atomic<size_t> running_ = 0;
  std::vector<std::thread> threads_;
  std::thread canceller_;
};

Error interrupted_error(const NativeJob& job, const TableRun& facts) {
  return Error(ErrorKind::interrupted,
               "loading '" + job.views.table + "' was interrupted after " + std::to_string(facts.chunks) +
                   " chunks that are finished and recorded",
               "run the same command again: it goes on after them");
}

}  // namespace

Result<TableRun> run_native(const NativeJob& job, RowSource& rows, AwsClient& client, NativeHooks& hooks) {
  const auto began = std::chrono::steady_clock::now();
  const auto cancelled = [&] { return hooks.cancelled && hooks.cancelled(); };
  TableRun facts;
  TRY(letters, DeadLetterFile::create(job.dead_letters));
  TRY(finished, load_finished(hooks, facts, letters));
  ChunkPlan plan(job.views, rows, job.limits.snapshot_minutes, job.reconnect, std::move(finished));
  CHECK_OK(plan.begin());
  auto found = find_duplicates(job, rows, cancelled);
  if (!found && cancelled()) return interrupted_error(job, facts);
  TRY(duplicates, std::move(found));
  // Blocks, their copies in request bodies, duplicate keys and what the connections hold share the limit; half is for
  // blocks.
  auto budget = std::make_shared<MemoryBudget>(job.limits.memory_mb * 1000000 / 2);
  BlockQueue queue;
  ReaderContext context{job, rows, plan, budget, queue, duplicates, [&] { client.wake(); }};
  Writer writer(job, client, queue, hooks, facts, letters);
  ReaderThreads readers(context);
  Result<void> written = writer.run([&] { return readers.done(); }, [&] { return cancelled() || plan.stopped(); });
  const bool whole = written.ok() && !plan.stopped() && !cancelled();
  Result<void> drained;
  if (!whole) {
    readers.stop();
    drained = writer.drain(drain_seconds);
  }
  readers.join();
  auto open_letters = writer.append_open_letters();
  const bool failed = !written && written.error().kind != ErrorKind::interrupted;
  if (cancelled() && !whole && !failed) return interrupted_error(job, facts);
  CHECK_OK(written);
  CHECK_OK(readers.result());
  CHECK_OK(drained);
  CHECK_OK(open_letters);
  CHECK_OK(letters.finish());
  for (const ReaderFacts& reader : readers.facts()) add_reader(facts, reader, job);
  facts.snapshots = plan.snapshots();
  facts.reconnects = plan.reconnects();
  facts.chunks_skipped = plan.skipped();
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return facts;
}

}  // namespace migrate
