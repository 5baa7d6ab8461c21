// Chunks: ChunkPlan hands them out, store_chunk() and load_chunk() keep them between runs.
#include "engine/chunks.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/json_write.h"
#include "base/text.h"
#include "engine/open_conflicts.h"
#include "engine/run_log.h"

namespace migrate {
namespace {

constexpr uint64_t first_chunk_rows = 2000, min_chunk_rows = 500, max_chunk_rows = 20000;
constexpr uint64_t chunk_bytes = 4 << 20;  // of items, aimed at

std::string literals_json(const std::vector<KeyLiteral>& literals) {
  std::vector<std::string> out;
  for (const KeyLiteral& l : literals) out.push_back(json_string(l));
  return json_array(out);
}

bool read_literals(simdjson::dom::element object, const char* name, std::vector<KeyLiteral>& out) {
  simdjson::dom::array list;
  if (object[name].get_array().get(list)) return false;
  for (simdjson::dom::element e : list) {
    std::string_view text;
    if (e.get_string().get(text)) return false;
    out.emplace_back(text);
  }
  return true;
}

bool read_count(simdjson::dom::element object, const char* name, uint64_t& out) {
  return !object[name].get_uint64().get(out);
}

bool read_conflicts(simdjson::dom::element object, std::vector<OpenConflict>& out) {
  simdjson::dom::array list;
  if (object["open_conflicts"].get_array().get(list)) return false;
  for (simdjson::dom::element e : list) {
    uint64_t entity = 0;
    std::string_view key, ours;
    bool gone = false;
    if (!read_count(e, "entity", entity) || e["key"].get_string().get(key) || e["ours"].get_string().get(ours) ||
        e["gone"].get_bool().get(gone))
      return false;
    out.push_back({entity, std::string(key), std::string(ours), gone});
  }
  return true;
}

bool read_tally(simdjson::dom::element o, ChunkTally& t) {
  simdjson::dom::array letters;
  std::string_view lines;
  if (!read_count(o, "rows", t.rows) || !read_count(o, "written", t.written) || !read_count(o, "present", t.present) ||
      !read_count(o, "conflicts", t.conflicts) || !read_count(o, "dead_rows", t.dead_rows) ||
      !read_count(o, "item_bytes", t.item_bytes) || o["write_units"].get_double().get(t.write_units) ||
      o["letters"].get_array().get(letters) || letters.size() != t.letters.size() ||
      o["lines"].get_string().get(lines) || !read_conflicts(o, t.open_conflicts)) {
    return false;
  }
  size_t i = 0;
  for (simdjson::dom::element e : letters) {
    if (e.get_uint64().get(t.letters[i++])) return false;
  }
  t.lines = lines;
  return true;
}

}  // namespace

FinishedChunk store_chunk(const ChunkAttempt& chunk) {
  const ChunkTally& t = chunk.tally;
  std::vector<std::string> letters;
  for (uint64_t n : t.letters) letters.push_back(std::to_string(n));
  FinishedChunk out;
  out.range = std::to_string(chunk.entity) + ":" + std::to_string(chunk.first) + "-" + std::to_string(chunk.last);
  out.state = JsonObject()
                  .add("entity", chunk.entity)
                  .add("first", chunk.first)
                  .add("last", chunk.last)
                  .raw("after", literals_json(chunk.range.after))
                  .raw("upto", literals_json(chunk.range.upto))
                  .add("rows", t.rows)
                  .add("written", t.written)
                  .add("present", t.present)
                  .add("conflicts", t.conflicts)
                  .add("dead_rows", t.dead_rows)
                  .add("item_bytes", t.item_bytes)
                  .add("write_units", t.write_units)
                  .raw("letters", json_array(letters))
                  .add("lines", t.lines)
                  .raw("open_conflicts", open_conflicts_json(t.open_conflicts))
                  .str();
  return out;
}

Result<ChunkAttempt> load_chunk(const FinishedChunk& chunk) {
  ChunkAttempt out;
  simdjson::dom::parser parser;
  simdjson::dom::element object;
  uint64_t entity = 0;
  if (parser.parse(chunk.state).get(object) || !read_count(object, "entity", entity) ||
      !read_count(object, "first", out.first) || !read_count(object, "last", out.last) ||
      !read_literals(object, "after", out.range.after) || !read_literals(object, "upto", out.range.upto) ||
      !read_tally(object, out.tally)) {
    return Error(ErrorKind::cache_corrupt, "the record of the finished chunk '" + chunk.range + "' cannot be read");
  }
  out.entity = entity;
  return out;
}

ChunkPlan::ChunkPlan(const TableViews& views, RowSource& rows, double snapshot_minutes,
                     const ReconnectTuning& reconnect, std::vector<ChunkAttempt> finished)
    : views_(views),
      rows_(rows),
      snapshot_age_(snapshot_minutes * 60),
      reconnect_(reconnect),
      finished_(views.entities.size()),
      chunk_rows_(first_chunk_rows) {
  for (ChunkAttempt& chunk : finished) {
    if (chunk.entity < finished_.size()) finished_[chunk.entity].emplace(chunk.first, std::move(chunk));
  }
}

void ChunkPlan::stop() {
  stopped_ = true;
  idle_.notify_all();
}

Result<void> ChunkPlan::renew_if_due(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (stopped_) return {};
    if (!lost_ && Clock::now() - snapshot_since_ < snapshot_age_) return {};
    if (active_ == 0 && !renewing_) break;
    lost_ = true;  // nobody starts another chunk on the old one
    // stop() takes no lock, so a wake-up can be missed: hence a bounded wait.
    idle_.wait_for(lock, std::chrono::milliseconds(100));
  }
  renewing_ = true;
  auto renewed = renew(lock);
  renewing_ = false;
  idle_.notify_all();
  return renewed;
}

