// A change list is written: apply_changes().
#include "engine/apply.h"

#include <algorithm>

#include "base/json_write.h"
#include "engine/kept_files.h"
#include "engine/row_body.h"
#include "engine/writer.h"

namespace migrate {
namespace {

constexpr size_t block_changes = 100;
constexpr size_t block_bytes_aimed_at = 64 << 10;

// The changes of a list as blocks for the writer.
class ChangeBlocks {
 public:
  ChangeBlocks(const NativeJob& job, ChangeListReader list, RecordSort::Feeder& outcomes)
      : job_(job), list_(std::move(list)), outcomes_(outcomes), chunk_(std::make_shared<ChunkAttempt>()) {
    header_ = manifest_header_of(job);
    chunk_->once = true;
  }

  bool done() const { return done_; }

  // nullptr: there are no more.
  Result<std::shared_ptr<Block>> next() {
    if (done_) return std::shared_ptr<Block>();
    auto block = std::make_shared<Block>();
    block->chunk = chunk_;
    while (block->entries.size() < block_changes && block->bytes.size() < block_bytes_aimed_at) {
      TRY(more, list_.next(change_));
      if (!more) {
        done_ = true;
        block->end = Block::End::finished;
        break;
      }
      if (change_.kind == Change::Kind::keep) {
        CHECK_OK(add_outcome(outcomes_, kept()));
      } else {
        CHECK_OK(add(*block));
      }
    }
    return block;
  }

 private:
  Result<void> add(Block& block) {
    KnownItem known;
    known.kind = change_.kind;
    if (change_.before != nullptr) known.before = {change_.before->digest, change_.before->shape};
    known.attempts = change_.attempts;
    block.known.push_back(std::move(known));
    Block::Entry e{};
    e.json = static_cast<uint32_t>(block.bytes.size());
    e.part = static_cast<uint32_t>(block.parts.size());
    e.digest = change_.now;
    e.source_hash = change_.source_hash;
    std::string_view source_key;
    const bool of_a_row = change_.kind == Change::Kind::insert || change_.kind == Change::Kind::update;
    if (of_a_row) {
      if (!read_row_body(change_.place.body, row_) || change_.place.entity >= job_.views.entities.size()) {
        return Error(ErrorKind::internal, "a change of '" + job_.views.table + "' is none that was written");
      }
      e.entity = change_.place.entity;
      block.bytes += row_.json;
      block.parts.insert(block.parts.end(), row_.parts.begin(), row_.parts.end());
      e.size = static_cast<uint32_t>(row_.json.size());
      source_key = row_.source_key;
    } else {
      CHECK_OK(add_key(block));
    }
    e.parts_end = static_cast<uint32_t>(block.parts.size());
    e.source_key = static_cast<uint32_t>(block.bytes.size());
    block.bytes += source_key;
    e.key = static_cast<uint32_t>(block.bytes.size());
    block.bytes += change_.key;
    e.end = static_cast<uint32_t>(block.bytes.size());
    block.entries.push_back(e);
    return {};
  }

  // The item stays. Which row it is of may have changed.
  Outcome kept() const {
    Outcome out;
    out.kind = Outcome::Kind::kept;
    out.key = change_.key;
    if (change_.before == nullptr || change_.source_hash == change_.before->source_hash) return out;
    out.kind = Outcome::Kind::found;
    out.digest = change_.before->digest;
    out.source_hash = change_.source_hash;
    out.shape = change_.before->shape;
    out.accepted = change_.before->accepted;
    return out;
  }

  // Of an item without a row its key, as the attributes of one that had nothing else.
  Result<void> add_key(Block& block) {
    TRY(json, key_json(header_, change_.key));
    TRY(attributes, read_attributes(json));
    block.bytes += json;
    const std::vector<ViewColumn>& columns = job_.views.entities.front().columns;
    for (const ItemAttribute& a : attributes) {
      const auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == a.name; });
      const auto at = static_cast<uint32_t>(a.value.data() - json.data());
      block.parts.push_back(
          {static_cast<uint32_t>(column - columns.begin()), at, at + static_cast<uint32_t>(a.value.size())});
    }
    return {};
  }

  const NativeJob& job_;
  ChangeListReader list_;
  RecordSort::Feeder& outcomes_;
  ManifestHeader header_;
  std::shared_ptr<ChunkAttempt> chunk_;
  Change change_;
  RowBody row_;
  bool done_ = false;
};

DecisionRules decision_rules(const NativeJob& job, const ChangeListHeader& header) {
  DecisionRules out;
  out.pk = job.views.pk;
  out.sk = job.views.sk;
  out.shapes = header.shapes;
  out.attributes = header.shapes[header.current];
  out.on_conflict = job.on_conflict;
  out.restore = job.restore;
  return out;
}

Outcome outcome_of(const ItemRef& item, const Settled& as) {
  Outcome out;
  out.kind = as.kind;
  out.key = item.key();
  out.digest = item.entry().digest;
  out.source_hash = item.entry().source_hash;
  if (as.kind == Outcome::Kind::found) {
    out.digest = *as.digest;
    out.shape = as.shape;
  }
  return out;
}

}  // namespace

Result<void> apply_changes(const NativeJob& job, const std::string& list, AwsClient& client, NativeHooks& hooks,
                           TableRun& facts, DeadLetterFile& letters, RecordSort& outcomes) {
  TRY(reader, ChangeListReader::open(list));
  const DecisionRules rules = decision_rules(job, reader.header());
  RecordSort::Feeder& feeder = outcomes.feeder(0);
  ChangeBlocks blocks(job, std::move(reader), feeder);
  WriterEnds ends;
  ends.next_block = [&] { return blocks.next(); };
  ends.settled = [&](const ItemRef& item, const Settled& as) { return add_outcome(feeder, outcome_of(item, as)); };
  NativeHooks quiet;                               // no chunk is finished here that could be gone on after
  quiet.progress = [&](const NativeProgress& p) {  // all rows are done with but those that changed
    if (hooks.progress) hooks.progress({p.rows_read, std::min(p.done, p.rows_read), p.problems, p.throttles});
  };
  quiet.cancelled = hooks.cancelled;
  Writer writer(job, client, std::move(ends), quiet, facts, letters, &rules);
  const auto cancelled = [&] { return hooks.cancelled && hooks.cancelled(); };
  Result<void> written = writer.run([&] { return blocks.done(); }, cancelled);
  Result<void> drained;
  if (!written || cancelled()) drained = writer.drain(Writer::drain_seconds);
  CHECK_OK(writer.append_open_letters());
  CHECK_OK(written);
  CHECK_OK(drained);
  if (cancelled()) {
    return Error(ErrorKind::interrupted, "writing the changes of '" + job.views.table + "' was interrupted",
                 "run the same command again: what was written is recognised");
  }
  return {};
}

}  // namespace migrate
