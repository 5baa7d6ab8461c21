// What a check found, as figures and as facts: CheckResult, check_score().
#include "engine/check_result.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/json.h"
#include "base/json_write.h"

namespace migrate {
namespace {

constexpr int facts_version = 1;

constexpr std::string_view mode_names[] = {"full", "sample", "counts"};
constexpr std::string_view kind_names[] = {"missing",       "different",   "extra",          "duplicate",
                                           "index missing", "index extra", "index different"};
constexpr std::string_view outcome_names[] = {"works", "fails", "no sample", "names nothing"};

template <size_t N>
size_t position(const std::string_view (&names)[N], std::string_view name) {
  const auto* at = std::find(std::begin(names), std::end(names), name);
  return at == std::end(names) ? 0 : static_cast<size_t>(at - names);
}

std::string write(const Discrepancy& d) {
  std::vector<std::string> attributes;
  for (const auto& a : d.attributes) {
    attributes.push_back(JsonObject().add("name", a.name).add("expected", a.expected).add("found", a.found).str());
  }
  return JsonObject()
      .add("kind", discrepancy_name(d.kind))
      .add("key", d.key)
      .add("source_key", d.source_key)
      .add("index", d.index)
      .add("known", d.known)
      .add("unreported", d.unreported)
      .raw("attributes", json_array(attributes))
      .str();
}

std::string write(const IndexCheck& i) {
  return JsonObject()
      .add("name", i.name)
      .add("expected", i.expected)
      .add("found", i.found)
      .add("missing", i.missing)
      .add("extra", i.extra)
      .add("different", i.different)
      .add("late", i.late)
      .str();
}

std::string write(const ReferenceCheck& r) {
  return JsonObject().add("attribute", r.attribute).add("joined_table", r.joined_table).add("orphans", r.orphans).str();
}

std::string write(const LookupCheck& l) {
  return JsonObject().add("column", l.column).add("index", l.index).add("holds", l.holds).add("stale", l.stale).str();
}

std::string write(const PatternCheck& p) {
  return JsonObject()
      .add("pattern", p.pattern)
      .add("index", p.index)
      .add("outcome", outcome_names[static_cast<size_t>(p.outcome)])
      .add("reason", p.reason)
      .str();
}

std::string write(const std::pair<std::string, uint64_t>& count) {
  return JsonObject().add("name", count.first).add("rows", count.second).str();
}

template <class T>
std::string write_all(const std::vector<T>& list) {
  std::vector<std::string> texts;
  for (const T& t : list) texts.push_back(write(t));
  return json_array(texts);
}

// Facts are ours: a field that is not there keeps its default.
class Facts {
 public:
  explicit Facts(JsonValue value) : value_(value) {}
  std::string text(std::string_view key) const {
    const auto v = value_.find(key);
    return v ? std::string(v->text()) : std::string();
  }
  uint64_t count(std::string_view key) const {
    uint64_t n = 0;
    const std::string t = text(key);
    std::from_chars(t.data(), t.data() + t.size(), n);
    return n;
  }
  double number(std::string_view key) const { return std::strtod(text(key).c_str(), nullptr); }
  bool flag(std::string_view key) const { return text(key) == "true"; }
  template <class Read>
  void each(std::string_view key, Read read) const {
    if (const auto list = value_.find(key)) {
      for (const JsonValue item : list->items()) read(item);
    }
  }
  std::optional<JsonValue> find(std::string_view key) const { return value_.find(key); }

