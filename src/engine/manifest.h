// The row manifest of one target table: for every item that is migrated its key and the digest of its content, as of
// the last run. docs/manifest.md has the stored form: a sorted file (engine/sorted_file.h) whose header is JSON.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "cloud/table.h"
#include "engine/sorted_file.h"

namespace migrate {

inline constexpr int manifest_version = 1;  // of the header and the records; the file has one of its own

struct ManifestHeader {
  std::string source, target;  // identities: of another source or target nothing here is true
  std::string run;             // id of the run that wrote it
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
  // Attribute names that digests are taken over. An entry that stays while the contract changes keeps the list it had.
  std::vector<std::vector<std::string>> shapes;
  bool operator==(const ManifestHeader&) const = default;
};

using SourceHash = std::array<unsigned char, 6>;  // of the row's key in the source; zeros: the row has none

struct ManifestEntry {
  std::string_view key;  // as Item::key has it
  Digest digest;         // of the item in the target, over the attributes of its shape
  SourceHash source_hash{};
  uint32_t shape = 0;  // in ManifestHeader::shapes
  // What the row gave when the item in the target, which differed, was accepted as the base: the row is unchanged while
  // it gives this.
  std::optional<Digest> accepted;
};

// Streams; see SortedWriter for what is at the path when.
class ManifestWriter {
 public:
  static Result<ManifestWriter> create(std::string path, const ManifestHeader& header);
  // Keys ascend strictly. Errors: io; internal, for an entry that must not be there.
  Result<void> add(const ManifestEntry& entry);
  Result<void> finish() { return file_.finish(); }
  uint64_t count() const { return file_.count(); }
  uint64_t bytes() const { return file_.bytes(); }

 private:
  ManifestWriter(SortedWriter file, size_t shapes) : file_(std::move(file)), shapes_(shapes) {}
  SortedWriter file_;
  size_t shapes_;
  std::string info_;
};

// Errors: manifest_damaged, manifest_version, io.
class ManifestReader {
 public:
  static Result<ManifestReader> open(const std::string& path);
  const ManifestHeader& header() const { return header_; }
  uint64_t count() const { return file_.count(); }
  // False at the end, when the whole has been found right, too. The key lives until the next call.
  Result<bool> next(ManifestEntry& entry);

 private:
  ManifestReader(SortedReader file, ManifestHeader header) : file_(std::move(file)), header_(std::move(header)) {}
  SortedReader file_;
  ManifestHeader header_;
};

// The attribute map of an entry's key in the wire format of DynamoDB: {"pk":{"S":"…"},"sk":{"N":"1"}}.
// Errors: manifest_damaged, when the bytes are no key of such a table.
Result<std::string> key_json(const ManifestHeader& header, std::string_view key);

}  // namespace migrate
