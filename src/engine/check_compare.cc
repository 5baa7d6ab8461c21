// Where each kind of difference is decided: Comparison, over records that come sorted by key.
#include "engine/check_work.h"

namespace migrate::checking {
namespace {

void keep(std::vector<Candidate>& list, const Candidate& candidate) {
  if (list.size() < closer_looks) list.push_back(candidate);
}

}  // namespace

struct Comparison::Group {
  struct Side {
    bool there = false;
    Digest content;
    uint32_t place = 0;
    void set(const SortRecord& r) {
      there = true;
      content = r.content;
      place = r.place;
    }
  };
  bool open = false;
  Digest key;
  uint64_t rows = 0, dead = 0;
  bool refused = false, conflict = false, reported_duplicate = false;
  Side row, item;
  std::vector<Side> expected, found;  // by index
};

Comparison::Comparison(Work& work) : work_(work), group_(std::make_shared<Group>()) {
  const size_t n = work.job.indexes.size();
  work.index_missing.resize(n);
  work.index_extra.resize(n);
  work.index_different.resize(n);
  for (const IndexSpec& i : work.job.indexes) {
    IndexCheck check;
    check.name = i.name;
    work.result.indexes.push_back(check);
  }
}

Result<void> Comparison::add(const SortRecord& record) {
  Group& g = *group_;
  if (!g.open || g.key != record.key) {
    close();
    const size_t n = work_.job.indexes.size();
    g = Group();
    g.open = true;
    g.key = record.key;
    g.expected.resize(n);
    g.found.resize(n);
  }
  switch (record.kind) {
    case Kind::row:
      ++g.rows;
      g.row.set(record);
      break;
    case Kind::dead_row:
      ++g.dead;
      g.row.place = record.place;
      break;
    case Kind::refused:
      g.refused = true;
      break;
    case Kind::conflict:
      g.conflict = true;
      break;
    case Kind::reported_duplicate:
      g.reported_duplicate = true;
      break;
    case Kind::item:
      g.item.set(record);
      break;
    case Kind::index_expected:
      g.expected[record.index].set(record);
      break;
    default:
      g.found[record.index].set(record);
  }
  return {};
}

void Comparison::finish() { close(); }

void Comparison::close() {
  const Group& g = *group_;
  if (!g.open) return;
  CheckResult& r = work_.result;
  Candidate c{g.key, g.row.content, g.item.content, g.row.place, g.conflict};
  if (g.rows + g.dead > 1) {
    // Which of them is the right one is not known, so none of them becomes an item.
    ++r.duplicate_keys;
    r.duplicate_rows += g.rows + g.dead;
    r.dead_rows += g.rows;
    // Rows that are dead for reasons of their own were no item of any run.
    c.unreported = g.rows > 0 && !g.reported_duplicate && !keys_are_masked(work_.job);
    if (c.unreported) ++r.unreported_duplicates, ++work_.wrong;
    keep(work_.duplicates, c);
  } else if (g.rows == 1 && !g.item.there) {
    ++(g.refused ? r.dead_rows : r.missing);
    if (!g.refused) {
      ++work_.wrong;
      if (g.conflict) ++r.known_conflicts;
      keep(work_.missing, c);
    }
  } else if (g.rows == 1 && g.row.content != g.item.content) {
    ++r.different;
    ++work_.wrong;
    if (g.conflict) ++r.known_conflicts;
    keep(work_.different, c);
  }
  if (g.rows != 1 && g.item.there) {
    ++r.extra;
    c.place = g.item.place;
    keep(work_.extra, c);
  }
  for (size_t i = 0; i < g.expected.size(); ++i) {
    const auto& e = g.expected[i];
    const auto& f = g.found[i];
    IndexCheck& index = r.indexes[i];
    if (e.there) ++index.expected;
    if (f.there) ++index.found;
    if (e.there && !f.there) {
      ++index.missing;
      keep(work_.index_missing[i], {g.key, e.content, {}, e.place});
    } else if (!e.there && f.there) {
      ++index.extra;
      keep(work_.index_extra[i], {g.key, {}, f.content, f.place});
    } else if (e.there && e.content != f.content) {
      ++index.different;
      keep(work_.index_different[i], {g.key, e.content, f.content, e.place});
    }
  }
  group_->open = false;
}

}  // namespace migrate::checking
