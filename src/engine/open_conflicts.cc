// Conflicts of the last run, looked up again: look_up_conflicts(), open_conflicts_json().
#include "engine/open_conflicts.h"

#include <algorithm>
#include <map>

#include "base/json_write.h"
#include "cloud/retry.h"

namespace migrate {
namespace {

constexpr size_t keys_a_request = 100;  // BatchGetItem takes no more
constexpr int unanswered_rounds = 10;

bool holds_ours(const EntityView& view, std::string_view item, const std::string& ours) {
  std::vector<std::string> attributes;
  for (const ViewColumn& column : view.columns) attributes.push_back(column.name);
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
    if (round > 1) wait_before_retry(policy, backoff_seconds(policy, AwsErrorClass::throttled, round, 1));
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

}  // namespace

std::string open_conflicts_json(const std::vector<OpenConflict>& conflicts) {
  std::vector<std::string> list;
  for (const OpenConflict& c : conflicts) {
    list.push_back(JsonObject().add("entity", c.entity).add("key", c.key).add("ours", c.ours).str());
  }
  return json_array(list);
}

Result<ConflictsNow> look_up_conflicts(const TableViews& views, const std::string& target_table,
                                       const std::vector<OpenConflict>& conflicts, AwsClient& client) {
  ConflictsNow now;
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
        ++now.gone;
      } else if (item != items.end() && known &&
                 holds_ours(views.entities[conflicts[i].entity], item->second, conflicts[i].ours)) {
        ++now.equal;
      } else {
        now.others.push_back(conflicts[i]);
      }
    }
  }
  return now;
}

}  // namespace migrate
