// What a build would do, and why. `plan` prints the Plan and `build` runs the very same object: will ⊆ done ⊆ will ∪
// may.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cache/record.h"
#include "graph/graph.h"

namespace migrate {

enum class ReasonKind {
  never_built,
  forced,          // -B
  unfinished,      // making it again was begun and did not end
  recipe_changed,  // the rule's version
  input_changed,   // a leaf or a target's output has another digest
  input_added,
  input_removed,
  observation_changed,  // the world is not as the target left it
  observation_absent,
  observation_resolved,  // open problems are over
  observation_unknown,   // may: nothing cheap is exact, so the build looks closer
  needs_remade,          // may: an input is made again, and early cutoff decides
};
std::string_view reason_code(ReasonKind kind);  // "input_changed"

struct Reason {
  ReasonKind kind;
  std::string input;      // the input's name; "" where the reason is of no input
  std::string was, now;   // what people wrote where that is known, else short digests
  std::string caused_by;  // the target that is made again or changed, for inputs that are targets
};
// One line for people: "where was 'a', now 'b'".
std::string describe(const Reason& reason);

enum class TargetState : uint8_t {
  outside,  // not selected
  clean,
  will,
  may,
  failed,   // it could not be looked at, or a pure target could not be made: see error
  blocked,  // something it needs failed
};
std::string_view state_name(TargetState state);

// Of a target that is not clean, in addition.
struct PlanDetail {
  std::vector<Reason> reasons;  // certain ones first
  std::vector<Leaf> leaves;
  Observation observation;
  std::optional<Made> made;         // a pure target was made while planning; build saves it
  std::optional<Digest> predicted;  // the output that making will give
  std::optional<Error> error;       // failed
  TargetIndex because_of = 0;       // blocked: the target that failed
  double seconds = 0;               // that making took while planning
};

struct PlanItem {
  TargetState state = TargetState::outside;
  bool output_known = false;  // `output` is what those that depend on it will see
  bool forced = false;
  Digest output;
  const Record* record = nullptr;
  std::unique_ptr<PlanDetail> detail;  // null for clean ones

  // It is not made again: only its open problems are looked at.
  bool only_reviewed() const {
    return detail && detail->reasons.size() == 1 && detail->reasons[0].kind == ReasonKind::observation_resolved;
  }
};

struct PlanCounts {
  size_t clean = 0, will = 0, may = 0, failed = 0, blocked = 0;
  uint64_t open_problems = 0;  // of up-to-date targets
  void add(TargetState state);
};

struct Plan {
  Graph* graph = nullptr;
  std::unique_ptr<Records> records;
  std::vector<PlanItem> items;     // by TargetIndex
  std::vector<TargetIndex> order;  // those that are looked at; what is needed comes first
  PlanCounts counts;

  bool changes() const { return counts.will + counts.may + counts.failed + counts.blocked > 0; }
};

struct PlanOptions {
  std::vector<TargetIndex>
      selected;          // what they need is looked at too, because nothing is made from stale inputs; empty: all
  bool offline = false;  // rules are not asked to look outside: what the records saw counts
  bool force = false;    // the selected targets (and those only) are made again
  int threads = 8;       // that observe at once
  const std::atomic<bool>* cancelled = nullptr;
};

// Errors that concern one target are in its item; only ErrorKind::interrupted ends the scan. `graph` must outlive the
// plan.
Result<Plan> scan_and_plan(Graph& graph, Records records, const PlanOptions& options);

// Records of targets that the graph does not have any more, for `clean --dead`.
std::vector<const Record*> dead_records(const Graph& graph, const Records& records);

}  // namespace migrate