// A source that restarts refuses connections meanwhile, or gives them and takes them away again.
Result<void> ChunkPlan::renew(std::unique_lock<std::mutex>& lock) {
  if (losses_ > 1 && !wait(lock, losses_ - 1)) return {};
  const auto began = Clock::now();
  for (int failures = 1;; ++failures) {
    auto begun = rows_.begin();
    if (begun) {
      lost_ = false;
      snapshot_since_ = Clock::now();
      ++snapshots_;
      return {};
    }
    Error error = begun.error();
    const bool passes = error.kind == ErrorKind::source_lost || error.kind == ErrorKind::source_connect;
    if (snapshots_ == 0 || !passes) return error;
    log_lost(views_, error, static_cast<uint64_t>(failures));
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    if (seconds > reconnect_.seconds) {
      error.message +=
          "; it was asked again for " + human_duration(seconds) + ", " + std::to_string(failures) + " times";
      error.hint += std::string(error.hint.empty() ? "" : "; ") +
                    "run the same command again when it is back: it goes on after the finished chunks";
      return error;
    }
    if (!wait(lock, failures)) return {};
  }
}

// With jitter, in steps, since stop() takes no lock. False: the run is being stopped.
bool ChunkPlan::wait(std::unique_lock<std::mutex>& lock, int failures) {
  thread_local std::minstd_rand random(std::random_device{}());
  const double most = std::min(reconnect_.cap_seconds, std::ldexp(reconnect_.base_seconds, std::min(failures - 1, 20)));
  const double seconds = std::uniform_real_distribution<double>(0.5, 1)(random) * most;
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  while (!stopped_ && Clock::now() < until) {
    idle_.wait_until(lock, std::min(until, Clock::now() + std::chrono::milliseconds(100)));
  }
  return !stopped_;
}

bool ChunkPlan::may_reconnect(const Error& error) {
  if (error.kind != ErrorKind::source_lost) return false;
  if (!lost_) {  // else another reader has said so: all of them lose one snapshot together
    ++reconnects_;
    ++losses_;
    lost_ = true;
    log_lost(views_, error, static_cast<uint64_t>(losses_));
  }
  return losses_ <= reconnect_.losses;
}

Result<void> ChunkPlan::begin() {
  std::unique_lock lock(mutex_);
  return renew_if_due(lock);
}

// Goes past the finished chunks that follow the place where we are.
void ChunkPlan::skip_finished() {
  while (entity_ < finished_.size()) {
    const auto found = finished_[entity_].find(number_);
    if (found == finished_[entity_].end()) return;
    ++skipped_;
    if (found->second.range.upto.empty()) {
      ++entity_;
      number_ = 0;
      after_.clear();
    } else {
      number_ = found->second.last + 1;
      after_ = found->second.range.upto;
    }
  }
}

Result<std::shared_ptr<ChunkAttempt>> ChunkPlan::next_range(size_t reader) {
  if (!again_.empty()) {
    auto chunk = std::move(again_.back());
    again_.pop_back();
    return chunk;
  }
  skip_finished();
  if (entity_ == views_.entities.size()) return std::shared_ptr<ChunkAttempt>();
  auto chunk = std::make_shared<ChunkAttempt>();
  chunk->entity = entity_;
  chunk->once = views_.entities[entity_].row_key.empty();
  chunk->first = chunk->last = number_;
  chunk->range.after = after_;
  std::optional<std::vector<KeyLiteral>> end;
  if (const auto beyond = finished_[entity_].upper_bound(number_); beyond != finished_[entity_].end()) {
    end = beyond->second.range.after;
    chunk->last = beyond->first - 1;
  } else if (!views_.entities[entity_].row_key.empty()) {
    TRY(boundary, rows_.boundary(reader, entity_, after_, chunk_rows_));
    end = std::move(boundary);
  }
  if (end) {
    chunk->range.upto = *end;
    after_ = std::move(*end);
    number_ = chunk->last + 1;
  } else {
    ++entity_;
    number_ = 0;
    after_.clear();
  }
  return chunk;
}

Result<std::shared_ptr<ChunkAttempt>> ChunkPlan::next(size_t reader) {
  std::unique_lock lock(mutex_);
  for (;;) {
    CHECK_OK(renew_if_due(lock));
    if (stopped_) return std::shared_ptr<ChunkAttempt>();
    auto chunk = next_range(reader);
    if (!chunk) {
      if (!may_reconnect(chunk.error())) return chunk.error();
      continue;
    }
    if (*chunk != nullptr) {
      ++active_;
      return chunk;
    }
    // Another reader's chunk may yet fail and come back.
    if (active_ == 0) return chunk;
    idle_.wait_for(lock, std::chrono::milliseconds(100));
  }
}

void ChunkPlan::read(const ChunkAttempt& chunk, uint64_t rows, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  --active_;
  losses_ = 0;
  if (rows > 0 && !chunk.range.upto.empty()) {
    chunk_rows_ = std::clamp(chunk_bytes / std::max<uint64_t>(1, bytes / rows), min_chunk_rows, max_chunk_rows);
  }
  idle_.notify_all();
}

bool ChunkPlan::failed(const ChunkAttempt& chunk, const Error& error) {
  std::lock_guard lock(mutex_);
  --active_;
  idle_.notify_all();
  if (chunk.once || !may_reconnect(error)) return false;
  auto again = std::make_shared<ChunkAttempt>();
  again->entity = chunk.entity;
  again->first = chunk.first;
  again->last = chunk.last;
  again->range = chunk.range;
  again->again = true;
  again_.push_back(std::move(again));
  return true;
}

}  // namespace migrate
