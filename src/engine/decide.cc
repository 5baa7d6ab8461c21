// What is done with an item: decide(), see_item().
#include "engine/decide.h"

#include <algorithm>
#include <unordered_map>

#include "engine/item.h"

namespace migrate {
namespace {

using Values = std::unordered_map<std::string_view, std::string_view>;

bool holds(const std::vector<std::string>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

std::optional<Digest> digest_over(const SeenItem& seen, const std::vector<std::string>& shape) {
  auto digest = item_digest(seen.json, &shape);
  if (!digest) return std::nullopt;
  return *digest;
}

bool same_value(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto digest = [](std::string_view value) { return item_digest("{\"a\":" + std::string(value) + "}"); };
  auto left = digest(a), right = digest(b);
  return left && right && *left == *right;
}

class Deciding {
 public:
  Deciding(const DecisionRules& rules, const KnownItem& known, const SeenItem& seen, const WantedItem* wanted)
      : rules_(rules), known_(known), seen_(seen), wanted_(wanted) {
    for (const ItemAttribute& a : seen.attributes) there_.emplace(a.name, a.value);
  }

  Decision run() {
    if (known_.kind == Change::Kind::look) return look();
    if (wanted_ != nullptr && digest_over(seen_, rules_.attributes) == wanted_->digest) {
      return of(Decision::Kind::present);
    }
    const std::optional<uint32_t> shape = shape_of_ours();
    const bool overwrites = rules_.on_conflict == OnConflict::overwrite;
    if (wanted_ == nullptr) return remove(shape);
    if (!shape && !overwrites) {
      return conflict(known_.before || !known_.attempts.empty()
                          ? "holds something else under this key than was written; it was left alone"
                          : "holds another item with this key; it was left alone");
    }
    return update(shape ? rules_.shapes[*shape] : rules_.attributes, overwrites);
  }

 private:
  static Decision of(Decision::Kind kind) {
    Decision out;
    out.kind = kind;
    return out;
  }

  Decision conflict(const char* reason) {
    Decision out = of(Decision::Kind::conflict);
    out.digest = digest_over(seen_, rules_.attributes).value_or(Digest{});
    out.reason = reason;
    return out;
  }

  bool attempted(const Digest& digest) const {
    return std::find(known_.attempts.begin(), known_.attempts.end(), digest) != known_.attempts.end();
  }

  // Over which attributes the item is what a run wrote. Which of them an attempt was taken over nobody kept.
  std::optional<uint32_t> shape_of_ours() const {
    const auto& before = known_.before;
    if (before && digest_over(seen_, rules_.shapes[before->shape]) == before->digest) return before->shape;
    if (known_.attempts.empty()) return std::nullopt;
    for (uint32_t i = 0; i < rules_.shapes.size(); ++i) {
      const auto digest = digest_over(seen_, rules_.shapes[i]);
      if (digest && attempted(*digest)) return i;
    }
    return std::nullopt;
  }

  Decision look() {
    const auto& before = known_.before;
    const std::optional<uint32_t> shape = shape_of_ours();
    if (!shape || (before && digest_over(seen_, rules_.shapes[before->shape]) == before->digest)) {
      return of(Decision::Kind::kept);
    }
    Decision out = of(Decision::Kind::found);
    out.shape = *shape;
    out.digest = *digest_over(seen_, rules_.shapes[*shape]);
    return out;
  }

  bool is_key(std::string_view name) const { return name == rules_.pk || name == rules_.sk; }

  // The key, and the comparisons with what was read, of the attributes in `owned`.
  ConditionalWrite begin(const std::vector<std::string>& owned) const {
    ConditionalWrite out;
    out.key.push_back({rules_.pk, there_.at(rules_.pk)});
    if (!rules_.sk.empty()) out.key.push_back({rules_.sk, there_.at(rules_.sk)});
    for (const std::string& name : owned) compare(out, name);
    return out;
  }

  void compare(ConditionalWrite& out, std::string_view name) const {
    if (is_key(name)) return;
    if (const auto found = there_.find(name); found != there_.end()) {
      out.equals.push_back({name, found->second});
    } else {
      out.missing.push_back(name);
    }
  }

  Decision remove(const std::optional<uint32_t>& shape) {
    if (!shape && rules_.on_conflict != OnConflict::overwrite) {
      return conflict("holds something else under this key than was written; it was not removed");
    }
    const std::vector<std::string>& owned = shape ? rules_.shapes[*shape] : rules_.attributes;
    for (const ItemAttribute& a : seen_.attributes) {
      if (!is_key(a.name) && !holds(owned, a.name)) {
        return conflict("holds attributes under this key that migrate did not write; it was not removed");
      }
    }
    Decision out = of(Decision::Kind::write);
    out.write = begin(owned);
    out.write.deletes = true;
    return out;
  }

  Decision update(const std::vector<std::string>& owned, bool overwrites) {
    Decision out = of(Decision::Kind::write);
    ConditionalWrite& write = out.write;
    write = begin(owned);
    Values wanted;
    for (const NamedValue& value : wanted_->attributes) wanted.emplace(value.name, value.value);
    for (const std::string& name : rules_.attributes) {  // that are new to the contract
      if (holds(owned, name) || is_key(name)) continue;
      compare(write, name);
      const auto there = there_.find(name);
      if (there == there_.end() || overwrites) continue;
      const auto now = wanted.find(name);
      if (now == wanted.end() || !same_value(now->second, there->second)) {
        return conflict(
            "holds an attribute under this key that is new to the contract and that migrate did not write; "
            "it was left alone");
      }
    }
    for (const NamedValue& value : wanted_->attributes) {
      if (is_key(value.name)) continue;
      const auto there = there_.find(value.name);
      if (there == there_.end() || !same_value(there->second, value.value)) write.sets.push_back(value);
    }
    const auto drop = [&](const std::vector<std::string>& names) {
      for (const std::string& name : names) {
        if (is_key(name) || wanted.contains(name) || !there_.contains(name)) continue;
        if (std::find(write.removes.begin(), write.removes.end(), name) == write.removes.end())
          write.removes.push_back(name);
      }
    };
    drop(owned);
    drop(rules_.attributes);
    return out;
  }

  const DecisionRules& rules_;
  const KnownItem& known_;
  const SeenItem& seen_;
  const WantedItem* wanted_;
  Values there_;
};

Decision without_item(const DecisionRules& rules, const KnownItem& known) {
  Decision out;
  switch (known.kind) {
    case Change::Kind::remove:
      out.kind = Decision::Kind::gone;
      break;
    case Change::Kind::look:
    case Change::Kind::keep:
      out.kind = known.before ? Decision::Kind::kept : Decision::Kind::gone;
      break;
    case Change::Kind::insert:
    case Change::Kind::update:
      out.kind = Decision::Kind::insert;
      // An empty attempt: a killed run may have removed it.
      if (known.before && !rules.restore && rules.on_conflict != OnConflict::overwrite &&
          std::find(known.attempts.begin(), known.attempts.end(), Digest{}) == known.attempts.end()) {
        out.kind = Decision::Kind::conflict;
        out.reason = "has no item any more under this key, which was written; it was not written again";
      }
  }
  return out;
}

}  // namespace

Result<SeenItem> see_item(std::string_view attribute_map) {
  SeenItem out;
  out.json = attribute_map;
  out.json.reserve(out.json.size() + 64);  // what the parser wants behind it; else it moves the text
  TRY(attributes, read_attributes(out.json));
  out.attributes = std::move(attributes);
  return out;
}

Decision decide(const DecisionRules& rules, const KnownItem& known, const SeenItem* seen, const WantedItem* wanted) {
  if (seen == nullptr) return without_item(rules, known);
  return Deciding(rules, known, *seen, wanted).run();
}

}  // namespace migrate
