// check_sample(): N rows, each subset of N as likely as any other, compared with their items. The source walks its key
// from one drawn position to the next without sending the rows between.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/check_work.h"
#include "engine/duplicates.h"
#include "engine/sample_draw.h"

namespace migrate::checking {
namespace {

constexpr size_t rows_at_once = 50;          // of one BatchGetItem, which takes 100
constexpr size_t bytes_at_once = 2'000'000;  // and answers with 16 MB at most

struct Sampled {
  Digest key, content;
  std::string json;
  std::string key_json;
  std::string source_key;
};

// Keys that the last run's dead letters name. A sample says what share of rows is wrong; what is beyond the bound
// counts as wrong, which is the safe side.
struct KnownDead {
  std::set<Digest> refused, conflicts;
};

Result<KnownDead> read_known_dead(const CheckJob& job, std::vector<std::string>& notes) {
  constexpr uint64_t bytes_of_one = 64;
  const uint64_t most = job.memory_mb * 1'000'000 / 4 / bytes_of_one;
  KnownDead out;
  uint64_t left_out = 0;
  CHECK_OK(read_known(job, notes, [&](Kind kind, const Digest& key) -> Result<void> {
    if (kind == Kind::reported_duplicate) return {};
    std::set<Digest>& keys = kind == Kind::conflict ? out.conflicts : out.refused;
    if (out.refused.size() + out.conflicts.size() < most)
      keys.insert(key);
    else
      left_out += keys.contains(key) ? 0 : 1;
    return {};
  }));
  if (left_out > 0) {
    notes.push_back(plural(left_out, "conflict or refused row") +
                    " of the last run found no place in `limits.memory_mb`: where they are drawn they count as wrong");
  }
  return out;
}

class Sampler {
 public:
  Sampler(Work& work, AwsClient& client, DuplicateKeys shared, KnownDead known)
      : work_(work), client_(client), shared_keys_(std::move(shared)), known_(std::move(known)) {
    names_ = {work.job.views.pk};
    if (!work.job.views.sk.empty()) names_.push_back(work.job.views.sk);
  }

  Result<void> add(const EntityView& entity, ItemMaker& maker, const RowView& row) {
    ++work_.result.sample;
    ++work_.rows;
    dead_.clear();
    const bool lives = maker.make(row, item_, dead_);
    const Digest key = key_digest(item_.key);
    if (!lives || shared_keys_.find(item_.key) != nullptr || known_.refused.contains(key)) {
      ++work_.result.dead_rows;
      return {};
    }
    bytes_ += item_.json.size();
    batch_.push_back({key, item_.digest, item_.json, key_map(item_.json, names_),
                      source_key_text(entity, maker.source_key(row), work_.job.masking)});
    if (batch_.size() < rows_at_once && bytes_ < bytes_at_once) return {};
    return compare();
  }

  Result<void> compare() {
    std::map<Digest, std::string> found;
    std::vector<std::string> keys;
    for (const Sampled& s : batch_) keys.push_back(s.key_json);
    for (int failures = 0; !keys.empty(); ++failures) {
      const RetryPolicy policy = work_.policy();
      if (failures > 0) {
        wait_before_retry(policy, backoff_seconds(policy, AwsErrorClass::throttled, failures, 0.5));
        if (work_.stop) return {};
      }
      const std::vector<std::string_view> views(keys.begin(), keys.end());
      TRY(body, call(client_, batch_get(work_.job.target_table, views),
                     "BatchGetItem of '" + work_.job.target_table + "'", work_.policy()));
      TRY(got, read_batch_get(body, work_.job.target_table));
      for (const std::string_view json : got.items) {
        TRY(key, item_key(json, work_.job.views.pk, work_.job.views.sk));
        found[key_digest(key)] = std::string(json);
      }
      keys.assign(got.unprocessed_keys.begin(), got.unprocessed_keys.end());
    }
    for (const Sampled& s : batch_) CHECK_OK(judge(s, found[s.key]));
    batch_.clear();
    bytes_ = 0;
    return {};
  }

 private:
  Result<void> judge(const Sampled& s, const std::string& found) {
    CheckResult& r = work_.result;
    Discrepancy d;
    d.key = key_text(s.json, work_.job.views, work_.job.masking);
    d.source_key = s.source_key;
    d.known = known_.conflicts.contains(s.key);
    if (found.empty()) {
      ++r.missing;
      ++work_.wrong;
      if (d.known) ++r.known_conflicts;
    } else {
      ++r.items;
      ++work_.items;
      TRY(content, item_digest(found, &work_.attributes));
      if (content == s.content) return {};
      ++r.different;
      ++work_.wrong;
      if (d.known) ++r.known_conflicts;
      d.kind = Discrepancy::Kind::different;
      d.attributes = differing_attributes(s.json, found, work_.attributes, work_.job.masking);
    }
    if (r.samples.size() < 2 * work_.job.shown) r.samples.push_back(std::move(d));
    return {};
  }

