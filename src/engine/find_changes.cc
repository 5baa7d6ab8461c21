// Rows against the manifest: find_changes(), add_sighting().
#include "engine/find_changes.h"

#include <algorithm>
#include <cstring>

#include "engine/bytes.h"

namespace migrate {
namespace {

constexpr size_t sighting_digest_bytes = 16;
static_assert(sighting_fixed_bytes == sighting_digest_bytes + sizeof(SourceHash));

// As add_sighting() stores it. The kind stands first, so that attempts come before rows.
Result<Sighting> read_sighting(const SortedRecord& record) {
  Sighting out;
  out.key = record.key;
  out.digest = Digest::from_bytes(record.fixed.substr(0, sighting_digest_bytes));
  std::memcpy(out.source_hash.data(), record.fixed.data() + sighting_digest_bytes, sizeof(SourceHash));
  std::string_view info = record.info;
  uint32_t kind = 0;
  if (!take_leb128(info, kind) || kind > static_cast<uint32_t>(Sighting::Kind::dead_row) ||
      !take_leb128(info, out.place.entity)) {
    return Error(ErrorKind::internal, "a record of the comparison is none that was written");
  }
  out.kind = static_cast<Sighting::Kind>(kind);
  out.place.body = info;
  return out;
}

class Merge {
 public:
  Merge(ManifestReader* before, const FindChangesOptions& options,
        const std::function<Result<void>(const Change&)>& each)
      : before_(before), options_(options), each_(each) {}

  Result<void> begin() { return next_entry(); }

  Result<void> add(const SortedRecord& record) {
    TRY(seen, read_sighting(record));
    if (options_.counts && !options_.counts(seen)) return {};
    if (!open_ || seen.key != key_) {
      CHECK_OK(close());
      open_ = true;
      key_ = seen.key;
    }
    if (seen.kind == Sighting::Kind::attempt) {
      if (attempts_.empty() || attempts_.back() != seen.digest) attempts_.push_back(seen.digest);
      attempted_by_ = seen.source_hash;
      return {};
    }
    ++(seen.kind == Sighting::Kind::row ? rows_ : dead_);
    row_ = seen;
    body_ = seen.place.body;
    return {};
  }

  Result<ChangeCounts> finish() {
    CHECK_OK(close());
    while (entry_) CHECK_OK(gone());
    return counts_;
  }

 private:
  Result<void> next_entry() {
    ManifestEntry entry;
    bool more = false;
    if (before_ != nullptr) {
      TRY(found, before_->next(entry));
      more = found;
    }
    entry_ = more ? std::optional(entry) : std::nullopt;
    return {};
  }

  // The entry at hand has no sighting at all.
  Result<void> gone() {
    Change change;
    change.key = entry_->key;
    change.before = &*entry_;
    CHECK_OK(removed(change, entry_->source_hash));
    return next_entry();
  }

  // Everything that is known of one key has been gathered.
  Result<void> close() {
    if (!open_) return {};
    while (entry_ && entry_->key < key_) CHECK_OK(gone());
    const bool known = entry_ && entry_->key == key_;
    Change change;
    change.key = key_;
    change.before = known ? &*entry_ : nullptr;
    change.attempts = std::move(attempts_);
    CHECK_OK(decide(change));
    attempts_.clear();
    rows_ = dead_ = 0;
    open_ = false;
    return known ? next_entry() : Result<void>();
  }

  Result<void> decide(Change& change) {
    if (rows_ == 1 && dead_ == 0) return written(change);
    const SourceHash& known = change.before != nullptr ? change.before->source_hash : attempted_by_;
    if (rows_ + dead_ > 0) return kept(change, rows_ + dead_ == 1 ? row_.source_hash : known);
    return removed(change, known);
  }

  Result<void> written(Change& change) {
    change.now = row_.digest;
    change.source_hash = row_.source_hash;
    change.place = {row_.place.entity, body_};
    const ManifestEntry* before = change.before;
    if (before == nullptr && change.attempts.empty()) {
      ++counts_.inserts;
      return each_(change);
    }
    const bool same = before != nullptr && before->accepted.value_or(before->digest) == change.now;
    if (same && !touched(change) && (!options_.unchanged_too || before->accepted)) {
      ++counts_.unchanged;
      if (before->source_hash == change.source_hash) return {};
      change.kind = Change::Kind::keep;  // it is another row that gives the same now
      return each_(change);
    }
    ++counts_.updates;
    change.kind = Change::Kind::update;
    return each_(change);
  }

  // `hash`: of the row that the item is of.
  Result<void> kept(Change& change, const SourceHash& hash) {
    if (change.before == nullptr && change.attempts.empty()) return {};
    ++counts_.kept;
    change.source_hash = hash;
    change.kind = touched(change) ? Change::Kind::look : Change::Kind::keep;
    return each_(change);
  }

  Result<void> removed(Change& change, const SourceHash& hash) {
    if (options_.keyless(hash)) return kept(change, hash);
    ++counts_.removes;
    change.kind = Change::Kind::remove;
    change.source_hash = hash;
    return each_(change);
  }

  // Whether a killed run may have written something else than the manifest says.
  static bool touched(const Change& change) {
    return std::any_of(change.attempts.begin(), change.attempts.end(), [&](const Digest& attempt) {
      return change.before == nullptr || attempt != change.before->digest;
    });
  }

  ManifestReader* before_;
  const FindChangesOptions& options_;
  const std::function<Result<void>(const Change&)>& each_;
  std::optional<ManifestEntry> entry_;  // the next of the manifest
  ChangeCounts counts_;

  bool open_ = false;
  std::string key_, body_;
  std::vector<Digest> attempts_;
  SourceHash attempted_by_{};
  uint64_t rows_ = 0, dead_ = 0;
  Sighting row_;  // the last; its views are gone
};

}  // namespace

Result<void> add_sighting(RecordSort::Feeder& feeder, const Sighting& sighting) {
  char fixed[sighting_fixed_bytes];
  std::memcpy(fixed, sighting.digest.bytes.data(), sighting_digest_bytes);
  std::memcpy(fixed + sighting_digest_bytes, sighting.source_hash.data(), sizeof(SourceHash));
  std::string info;
  append_leb128(info, static_cast<uint32_t>(sighting.kind));
  append_leb128(info, sighting.place.entity);
  info += sighting.place.body;
  return feeder.add({sighting.key, {fixed, sighting_fixed_bytes}, info});
}

Result<ChangeCounts> find_changes(RecordSort& sightings, ManifestReader* before, const FindChangesOptions& options,
                                  const std::function<Result<void>(const Change&)>& each) {
  Merge merge(before, options, each);
  CHECK_OK(merge.begin());
  CHECK_OK(sightings.merge([&](const SortedRecord& record) { return merge.add(record); }));
  return merge.finish();
}

}  // namespace migrate
