// A load, rows streamed into the table: load_rows().
#include "engine/load.h"

#include <chrono>

#include "engine/facts.h"
#include "engine/reader_threads.h"
#include "engine/writer.h"

namespace migrate {
namespace {

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

Error interrupted_error(const NativeJob& job, const TableRun& facts) {
  return Error(ErrorKind::interrupted,
               "loading '" + job.views.table + "' was interrupted after " + std::to_string(facts.chunks) +
                   " chunks that are finished and recorded",
               "run the same command again: it goes on after them");
}

}  // namespace

Result<TableRun> load_rows(const NativeJob& job, RowSource& rows, AwsClient& client, NativeHooks& hooks, LoadLog* log) {
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
  ReaderContext context{job, rows, plan, budget, queue, duplicates, [&] { client.wake(); }, log};
  WriterEnds ends;
  ends.next_block = [&]() -> Result<std::shared_ptr<Block>> { return queue.pop(); };
  if (log != nullptr) {
    ends.settled = [&](const ItemRef& item, const Settled& as) -> Result<void> {
      if (as.kind == Outcome::Kind::written) return {};
      return log->not_ours(item.key(), as.digest);
    };
  }
  Writer writer(job, client, std::move(ends), hooks, facts, letters);
  ReaderThreads readers(context);
  Result<void> written = writer.run([&] { return readers.done(); }, [&] { return cancelled() || plan.stopped(); });
  const bool whole = written.ok() && !plan.stopped() && !cancelled();
  Result<void> drained;
  if (!whole) {
    readers.stop();
    drained = writer.drain(Writer::drain_seconds);
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
