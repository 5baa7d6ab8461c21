// Row manifests: ManifestWriter, ManifestReader.
#include "engine/manifest.h"

#include <algorithm>
#include <cstring>

#include "engine/bytes.h"
#include "engine/manifest_header.h"

namespace migrate {
namespace {

constexpr size_t entry_digest_bytes = 16;
constexpr size_t entry_fixed_bytes = entry_digest_bytes + sizeof(SourceHash);

}  // namespace

Result<ManifestWriter> ManifestWriter::create(std::string path, const ManifestHeader& header) {
  TRY(file, SortedWriter::create(std::move(path), manifest_header_json(header), entry_fixed_bytes));
  return ManifestWriter(std::move(file), header.shapes.size());
}

Result<void> ManifestWriter::add(const ManifestEntry& entry) {
  if (entry.shape >= shapes_) {
    return Error(ErrorKind::internal, "an entry of a manifest has shape " + std::to_string(entry.shape) +
                                          ", and there are " + std::to_string(shapes_));
  }
  char fixed[entry_fixed_bytes];
  std::memcpy(fixed, entry.digest.bytes.data(), entry_digest_bytes);
  std::memcpy(fixed + entry_digest_bytes, entry.source_hash.data(), sizeof(SourceHash));
  info_.clear();
  append_leb128(info_, entry.shape);
  if (entry.accepted) info_ += entry.accepted->view();
  return file_.add({entry.key, {fixed, entry_fixed_bytes}, info_});
}

Result<ManifestReader> ManifestReader::open(const std::string& path) {
  TRY(file, SortedReader::open(path));
  TRY(header, manifest_header(file.header(), path));
  if (file.fixed_bytes() != entry_fixed_bytes) return file.damaged("its records are not those of a manifest");
  return ManifestReader(std::move(file), std::move(header));
}

Result<bool> ManifestReader::next(ManifestEntry& entry) {
  SortedRecord record;
  TRY(more, file_.next(record));
  if (!more) return false;
  std::string_view info = record.info;
  if (!take_leb128(info, entry.shape) || entry.shape >= header_.shapes.size() ||
      (!info.empty() && info.size() != entry_digest_bytes)) {
    return file_.damaged("one of its records is none of a manifest");
  }
  entry.accepted.reset();
  if (!info.empty()) entry.accepted = Digest::from_bytes(info);
  entry.key = record.key;
  entry.digest = Digest::from_bytes(record.fixed.substr(0, entry_digest_bytes));
  std::memcpy(entry.source_hash.data(), record.fixed.data() + entry_digest_bytes, sizeof(SourceHash));
  return true;
}

}  // namespace migrate
