// The files that are kept of a target table between its runs (docs/manifest.md), in a folder of its own: which of them
// count, and the names of new ones.
//   <run>.manifest       of the run that the table's record names
//   <base>+<n>.log       of a load that has not ended; <base>: the run whose manifest was the last, or `none`
//   <base>+<n>.changes   of a later run that has not ended
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/manifest.h"
#include "engine/native.h"

namespace migrate {

struct KeptFiles {
  std::optional<std::string> manifest;           // path
  std::vector<std::string> logs, changes;        // paths, oldest first: what they say may have been written
  bool one_plan = true;                          // all logs are of the plan at hand
  std::vector<std::vector<std::string>> shapes;  // that digests in any of them were taken over
};

// Makes the folder. A file that counts no more is removed: of a run before the last whole one, of another source or
// target. One that is damaged is named in a warning and counts as lost; damage behind its beginning is found where
// `to_their_ends` has all of it read. Errors: io, manifest_version.
Result<KeptFiles> kept_files(const NativeJob& job, bool to_their_ends = false);

// What runs before `run` kept goes, when its manifest is the one that counts.
void forget_before(const std::string& folder, const std::string& run);

std::string manifest_path(const RunState& state);  // that this run will write
std::string new_log_path(const RunState& state, const KeptFiles& kept);
std::string new_changes_path(const RunState& state, const KeptFiles& kept);

// Of the job's table, as this run will write it, with the shape of its views alone.
ManifestHeader manifest_header_of(const NativeJob& job);

}  // namespace migrate
