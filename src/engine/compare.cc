// Rows against what was written: compare_rows().
//
// A row whose digest the manifest does not have carries its item through the sort, so that nothing is read twice. The
// few that a filter takes for known, and that differ all the same, are read again by chunk.
#include "engine/compare.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "engine/change_list.h"
#include "engine/digest_filter.h"
#include "engine/facts.h"
#include "engine/load_log.h"
#include "engine/reader_threads.h"
#include "engine/row_body.h"

namespace migrate {
namespace {

// Shares of limits.memory_mb.
uint64_t memory_part(const NativeJob& job, uint64_t parts) { return job.limits.memory_mb * 1000000 / parts; }

uint64_t as_number(const SourceHash& hash) {
  uint64_t out = 0;
  std::memcpy(&out, hash.data(), hash.size());
  return out;
}

constexpr size_t sizeof_keyless = 48;  // of a number in a set

// A chunk as it was read; one that was read again has two.
struct ChunkSeen {
  size_t entity = 0;
  KeyRange range;
  bool abandoned = false;
};

class Comparing {
 public:
  Comparing(const NativeJob& job, const KeptFiles& kept, RowSource& rows, AwsClient& client, NativeHooks& hooks,
            TableRun& facts, DeadLetterFile& letters)
      : job_(job),
        kept_(kept),
        rows_(rows),
        client_(client),
        hooks_(hooks),
        facts_(facts),
        letters_(letters),
        sightings_(job.state.folder, memory_part(job, 4), 1, sighting_fixed_bytes) {}

  Result<Comparison> run() {
    CHECK_OK(fill_filter());
    for (const std::string& log : kept_.logs) CHECK_OK(add_logged_attempts(log, sightings_.feeder(0)));
    for (const std::string& list : kept_.changes) CHECK_OK(add_attempts(list, sightings_.feeder(0)));
    CHECK_OK(read_rows());
    out_.list = new_changes_path(job_.state, kept_);
    CHECK_OK(write_list());
    return std::move(out_);
  }

 private:
  bool cancelled() const { return hooks_.cancelled && hooks_.cancelled(); }
  Error interrupted() const {
    return Error(ErrorKind::interrupted, "comparing '" + job_.views.table + "' was interrupted; nothing was written",
                 "run the same command again");
  }

  // Reading it to its end finds out whether it is whole, before anything is done.
  Result<void> fill_filter() {
    if (!kept_.manifest) return {};
    TRY(manifest, ManifestReader::open(*kept_.manifest));
    filter_.emplace(manifest.count(), memory_part(job_, 6));
    ManifestEntry entry;
    uint64_t entries = 0;
    for (;;) {
      TRY(more, manifest.next(entry));
      if (!more) break;
      filter_->add(entry.accepted.value_or(entry.digest));
      if (++entries % 65536 == 0 && cancelled()) return interrupted();
    }
    return {};
  }

  Result<void> read_rows() {
    ChunkPlan plan(job_.views, rows_, job_.limits.snapshot_minutes, job_.reconnect, {});
    CHECK_OK(plan.begin());
    auto found = find_duplicates(job_, rows_, [&] { return cancelled(); });
    if (!found && cancelled()) return interrupted();
    TRY(duplicates, std::move(found));
    auto budget = std::make_shared<MemoryBudget>(memory_part(job_, 4));
    BlockQueue queue;
    ReaderContext context{job_, rows_, plan, budget, queue, duplicates, [&] { client_.wake(); }};
    ReaderThreads readers(context);
    Result<void> taken;
    while (taken.ok() && !cancelled() && !plan.stopped()) {
      const bool last = readers.done();  // before the queue is looked at: what was pushed last is then seen
      auto block = queue.pop();
      if (block == nullptr && last) break;
      tell_progress();
      if (block == nullptr) {
        client_.poll(0.1);
        continue;
      }
      taken = take(*block);
    }
    const bool stopped = cancelled();
    if (!taken || stopped || plan.stopped()) readers.stop();
    readers.join();
    CHECK_OK(taken);
    if (stopped) return interrupted();
    CHECK_OK(readers.result());
    for (const ReaderFacts& reader : readers.facts()) add_reader(facts_, reader, job_);
    facts_.snapshots = plan.snapshots();
    facts_.reconnects = plan.reconnects();
    return {};
  }

