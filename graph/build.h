// Runs a Plan. Ready targets are made by `threads` workers, the longest chain first, within the widths of their pools.
// Each finished target is saved in a transaction of its own; a failed one stops only what depends on it.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cache/cache.h"
#include "graph/plan.h"

namespace migrate {

enum class Outcome : uint8_t {
  outside,     // not selected
  up_to_date,  // nothing was to be done, from the start or by early cutoff
  made,
  unchanged,  // made, and its output is what it was: what depends on it stays clean
  failed,
  skipped,      // something it needs failed
  not_started,  // the build ended before: a failure without keep_going, or Ctrl-C
};
std::string_view outcome_name(Outcome outcome);  // "up to date"

struct TargetResult {
  Outcome outcome = Outcome::outside;
  double seconds = 0;
  uint64_t open_problems = 0;  // of up-to-date targets too
  std::string facts;           // of one that was made: the rule's own, JSON
  std::optional<Error> error;  // failed; ErrorKind::interrupted for one that Ctrl-C ended
  TargetIndex because_of = 0;  // skipped: the target that failed
};

// Called by one thread at a time, from any thread; must return soon and not call back.
class BuildListener {
 public:
  virtual ~BuildListener() = default;
  virtual void started(const Target& target) = 0;
  virtual void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t errors) = 0;
  virtual void finished(const Target& target, const TargetResult& result) = 0;  // for targets that were not clean
};

struct BuildOptions {
  int threads = 4;                   // -j
  bool keep_going = false;           // -k
  std::map<std::string, int> pools;  // how many targets of a pool run at once; others are bounded by threads only
  const std::atomic<bool>* cancelled = nullptr;
  BuildListener* listener = nullptr;
  std::string run;  // the run's id, for records
};

struct BuildSummary {
  std::vector<TargetResult> targets;  // by TargetIndex
  size_t made = 0, unchanged = 0, up_to_date = 0, failed = 0, skipped = 0, not_started = 0;
  uint64_t open_problems = 0;
  bool interrupted = false;
  double seconds = 0;

  bool ok() const { return failed + skipped + not_started == 0 && !interrupted; }
};

// Errors of targets are in the summary. Errors of the cache end the build: nothing new starts, and they are returned.
Result<BuildSummary> build(Plan& plan, Cache& cache, const BuildOptions& options);

}  // namespace migrate
