// The change list of one later run: what it is about to write, sorted by key and on the disk before the first write. It
// is what is applied, and it tells the run that comes after a kill what this one may have done. docs/manifest.md has
// the stored form: a sorted file (engine/sorted_file.h) whose header is JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cloud/table.h"
#include "engine/find_changes.h"
#include "engine/manifest.h"
#include "engine/record_sort.h"
#include "engine/sorted_file.h"

namespace migrate {

inline constexpr int change_list_version = 1;  // of the header and the records; the file has one of its own

struct ChangeListHeader {
  std::string source, target;  // identities: of another source or target nothing here is true
  std::string run;             // id of the run that is to write it
  std::string base;            // id of the run whose manifest it was compared with; empty: there was none
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
  // Attribute names that digests are taken over: those of the base's manifest, then those of killed runs.
  std::vector<std::vector<std::string>> shapes;
  uint32_t current = 0;  // in shapes: of what rows give now
  bool operator==(const ChangeListHeader&) const = default;
};

// Streams; see SortedWriter for what is at the path when.
class ChangeListWriter {
 public:
  static Result<ChangeListWriter> create(std::string path, const ChangeListHeader& header);
  // Keys ascend strictly. Change::now is over `current`, and Change::before over one of `shapes`. Errors: io; internal,
  // for a change that must not be there.
  Result<void> add(const Change& change);
  Result<void> finish() { return file_.finish(); }
  uint64_t count() const { return file_.count(); }
  uint64_t bytes() const { return file_.bytes(); }

 private:
  ChangeListWriter(SortedWriter file, size_t shapes) : file_(std::move(file)), shapes_(shapes) {}
  SortedWriter file_;
  size_t shapes_;
  std::string info_;
};

// Errors: manifest_damaged, manifest_version, io.
class ChangeListReader {
 public:
  static Result<ChangeListReader> open(const std::string& path);
  const ChangeListHeader& header() const { return header_; }
  uint64_t count() const { return file_.count(); }
  // False at the end, when the whole has been found right, too. What the change points to (key, body, before) is the
  // reader's, and lives until the next call.
  Result<bool> next(Change& change);

 private:
  ChangeListReader(SortedReader file, ChangeListHeader header) : file_(std::move(file)), header_(std::move(header)) {}
  SortedReader file_;
  ChangeListHeader header_;
  ManifestEntry before_;
};

// What a killed run was about to do, as sightings of kind attempt, for the next run that compares: the items that it
// inserts and updates, and, with an empty digest, those that it removes. Errors: as of the reader, and of the sort.
Result<void> add_attempts(const std::string& change_list, RecordSort::Feeder& feeder);

}  // namespace migrate