  Result<void> take(Block& block) {
    const uint32_t chunk = number_of(block.chunk);
    ChunkTally& tally = block.chunk->tally;
    tally.rows += block.rows;
    tally.dead_rows += block.dead_rows;
    for (const DeadLetter& letter : block.dead) {
      ++tally.letters[static_cast<size_t>(letter.code)];
      tally.lines += dead_letter_line(letter, job_.masking);
    }
    for (const Block::Entry& e : block.entries) CHECK_OK(add_row(block, e, chunk));
    for (const Block::DeadKey& dead : block.dead_keys) CHECK_OK(add_dead(dead, block.chunk->entity));
    seen_rows_ += block.rows;
    seen_dead_ += block.dead_rows;
    if (block.end == Block::End::abandoned) {
      chunks_[chunk].abandoned = true;
    } else if (block.end == Block::End::finished) {
      ++facts_.chunks;
      add_tally(facts_, tally);
    } else if (!block.chunk->once || tally.lines.size() < job_.tuning.letter_bytes) {
      return {};
    } else {
      add_samples(facts_, tally.lines);
    }
    if (block.end != Block::End::abandoned) CHECK_OK(letters_.append(tally.lines));
    tally.lines.clear();
    return {};
  }

  void tell_progress() {
    const auto now = std::chrono::steady_clock::now();
    if (!hooks_.progress || now < next_progress_) return;
    next_progress_ = now + std::chrono::milliseconds(200);
    hooks_.progress({seen_rows_, seen_rows_, seen_dead_, 0});
  }

  uint32_t number_of(const std::shared_ptr<ChunkAttempt>& chunk) {
    const auto [found, fresh] = numbers_.try_emplace(chunk, static_cast<uint32_t>(chunks_.size()));
    if (fresh) chunks_.push_back({chunk->entity, chunk->range, false});
    return found->second;
  }

  Result<void> add_row(const Block& block, const Block::Entry& e, uint32_t chunk) {
    body_.clear();
    append_row_body(body_, chunk, block.source_key(e));
    if (!job_.look_at_all && filter_ && filter_->may_contain(e.digest)) {
      append_no_row_item(body_);
    } else {
      append_row_item(body_, block.parts.data() + e.part, block.parts.data() + e.parts_end, block.json(e));
    }
    Sighting seen;
    seen.key = block.key(e);
    seen.digest = e.digest;
    seen.source_hash = e.source_hash;
    seen.place = {e.entity, body_};
    return add_sighting(sightings_.feeder(0), seen);
  }

  Result<void> add_dead(const Block::DeadKey& dead, size_t entity) {
    if (dead.key.empty()) {
      if (keyless_.size() < memory_part(job_, 8) / sizeof_keyless) {
        keyless_.insert(as_number(dead.source_hash));
      } else {
        too_many_keyless_ = true;
      }
      return {};
    }
    body_.clear();
    append_row_body(body_, 0, {});
    append_no_row_item(body_);
    Sighting seen;
    seen.kind = Sighting::Kind::dead_row;
    seen.key = dead.key;
    seen.source_hash = dead.source_hash;
    seen.place = {static_cast<uint32_t>(entity), body_};
    return add_sighting(sightings_.feeder(0), seen);
  }

  ChangeListHeader list_header() const {
    const ManifestHeader ours = manifest_header_of(job_);
    ChangeListHeader out;
    out.source = ours.source;
    out.target = ours.target;
    out.run = ours.run;
    out.base = job_.state.base;
    out.pk = ours.pk;
    out.sk = ours.sk;
    out.shapes = kept_.shapes;
    const auto current = std::find(out.shapes.begin(), out.shapes.end(), ours.shapes.front());
    out.current = static_cast<uint32_t>(current - out.shapes.begin());
    if (current == out.shapes.end()) out.shapes.push_back(ours.shapes.front());
    return out;
  }

  // Of a chunk that was read again the first reading does not count.
  bool counts(const Sighting& seen) {
    return seen.kind != Sighting::Kind::row || (read_row_body(seen.place.body, row_) && !chunks_[row_.chunk].abandoned);
  }

  Result<void> write_list() {
    const ChangeListHeader header = list_header();
    const std::string draft = out_.list + ".draft";
    std::unordered_map<std::string, uint32_t> lacking;  // key → chunk
    {
      TRY(list, ChangeListWriter::create(draft, header));
      std::optional<ManifestReader> base;
      if (kept_.manifest) {
        TRY(manifest, ManifestReader::open(*kept_.manifest));
        base.emplace(std::move(manifest));
      }
      FindChangesOptions options;
      options.unchanged_too = job_.look_at_all;
      options.keyless = [&](const SourceHash& hash) { return too_many_keyless_ || keyless_.contains(as_number(hash)); };
      options.counts = [&](const Sighting& seen) { return counts(seen); };
      uint64_t handled = 0;
      TRY(found, find_changes(sightings_, base ? &*base : nullptr, options, [&](const Change& change) -> Result<void> {
            if (++handled % 4096 == 0 && cancelled()) return interrupted();
            return add_change(list, change, lacking);
          }));
      out_.counts = found;
      CHECK_OK(list.finish());
    }
    if (!lacking.empty()) {
      CHECK_OK(complete(draft, header, lacking));
      ::unlink(draft.c_str());
      return {};
    }
    if (std::rename(draft.c_str(), out_.list.c_str()) != 0) {
      return Error(ErrorKind::io, "'" + draft + "' cannot be renamed: " + std::strerror(errno));
    }
    return sync_folder(job_.state.folder);
  }

