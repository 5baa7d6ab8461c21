// What a later run has to write: the rows as they are now, against the manifest of the last run and what killed runs
// may have written since. Both come sorted by the target's key, and are merged in one pass, in the memory of one key.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/manifest.h"
#include "engine/record_sort.h"

namespace migrate {

// What comes along with a row.
struct RowPlace {
  uint32_t entity = 0;
  std::string_view body;  // opaque: what the reader wants to find again with the change
  bool operator==(const RowPlace&) const = default;
};

// One thing that is known of a key of the target.
struct Sighting {
  enum class Kind : uint8_t {
    attempt,  // a run that was killed may have written `digest`; where that is empty, it may have removed the item
    row,      // a row gives `digest`
    dead_row  // a row has the key, and cannot become an item
  } kind = Kind::row;
  std::string_view key;  // as Item::key has it
  Digest digest;         // of an item; empty of a dead row
  SourceHash source_hash{};
  RowPlace place;  // of a row
};

inline constexpr size_t sighting_fixed_bytes = 22;  // of the RecordSort that find_changes() takes
Result<void> add_sighting(RecordSort::Feeder& feeder, const Sighting& sighting);

struct Change {
  enum class Kind : uint8_t {
    insert,  // a row that was never written
    update,  // a row that gives something else than was written, or than may have been
    remove,  // what was written has no row any more
    keep,    // nothing is to be written, and the entry stays as it is, but for the row that it is of: `source_hash`
    look     // nothing is to be written; but whether a killed run wrote it must be known for the new manifest
  } kind = Kind::insert;
  std::string_view key;
  Digest now;                // what the row gives: insert, update
  SourceHash source_hash{};  // of the row; remove: of the one that is gone
  RowPlace place;
  const ManifestEntry* before = nullptr;  // what was written; null: nothing, or by killed runs alone
  std::vector<Digest> attempts;           // what killed runs may have written; an empty one: they may have removed it
};

struct ChangeCounts {
  uint64_t unchanged = 0, inserts = 0, updates = 0, removes = 0;
  // Items whose row is there but dead, or shares its key, or whose key cannot be built: they stay as they are, and so
  // do their entries.
  uint64_t kept = 0;
};

struct FindChangesOptions {
  // Whether there is a row with this hash whose key cannot be built.
  std::function<bool(const SourceHash&)> keyless;
  // Whether a sighting counts: the first reading of a chunk that was read again does not. Null: all do.
  std::function<bool(const Sighting&)> counts = nullptr;
  bool unchanged_too = false;  // a row that gives what was written is an update all the same
};

// Changes come sorted by key; an unchanged row gives none, and so does a dead one whose key was never written. `before`
// may be null: there is no manifest, and all is an insert. Errors: those of the manifest, of the sort, and of `each`.
Result<ChangeCounts> find_changes(RecordSort& sightings, ManifestReader* before, const FindChangesOptions& options,
                                  const std::function<Result<void>(const Change&)>& each);

}  // namespace migrate
