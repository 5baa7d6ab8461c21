// The writer's loop: Writer::run(), what is sent when, and how items and chunks are settled. outcomes.cc says what
// answers mean.
#include "engine/writer.h"

#include <algorithm>
#include <cmath>

#include "engine/run_log.h"

namespace migrate {
namespace {

constexpr size_t batch_items = 25;  // BatchExecuteStatement and BatchWriteItem take no more
constexpr size_t read_back_items = 100;
constexpr uint64_t batch_bytes = 256 << 10;
constexpr size_t throughput_buckets = 600;

double units_of(const ItemRef& item) { return std::ceil(static_cast<double>(item.entry().size) / 1024); }

}  // namespace

Writer::Writer(const NativeJob& job, AwsClient& client, WriterEnds ends, NativeHooks& hooks, TableRun& facts,
               DeadLetterFile& letters, const DecisionRules* rules)
    : job_(job),
      client_(client),
      ends_(std::move(ends)),
      rules_(rules),
      hooks_(hooks),
      facts_(facts),
      letters_(letters),
      builder_(job),
      pace_(job.limits.write_rate, job.tuning.connections),
      random_(std::random_device{}()),
      rows_(facts.rows_read),
      done_(facts.rows_read),
      began_(Clock::now()) {}

void Writer::take_block(const std::shared_ptr<Block>& block) {
  ChunkAttempt& chunk = *block->chunk;
  if (block->end != Block::End::abandoned) open_chunks_[{chunk.entity, chunk.first}] = block->chunk;
  chunk.tally.rows += block->rows;
  rows_ += block->rows;
  chunk.tally.dead_rows += block->dead_rows;
  problems_ += block->dead_rows;
  done_ += block->dead_rows;
  for (const DeadLetter& letter : block->dead) write_letter(chunk, letter);
  block->dead.clear();
  chunk.open_items += block->entries.size();
  for (uint32_t i = 0; i < block->entries.size(); ++i) {
    ItemRef item{block, i};
    (to_be_looked_at(item) ? to_look_at_ : items_).push_back(std::move(item));
  }
  if (block->end == Block::End::finished) chunk.read = true;
  if (block->end == Block::End::abandoned) chunk.abandoned = true;
  finish_if_done(chunk);
}

// False: there is none now, or no more at all.
bool Writer::take_next_block() {
  auto block = ends_.next_block();
  if (!block) fail(block.error());
  if (!block || *block == nullptr) return false;
  take_block(*block);
  return true;
}

bool Writer::more_to_send() {
  while (items_.size() < batch_items && to_look_at_.size() < items_of_a_look() && take_next_block()) continue;
  return !ready_.empty() || !items_.empty() || !to_look_at_.empty();
}

// A batch from the items at hand: as many as one request takes. An item that fits none goes alone.
std::optional<WriteRequest> Writer::next_request() {
  if (!ready_.empty()) {
    WriteRequest request = std::move(ready_.front());
    ready_.pop_front();
    return request;
  }
  if (to_look_at_.size() >= items_of_a_look() || (items_.empty() && !to_look_at_.empty())) return next_look();
  WriteRequest request;
  const bool overwrite = job_.write == WriteMode::overwrite;
  request.kind = overwrite ? WriteRequest::Kind::replace : WriteRequest::Kind::insert;
  uint64_t bytes = 0;
  while (!items_.empty() && request.items.size() < batch_items) {
    const ItemRef& item = items_.front();
    if (!overwrite && !builder_.fits_statement(item)) {
      if (!request.items.empty()) break;
      request.kind = WriteRequest::Kind::put;
    }
    bytes += item.json().size();
    if (!request.items.empty() && bytes > batch_bytes) break;
    request.items.push_back(item);
    items_.pop_front();
    if (request.kind == WriteRequest::Kind::put) break;
  }
  if (request.items.empty()) return std::nullopt;
  return request;
}

AwsRequest Writer::body_of(const WriteRequest& request) {
  switch (request.kind) {
    case WriteRequest::Kind::insert:
      return builder_.insert(request.items);
    case WriteRequest::Kind::put:
      return builder_.put(request.items[0]);
    case WriteRequest::Kind::replace:
      return builder_.replace(request.items);
    case WriteRequest::Kind::change:
      return builder_.change(request.intended);
    case WriteRequest::Kind::change_alone:
      return builder_.change_alone(*request.intended[0]);
    case WriteRequest::Kind::put_back:
      return builder_.put_back(*request.intended[0]);
    case WriteRequest::Kind::read_back:
    case WriteRequest::Kind::look:
      break;
  }
  return builder_.read_back(request.items);
}

void Writer::send(WriteRequest request) {
  AwsRequest body = body_of(request);
  double units = 0;
  if (request.kind == WriteRequest::Kind::read_back || request.kind == WriteRequest::Kind::look) {
    ++facts_.read_backs;
  } else {
    for (const ItemRef& item : request.items) units += units_of(item);
  }
  pace_.sent(units);
  const uint64_t bytes = body.body.size();
  ++facts_.requests;
  facts_.sent_bytes += bytes;
  ++in_flight_;
  in_flight_bytes_ += bytes;
  auto shared = std::make_shared<WriteRequest>(std::move(request));
  client_.start(std::move(body), [this, shared, bytes, alive = std::weak_ptr<bool>(alive_)](AwsOutcome outcome) {
    if (alive.expired()) return;
    --in_flight_;
    in_flight_bytes_ -= bytes;
    on_answer(shared, std::move(outcome));
  });
}

void Writer::send_what_may_go() {
  const auto now = Clock::now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    ready_.push_back(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
  // Bodies are copies of what blocks hold, so they have a bound of their own.
  const uint64_t most_bytes = job_.limits.memory_mb * 1000000 / 5;
  while (!error_ && pace_.may_send(in_flight_, now) && (in_flight_ == 0 || in_flight_bytes_ < most_bytes) &&
         more_to_send()) {
    if (auto request = next_request()) send(std::move(*request));
  }
}

double Writer::seconds_to_wait() const {
  double wait = 0.1;
  if (!delayed_.empty()) {
    wait = std::min(wait, std::chrono::duration<double>(delayed_.begin()->first - Clock::now()).count());
  }
  if (pace_.wait() > 0) wait = std::min(wait, pace_.wait());
  return std::max(wait, 0.0);
}

bool Writer::settled() const {
  return in_flight_ == 0 && items_.empty() && to_look_at_.empty() && ready_.empty() && delayed_.empty();
}

Result<void> Writer::run(const std::function<bool()>& readers_done, const std::function<bool()>& stop) {
  while (!error_ && !stop()) {
    // Asked before the queue is looked at: what a reader pushed last is then seen.
    const bool last = readers_done();
    send_what_may_go();
    if (last && settled()) {
      if (!take_next_block()) break;
      continue;
    }
    client_.poll(seconds_to_wait());
    const auto now = Clock::now();
    if (hooks_.progress && now >= next_progress_) {
      next_progress_ = now + std::chrono::milliseconds(200);
      hooks_.progress({rows_, done_, problems_, facts_.throttles});
    }
  }
  if (error_) return *error_;
  return {};
}

Result<void> Writer::drain(double seconds) {
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  while (in_flight_ > 0 && Clock::now() < until) client_.poll(0.05);
  if (error_) return *error_;
  return {};
}

Result<void> Writer::append_open_letters() {
  for (const auto& [place, chunk] : open_chunks_) CHECK_OK(letters_.append(chunk->tally.lines));
  open_chunks_.clear();
  return {};
}

void Writer::settle_written(const ItemRef& item) {
  ChunkTally& tally = item.chunk().tally;
  ++tally.written;
  tally.item_bytes += item.entry().size;
  tally.write_units += units_of(item);
  refused_in_a_row_ = 0;
  tell(item, {Outcome::Kind::written, std::nullopt});
  settled_one(item.chunk());
}

void Writer::settle_present(const ItemRef& item) {
  ++item.chunk().tally.present;
  refused_in_a_row_ = 0;
  tell(item, {Outcome::Kind::written, std::nullopt});
  settled_one(item.chunk());
}

void Writer::settle_gone(const ItemRef& item) {
  refused_in_a_row_ = 0;
  tell(item, {Outcome::Kind::gone, std::nullopt});
  settled_one(item.chunk());
}

void Writer::settle_unchanged(const ItemRef& item, const Settled& as) {
  tell(item, as);
  settled_one(item.chunk());
}

void Writer::tell(const ItemRef& item, const Settled& as) {
  if (!ends_.settled) return;
  if (auto told = ends_.settled(item, as); !told) fail(told.error());
}

void Writer::keep_conflict(const ItemRef& item, bool gone) {
  // What is masked goes into no record: such a conflict stays open until the run is made again.
  if (job_.masking.hides_attribute(job_.views.pk) || job_.masking.hides_attribute(job_.views.sk)) return;
  std::vector<OpenConflict>& open = item.chunk().tally.open_conflicts;
  if (open.size() + facts_.open_conflicts.size() >= max_open_conflicts) return;
  open.push_back(
      {item.entry().entity, builder_.key_json(item), item.json().empty() ? "" : item.entry().digest.hex(), gone});
}

void Writer::settle_dead(const ItemRef& item, DeadLetterCode code, const std::string& reason) {
  ChunkTally& tally = item.chunk().tally;
  ++(code == DeadLetterCode::conflict ? tally.conflicts : tally.dead_rows);
  ++problems_;
  write_letter(item.chunk(), builder_.dead_letter(item, code, reason));
  settled_one(item.chunk());
}

// The lines of a chunk wait until it is finished, so that an attempt that is abandoned leaves none. One of any size,
// which is never tried again, lets its lines go as they come.
void Writer::write_letter(ChunkAttempt& chunk, const DeadLetter& letter) {
  ++chunk.tally.letters[static_cast<size_t>(letter.code)];
  chunk.tally.lines += dead_letter_line(letter, job_.masking);
  if (!chunk.once || chunk.tally.lines.size() < job_.tuning.letter_bytes) return;
  add_samples(facts_, chunk.tally.lines);
  chunk.letters_left = true;
  if (auto written = letters_.append(chunk.tally.lines); !written) fail(written.error());
  chunk.tally.lines.clear();
}

void Writer::settled_one(ChunkAttempt& chunk) {
  ++done_;
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  auto bucket = static_cast<size_t>(seconds / facts_.bucket_seconds);
  while (bucket >= throughput_buckets) {
    for (size_t i = 0; i < facts_.throughput.size(); ++i) {
      const uint64_t n = std::exchange(facts_.throughput[i], 0);
      facts_.throughput[i / 2] += n;
    }
    facts_.throughput.resize((facts_.throughput.size() + 1) / 2);
    facts_.bucket_seconds *= 2;
    bucket /= 2;
  }
  if (facts_.throughput.size() <= bucket) facts_.throughput.resize(bucket + 1);
  ++facts_.throughput[bucket];
  --chunk.open_items;
  finish_if_done(chunk);
}

void Writer::finish_if_done(ChunkAttempt& chunk) {
  if (!chunk.read || chunk.open_items > 0 || chunk.abandoned) return;
  if (rules_ == nullptr) ++facts_.chunks;  // those of a later run were counted as they were read
  log_chunk(job_, chunk);
  add_tally(facts_, chunk.tally);
  if (auto written = letters_.append(chunk.tally.lines); !written) return fail(written.error());
  open_chunks_.erase({chunk.entity, chunk.first});
  // A record that lacks some of its dead letters would lose them: such a chunk is read again.
  if (!hooks_.chunk_finished || chunk.letters_left) return;
  if (auto recorded = hooks_.chunk_finished(store_chunk(chunk)); !recorded) fail(recorded.error());
}

}  // namespace migrate