  Result<void> add_change(ChangeListWriter& list, const Change& change,
                          std::unordered_map<std::string, uint32_t>& lacking) {
    if (change.kind == Change::Kind::remove && job_.deletes == Deletes::keep) {
      --out_.counts.removes;
      ++out_.counts.kept;
      if (change.before == nullptr) return {};
      Change stays = change;
      stays.kind = Change::Kind::keep;
      return list.add(stays);
    }
    if (change.kind == Change::Kind::insert || change.kind == Change::Kind::update) {
      if (!read_row_body(change.place.body, row_)) {
        return Error(ErrorKind::internal, "a row of the comparison is none that was written");
      }
      if (!row_.has_item) lacking.emplace(change.key, row_.chunk);
    }
    return list.add(change);
  }

  // The rows in `lacking` are read again. One that is something else by now, since the snapshot had to be renewed, is
  // left to the next run: of its item only is found out what it is.
  Result<void> complete(const std::string& draft, const ChangeListHeader& header,
                        const std::unordered_map<std::string, uint32_t>& lacking) {
    std::unordered_set<uint32_t> chunks;
    for (const auto& [key, chunk] : lacking) chunks.insert(chunk);
    std::unordered_map<std::string, std::pair<Digest, std::string>> bodies;
    for (const uint32_t chunk : chunks) CHECK_OK(read_again(chunk, lacking, bodies));
    TRY(reader, ChangeListReader::open(draft));
    TRY(list, ChangeListWriter::create(out_.list, header));
    Change change;
    for (;;) {
      TRY(more, reader.next(change));
      if (!more) break;
      if (lacking.contains(std::string(change.key))) {
        const auto body = bodies.find(std::string(change.key));
        if (body != bodies.end() && body->second.first == change.now) {
          change.place.body = body->second.second;
        } else if (change.kind == Change::Kind::insert) {
          continue;
        } else {
          change.kind = Change::Kind::look;
        }
      }
      CHECK_OK(list.add(change));
    }
    return list.finish();
  }

  Result<void> read_again(uint32_t number, const std::unordered_map<std::string, uint32_t>& lacking,
                          std::unordered_map<std::string, std::pair<Digest, std::string>>& bodies) {
    const ChunkSeen& chunk = chunks_[number];
    const EntityView& view = job_.views.entities[chunk.entity];
    ItemMaker maker(job_.views, view);
    Item item;
    std::vector<DeadLetter> dead;
    CHECK_OK(rows_.read(0, chunk.entity, chunk.range, [&](const RowView& row) {
      dead.clear();
      if (!maker.make(row, item, dead) || !lacking.contains(item.key)) return !cancelled();
      std::string body, source_key;
      append_source_key(source_key, view, row);
      append_row_body(body, number, source_key);
      append_row_item(body, item.parts.data(), item.parts.data() + item.parts.size(), item.json);
      bodies.insert_or_assign(item.key, std::pair(item.digest, std::move(body)));
      return !cancelled();
    }));
    return cancelled() ? Result<void>(interrupted()) : Result<void>();
  }

  const NativeJob& job_;
  const KeptFiles& kept_;
  RowSource& rows_;
  AwsClient& client_;
  NativeHooks& hooks_;
  TableRun& facts_;
  DeadLetterFile& letters_;
  RecordSort sightings_;
  std::optional<DigestFilter> filter_;
  std::vector<ChunkSeen> chunks_;
  std::unordered_map<std::shared_ptr<ChunkAttempt>, uint32_t> numbers_;
  std::unordered_set<uint64_t> keyless_;  // rows whose target key cannot be built
  bool too_many_keyless_ = false;         // to be told apart: nothing is removed
  std::string body_;
  RowBody row_;
  uint64_t seen_rows_ = 0, seen_dead_ = 0;
  std::chrono::steady_clock::time_point next_progress_{};
  Comparison out_;
};

}  // namespace

Result<Comparison> compare_rows(const NativeJob& job, const KeptFiles& kept, RowSource& rows, AwsClient& client,
                                NativeHooks& hooks, TableRun& facts, DeadLetterFile& letters) {
  return Comparing(job, kept, rows, client, hooks, facts, letters).run();
}

}  // namespace migrate
