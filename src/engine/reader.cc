// A reader's thread: run_reader().
#include "engine/reader.h"

#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/text.h"
#include "engine/bytes.h"
#include "engine/row_body.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t block_bytes = 64 << 10;
constexpr size_t largest_kept = 10;
constexpr size_t hot_kept = 512, hot_every = 7;  // every 7th row is counted: 7 divides no power of two

double seconds_between(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

std::string readable(const NamedTexts& key, const std::function<bool(std::string_view)>& hidden,
                     const Masking& masking) {
  std::string out;
  for (const auto& [name, value] : key) {
    if (!out.empty()) out += ", ";
    out += name + "=" + (hidden(name) ? masking.mask(value) : value);
  }
  return out;
}

// Packs the rows of one chunk into blocks.
class Packer {
 public:
  Packer(ReaderContext& context, std::shared_ptr<ChunkAttempt> chunk, ReaderFacts& facts)
      : context_(context),
        chunk_(std::move(chunk)),
        view_(context.job.views.entities[chunk_->entity]),
        maker_(context.job.views, view_),
        facts_(facts) {}

  // False: the run is being stopped.
  bool row(const RowView& row) {
    open();
    ++block_->rows;
    ++rows_;
    const size_t letters = block_->dead.size();
    bool good = maker_.make(row, item_, block_->dead);
    hash_ = source_hash(row);
    if (!context_.duplicates.empty() && !item_.key.empty()) good = !note_duplicate(row) && good;
    if (good) {
      append(row);
    } else {
      ++block_->dead_rows;
      block_->dead_keys.push_back({item_.key, hash_});
      const uint64_t bytes = 300 * (block_->dead.size() - letters);
      dead_bytes_ += bytes;
      bytes_ += bytes;  // a chunk keeps its letters until it is finished
    }
    return block_->bytes.size() + dead_bytes_ < block_bytes || send(Block::End::no);
  }

  bool send(Block::End end) {
    open();
    block_->end = end;
    if (end != Block::End::abandoned && !note_attempts()) return false;
    const uint64_t bytes = block_->memory();
    const auto before = Clock::now();
    // The end of an abandoned chunk carries nothing, and must come through even when all else stops.
    if (end != Block::End::abandoned) {
      if (!context_.budget->acquire(bytes)) return false;
      block_->budget = context_.budget;
      block_->charged = bytes;
    }
    waited_ += seconds_between(before, Clock::now());
    context_.queue.push(std::move(block_));
    block_ = nullptr;
    context_.wake_writer();
    return true;
  }

  const Result<void>& logged() const { return logged_; }
  void drop() { block_ = nullptr; }
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }
  double waited() const { return waited_; }

 private:
  void open() {
    if (block_ != nullptr) return;
    block_ = std::make_shared<Block>();
    block_->chunk = chunk_;
    block_->bytes.reserve(block_bytes + block_bytes / 4);
    dead_bytes_ = 0;
  }

  // Before any of the items can be sent. A write whose answer is lost is then known for ours.
  bool note_attempts() {
    if (context_.log == nullptr || block_->entries.empty()) return true;
    attempts_.clear();
    for (const Block::Entry& e : block_->entries) attempts_.push_back({block_->key(e), e.digest, e.source_hash});
    logged_ = context_.log->attempt(attempts_);
    return logged_.ok();
  }

  void append(const RowView& row) {
    Block& b = *block_;
    Block::Entry e{};
    e.json = static_cast<uint32_t>(b.bytes.size());
    b.bytes += item_.json;
    e.source_key = static_cast<uint32_t>(b.bytes.size());
    append_source_key(b.bytes, view_, row);
    e.key = static_cast<uint32_t>(b.bytes.size());
    b.bytes += item_.key;
    e.end = static_cast<uint32_t>(b.bytes.size());
    e.part = static_cast<uint32_t>(b.parts.size());
    b.parts.insert(b.parts.end(), item_.parts.begin(), item_.parts.end());
    e.parts_end = static_cast<uint32_t>(b.parts.size());
    e.size = static_cast<uint32_t>(item_.size);
    e.entity = static_cast<uint32_t>(chunk_->entity);
    e.digest = item_.digest;
    e.source_hash = hash_;
    b.entries.push_back(e);
    bytes_ += item_.size;
    note_size(row);
    if (maker_.sk_column() >= 0 && ++seen_ % hot_every == 0) note_hot(row);
  }

  // Of entity and row key; zeros where the table has none.
  SourceHash source_hash(const RowView& row) {
    SourceHash out{};
    if (view_.row_key.empty()) return out;
    hashed_.clear();
    append_counted(hashed_, view_.entity);
    for (size_t i = 0; i < view_.row_key.size(); ++i) {
      append_counted(hashed_, row[view_.columns.size() + i].value_or(std::string_view()));
    }
    const uint64_t hash = XXH3_64bits(hashed_.data(), hashed_.size());
    std::memcpy(out.data(), &hash, out.size());
    return out;
  }

  bool note_duplicate(const RowView& row) {
    const DuplicateKeys::Group* group = context_.duplicates.find(item_.key);
    if (group == nullptr) return false;
    const Masking& masking = context_.job.masking;
    DeadLetter letter;
    letter.table = context_.job.views.table;
    letter.entity = view_.entity;
    letter.source_key = maker_.source_key(row);
    letter.key = maker_.target_key(row);
    letter.attribute = context_.job.views.pk;
    letter.code = DeadLetterCode::duplicate_key;
    std::string others;
    size_t unnamed = group->rows - 1;
    for (const NamedTexts& other : context_.duplicates.members(*group)) {
      if (other == letter.source_key || group->rows - 1 - unnamed == 5) continue;
      if (!others.empty()) others += "; ";
      others += readable(
          other, [&](std::string_view c) { return masking.hides_column(c); }, masking);
      --unnamed;
    }
    if (others.empty()) {
      others = unnamed == 1 ? "another row" : std::to_string(unnamed) + " other rows";
    } else if (unnamed > 0) {
      others += "; and " + std::to_string(unnamed) + " more";
    }
    letter.reason = "its key is also that of " + others;
    block_->dead.push_back(std::move(letter));
    return true;
  }

  void note_size(const RowView& row) {
    auto& top = facts_.largest;
    const auto larger = [](const auto& a, const auto& b) { return a.second > b.second; };
    if (top.size() == largest_kept && item_.size <= top.front().second) return;
    if (top.size() == largest_kept) {
      std::pop_heap(top.begin(), top.end(), larger);
      top.pop_back();
    }
    const Masking& masking = context_.job.masking;
    top.emplace_back(
        readable(
            maker_.target_key(row), [&](std::string_view a) { return masking.hides_attribute(a); }, masking),
        item_.size);
    std::push_heap(top.begin(), top.end(), larger);
  }

  // Misra and Gries, "Finding repeated elements" (1982): a key with more than 1/hot_kept of the rows is never lost.
  void note_hot(const RowView& row) {
    const std::string_view pk = row[static_cast<size_t>(maker_.pk_column())].value_or(std::string_view());
    auto& hot = facts_.hot;
    const std::string key(pk.substr(0, 128));
    if (const auto found = hot.find(key); found != hot.end()) {
      found->second += hot_every;
    } else if (hot.size() < hot_kept) {
      hot.emplace(key, hot_every);
    } else {
      for (auto entry = hot.begin(); entry != hot.end();) {
        entry->second -= hot_every;
        entry = entry->second == 0 ? hot.erase(entry) : std::next(entry);
      }
    }
  }

  ReaderContext& context_;
  std::shared_ptr<ChunkAttempt> chunk_;
  const EntityView& view_;
  ItemMaker maker_;
  ReaderFacts& facts_;
  Item item_;
  SourceHash hash_{};  // of the row at hand
  std::string hashed_;
  std::shared_ptr<Block> block_;
  std::vector<Attempt> attempts_;
  Result<void> logged_;
  uint64_t rows_ = 0, bytes_ = 0, dead_bytes_ = 0, seen_ = 0;
  double waited_ = 0;
};

