// How targets of one kind find their inputs, are observed, made and removed. The graph knows rules only by this
// interface.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace migrate {

// A leaf input that is no target: a setting, a line of configuration. One walk serves hashing and explaining.
struct Leaf {
  std::string name;  // "where", "write", "engine"
  Digest digest;
  std::string display;  // for reasons: what people wrote, short; "" where it may be secret
};

// What the outside world says of a target now.
struct Observation {
  enum class Kind {
    none,      // the kind has nothing to observe
    seen,      // `digest` says what is there
    absent,    // it is not there
    unknown,   // nothing cheap is exact: the plan says `may`, the build looks closer
    resolved,  // it is as it was left, but open problems are over: where nothing else differs it is reviewed, not made
  } kind = Kind::none;
  Digest digest;
  std::string display;  // "1,204 rows, GTID 0-1-77", "view text differs"

  static Observation seen(Digest digest, std::string display = {}) { return {Kind::seen, digest, std::move(display)}; }
  static Observation absent(std::string display = {}) { return {Kind::absent, {}, std::move(display)}; }
  static Observation unknown(std::string display) { return {Kind::unknown, {}, std::move(display)}; }
  static Observation resolved(std::string display) { return {Kind::resolved, {}, std::move(display)}; }
};

// The result of making a target.
struct Made {
  Digest output;               // equal to the record's: what depends on it stays clean (early cutoff)
  Observation observation;     // of the world as it is after making
  uint64_t open_problems = 0;  // dead letters, conflicts: the target is up to date, and every build exits 3
  std::string facts;           // a JSON object for status, report and estimates; "" for none
  // Inputs that were something else by the time they were really used, by name: these digests are recorded. A run says
  // so the data versions that its snapshot had.
  std::vector<std::pair<std::string, Digest>> inputs_used;
  std::function<void()> when_recorded = nullptr;  // what the target kept in case it was not: it can go then
};

// What is remembered of a finished target.
struct Record;
class Cache;

// What a rule may use while it makes or removes a target.
struct MakeContext {
  std::string target;                            // "run:Users"
  std::string run;                               // id of the build
  const Record* record = nullptr;                // of the last time, or null
  bool forced = false;                           // by -B: nothing half done is gone on with
  Cache* cache = nullptr;                        // for journal entries and chunks of this target
  const std::atomic<bool>* cancelled = nullptr;  // set by Ctrl-C: end cleanly and return ErrorKind::interrupted
  // Progress of this target: items done, items expected (0: unknown), errors so far. Thread-safe.
  std::function<void(uint64_t done, uint64_t expected, uint64_t errors)> progress;
};

class Rule {
 public:
  virtual ~Rule() = default;
  virtual std::string_view kind() const = 0;
  // Of the recipe: raise it when the same inputs give another result.
  virtual int version() const = 0;
  // A pure target has no side effect and is cheap: plan makes it too, so that what it says of the rest is exact. (Not
  // before what it needs has ended, nor where its observation is unknown, nor offline where it looks outside: then it
  // is left to build.)
  virtual bool pure() const { return false; }
  virtual std::vector<Leaf> leaves(const std::string& name) = 0;
  // False: targets of the kind live in the cache alone, and observe is never called.
  virtual bool looks_outside() const { return true; }
  // Called at most once a scan, possibly from several threads for different names. `record` may be null. An error fails
  // the target, and blocks what depends on it.
  virtual Result<Observation> observe(const std::string& name, const Record* record) = 0;
  // Whether an observation is what the record says; by default equal kind and digest.
  virtual bool same(const Observation& now, const Record& record) const;
  // The output digest that making would give, where that is known before: the plan can then say `will` further down.
  // Asked when the outputs of all that it needs are known: up to date, made while planning, or predicted in their turn
  // (then what they will be is not in the world yet). Must be exact: a target that makes another output than it said
  // fails, so that nothing is built on a wrong plan.
  virtual std::optional<Digest> predict(const std::string& /*name*/) { return std::nullopt; }
  virtual Result<Made> make(const std::string& name, MakeContext& context) = 0;
  // For a target with open problems, in a build, that is up to date or observed as resolved: says what is left of them.
  // Only open_problems, facts and (of a resolved one) output of the result are kept. Nothing: they stand as they are.
  virtual Result<std::optional<Made>> review(const std::string& /*name*/, MakeContext& /*context*/) {
    return std::optional<Made>();
  }
  // For clean. Only what migrate made.
  virtual Result<void> remove(const std::string& name, MakeContext& context) = 0;
};

}  // namespace migrate