  Work& work_;
  AwsClient& client_;
  DuplicateKeys shared_keys_;
  KnownDead known_;
  std::vector<std::string> names_;
  Item item_;
  std::vector<DeadLetter> dead_;
  std::vector<Sampled> batch_;
  size_t bytes_ = 0;
};

// The drawn rows of one entity, which are those from `first` to `end` of all entities' rows.
struct Places {
  SampleDraw& draw;
  uint64_t first, end;
  std::optional<uint64_t> next() {
    const auto at = draw.next_below(end);
    return at ? std::optional<uint64_t>(*at - first) : std::nullopt;
  }
};

// Reads the rows at the places one by one, walking the row key.
Result<void> read_by_key(Work& work, Sampler& sampler, size_t entity, Places places) {
  const EntityView& view = work.job.views.entities[entity];
  ItemMaker maker(work.job.views, view);
  std::vector<KeyLiteral> after;
  uint64_t at = 0;  // rows before `after` and with it
  for (auto position = places.next(); position && !work.stop; position = places.next()) {
    if (*position > at) {
      TRY(skipped, work.sides.rows.boundary(0, entity, after, *position - at));
      if (!skipped) break;  // rows went since they were counted
      after = std::move(*skipped);
      at = *position;
    }
    TRY(end, work.sides.rows.boundary(0, entity, after, 1));
    if (!end) break;
    Result<void> added;
    CHECK_OK(work.sides.rows.read(0, entity, {after, *end}, [&](const RowView& row) {
      added = sampler.add(view, maker, row);
      return added.ok();
    }));
    CHECK_OK(added);
    after = std::move(*end);
    ++at;
  }
  return {};
}

// Without a row key there is no walking: all rows are read, and those at the places are kept.
Result<void> read_in_passing(Work& work, Sampler& sampler, size_t entity, Places places) {
  const EntityView& view = work.job.views.entities[entity];
  ItemMaker maker(work.job.views, view);
  uint64_t at = 0;
  auto next = places.next();
  Result<void> added;
  if (!next) return added;
  CHECK_OK(work.sides.rows.read(0, entity, {}, [&](const RowView& row) {
    if (next == at) {
      added = sampler.add(view, maker, row);
      next = places.next();
    }
    ++at;
    return added.ok() && next && !work.stop;
  }));
  return added;
}

Result<DuplicateKeys> shared_keys(Work& work) {
  DuplicateKeys keys(work.job.memory_mb * 1'000'000 / 4);
  const auto& entities = work.job.views.entities;
  if (entities.size() == 1 && entities[0].key_is_unique) return keys;
  CHECK_OK(work.sides.rows.duplicates([&](const DuplicateRow& row) { return keys.add(row.key, {}); }));
  keys.close();
  return keys;
}

Result<std::vector<uint64_t>> count_entities(Work& work) {
  std::vector<uint64_t> counts;
  for (const std::string& select : work.job.count_selects) {
    TRY(answer, work.sides.query(select));
    counts.push_back(answer.empty() || answer[0].empty() || !answer[0][0] ? 0 : std::stoull(*answer[0][0]));
    work.result.rows += counts.back();
  }
  return counts;
}

Result<void> sample_rows(Work& work) {
  CHECK_OK(work.sides.rows.begin());
  TRY(counts, count_entities(work));
  TRY(shared, shared_keys(work));
  TRY(known, read_known_dead(work.job, work.result.notes));
  const auto client = work.sides.connect();
  Sampler sampler(work, *client, std::move(shared), std::move(known));
  SampleDraw draw(work.job.setting.sample, work.result.rows, work.job.seed);
  uint64_t before = 0;
  for (size_t e = 0; e < counts.size() && !work.stop; ++e) {
    Places places{draw, before, before + counts[e]};
    const bool walks = !work.job.views.entities[e].row_key.empty();
    CHECK_OK(walks ? read_by_key(work, sampler, e, places) : read_in_passing(work, sampler, e, places));
    while (!work.stop && places.next()) {}  // of rows that went since they were counted
    before += counts[e];
  }
  return sampler.compare();
}

}  // namespace

Result<void> check_sample(Work& work) {
  work.result.seed = work.job.seed;
  CHECK_OK(run_pieces(work, {[&] { return sample_rows(work); }}));
  work.result.notes.push_back("a sample of " + plural(work.result.sample, "row") + " drawn with seed " +
                              std::to_string(work.job.seed) + "; items without a row are not looked at");
  return {};
}

}  // namespace migrate::checking
