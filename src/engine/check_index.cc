// look_closer_at_indexes(): an index follows its table with a delay, so what differs there is polled for a while before
// it is called a difference. A few differences are polled by key; where there are more than are kept, all of the index
// is scanned again, since the counters hold every one of them and only those kept could be taken out.
#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/check_work.h"

namespace migrate::checking {
namespace {

using Clock = std::chrono::steady_clock;

// An index holds any number of items with one key; so many pages of them are looked through.
constexpr int pages_looked_through = 100;

struct Suspect {
  Discrepancy::Kind kind = Discrepancy::Kind::index_missing;
  std::string item;  // as the table's or the index's scan had it
  std::string expected, found;
};

std::vector<std::string> table_key(const TableViews& views) {
  if (views.sk.empty()) return {views.pk};
  return {views.pk, views.sk};
}

// {"S":"a"} out of {"email":{"S":"a"}}.
std::string value_of(std::string_view item, const std::string& name) {
  std::string map = key_map(item, {name});
  const size_t colon = map.find("\":{");
  return colon == std::string::npos ? std::string() : map.substr(colon + 2, map.size() - colon - 3);
}

// The entry of the index for the item with the key of `item`, empty when there is none; looked for under the index's
// key that `keyed` has.
Result<std::string> find_entry(Work& work, AwsClient& client, const IndexSpec& index, std::string_view item,
                               std::string_view keyed) {
  TRY(wanted, item_key(item, work.job.views.pk, work.job.views.sk));
  QueryRequest request = query_like(work, &index, keyed);
  for (int page = 0; page < pages_looked_through; ++page) {
    TRY(body, call(client, query(request), "Query of '" + work.job.target_table + "', index '" + index.name + "'",
                   work.policy()));
    TRY(answer, read_page(body));
    for (const std::string_view entry : answer.items) {
      TRY(key, item_key(entry, work.job.views.pk, work.job.views.sk));
      if (key == wanted) return std::string(entry);
    }
    if (answer.last_key.empty()) break;
    request.start_key = std::string(answer.last_key);
  }
  return std::string();
}

// Whether the index holds now what the table does.
Result<bool> agrees(Work& work, AwsClient& client, const IndexSpec& index, Suspect& s) {
  TRY(item, fetch_item(client, work.job.target_table, key_map(s.item, table_key(work.job.views)), work.policy()));
  const bool should_be_there = !item.empty() && holding_indexes(item, {index}) != 0;
  s.expected = should_be_there ? item : "";
  TRY(found, find_entry(work, client, index, s.item, should_be_there ? item : s.item));
  s.found = found;
  if (s.expected.empty() || s.found.empty()) return s.expected.empty() == s.found.empty();
  const auto projected = projected_attributes(work, index);
  TRY(expected_digest, item_digest(s.expected, &projected));
  TRY(found_digest, item_digest(s.found, &projected));
  return expected_digest == found_digest;
}

Result<std::vector<Suspect>> read_suspects(Work& work, AwsClient& client, size_t i) {
  std::vector<Suspect> suspects;
  std::map<uint32_t, std::map<Digest, Discrepancy::Kind>> wanted;
  for (const Candidate& c : work.index_missing[i]) wanted[c.place][c.key] = Discrepancy::Kind::index_missing;
  for (const Candidate& c : work.index_extra[i]) wanted[c.place][c.key] = Discrepancy::Kind::index_extra;
  for (const Candidate& c : work.index_different[i]) wanted[c.place][c.key] = Discrepancy::Kind::index_different;
  for (const auto& [place, kinds] : wanted) {
    std::set<Digest> keys;
    for (const auto& [key, kind] : kinds) keys.insert(key);
    TRY(items, read_page_again(work, client, place, keys));
    for (auto& [key, json] : items) suspects.push_back({kinds.at(key), std::move(json), {}, {}});
    // What is no longer on its page was changed meanwhile: as little a difference as what agrees later.
    for (const auto& [key, kind] : kinds) {
      if (items.contains(key)) continue;
      IndexCheck& check = work.result.indexes[i];
      --(kind == Discrepancy::Kind::index_missing ? check.missing
         : kind == Discrepancy::Kind::index_extra ? check.extra
                                                  : check.different);
      ++check.late;
    }
  }
  return suspects;
}

uint64_t& counter(IndexCheck& check, Discrepancy::Kind kind) {
  if (kind == Discrepancy::Kind::index_missing) return check.missing;
  return kind == Discrepancy::Kind::index_extra ? check.extra : check.different;
}

// Takes out of `suspects` those that agree.
Result<void> poll_once(Work& work, AwsClient& client, size_t i, std::vector<Suspect>& suspects) {
  std::vector<Suspect> left;
  for (Suspect& s : suspects) {
    TRY(agree, agrees(work, client, work.job.indexes[i], s));
    if (agree) {
      --counter(work.result.indexes[i], s.kind);
      ++work.result.indexes[i].late;
    } else {
      left.push_back(std::move(s));
    }
  }
  suspects = std::move(left);
  return {};
}

// Pauses that grow, as long as an index is given to follow.
class Patience {
 public:
  explicit Patience(const Work& work)
      : work_(work), deadline_(Clock::now() + std::chrono::duration<double>(work.job.index_wait_seconds)) {}
  // Whether there is time for one more look. Errors: interrupted.
  Result<bool> pause() {
    if (Clock::now() >= deadline_) return false;
    if (work_.hooks.cancelled && work_.hooks.cancelled()) {
      return Error(ErrorKind::interrupted, "the check of '" + work_.job.views.table + "' was interrupted");
    }
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, std::chrono::milliseconds(2000));
    return true;
  }

