// What later builds promise, as a model that knows nothing of how they keep it: one table, key by key. What is known
// of a key is a set, since nobody can tell how far a build had come when it was killed; what is seen afterwards
// narrows it.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace migrate::test {

using Shape = std::set<std::string>;                   // names of attributes
using ModelItem = std::map<std::string, std::string>;  // name → value, as Project::items() words it
using MaybeItem = std::optional<ModelItem>;

inline ModelItem only(const ModelItem& item, const Shape& shape) {
  ModelItem out;
  for (const auto& [name, value] : item) {
    if (shape.contains(name)) out.emplace(name, value);
  }
  return out;
}

// What migrate believes to have written, over which attributes, for which row.
struct Written {
  ModelItem item;
  Shape shape;
  int row = 0;
  auto operator<=>(const Written&) const = default;
};

// What a build that was killed may have done: written an item, or removed it.
struct Attempt {
  MaybeItem item;
  Shape shape;
  int row = 0;
  auto operator<=>(const Attempt&) const = default;
};

struct Known {
  std::optional<Written> before;
  std::set<Attempt> attempts;
  bool open = false;  // a conflict that the last run has named
  bool gone = false;  // which is that there is no item
  auto operator<=>(const Known&) const = default;
};

// What the rows of a key give.
struct Wanted {
  enum class Kind { nothing, item, dead } kind = Kind::nothing;
  ModelItem item;
  int row = 0;
};

struct After {
  MaybeItem there;
  Known known;
};

class Rules {
 public:
  Shape contract;          // attributes of the contract, the key among them
  std::set<Shape> shapes;  // of all contracts that there were
  std::set<int> keyless;   // rows whose key cannot be built

  // What a run may make of a key.
  std::vector<After> run(const Known& known, const MaybeItem& there, const Wanted& wanted) const {
    if (wanted.kind == Wanted::Kind::dead) return kept(known, there);
    if (wanted.kind == Wanted::Kind::item) return written(known, there, wanted);
    if (!known.before && known.attempts.empty()) return {{there, {}}};
    std::vector<After> out;
    bool keeps = false, removes = false;
    const auto row = [&](int number) { (keyless.contains(number) ? keeps : removes) = true; };
    if (known.before) {
      row(known.before->row);
    } else {
      for (const Attempt& attempt : known.attempts) row(attempt.row);
    }
    if (keeps) out = kept(known, there);
    if (removes) {
      for (After& after : removed(known, there)) out.push_back(std::move(after));
    }
    return out;
  }

  // What a killed run was about to do; nullopt: nothing.
  static std::optional<Attempt> attempt(const Rules& rules, const Known& known, const Wanted& wanted) {
    if (wanted.kind == Wanted::Kind::item) return Attempt{wanted.item, rules.contract, wanted.row};
    if (wanted.kind == Wanted::Kind::dead || (!known.before && known.attempts.empty())) return std::nullopt;
    const int row = known.before ? known.before->row : known.attempts.begin()->row;
    return Attempt{std::nullopt, {}, row};
  }

  // A build that does not run the table again looks at its open conflicts.
  Known looked_up(Known known, const MaybeItem& there, const Wanted& wanted) const {
    const bool equal = there && wanted.kind == Wanted::Kind::item && only(*there, contract) == wanted.item;
    if (known.open && equal) known.open = known.gone = false;
    return known;
  }
  static bool calls_for_a_run(const Known& known, const MaybeItem& there) {
    return known.open && !known.gone && !there;
  }

 private:
  static Known conflict(const Known& known, bool gone) { return {known.before, {}, true, gone}; }

  static bool touched(const Known& known) {
    return std::any_of(known.attempts.begin(), known.attempts.end(), [&](const Attempt& attempt) {
      return !known.before || !attempt.item || *attempt.item != known.before->item;
    });
  }

  // Over which attributes the item may be taken for ours; nullopt: it may be taken for somebody else's.
  std::vector<std::optional<Shape>> ours(const Known& known, const ModelItem& there) const {
    if (known.before && only(there, known.before->shape) == known.before->item) return {known.before->shape};
    std::vector<std::optional<Shape>> out;
    bool certain = false;
    for (const Shape& shape : shapes) {
      const ModelItem part = only(there, shape);
      bool fits = false;
      for (const Attempt& attempt : known.attempts) {
        if (!attempt.item || *attempt.item != part) continue;
        fits = true;
        certain = certain || attempt.shape == shape;
      }
      if (fits) out.emplace_back(shape);
    }
    if (!certain) out.emplace_back(std::nullopt);
    return out;
  }

  // Of rows that give no item: theirs stays as it is.
  std::vector<After> kept(const Known& known, const MaybeItem& there) const {
    const Known same{known.before, {}, false, false};
    if (!there || !touched(known)) return {{there, same}};
    if (known.before && only(*there, known.before->shape) == known.before->item) return {{there, same}};
    std::vector<After> out;
    for (const auto& shape : ours(known, *there)) {
      if (!shape) {
        out.push_back({there, same});
        continue;
      }
      for (const Attempt& attempt : known.attempts) {
        out.push_back({there, {Written{only(*there, *shape), *shape, attempt.row}, {}, false, false}});
      }
    }
    return out;
  }

  std::vector<After> removed(const Known& known, const MaybeItem& there) const {
    if (!there) return {{there, {}}};
    std::vector<After> out;
    for (const auto& shape : ours(known, *there)) {
      const bool holds_more = shape && only(*there, *shape) != *there;
      if (!shape || holds_more) {
        out.push_back({there, conflict(known, false)});
      } else {
        out.push_back({std::nullopt, {}});
      }
    }
    return out;
  }

  std::vector<After> written(const Known& known, const MaybeItem& there, const Wanted& wanted) const {
    const Known done{Written{wanted.item, contract, wanted.row}, {}, false, false};
    const bool equal = there && only(*there, contract) == wanted.item;
    if (!known.before && known.attempts.empty()) {
      if (!there) return {{wanted.item, done}};
      return {{there, equal ? done : conflict(known, false)}};
    }
    if (known.before && known.before->item == wanted.item && !touched(known)) return {{there, done}};
    if (!there) {
      const bool removed_by_us = std::any_of(known.attempts.begin(), known.attempts.end(),
                                             [](const Attempt& attempt) { return !attempt.item; });
      if (known.before && !removed_by_us) return {{there, conflict(known, true)}};
      return {{wanted.item, done}};
    }
    if (equal) return {{there, done}};
    std::vector<After> out;
    for (const auto& shape : ours(known, *there)) {
      if (!shape || clashes(*there, *shape, wanted.item)) {
        out.push_back({there, conflict(known, false)});
        continue;
      }
      ModelItem now = wanted.item;
      for (const auto& [name, value] : *there) {
        if (!shape->contains(name) && !contract.contains(name)) now.emplace(name, value);
      }
      out.push_back({now, done});
    }
    return out;
  }

  // An attribute that is new to the contract may be an application's already.
  bool clashes(const ModelItem& there, const Shape& owned, const ModelItem& wanted) const {
    return std::any_of(there.begin(), there.end(), [&](const auto& attribute) {
      const auto& [name, value] = attribute;
      if (owned.contains(name) || !contract.contains(name)) return false;
      const auto now = wanted.find(name);
      return now == wanted.end() || now->second != value;
    });
  }
};

}  // namespace migrate::test
