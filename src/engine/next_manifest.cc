// The base and the outcomes of a run make the next manifest: next_manifest(), add_outcome().
#include "engine/next_manifest.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "engine/bytes.h"

namespace migrate {
namespace {

constexpr size_t outcome_digest_bytes = 16;
static_assert(outcome_fixed_bytes == outcome_digest_bytes + sizeof(SourceHash));

// As add_outcome() stores it.
Result<Outcome> read_outcome(const SortedRecord& record) {
  Outcome out;
  std::string_view info = record.info;
  uint32_t kind = 0;
  if (!take_leb128(info, kind) || kind > static_cast<uint32_t>(Outcome::Kind::found) || !take_leb128(info, out.shape) ||
      (!info.empty() && info.size() != outcome_digest_bytes)) {
    return Error(ErrorKind::internal, "an outcome of a run is none that was written");
  }
  out.kind = static_cast<Outcome::Kind>(kind);
  out.key = record.key;
  out.digest = Digest::from_bytes(record.fixed.substr(0, outcome_digest_bytes));
  std::memcpy(out.source_hash.data(), record.fixed.data() + outcome_digest_bytes, sizeof(SourceHash));
  if (!info.empty()) out.accepted = Digest::from_bytes(info);
  return out;
}

class NextManifest {
 public:
  NextManifest(ManifestReader* base, ManifestWriter& writer, uint32_t current)
      : base_(base), writer_(writer), current_(current) {}

  Result<void> begin() { return next_entry(); }

  Result<void> add(const SortedRecord& record) {
    if (any_ && record.key == key_) {
      if (record.fixed == fixed_ && record.info == info_) return {};
      return Error(ErrorKind::internal, "the key " + to_hex(key_) + " has two outcomes in one run");
    }
    any_ = true;
    key_ = record.key;
    fixed_ = record.fixed;
    info_ = record.info;
    TRY(outcome, read_outcome(record));
    while (entry_ && entry_->key < outcome.key) CHECK_OK(unchanged());
    const bool known = entry_ && entry_->key == outcome.key;
    CHECK_OK(apply(outcome, known));
    return known ? next_entry() : Result<void>();
  }

  Result<void> finish() {
    while (entry_) CHECK_OK(unchanged());
    return {};
  }

 private:
  Result<void> next_entry() {
    ManifestEntry entry;
    bool more = false;
    if (base_ != nullptr) {
      TRY(found, base_->next(entry));
      more = found;
    }
    entry_ = more ? std::optional(entry) : std::nullopt;
    return {};
  }

  // Where a person accepted another item, the digest is not of what the row gives: only its own shape fits it.
  Result<void> unchanged() {
    if (!entry_->accepted) entry_->shape = current_;
    CHECK_OK(writer_.add(*entry_));
    return next_entry();
  }

  Result<void> apply(const Outcome& outcome, bool known) {
    switch (outcome.kind) {
      case Outcome::Kind::gone:
        return {};
      case Outcome::Kind::kept:
        return known ? writer_.add(*entry_) : Result<void>();
      case Outcome::Kind::written:
        return writer_.add({outcome.key, outcome.digest, outcome.source_hash, current_, outcome.accepted});
      case Outcome::Kind::found:
        break;
    }
    return writer_.add({outcome.key, outcome.digest, outcome.source_hash, outcome.shape, outcome.accepted});
  }

  ManifestReader* base_;
  ManifestWriter& writer_;
  const uint32_t current_;
  std::optional<ManifestEntry> entry_;  // the next of the base
  bool any_ = false;
  std::string key_, fixed_, info_;  // of the last outcome
};

}  // namespace

Result<void> add_outcome(RecordSort::Feeder& feeder, const Outcome& outcome) {
  char fixed[outcome_fixed_bytes] = {};
  std::string info;
  append_leb128(info, static_cast<uint32_t>(outcome.kind));
  append_leb128(info, outcome.kind == Outcome::Kind::found ? outcome.shape : 0);
  // What a kind does not have is left out, so that equal outcomes are equal records.
  if (outcome.kind == Outcome::Kind::written || outcome.kind == Outcome::Kind::found) {
    std::memcpy(fixed, outcome.digest.bytes.data(), outcome_digest_bytes);
    std::memcpy(fixed + outcome_digest_bytes, outcome.source_hash.data(), sizeof(SourceHash));
    if (outcome.accepted) info += outcome.accepted->view();
  }
  return feeder.add({outcome.key, {fixed, outcome_fixed_bytes}, info});
}

Result<uint64_t> next_manifest(ManifestReader* base, RecordSort& outcomes, const ManifestHeader& header,
                               uint32_t current, const std::string& path) {
  const auto& shapes = header.shapes;
  if (current >= shapes.size() ||
      (base != nullptr && (base->header().shapes.size() > shapes.size() ||
                           !std::equal(base->header().shapes.begin(), base->header().shapes.end(), shapes.begin())))) {
    return Error(ErrorKind::internal, "'" + path + "' was to have other shapes than the manifest that it follows");
  }
  TRY(writer, ManifestWriter::create(path, header));
  NextManifest next(base, writer, current);
  CHECK_OK(next.begin());
  CHECK_OK(outcomes.merge([&](const SortedRecord& record) { return next.add(record); }));
  CHECK_OK(next.finish());
  CHECK_OK(writer.finish());
  return writer.count();
}

}  // namespace migrate