 private:
  JsonValue value_;
};

Discrepancy read_discrepancy(const Facts& f) {
  Discrepancy d;
  d.kind = static_cast<Discrepancy::Kind>(position(kind_names, f.text("kind")));
  d.key = f.text("key");
  d.source_key = f.text("source_key");
  d.index = f.text("index");
  d.known = f.flag("known");
  d.unreported = f.flag("unreported");
  f.each("attributes", [&](JsonValue v) {
    const Facts a(v);
    d.attributes.push_back({a.text("name"), a.text("expected"), a.text("found")});
  });
  return d;
}

void read_lists(const Facts& f, CheckResult& r) {
  f.each("indexes", [&](JsonValue v) {
    const Facts i(v);
    r.indexes.push_back({i.text("name"), i.count("expected"), i.count("found"), i.count("missing"), i.count("extra"),
                         i.count("different"), i.count("late")});
  });
  f.each("references", [&](JsonValue v) {
    const Facts i(v);
    r.references.push_back({i.text("attribute"), i.text("joined_table"), i.count("orphans")});
  });
  if (const auto v = f.find("lookup")) {
    const Facts l(*v);
    r.lookup = LookupCheck{l.text("column"), l.text("index"), l.flag("holds"), l.count("stale")};
  }
  f.each("patterns", [&](JsonValue v) {
    const Facts p(v);
    r.patterns.push_back({p.text("pattern"), p.text("index"),
                          static_cast<PatternCheck::Outcome>(position(outcome_names, p.text("outcome"))),
                          p.text("reason")});
  });
  f.each("samples", [&](JsonValue v) { r.samples.push_back(read_discrepancy(Facts(v))); });
  f.each("attribute_counts", [&](JsonValue v) {
    const Facts a(v);
    r.attribute_counts.emplace_back(a.text("name"), a.count("rows"));
  });
  f.each("notes", [&](JsonValue v) { r.notes.emplace_back(v.text()); });
}

uint64_t difference(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

const char* const SCORE_FORMULA =
    "score = 100 × (1 − wrong / checked), rounded down to two decimals. Checked: every row that should have an item "
    "(dead letters are not among them), every key that rows share although the last run did not report it, every entry "
    "that an index should have, every access pattern that was tried, and the uniqueness of a lookup table. Wrong: "
    "items "
    "missing or different, such keys, index entries missing, different or too many, access patterns that fail, a "
    "uniqueness that does not hold; with counts, the difference of the two. The overall score takes the sums over all "
    "tables.";

std::string_view discrepancy_name(Discrepancy::Kind kind) { return kind_names[static_cast<size_t>(kind)]; }

uint64_t CheckResult::checked() const {
  uint64_t n = mode == CheckMode::sample ? sample - std::min(sample, dead_rows) : expected();
  if (mode == CheckMode::counts) n = std::max(n, items);
  n += unreported_duplicates;
  for (const IndexCheck& i : indexes) n += i.expected;
  for (const PatternCheck& p : patterns) {
    n += p.outcome == PatternCheck::Outcome::works || p.outcome == PatternCheck::Outcome::fails ? 1 : 0;
  }
  return n + (lookup ? 1 : 0);
}

uint64_t CheckResult::wrong() const {
  uint64_t n = mode == CheckMode::counts ? difference(expected(), items) : missing + different + unreported_duplicates;
  for (const IndexCheck& i : indexes) n += i.wrong();
  for (const PatternCheck& p : patterns) n += p.outcome == PatternCheck::Outcome::fails ? 1 : 0;
  return n + (lookup && !lookup->holds ? 1 : 0);
}

double CheckResult::error_bound() const {
  const double n = static_cast<double>(sample - std::min(sample, dead_rows));
  const double k = static_cast<double>(missing + different);
  if (n == 0) return 1;
  if (k == 0) return 1 - std::pow(0.05, 1 / n);
  constexpr double z = 1.6449;  // one-sided, 95%
  const double p = std::min(1.0, k / n);
  const double middle = p + z * z / (2 * n);
  const double width = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return std::min(1.0, (middle + width) / (1 + z * z / n));
}

double check_score(uint64_t checked, uint64_t wrong) {
  if (wrong == 0) return 100;
  if (wrong >= checked) return 0;
  const double share = static_cast<double>(checked - wrong) / static_cast<double>(checked);
  return std::min(99.99, std::floor(share * 10000) / 100);
}

std::string score_text(double score) {
  const long hundredths = std::lround(score * 100);
  std::string text = std::to_string(hundredths / 100);
  if (hundredths % 100 != 0) {
    const std::string decimals = std::to_string(hundredths % 100);
    text += "." + std::string(2 - decimals.size(), '0') + decimals;
  }
  return text;
}

std::string CheckResult::to_facts() const {
  std::vector<std::string> note_texts;
  for (const std::string& n : notes) note_texts.push_back(json_string(n));
  JsonObject o;
  o.add("version", facts_version).add("table", table).add("mode", mode_names[static_cast<size_t>(mode)]);
  o.add("seed", seed).add("sample", sample).add("rows", rows).add("dead_rows", dead_rows).add("items", items);
  o.add("missing", missing).add("different", different).add("extra", extra).add("known_conflicts", known_conflicts);
  o.add("enriched", enriched).add("duplicate_keys", duplicate_keys).add("duplicate_rows", duplicate_rows);
  o.add("unreported_duplicates", unreported_duplicates);
  o.add("own_table", own_table)
      .add("changed_meanwhile", changed_meanwhile)
      .add("checked", checked())
      .add("wrong", wrong());
  o.add("score", check_score(checked(), wrong()));
  o.raw("indexes", write_all(indexes)).raw("references", write_all(references));
  if (lookup) o.raw("lookup", write(*lookup));
  o.raw("patterns", write_all(patterns)).raw("samples", write_all(samples));
  o.raw("attribute_counts", write_all(attribute_counts)).raw("notes", json_array(note_texts));
  o.add("seconds", seconds).add("spilled_bytes", spilled_bytes);
  return o.str();
}

std::string CheckResult::findings() const {
  CheckResult same = *this;
  same.seconds = 0;
  same.seed = same.spilled_bytes = same.changed_meanwhile = 0;
  same.notes.clear();  // of a sample's seed, among others
  for (IndexCheck& i : same.indexes) i.late = 0;
  return same.to_facts();
}

Result<CheckResult> CheckResult::from_facts(std::string_view json) {
  Diagnostics diagnostics;
  JsonInput input{json, "the facts of a check"};
  input.kind = ErrorKind::cache_corrupt;
  const auto document = parse_json(input, diagnostics);
  if (!document || diagnostics.has_errors()) return diagnostics.list.front();
  const Facts f(document->root());
  if (f.count("version") != facts_version) {
    return Error(ErrorKind::cache_version, "the facts of a check have version '" + f.text("version") + "'",
                 "run `migrate check` again");
  }
  CheckResult r;
  r.table = f.text("table");
  r.mode = static_cast<CheckMode>(position(mode_names, f.text("mode")));
  r.seed = f.count("seed");
  r.sample = f.count("sample");
  r.rows = f.count("rows");
  r.dead_rows = f.count("dead_rows");
  r.items = f.count("items");
  r.missing = f.count("missing");
  r.different = f.count("different");
  r.extra = f.count("extra");
  r.enriched = f.count("enriched");
  r.known_conflicts = f.count("known_conflicts");
  r.duplicate_keys = f.count("duplicate_keys");
  r.duplicate_rows = f.count("duplicate_rows");
  r.unreported_duplicates = f.count("unreported_duplicates");
  r.own_table = f.flag("own_table");
  r.changed_meanwhile = f.count("changed_meanwhile");
  r.seconds = f.number("seconds");
  r.spilled_bytes = f.count("spilled_bytes");
  read_lists(f, r);
  return r;
}

}  // namespace migrate
