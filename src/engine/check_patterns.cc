// check_patterns(): each access pattern that names an index or a key attribute is really queried, with the key of an
// item that is there.
#include <cctype>

#include "base/text.h"
#include "engine/check_work.h"

namespace migrate::checking {
namespace {

bool part_of_name(char c) {
  const auto u = static_cast<unsigned char>(c);
  return std::isalnum(u) != 0 || u >= 0x80 || c == '_' || c == '-' || c == '.' || c == '#';
}

// Whether `text` has `name` as a word, in any case. A final full stop or hyphen belongs to the sentence.
bool names_word(const std::string& text, const std::string& name) {
  const std::string hay = lower_ascii(text), needle = lower_ascii(name);
  if (needle.empty()) return false;
  for (size_t at = hay.find(needle); at != std::string::npos; at = hay.find(needle, at + 1)) {
    const size_t end = at + needle.size();
    const bool begins = at == 0 || !part_of_name(hay[at - 1]);
    const bool ends = end == hay.size() || !part_of_name(hay[end]) ||
                      ((hay[end] == '.' || hay[end] == '-') && (end + 1 == hay.size() || !part_of_name(hay[end + 1])));
    if (begins && ends) return true;
  }
  return false;
}

constexpr int no_index = -1, nothing = -2;

// What a pattern names: an index by its name, else the table by its key, else an index by its key.
int what_is_named(const CheckJob& job, const std::string& pattern) {
  for (size_t i = 0; i < job.indexes.size(); ++i) {
    if (names_word(pattern, job.indexes[i].name)) return static_cast<int>(i);
  }
  if (names_word(pattern, job.views.pk) || names_word(pattern, job.views.sk)) return no_index;
  for (size_t i = 0; i < job.indexes.size(); ++i) {
    if (names_word(pattern, job.indexes[i].pk.name)) return static_cast<int>(i);
  }
  return nothing;
}

Result<std::string> any_item(Work& work, AwsClient& client, const IndexSpec* index) {
  ScanRequest request;
  request.table = work.job.target_table;
  if (index != nullptr) request.index = index->name;
  request.consistent = index == nullptr;
  request.limit = 1;
  TRY(body, call(client, scan(request), "Scan of '" + request.table + "'", work.policy()));
  TRY(page, read_page(body));
  return page.items.empty() ? std::string() : std::string(page.items.front());
}

// Only the service's word that the request itself is wrong is a verdict on the pattern. A missing right, credentials
// that have expired, or a network that is gone say nothing about it.
bool is_verdict(const Error& error) { return error.kind == ErrorKind::aws_request; }

Result<PatternCheck> try_pattern(Work& work, AwsClient& client, const std::string& pattern, int named) {
  const IndexSpec* index = named >= 0 ? &work.job.indexes[static_cast<size_t>(named)] : nullptr;
  PatternCheck check{pattern, index != nullptr ? index->name : "", PatternCheck::Outcome::fails, {}};
  const auto item = any_item(work, client, index);
  if (!item) {
    if (!is_verdict(item.error())) return item.error();
    check.reason = item.error().message;
    return check;
  }
  if (item->empty()) {
    check.outcome = PatternCheck::Outcome::no_sample;
    return check;
  }
  QueryRequest request = query_like(work, index, *item);
  request.limit = 1;
  request.consistent = index == nullptr;
  auto body = call(client, query(request), "Query of '" + request.table + "'", work.policy());
  if (!body) {
    if (!is_verdict(body.error())) return body.error();
    check.reason = body.error().message;
    return check;
  }
  TRY(page, read_page(*body));
  if (page.items.empty()) {
    check.reason = "the query for the key of an item that is there found nothing";
  } else {
    check.outcome = PatternCheck::Outcome::works;
  }
  return check;
}

}  // namespace

Result<void> check_patterns(Work& work) {
  if (work.job.satisfies.empty()) return {};
  const auto client = work.sides.connect();
  std::map<int, PatternCheck> tried;  // one query answers for all patterns that name the same
  for (const std::string& pattern : work.job.satisfies) {
    if (work.hooks.cancelled && work.hooks.cancelled()) {
      return Error(ErrorKind::interrupted, "the check of '" + work.job.views.table + "' was interrupted");
    }
    const int named = what_is_named(work.job, pattern);
    if (named == nothing) {
      work.result.patterns.push_back({pattern, {}, PatternCheck::Outcome::names_nothing, {}});
      continue;
    }
    if (!tried.contains(named)) {
      TRY(outcome, try_pattern(work, *client, pattern, named));
      tried.emplace(named, std::move(outcome));
    }
    PatternCheck check = tried.at(named);
    check.pattern = pattern;
    work.result.patterns.push_back(std::move(check));
  }
  return {};
}

}  // namespace migrate::checking