Error stopped_reading(Error error, const EntityView& view) {
  // 1412 ER_TABLE_DEF_CHANGED, 1146 ER_NO_SUCH_TABLE, 1054 ER_BAD_FIELD_ERROR: the schema moved under the snapshot.
  for (const char* number : {"(1412)", "(1146)", "(1054)", "(1356)"}) {
    if (error.kind == ErrorKind::source_query && error.message.find(number) != std::string::npos) {
      error.hint = "a table that '" + view.view_name +
                   "' reads was changed or dropped while it was read: run the same command again, which looks at the "
                   "schema afresh";
      return error;
    }
  }
  if (error.kind == ErrorKind::source_lost && view.row_key.empty()) {
    error.hint =
        "'" + view.source_table +
        "' has no primary or unique key, so it is read in one piece: run the same command again to start it over";
  }
  return error;
}

}  // namespace

Result<void> run_reader(ReaderContext& context, size_t reader, ReaderFacts& facts) {
  for (;;) {
    auto next = context.plan.next(reader);
    if (!next) {
      context.plan.stop();
      return next.error();
    }
    const std::shared_ptr<ChunkAttempt> chunk = *next;
    if (chunk == nullptr) return {};
    Packer packer(context, chunk, facts);
    const auto began = Clock::now();
    double inside = 0;
    auto read = context.rows.read(reader, chunk->entity, chunk->range, [&](const RowView& row) {
      const auto entered = Clock::now();
      const bool go_on = packer.row(row) && !context.plan.stopped();
      inside += seconds_between(entered, Clock::now());
      return go_on;
    });
    const double whole = seconds_between(began, Clock::now());
    facts.reading_seconds += whole - inside;
    facts.converting_seconds += inside - packer.waited();
    facts.waiting_seconds += packer.waited();
    if (!packer.logged()) {
      context.plan.stop();
      return packer.logged();
    }
    if (context.plan.stopped()) return {};
    if (!read) {
      packer.drop();
      const bool again = context.plan.failed(*chunk, read.error());
      packer.send(Block::End::abandoned);
      if (again) continue;
      context.plan.stop();
      return stopped_reading(read.error(), context.job.views.entities[chunk->entity]);
    }
    context.plan.read(*chunk, packer.rows(), packer.bytes());
    if (!packer.send(Block::End::finished)) {
      if (!packer.logged()) context.plan.stop();
      return packer.logged();
    }
  }
}

}  // namespace migrate
