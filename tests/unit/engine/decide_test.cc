// What a later run does with an item, told by what was written, what is there and what the row gives now.
#include "engine/decide.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace migrate::test {
namespace {

// An item from words: "a=1 note=mine" is {"id":{"S":"7"},"a":{"S":"1"},"note":{"S":"mine"}}.
std::string item_of(const std::string& words) {
  std::string out = R"({"id":{"S":"7"})";
  for (const std::string& word : split(words, ' ')) {
    const size_t at = word.find('=');
    if (at != word.npos) out += ",\"" + word.substr(0, at) + R"(":{"S":")" + word.substr(at + 1) + "\"}";
  }
  return out + "}";
}

Digest digest_over(const std::string& words, const std::vector<std::string>& shape) {
  return *item_digest(item_of(words), &shape);
}

const std::vector<std::string> AB = {"a", "b", "id"};
const std::vector<std::string> ABC = {"a", "b", "c", "id"};

struct Case {
  DecisionRules rules;
  KnownItem known;
  Case() {
    rules.pk = "id";
    rules.shapes = {AB};
    rules.attributes = AB;
    known.kind = Change::Kind::update;
  }
  Case& contract(const std::vector<std::string>& attributes) {
    rules.attributes = attributes;
    rules.shapes.push_back(attributes);
    return *this;
  }
  Case& wrote(const std::string& words) {
    known.before = {digest_over(words, AB), 0};
    return *this;
  }
  Case& tried(const std::string& words) {
    known.attempts.push_back(digest_over(words, rules.attributes));
    return *this;
  }
  Case& may_have_removed() {
    known.attempts.emplace_back();
    return *this;
  }
  Case& gone_row() {
    known.kind = Change::Kind::remove;
    return *this;
  }
  Case& dead_row() {
    known.kind = Change::Kind::look;
    return *this;
  }
  Case& on_conflict(OnConflict policy) {
    rules.on_conflict = policy;
    return *this;
  }

  // "update set a=2 remove b if a=1 b=1 without c", "conflict: …"
  std::string sees(const char* there, const std::string& now = "") {
    std::optional<SeenItem> seen;
    if (there != nullptr) seen = *see_item(item_of(there));
    std::optional<WantedItem> wanted;
    std::string json = item_of(now);
    std::vector<ItemAttribute> attributes;
    if (known.kind == Change::Kind::update || known.kind == Change::Kind::insert) {
      attributes = *read_attributes(json);
      wanted.emplace();
      wanted->digest = *item_digest(json, &rules.attributes);
      for (const ItemAttribute& a : attributes) wanted->attributes.push_back({a.name, a.value});
    }
    return in_words(decide(rules, known, seen ? &*seen : nullptr, wanted ? &*wanted : nullptr));
  }

 private:
  static std::string values(const std::vector<NamedValue>& list) {
    std::string out;
    for (const NamedValue& v : list)
      out += " " + std::string(v.name) + "=" + std::string(v.value.substr(6, v.value.size() - 8));
    return out;
  }
  static std::string in_words(const Decision& d) {
    switch (d.kind) {
      case Decision::Kind::insert:
        return "insert";
      case Decision::Kind::present:
        return "present";
      case Decision::Kind::gone:
        return "gone";
      case Decision::Kind::kept:
        return "kept";
      case Decision::Kind::found:
        return "found over shape " + std::to_string(d.shape);
      case Decision::Kind::conflict:
        return "conflict: " + d.reason;
      case Decision::Kind::write:
        break;
    }
    std::string out = d.write.deletes ? "delete" : "update";
    if (!d.write.sets.empty()) out += " set" + values(d.write.sets);
    if (!d.write.removes.empty()) out += " remove";
    for (std::string_view name : d.write.removes) out += " " + std::string(name);
    out += " if" + values(d.write.equals);
    if (!d.write.missing.empty()) out += " without";
    for (std::string_view name : d.write.missing) out += " " + std::string(name);
    return out;
  }
};

TEST(Decide, UpdatesWhatIsStillAsItWasWritten) {
  EXPECT_EQ(Case().wrote("a=1 b=1").sees("a=1 b=1", "a=2 b=1"), "update set a=2 if a=1 b=1");
  EXPECT_EQ(Case().wrote("a=1 b=1").sees("a=1 b=1", "a=1"), "update remove b if a=1 b=1");
  EXPECT_EQ(Case().wrote("a=1").sees("a=1", "a=1 b=2"), "update set b=2 if a=1 without b");
}

TEST(Decide, LeavesAnApplicationsAttributesOut) {
  EXPECT_EQ(Case().wrote("a=1").sees("a=1 note=mine", "a=2"), "update set a=2 if a=1 without b");
}

TEST(Decide, CallsWhatAnApplicationChangedAConflict) {
  const std::string reason = "conflict: holds something else under this key than was written; it was left alone";
  EXPECT_EQ(Case().wrote("a=1").sees("a=9", "a=2"), reason);
  EXPECT_EQ(Case().wrote("a=1").sees("a=1 b=9", "a=2"), reason) << "it gave an attribute that the row had left out";
  EXPECT_EQ(Case().sees("a=9", "a=2"), "conflict: holds another item with this key; it was left alone");
  EXPECT_EQ(Case().wrote("a=1").sees(nullptr, "a=2"),
            "conflict: has no item any more under this key, which was written; it was not written again");
}

TEST(Decide, FindsThatAConflictHasResolvedItself) { EXPECT_EQ(Case().wrote("a=1").sees("a=2", "a=2"), "present"); }

TEST(Decide, KnowsWhatAKilledRunMayHaveDone) {
  EXPECT_EQ(Case().wrote("a=1").tried("a=2").sees("a=2", "a=3"), "update set a=3 if a=2 without b");
  EXPECT_EQ(Case().tried("a=2").sees("a=2", "a=3"), "update set a=3 if a=2 without b");
  EXPECT_EQ(Case().tried("a=2").sees(nullptr, "a=3"), "insert") << "it was never written";
  EXPECT_EQ(Case().wrote("a=1").may_have_removed().sees(nullptr, "a=1"), "insert");
  EXPECT_EQ(Case().wrote("a=1").may_have_removed().sees("a=1", "a=2"), "update set a=2 if a=1 without b");
}

TEST(Decide, LetsTheRowWinWhereThatIsAskedFor) {
  const auto overwrite = [] { return Case().wrote("a=1").on_conflict(OnConflict::overwrite); };
  EXPECT_EQ(overwrite().sees("a=9 note=mine", "a=2"), "update set a=2 if a=9 without b");
  EXPECT_EQ(overwrite().sees(nullptr, "a=2"), "insert");
  EXPECT_EQ(overwrite().gone_row().sees("a=9"), "delete if a=9 without b");
  EXPECT_EQ(overwrite().gone_row().sees("a=9 note=mine"),
            "conflict: holds attributes under this key that migrate did not write; it was not removed");
  Case restored = Case().wrote("a=1");
  restored.rules.restore = true;
  EXPECT_EQ(restored.sees(nullptr, "a=2"), "insert");
}

TEST(Decide, RemovesOnlyWhatHoldsNothingElse) {
  EXPECT_EQ(Case().wrote("a=1").gone_row().sees("a=1"), "delete if a=1 without b");
  EXPECT_EQ(Case().wrote("a=1").gone_row().sees(nullptr), "gone");
  EXPECT_EQ(Case().tried("a=1").gone_row().sees("a=1"), "delete if a=1 without b");
  EXPECT_EQ(Case().wrote("a=1").gone_row().sees("a=9"),
            "conflict: holds something else under this key than was written; it was not removed");
  EXPECT_EQ(Case().wrote("a=1").gone_row().sees("a=1 note=mine"),
            "conflict: holds attributes under this key that migrate did not write; it was not removed");
}

TEST(Decide, FollowsTheContract) {
  const auto grown = [] { return Case().wrote("a=1").contract(ABC); };
  EXPECT_EQ(grown().sees("a=1", "a=1 c=3"), "update set c=3 if a=1 without b c");
  EXPECT_EQ(grown().sees("a=1 c=3", "a=1 c=3"), "present");
  EXPECT_EQ(
      grown().sees("a=1 c=9", "a=2 c=3"),
      "conflict: holds an attribute under this key that is new to the contract and that migrate did not write; it "
      "was left alone");
  EXPECT_EQ(Case().wrote("a=1 b=1").contract({"a", "id"}).sees("a=1 b=1", "a=2"), "update set a=2 remove b if a=1 b=1");
  EXPECT_EQ(Case().wrote("a=1 b=1").contract({"a", "id"}).sees("a=1 b=9", "a=2"),
            "conflict: holds something else under this key than was written; it was left alone");
}

// Only what is in the table is asked: its row cannot become an item.
TEST(Decide, FindsOutWhatAKilledRunLeft) {
  EXPECT_EQ(Case().wrote("a=1").tried("a=2").dead_row().sees("a=2"), "found over shape 0");
  EXPECT_EQ(Case().wrote("a=1").tried("a=2").dead_row().sees("a=1"), "kept");
  EXPECT_EQ(Case().wrote("a=1").tried("a=2").dead_row().sees("a=9"), "kept");
  EXPECT_EQ(Case().tried("a=2").dead_row().sees(nullptr), "gone");
  EXPECT_EQ(Case().wrote("a=1").tried("a=2").dead_row().sees(nullptr), "kept");
}

}  // namespace
}  // namespace migrate::test
