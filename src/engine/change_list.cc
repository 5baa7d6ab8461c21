// Change lists: ChangeListWriter, ChangeListReader, add_attempts().
#include "engine/change_list.h"

#include <cstring>

#include "engine/bytes.h"
#include "engine/manifest_header.h"

namespace migrate {
namespace {

constexpr size_t change_digest_bytes = 16;
constexpr size_t change_fixed_bytes = change_digest_bytes + sizeof(SourceHash);
enum BeforeForm : uint32_t { no_entry, plain_entry, accepted_entry };

bool take_digest(std::string_view& bytes, Digest& digest) {
  if (bytes.size() < change_digest_bytes) return false;
  digest = Digest::from_bytes(bytes.substr(0, change_digest_bytes));
  bytes.remove_prefix(change_digest_bytes);
  return true;
}

std::string_view hash_view(const SourceHash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

void append_before(std::string& out, const ManifestEntry* before) {
  append_leb128(out, before == nullptr ? no_entry : before->accepted ? accepted_entry : plain_entry);
  if (before == nullptr) return;
  append_leb128(out, before->shape);
  out += before->digest.view();
  out += hash_view(before->source_hash);
  if (before->accepted) out += before->accepted->view();
}

bool take_before(std::string_view& bytes, size_t shapes, bool& any, ManifestEntry& before) {
  uint32_t form = 0;
  if (!take_leb128(bytes, form) || form > accepted_entry) return false;
  any = form != no_entry;
  if (!any) return true;
  if (!take_leb128(bytes, before.shape) || before.shape >= shapes || !take_digest(bytes, before.digest) ||
      bytes.size() < sizeof(SourceHash)) {
    return false;
  }
  std::memcpy(before.source_hash.data(), bytes.data(), sizeof(SourceHash));
  bytes.remove_prefix(sizeof(SourceHash));
  before.accepted.reset();
  return form == plain_entry || take_digest(bytes, before.accepted.emplace());
}

bool take_attempts(std::string_view& bytes, std::vector<Digest>& attempts) {
  uint32_t count = 0;
  if (!take_leb128(bytes, count) || count > bytes.size() / change_digest_bytes) return false;
  attempts.resize(count);
  for (Digest& attempt : attempts) take_digest(bytes, attempt);
  return true;
}

}  // namespace

Result<ChangeListWriter> ChangeListWriter::create(std::string path, const ChangeListHeader& header) {
  if (header.current >= header.shapes.size()) {
    return Error(ErrorKind::internal, "'" + path + "' was to have shape " + std::to_string(header.current) + " of " +
                                          std::to_string(header.shapes.size()));
  }
  TRY(file, SortedWriter::create(std::move(path), change_list_header_json(header), change_fixed_bytes, 1));
  return ChangeListWriter(std::move(file), header.shapes.size());
}

Result<void> ChangeListWriter::add(const Change& change) {
  if (change.before != nullptr && change.before->shape >= shapes_) {
    return Error(ErrorKind::internal, "an entry in a change list has shape " + std::to_string(change.before->shape) +
                                          ", and there are " + std::to_string(shapes_));
  }
  std::string fixed(change.now.view());
  fixed += hash_view(change.source_hash);
  info_.clear();
  append_leb128(info_, static_cast<uint32_t>(change.kind));
  append_leb128(info_, change.place.entity);
  append_before(info_, change.before);
  append_leb128(info_, static_cast<uint32_t>(change.attempts.size()));
  for (const Digest& attempt : change.attempts) info_ += attempt.view();
  info_ += change.place.body;
  return file_.add({change.key, fixed, info_});
}

Result<ChangeListReader> ChangeListReader::open(const std::string& path) {
  TRY(file, SortedReader::open(path));
  TRY(header, change_list_header(file.header(), path));
  if (file.fixed_bytes() != change_fixed_bytes) return file.damaged("its records are not those of a change list");
  return ChangeListReader(std::move(file), std::move(header));
}

Result<bool> ChangeListReader::next(Change& change) {
  SortedRecord record;
  TRY(more, file_.next(record));
  if (!more) return false;
  std::string_view info = record.info;
  uint32_t kind = 0;
  bool any_before = false;
  if (!take_leb128(info, kind) || kind > static_cast<uint32_t>(Change::Kind::look) ||
      !take_leb128(info, change.place.entity) || !take_before(info, header_.shapes.size(), any_before, before_) ||
      !take_attempts(info, change.attempts)) {
    return file_.damaged("one of its records is none of a change list");
  }
  change.kind = static_cast<Change::Kind>(kind);
  change.key = before_.key = record.key;
  change.before = any_before ? &before_ : nullptr;
  change.place.body = info;
  change.now = Digest::from_bytes(record.fixed.substr(0, change_digest_bytes));
  std::memcpy(change.source_hash.data(), record.fixed.data() + change_digest_bytes, sizeof(SourceHash));
  return true;
}

Result<void> add_attempts(const std::string& change_list, RecordSort::Feeder& feeder) {
  TRY(reader, ChangeListReader::open(change_list));
  for (Change change;;) {
    TRY(more, reader.next(change));
    if (!more) return {};
    const bool puts = change.kind == Change::Kind::insert || change.kind == Change::Kind::update;
    if (!puts && change.kind != Change::Kind::remove) continue;
    CHECK_OK(add_sighting(feeder,
                          {Sighting::Kind::attempt, change.key, puts ? change.now : Digest{}, change.source_hash, {}}));
  }
}

}  // namespace migrate
