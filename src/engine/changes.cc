// What a later run does with the items that it changes: Writer::on_look() and what follows from it.
//
// An item is read, decide() says what is to be done, and the update or delete goes out under the condition that the
// item is still as it was read. Where the condition fails, it is looked at again.
#include <algorithm>

#include "engine/outcomes.h"

namespace migrate {
namespace {

constexpr size_t changes_of_a_request = 25;         // BatchExecuteStatement takes no more
constexpr size_t keys_of_a_look = 100;              // nor BatchGetItem
constexpr uint64_t bytes_of_a_request = 256 << 10;  // and no item more once it has them
constexpr uint64_t look_bytes = 256 << 10;          // of an answer, aimed at: many are in flight
constexpr uint64_t item_bytes_at_first = 8 << 10;
constexpr int most_looks = 5;

// Of the values that the body will hold: those compared, and those set.
uint64_t bytes_of(const WriteRequest& request) {
  uint64_t out = 0;
  for (const ItemRef& item : request.items) out += item.json().size();
  for (const auto& intended : request.intended) out += intended->seen.json.size();
  return out;
}

bool removes(const ItemRef& item) { return item.known().kind == Change::Kind::remove; }

// Whether an application gave the item attributes between the look and the delete: no condition can exclude that.
bool grew(const SeenItem& seen, const SeenItem& removed) {
  return std::any_of(removed.attributes.begin(), removed.attributes.end(), [&](const ItemAttribute& after) {
    return std::none_of(seen.attributes.begin(), seen.attributes.end(),
                        [&](const ItemAttribute& before) { return before.name == after.name; });
  });
}

}  // namespace

bool Writer::to_be_looked_at(const ItemRef& item) const {
  return rules_ != nullptr && item.known().kind != Change::Kind::insert;
}

size_t Writer::items_of_a_look() const {
  const uint64_t each = seen_items_ == 0 ? item_bytes_at_first : std::max<uint64_t>(1, seen_bytes_ / seen_items_);
  return std::clamp<size_t>(look_bytes / each, 1, keys_of_a_look);
}

WriteRequest Writer::next_look() {
  WriteRequest out;
  out.kind = WriteRequest::Kind::look;
  const size_t most = items_of_a_look();
  while (!to_look_at_.empty() && out.items.size() < most) {
    out.items.push_back(std::move(to_look_at_.front()));
    to_look_at_.pop_front();
  }
  return out;
}

void Writer::on_look(WriteRequest& request, AwsOutcome& outcome) {
  auto got = got_by_key(outcome.body, job_);
  if (!got) return on_garbage(request, outcome, got.error());
  WriteRequest again = derived(request, WriteRequest::Kind::look);
  std::vector<WriteRequest> next;
  for (const ItemRef& item : request.items) {
    const std::string key(item.key());
    const auto found = got->items.find(key);
    if (found == got->items.end() && got->unread.contains(key)) {
      again.items.push_back(item);
      continue;
    }
    ++seen_items_;
    if (found != got->items.end()) seen_bytes_ += found->second.size();
    on_seen(request, item, found == got->items.end() ? std::nullopt : std::optional(found->second), next);
  }
  for (WriteRequest& one : next) ready_.push_back(std::move(one));
  if (again.items.size() < request.items.size()) succeeded();
  read_again(std::move(again));
}

void Writer::on_seen(const WriteRequest& request, const ItemRef& item, std::optional<std::string_view> existing,
                     std::vector<WriteRequest>& next) {
  auto intended = std::make_shared<Intended>();
  if (existing) {
    auto seen = see_item(*existing);
    if (!seen) return fail(seen.error());
    intended->seen = std::move(*seen);
  }
  const bool wants = !removes(item) && item.known().kind != Change::Kind::look;
  if (wants) intended->wanted = {item.entry().digest, builder_.attributes(item)};
  Decision decision =
      decide(*rules_, item.known(), existing ? &intended->seen : nullptr, wants ? &intended->wanted : nullptr);
  const auto add = [&](WriteRequest::Kind kind, size_t most) {
    auto into = std::find_if(next.begin(), next.end(), [&](const WriteRequest& r) {
      return r.kind == kind && r.items.size() < most && bytes_of(r) < bytes_of_a_request;
    });
    if (into == next.end()) {
      into = next.insert(next.end(), derived(request, kind));
      // What is new to the table is no retry of anything.
      if (kind == WriteRequest::Kind::insert || kind == WriteRequest::Kind::put) into->maybe_written = false;
    }
    into->items.push_back(item);
    if (kind == WriteRequest::Kind::change || kind == WriteRequest::Kind::change_alone)
      into->intended.push_back(intended);
  };
  switch (decision.kind) {
    case Decision::Kind::write:
      intended->write = std::move(decision.write);
      if (builder_.fits_statement(intended->write)) return add(WriteRequest::Kind::change, changes_of_a_request);
      if (builder_.fits_alone(intended->write)) return add(WriteRequest::Kind::change_alone, 1);
      tell(item, {Outcome::Kind::kept, std::nullopt});
      return settle_dead(item, DeadLetterCode::refused,
                         "more of its attributes changed than one request can hold: it was left alone");
    case Decision::Kind::insert:
      if (builder_.fits_statement(item)) return add(WriteRequest::Kind::insert, changes_of_a_request);
      return add(WriteRequest::Kind::put, 1);
    case Decision::Kind::present:
      return request.maybe_written ? settle_written(item) : settle_present(item);
    case Decision::Kind::gone:
      if (request.maybe_written) ++facts_.removed;
      return settle_gone(item);
    case Decision::Kind::kept:
      return settle_unchanged(item, {Outcome::Kind::kept, std::nullopt});
    case Decision::Kind::found:
      return settle_unchanged(item, {Outcome::Kind::found, decision.digest, decision.shape});
    case Decision::Kind::conflict:
      return conflict(item, existing ? std::optional(decision.digest) : std::nullopt, "the table " + decision.reason,
                      !existing);
  }
}

void Writer::on_change_statements(WriteRequest& request, AwsOutcome& outcome) {
  auto statements = read_statements(outcome.body, request.items.size(), true);
  if (!statements) return on_garbage(request, outcome, statements.error());
  for (size_t i = 0; i < statements->size(); ++i) {
    const StatementOutcome& statement = (*statements)[i];
    if (statement.error == AwsErrorClass::none) {
      succeeded();
      on_changed(request, i, statement.item);
    } else if (statement.error == AwsErrorClass::conditional_failed) {
      succeeded();
      look_again(request, i);
    } else {
      WriteRequest alone = derived(request, WriteRequest::Kind::change);
      alone.items.push_back(request.items[i]);
      alone.intended.push_back(request.intended[i]);
      on_statement_failed(std::move(alone), statement);
    }
  }
}

void Writer::on_changed_alone(WriteRequest& request, AwsOutcome& outcome) {
  succeeded();
  if (!outcome.ok()) return look_again(request, 0);
  auto returned = read_item(outcome.body);
  on_changed(request, 0, returned ? *returned : std::string_view());
}

void Writer::on_changed(const WriteRequest& request, size_t i, std::string_view returned) {
  const ItemRef& item = request.items[i];
  if (!removes(item)) {
    ++facts_.updated;
    return settle_written(item);
  }
  if (!returned.empty()) {
    auto removed = see_item(returned);
    if (!removed) return fail(removed.error());
    if (grew(request.intended[i]->seen, *removed)) {
      WriteRequest back = derived(request, WriteRequest::Kind::put_back);
      back.items.push_back(item);
      auto intended = std::make_shared<Intended>();
      intended->seen = std::move(*removed);
      back.intended.push_back(std::move(intended));
      ready_.push_back(std::move(back));
      return;
    }
  }
  ++facts_.removed;
  settle_gone(item);
}

void Writer::put_back(const WriteRequest& request) {
  conflict(request.items[0], std::nullopt,
           "an application gave the item attributes while it was removed; it was put back", false);
}

void Writer::look_again(const WriteRequest& request, size_t i) {
  if (request.looks == most_looks) {
    return conflict(request.items[i], std::nullopt,
                    "the item changes faster than it can be looked at; it was left alone", false);
  }
  WriteRequest look = derived(request, WriteRequest::Kind::look);
  ++look.looks;
  look.items.push_back(request.items[i]);
  ready_.push_back(std::move(look));
}

}  // namespace migrate
