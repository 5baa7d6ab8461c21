// What a check of one table found; kept as JSON facts, so that a report can be written later without checking again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "contract/project.h"

namespace migrate {

// One thing that is not as it should be. Values are as people may see them: masked ones as salted digests.
struct Discrepancy {
  enum class Kind {
    missing,         // a row without its item
    different,       // an item that is not what its row gives
    extra,           // an item that no row gives: information; a warning in a table that migrate made
    duplicate,       // rows whose target keys meet
    index_missing,   // an item that its index does not hold
    index_extra,     // an entry of an index without its item
    index_different  // an entry of an index that is not as its item
  };
  struct Attribute {
    std::string name;
    std::string expected;  // the JSON of the wire format, {"S":"a"}, cut to 200 bytes; empty: absent
    std::string found;
  };
  Kind kind = Kind::missing;
  std::string key;                    // of the item: "id=7"
  std::string source_key;             // of the row: "users.id=7"; empty when there is none
  std::string index;                  // of the index_… kinds
  bool known = false;                 // the last run already reported this as a conflict
  std::vector<Attribute> attributes;  // different, index_different
  bool unreported = false;            // duplicate: the last run did not report it
};
std::string_view discrepancy_name(Discrepancy::Kind kind);  // "missing", "index missing"

struct IndexCheck {
  std::string name;
  uint64_t expected = 0;  // items of the table that have the index's keys
  uint64_t found = 0;     // entries
  uint64_t missing = 0, extra = 0, different = 0;
  // Differed at first and then no longer: the index was behind, or an application changed the item between two looks,
  // which cannot be told apart.
  uint64_t late = 0;
  uint64_t wrong() const { return missing + extra + different; }
};

// Rows that name a joined row which is not there.
struct ReferenceCheck {
  std::string attribute;
  std::string joined_table;
  uint64_t orphans = 0;
};

// A target whose key comes from one column with a unique index: what applications use to keep a value unique.
struct LookupCheck {
  std::string column;  // "users.email"
  std::string index;   // of the source
  bool holds = true;   // each value has its one item
  uint64_t stale = 0;  // items that claim a value which no row has
};

// One text of the contract's `satisfies`.
struct PatternCheck {
  enum class Outcome { works, fails, no_sample, names_nothing };
  std::string pattern;
  std::string index;  // what was queried; empty: the table itself
  Outcome outcome = Outcome::names_nothing;
  std::string reason;  // fails
};

struct CheckResult {
  std::string table;
  CheckMode mode = CheckMode::full;
  uint64_t seed = 0;    // sample
  uint64_t sample = 0;  // rows looked at in a sample

  uint64_t rows = 0;       // of the views
  uint64_t dead_rows = 0;  // among them, known not to become items
  uint64_t items = 0;      // of the target; in a sample: found
  uint64_t missing = 0, different = 0, extra = 0;
  uint64_t enriched = 0;                            // items with attributes that the contract does not know; full only
  uint64_t known_conflicts = 0;                     // among `missing` and `different`
  uint64_t duplicate_keys = 0, duplicate_rows = 0;  // rows among dead_rows
  // Of these keys, those that no dead letter of the last run names: it took one of the rows for the right one, or their
  // rows are newer than it. Full only.
  uint64_t unreported_duplicates = 0;
  uint64_t changed_meanwhile = 0;  // differed at first, were as they should be when read again
  bool own_table = false;          // migrate made the table: an extra item is a warning
  std::vector<IndexCheck> indexes;
  std::vector<ReferenceCheck> references;
  std::optional<LookupCheck> lookup;
  std::vector<PatternCheck> patterns;
  std::vector<Discrepancy> samples;                                // the first of each kind
  std::vector<std::pair<std::string, uint64_t>> attribute_counts;  // attribute → rows that have it; full only
  std::vector<std::string> notes;                                  // what was not looked at, and why
  double seconds = 0;
  uint64_t spilled_bytes = 0;

  uint64_t expected() const { return rows - dead_rows; }
  // The score's two figures; docs/check.md explains them. score = 100 × (1 − wrong / checked).
  uint64_t checked() const;
  uint64_t wrong() const;
  bool passed() const { return wrong() == 0; }
  // Of a sample without a fault: at most this share of the rows is wrong, with 95% confidence. With faults: the upper
  // end of Wilson's interval.
  double error_bound() const;

  std::string to_facts() const;
  // The facts without what differs between two checks of the same: for digests.
  std::string findings() const;
  static Result<CheckResult> from_facts(std::string_view json);  // errors: cache_corrupt
};

// 0 to 100, rounded down to two decimals, so that 100 means that nothing was wrong; 100 when nothing was checked.
double check_score(uint64_t checked, uint64_t wrong);
std::string score_text(double score);    // "99.98", "100"
extern const char* const SCORE_FORMULA;  // as reports print it

}  // namespace migrate
