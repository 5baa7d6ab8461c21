// check_full(): every row and every item, both ways. Each is reduced to digests of key and content; both sides meet in
// one external sort, so that memory is bounded whatever their number. check_counts(): only how many there are.
#include <algorithm>

#include "engine/check_work.h"

namespace migrate::checking {
namespace {

using Clients = std::vector<std::unique_ptr<AwsClient>>;

// Half of the memory is left to connections, pages and rows.
uint64_t sort_memory(const CheckJob& job) { return std::max<uint64_t>(job.memory_mb, 8) * 1'000'000 / 2; }

// Rows and items at the same time.
Result<void> feed_both_sides(Work& work, ExternalSort& sort, Clients& clients) {
  ChunkDealer chunks(work);
  SegmentDealer segments;
  std::vector<Piece> pieces;
  for (size_t i = 0; i < work.sides.rows.readers(); ++i) {
    pieces.emplace_back([&, i] { return feed_rows(work, chunks, i, sort.feeder(scan_threads + i)); });
  }
  for (size_t i = 0; i < scan_threads; ++i) {
    pieces.emplace_back([&, i] { return feed_items(work, segments, *clients[i], sort.feeder(i)); });
  }
  return run_pieces(work, pieces);
}

Clients connect_scanners(Work& work) {
  Clients clients;
  for (size_t i = 0; i < scan_threads; ++i) clients.push_back(work.sides.connect());
  return clients;
}

// `feed` puts what the scan's threads find into the sort, each through a feeder of its own.
using Feed = std::function<Result<void>(SegmentDealer&, AwsClient&, ExternalSort::Feeder&)>;
Result<void> scan_into(Work& work, ExternalSort& sort, Clients& clients, const Feed& feed) {
  SegmentDealer segments;
  std::vector<Piece> pieces;
  for (size_t i = 0; i < scan_threads; ++i) {
    pieces.emplace_back([&, i] { return feed(segments, *clients[i], sort.feeder(i)); });
  }
  return run_pieces(work, pieces);
}

Result<void> feed_indexes(Work& work, ExternalSort& sort, Clients& clients) {
  for (size_t i = 0; i < work.job.indexes.size(); ++i) {
    CHECK_OK(scan_into(work, sort, clients, [&](SegmentDealer& segments, AwsClient& client, auto& feeder) {
      return feed_entries(work, segments, static_cast<int>(i), client, feeder);
    }));
  }
  return {};
}

Result<void> compare(Work& work, ExternalSort& sort) {
  Comparison comparison(work);
  uint64_t n = 0;
  CHECK_OK(sort.merge([&](const SortRecord& record) -> Result<void> {
    if ((++n & 0xFFFF) == 0) {
      work.report_progress();
      if (work.hooks.cancelled && work.hooks.cancelled()) {
        return Error(ErrorKind::interrupted, "the check of '" + work.job.views.table + "' was interrupted");
      }
    }
    return comparison.add(record);
  }));
  comparison.finish();
  work.report_progress();
  return {};
}

}  // namespace

namespace {

// Its sort's memory is free again when it returns: what looks closer may sort once more.
Result<void> compare_all(Work& work) {
  CHECK_OK(work.sides.rows.begin());  // how many readers there are is known only then
  ExternalSort sort(work.job.spill_folder, sort_memory(work.job), scan_threads + work.sides.rows.readers());
  CHECK_OK(read_known(work.job, work.result.notes, [&](Kind kind, const Digest& key) {
    return sort.feeder(0).add({.key = key, .content = {}, .kind = kind});
  }));
  Clients clients = connect_scanners(work);
  CHECK_OK(feed_both_sides(work, sort, clients));
  // After the table, so that an index has had time to follow what was written before.
  CHECK_OK(feed_indexes(work, sort, clients));
  work.result.rows = work.rows;
  work.result.items = work.items;
  work.result.dead_rows = work.dead_rows;
  work.result.enriched = work.enriched;
  for (const std::string& name : work.attributes) {
    work.result.attribute_counts.emplace_back(name, work.attribute_counts[name]);
  }
  CHECK_OK(compare(work, sort));
  work.result.spilled_bytes = sort.spilled_bytes();
  return {};
}

}  // namespace

Result<void> check_full(Work& work) {
  CHECK_OK(compare_all(work));
  CHECK_OK(look_closer(work));
  return look_closer_at_indexes(work);
}

Result<void> scan_indexes_again(Work& work) {
  const CheckHooks quiet{{}, work.hooks.cancelled};  // what was counted is not counted twice
  Work now(work.job, work.sides, quiet);
  now.attributes = work.attributes;
  ExternalSort sort(work.job.spill_folder, sort_memory(work.job), scan_threads);
  Clients clients = connect_scanners(work);
  CHECK_OK(scan_into(now, sort, clients, [&](SegmentDealer& segments, AwsClient& client, auto& feeder) {
    return feed_items(now, segments, client, feeder);
  }));
  CHECK_OK(feed_indexes(now, sort, clients));
  CHECK_OK(compare(now, sort));
  for (size_t i = 0; i < work.job.indexes.size(); ++i) {
    IndexCheck& fresh = now.result.indexes[i];
    const IndexCheck& before = work.result.indexes[i];
    fresh.late = before.late + (before.wrong() > fresh.wrong() ? before.wrong() - fresh.wrong() : 0);
  }
  work.result.indexes = std::move(now.result.indexes);
  work.index_missing = std::move(now.index_missing);
  work.index_extra = std::move(now.index_extra);
  work.index_different = std::move(now.index_different);
  work.places = std::move(now.places);  // the candidates' own; those of rows have been looked at
  return {};
}

Result<void> check_counts(Work& work) {
  for (const std::string& select : work.job.count_selects) {
    TRY(answer, work.sides.query(select));
    if (!answer.empty() && !answer[0].empty() && answer[0][0]) work.result.rows += std::stoull(*answer[0][0]);
  }
  work.rows = work.result.rows;
  work.result.dead_rows = std::min(work.job.last_dead_rows, work.result.rows);
  const auto client = work.sides.connect();
  CHECK_OK(run_pieces(work, {[&]() -> Result<void> {
                        TRY(count, count_items(work, *client, -1));
                        work.result.items = count;
                        return {};
                      }}));
  const uint64_t expected = work.result.expected(), items = work.result.items;
  work.result.missing = expected > items ? expected - items : 0;
  work.result.extra = items > expected ? items - expected : 0;
  work.result.notes.emplace_back(
      "only counts were compared: an item that is wrong, or one missing and one too many, "
      "go unseen");
  return {};
}

}  // namespace migrate::checking
