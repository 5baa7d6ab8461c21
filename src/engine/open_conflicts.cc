// Conflicts of the last run, looked up again: look_up_conflicts(), close_conflicts(), open_conflicts_json().
#include "engine/open_conflicts.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cloud/retry.h"
#include "engine/dead_letters.h"

namespace migrate {
namespace {

constexpr size_t keys_a_request = 100;  // BatchGetItem takes no more
constexpr int unanswered_rounds = 10;

bool holds_ours(const std::vector<std::string>& attributes, std::string_view item, const std::string& ours) {
  auto digest = item_digest(item, &attributes);
  return digest && digest->hex() == ours;
}

// Items by canonical key; what the service left out for the moment is asked for again.
Result<std::map<std::string, std::string>> fetch(const TableViews& views, const std::string& table,
                                                 std::vector<std::string> keys, AwsClient& client,
                                                 std::vector<std::string>& unanswered) {
  std::map<std::string, std::string> items;
  const RetryPolicy policy;
  for (int round = 1; !keys.empty() && round <= unanswered_rounds; ++round) {
    if (round > 1) back_off(policy, AwsErrorClass::throttled, round);
    TRY(body, call(client, batch_get(table, {keys.begin(), keys.end()}), "BatchGetItem of '" + table + "'", policy));
    TRY(got, read_batch_get(body, table));
    for (std::string_view item : got.items) {
      TRY(key, item_key(item, views.pk, views.sk));
      items.emplace(std::move(key), item);
    }
    keys.assign(got.unprocessed_keys.begin(), got.unprocessed_keys.end());
  }
  for (const std::string& json : keys) {
    TRY(key, item_key(json, views.pk, views.sk));
    unanswered.push_back(std::move(key));
  }
  return items;
}

// As dead letters have the target's key: the texts of its attributes.
using KeyTexts = std::pair<std::string, std::string>;

KeyTexts key_texts(const OpenConflict& conflict, const TableViews& views) {
  Diagnostics diagnostics;
  const auto document = parse_json({conflict.key, "a key"}, diagnostics);
  const auto text_of = [&](const std::string& name) {
    std::string text;
    const auto value = document && !name.empty() ? document->root().find(name) : std::nullopt;
    if (!value) return text;
    for (const JsonMember typed : value->members()) text += typed.value.text();
    return text;
  };
  return {text_of(views.pk), text_of(views.sk)};
}

}  // namespace

std::string open_conflicts_json(const std::vector<OpenConflict>& conflicts) {
  std::vector<std::string> list;
  for (const OpenConflict& c : conflicts) {
    list.push_back(
        JsonObject().add("entity", c.entity).add("key", c.key).add("ours", c.ours).add("gone", c.gone).str());
  }
  return json_array(list);
}

Result<ConflictsNow> look_up_conflicts(const TableViews& views, const std::string& target_table,
                                       const std::vector<OpenConflict>& conflicts, AwsClient& client) {
  ConflictsNow now;
  const std::vector<std::string> attributes = attribute_names(views);
  for (size_t begin = 0; begin < conflicts.size(); begin += keys_a_request) {
    const size_t end = std::min(begin + keys_a_request, conflicts.size());
    std::vector<std::string> keys, unanswered;
    for (size_t i = begin; i < end; ++i) keys.push_back(conflicts[i].key);
    TRY(items, fetch(views, target_table, std::move(keys), client, unanswered));
    for (size_t i = begin; i < end; ++i) {
      TRY(key, item_key(conflicts[i].key, views.pk, views.sk));
      const auto item = items.find(key);
      const bool answered = std::find(unanswered.begin(), unanswered.end(), key) == unanswered.end();
      const bool known = conflicts[i].entity < views.entities.size();
      if (item == items.end() && answered) {
        if (!conflicts[i].gone) ++now.gone;
      } else if (item != items.end() && known && holds_ours(attributes, item->second, conflicts[i].ours)) {
        now.equal.push_back(conflicts[i]);
      }
    }
  }
  return now;
}

Result<void> close_conflicts(const std::vector<OpenConflict>& equal, const TableViews& views,
                             const std::string& dead_letters, TableRun& run) {
  std::set<std::string> open_keys;
  std::set<KeyTexts> closed_keys;
  for (const OpenConflict& conflict : equal) {
    open_keys.insert(conflict.key);
    closed_keys.insert(key_texts(conflict, views));
  }
  const auto closed = [&](const std::string& line) {
    const auto letter = read_letter_key(line, views);
    return letter && letter->code == dead_letter_code(DeadLetterCode::conflict) &&
           closed_keys.contains({letter->pk, letter->sk});
  };
  if (file_exists(dead_letters)) {
    std::ifstream before(dead_letters);
    TRY(after, DeadLetterFile::create(dead_letters));
    for (std::string line; std::getline(before, line);) {
      if (!closed(line)) CHECK_OK(after.append(line + "\n"));
    }
    if (!before.eof()) return Error(ErrorKind::io, "cannot read the dead letters '" + dead_letters + "'");
    CHECK_OK(after.finish());
  }
  const auto n = static_cast<uint64_t>(std::erase_if(
      run.open_conflicts, [&](const OpenConflict& conflict) { return open_keys.contains(conflict.key); }));
  uint64_t& letters = run.dead_letters[static_cast<size_t>(DeadLetterCode::conflict)];
  letters -= std::min(letters, n);
  run.conflicts -= std::min(run.conflicts, n);
  run.present += n;
  std::erase_if(run.samples, closed);
  return {};
}

}  // namespace migrate
