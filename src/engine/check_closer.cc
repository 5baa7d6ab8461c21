// look_closer(): the rows and items that differ are read again by place and key, to say what differs, and to leave out
// what changed while the check was reading.
#include <algorithm>

#include "engine/check_work.h"

namespace migrate::checking {
namespace {

struct RowAgain {
  std::string item;  // its JSON; empty for a dead row
  std::string source_key;
  std::string key;  // readable
  Digest content;   // of the item
};
using RowsAgain = std::map<Digest, RowAgain>;

std::string readable(const NamedTexts& key, const Masking& masking) {
  std::string out;
  for (const auto& [name, value] : key) {
    if (!out.empty()) out += ", ";
    out += name + "=" + (masking.hides_attribute(name) ? masking.mask(value) : value);
  }
  return out;
}

Error was_interrupted(const Work& work) {
  return Error(ErrorKind::interrupted, "the check of '" + work.job.views.table + "' was interrupted");
}

// Where rows share a key, all of them are named.
Result<void> read_chunk_again(Work& work, const Place& place, const std::set<Digest>& wanted, RowsAgain& out) {
  const EntityView& entity = work.job.views.entities[place.entity];
  ItemMaker maker(work.job.views, entity);
  Item item;
  std::vector<DeadLetter> dead;
  return work.sides.rows.read(0, place.entity, place.range, [&](const RowView& row) {
    dead.clear();
    const bool lives = maker.make(row, item, dead);
    const Digest key = key_digest(item.key);
    if (item.key.empty() || !wanted.contains(key)) return true;
    const std::string source = source_key_text(entity, maker.source_key(row), work.job.masking);
    RowAgain& again = out[key];
    if (again.source_key.empty()) {
      again = {lives ? item.json : "", source, readable(maker.target_key(row), work.job.masking), item.digest};
    } else if (again.source_key.size() < 400 && again.source_key.find(source) == std::string::npos) {
      again.source_key += " and " + source;
    }
    return true;
  });
}

Result<RowsAgain> read_rows_again(Work& work, std::initializer_list<const std::vector<Candidate>*> lists) {
  std::set<Digest> wanted;
  std::set<uint32_t> places;
  for (const auto* list : lists) {
    for (const Candidate& c : *list) {
      wanted.insert(c.key);
      places.insert(c.place);
    }
  }
  RowsAgain rows;
  for (const uint32_t p : places) {
    if (work.hooks.cancelled && work.hooks.cancelled()) return was_interrupted(work);
    CHECK_OK(read_chunk_again(work, work.places[p], wanted, rows));
  }
  return rows;
}

void show(Work& work, Discrepancy d) {
  auto& samples = work.result.samples;
  const auto shown = std::count_if(samples.begin(), samples.end(),
                                   [&](const auto& s) { return s.kind == d.kind && s.index == d.index; });
  if (static_cast<size_t>(shown) < work.job.shown) samples.push_back(std::move(d));
}

// One row whose item was missing or different: what is there now?
Result<void> look_at_row(Work& work, AwsClient& client, const Candidate& c, const RowAgain& row, bool was_missing) {
  CheckResult& r = work.result;
  const TableViews& v = work.job.views;
  std::vector<std::string> names = {v.pk};
  if (!v.sk.empty()) names.push_back(v.sk);
  TRY(found, fetch_item(client, work.job.target_table, key_map(row.item, names), work.policy()));
  Discrepancy d;
  d.key = key_text(row.item, v, work.job.masking);
  d.source_key = row.source_key;
  d.known = c.known;
  if (found.empty()) {
    if (!was_missing) {
      --r.different;
      ++r.missing;
    }
    d.kind = Discrepancy::Kind::missing;
    show(work, std::move(d));
    return {};
  }
  TRY(content, item_digest(found, &work.attributes));
  if (content == row.content) {
    ++r.changed_meanwhile;
    --(was_missing ? r.missing : r.different);
    if (c.known) --r.known_conflicts;
    return {};
  }
  if (was_missing) {
    --r.missing;
    ++r.different;
  }
  d.kind = Discrepancy::Kind::different;
  d.attributes = differing_attributes(row.item, found, work.attributes, work.job.masking);
  show(work, std::move(d));
  return {};
}

// Items before it that grew, or came, push an item on to the next page; so far that it left the fourth they grow in no
// check's time.
constexpr int pages_read_on = 4;

Result<void> show_extras(Work& work, AwsClient& client) {
  std::map<uint32_t, std::set<Digest>> wanted;
  for (size_t i = 0; i < work.extra.size() && i < work.job.shown; ++i) {
    wanted[work.extra[i].place].insert(work.extra[i].key);
  }
  for (const auto& [place, keys] : wanted) {
    TRY(items, read_page_again(work, client, place, keys));
    for (const auto& [key, json] : items) {
      Discrepancy d;
      d.kind = Discrepancy::Kind::extra;
      d.key = key_text(json, work.job.views, work.job.masking);
      show(work, std::move(d));
    }
  }
  return {};
}

}  // namespace

Result<std::map<Digest, std::string>> read_page_again(Work& work, AwsClient& client, uint32_t place,
                                                      const std::set<Digest>& wanted) {
  Place p = work.places[place];
  std::map<Digest, std::string> out;
  for (int pages = 0; pages < pages_read_on && out.size() < wanted.size(); ++pages) {
    TRY(body, call(client, scan(scan_request(work, p)), "Scan of '" + work.job.target_table + "'", work.policy()));
    TRY(page, read_page(body));
    for (const std::string_view json : page.items) {
      TRY(key, item_key(json, work.job.views.pk, work.job.views.sk));
      const Digest digest = key_digest(key);
      if (wanted.contains(digest)) out.emplace(digest, json);
    }
    if (page.last_key.empty()) break;
    p.start_key = std::string(page.last_key);
  }
  return out;
}

Result<void> look_closer(Work& work) {
  TRY(rows, read_rows_again(work, {&work.missing, &work.different, &work.duplicates}));
  const auto client = work.sides.connect();
  for (const auto* list : {&work.missing, &work.different}) {
    for (const Candidate& c : *list) {
      if (work.hooks.cancelled && work.hooks.cancelled()) return was_interrupted(work);
      const auto row = rows.find(c.key);
      if (row == rows.end() || row->second.item.empty()) continue;
      CHECK_OK(look_at_row(work, *client, c, row->second, list == &work.missing));
    }
  }
  for (const Candidate& c : work.duplicates) {
    const auto row = rows.find(c.key);
    if (row == rows.end()) continue;
    Discrepancy d;
    d.kind = Discrepancy::Kind::duplicate;
    d.unreported = c.unreported;
    d.key = row->second.key;
    d.source_key = row->second.source_key;
    show(work, std::move(d));
  }
  return show_extras(work, *client);
}

}  // namespace migrate::checking
