// The manifest after a later run: that of the run before, merged with what became of the changes, in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/manifest.h"
#include "engine/record_sort.h"

namespace migrate {

// What became of one key that was not simply unchanged.
struct Outcome {
  enum class Kind : uint8_t {
    written,  // the item is what the row gives now: an entry with the current shape
    gone,     // no item, no entry
    kept,     // the entry stays as it is, if there is one (conflict, refusal, dead row)
    found     // the item is what a killed run wrote: an entry with `shape`
  } kind = Kind::written;
  std::string_view key;              // as Item::key has it
  Digest digest;                     // of the item: written, found
  SourceHash source_hash{};          // written, found
  uint32_t shape = 0;                // found
  std::optional<Digest> accepted{};  // as ManifestEntry has it: written, found
};

inline constexpr size_t outcome_fixed_bytes = 22;  // of the RecordSort that next_manifest() takes
Result<void> add_outcome(RecordSort::Feeder& feeder, const Outcome& outcome);

// Writes the manifest to `path`, with `header`, whose shapes are those of `base` in their order, then perhaps more, and
// says how many entries it has. `base` may be null. `current`: the shape of what rows give now, a place in
// header.shapes. An entry without an outcome is that of an unchanged row, and takes this shape; docs/manifest.md says
// why. Errors: those of the manifest and of the sort, and nothing is at `path` but what was there; internal, when one
// key has two outcomes.
Result<uint64_t> next_manifest(ManifestReader* base, RecordSort& outcomes, const ManifestHeader& header,
                               uint32_t current, const std::string& path);

}  // namespace migrate