 private:
  const Work& work_;
  std::chrono::time_point<Clock, std::chrono::duration<double>> deadline_;
  std::chrono::milliseconds pause_{100};
};

bool more_than_are_kept(const Work& work) {
  for (size_t i = 0; i < work.job.indexes.size(); ++i) {
    const IndexCheck& check = work.result.indexes[i];
    if (std::max({check.missing, check.extra, check.different}) > closer_looks) return true;
  }
  return false;
}

Result<void> look_at_index(Work& work, AwsClient& client, size_t i) {
  TRY(suspects, read_suspects(work, client, i));
  Patience patience(work);
  while (!suspects.empty()) {
    CHECK_OK(poll_once(work, client, i, suspects));
    if (suspects.empty()) break;
    TRY(again, patience.pause());
    if (!again) break;
  }
  const auto projected = projected_attributes(work, work.job.indexes[i]);
  for (size_t n = 0; n < suspects.size() && n < work.job.shown; ++n) {
    const Suspect& s = suspects[n];
    Discrepancy d;
    d.kind = s.kind;
    d.index = work.job.indexes[i].name;
    d.key = key_text(s.item, work.job.views, work.job.masking);
    if (!s.expected.empty() && !s.found.empty()) {
      d.attributes = differing_attributes(s.expected, s.found, projected, work.job.masking);
    }
    work.result.samples.push_back(std::move(d));
  }
  return {};
}

}  // namespace

QueryRequest query_like(const Work& work, const IndexSpec* index, std::string_view item) {
  QueryRequest request;
  request.table = work.job.target_table;
  std::string pk = work.job.views.pk, sk = work.job.views.sk;
  if (index != nullptr) {
    request.index = index->name;
    pk = index->pk.name;
    sk = index->sk ? index->sk->name : "";
  }
  request.condition = "#p = :p";
  request.names["#p"] = pk;
  request.values[":p"] = value_of(item, pk);
  if (!sk.empty()) {
    request.condition += " AND #s = :s";
    request.names["#s"] = sk;
    request.values[":s"] = value_of(item, sk);
  }
  return request;
}

Result<void> look_closer_at_indexes(Work& work) {
  if (work.job.indexes.empty()) return {};
  Patience patience(work);
  while (more_than_are_kept(work)) {
    TRY(again, patience.pause());
    if (!again) break;
    CHECK_OK(scan_indexes_again(work));
  }
  const auto client = work.sides.connect();
  for (size_t i = 0; i < work.job.indexes.size(); ++i) CHECK_OK(look_at_index(work, *client, i));
  return {};
}

}  // namespace migrate::checking
