// The source side of a check: chunks dealt out to readers, rows reduced to records. feed_rows(), read_known().
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>

#include "base/file.h"
#include "engine/base64.h"
#include "engine/check_work.h"

namespace migrate::checking {

using Clock = std::chrono::steady_clock;

struct ChunkDealer::State {
  std::mutex mutex;
  std::condition_variable idle;
  size_t active = 0;  // chunks dealt and not finished
  Clock::time_point snapshot = Clock::now();
  size_t entity = 0;
  std::vector<KeyLiteral> after;
};

ChunkDealer::ChunkDealer(Work& work) : state_(std::make_shared<State>()), work_(work) {}

Result<std::optional<RowChunk>> ChunkDealer::next(size_t reader) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  const auto too_old = [&] {
    return Clock::now() - s.snapshot > std::chrono::duration<double>(work_.job.snapshot_minutes * 60);
  };
  if (s.entity == work_.job.views.entities.size()) return std::optional<RowChunk>();
  if (too_old()) {
    s.idle.wait(lock, [&] { return s.active == 0; });
    if (too_old() && !work_.stop) {
      CHECK_OK(work_.sides.rows.begin());
      s.snapshot = Clock::now();
    }
  }
  if (work_.stop || s.entity == work_.job.views.entities.size()) return std::optional<RowChunk>();
  RowChunk chunk{s.entity, {s.after, {}}};
  std::optional<std::vector<KeyLiteral>> end;
  if (!work_.job.views.entities[s.entity].row_key.empty()) {
    TRY(boundary, work_.sides.rows.boundary(reader, s.entity, s.after, chunk_rows));
    end = std::move(boundary);
  }
  if (end) {
    chunk.range.upto = *end;
    s.after = std::move(*end);
  } else {
    ++s.entity;
    s.after.clear();
  }
  ++s.active;
  return std::optional<RowChunk>(std::move(chunk));
}

void ChunkDealer::finished() {
  const std::lock_guard lock(state_->mutex);
  if (--state_->active == 0) state_->idle.notify_all();
}

namespace {

// What one reader keeps of an entity.
struct EntityReader {
  ItemMaker maker;
  std::vector<uint64_t> present;  // rows that have the attribute, by column
};

class RowFeeder {
 public:
  RowFeeder(Work& work, ExternalSort::Feeder& feeder) : work_(work), feeder_(feeder) {
    for (const EntityView& e : work.job.views.entities) {
      entities_.push_back({ItemMaker(work.job.views, e), std::vector<uint64_t>(e.columns.size())});
    }
  }

  Result<void> feed(size_t entity, const RowView& row, uint32_t place) {
    EntityReader& e = entities_[entity];
    dead_.clear();
    const bool lives = e.maker.make(row, item_, dead_);
    ++work_.rows;
    if (!lives) ++work_.dead_rows;
    if (item_.key.empty()) return {};
    SortRecord record;
    record.key = key_digest(item_.key);
    record.place = place;
    record.kind = lives ? Kind::row : Kind::dead_row;
    if (lives) {
      record.content = item_.digest;
      for (const Item::Part& part : item_.parts) ++e.present[part.column];
    }
    return feeder_.add(record);
  }

  void add_counts() {
    const std::lock_guard lock(work_.mutex);
    for (size_t i = 0; i < entities_.size(); ++i) {
      const auto& columns = work_.job.views.entities[i].columns;
      for (size_t c = 0; c < columns.size(); ++c) work_.attribute_counts[columns[c].name] += entities_[i].present[c];
    }
  }

 private:
  Work& work_;
  ExternalSort::Feeder& feeder_;
  std::vector<EntityReader> entities_;
  Item item_;
  std::vector<DeadLetter> dead_;
};

// Of a key's text as dead letters have it.
std::string plain_key(AttributeType type, const std::string& text) {
  if (type != AttributeType::B) return text;
  std::string bytes;
  return base64_decode(text, bytes) ? bytes : std::string();
}

std::optional<Kind> kind_of(std::string_view letter_code) {
  if (letter_code == "conflict") return Kind::conflict;
  if (letter_code == "refused") return Kind::refused;
  if (letter_code == "duplicate_key") return Kind::reported_duplicate;
  return std::nullopt;
}

}  // namespace

Result<void> feed_rows(Work& work, ChunkDealer& dealer, size_t reader, ExternalSort::Feeder& feeder) {
  RowFeeder rows(work, feeder);
  while (!work.stop) {
    TRY(chunk, dealer.next(reader));
    if (!chunk) break;
    const uint32_t place = work.add_place({true, chunk->entity, chunk->range, -1, 0, {}});
    Result<void> fed;
    const auto read = work.sides.rows.read(reader, chunk->entity, chunk->range, [&](const RowView& row) {
      fed = rows.feed(chunk->entity, row, place);
      return fed.ok() && !work.stop;
    });
    dealer.finished();
    CHECK_OK(fed);
    CHECK_OK(read);
  }
  rows.add_counts();
  return {};
}

bool keys_are_masked(const CheckJob& job) {
  return job.masking.hides_attribute(job.views.pk) || job.masking.hides_attribute(job.views.sk);
}

Result<void> read_known(const CheckJob& job, std::vector<std::string>& notes,
                        const std::function<Result<void>(Kind, const Digest& key)>& known) {
  if (job.dead_letters.empty() || !file_exists(job.dead_letters)) return {};
  std::ifstream file(job.dead_letters);
  if (!file) return Error(ErrorKind::io, "cannot read the dead letters '" + job.dead_letters + "'");
  const TableViews& views = job.views;
  const bool masked = keys_are_masked(job);
  bool passed_over = false;
  for (std::string line; std::getline(file, line);) {
    const auto letter = read_letter_key(line, views);
    const auto kind = letter ? kind_of(letter->code) : std::nullopt;
    if (!kind) continue;  // making the item finds the others again
    if (masked) {
      passed_over = true;
      continue;
    }
    const std::string key =
        canonical_key(views.pk_type, plain_key(views.pk_type, letter->pk), views.sk.empty() ? nullptr : &views.sk_type,
                      plain_key(views.sk_type, letter->sk));
    if (!key.empty()) CHECK_OK(known(*kind, key_digest(key)));
  }
  if (passed_over) {
    notes.push_back(
        "conflicts, refused rows and shared keys of the last run could not be matched: the keys are masked");
  }
  return {};
}

}  // namespace migrate::checking
