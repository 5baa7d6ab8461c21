// The manifest after a later run: what stays, what is new, what goes, and with which shape.
#include "engine/next_manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::Scratch;

constexpr uint32_t CURRENT_SHAPE = 2;

struct NextEntry {
  std::string content;
  uint32_t shape = 0;
  std::string accepted = {};  // "": none
  SourceHash hash{};
};
struct OutcomeOf {
  Outcome::Kind kind;
  std::string key;
  std::string content = {};
  uint32_t shape = 0;
  std::string accepted = {};
  SourceHash hash{};
};
using NextEntries = std::map<std::string, NextEntry>;

Digest outcome_content(const std::string& text) { return digest_of("content", text); }

std::optional<Digest> outcome_accepted(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(outcome_content(text));
}

ManifestHeader header_of_run(const std::string& run, size_t shapes) {
  ManifestHeader header;
  header.source = "source";
  header.target = "target";
  header.run = run;
  header.pk = {"id", 'S'};
  for (size_t i = 0; i < shapes; ++i) header.shapes.push_back({"id", "v" + std::to_string(i)});
  return header;
}

// NextEntries of the base have one of two shapes; the next manifest has four.
class NextRun {
 public:
  const Scratch scratch;
  bool has_base = true;

  std::string path() const { return scratch.path("next"); }
  Result<uint64_t> make(const NextEntries& base, const std::vector<OutcomeOf>& outcomes, uint64_t memory = 1 << 20,
                        const ManifestHeader& header = header_of_run("2", 4)) {
    auto writer = ManifestWriter::create(scratch.path("base"), header_of_run("1", 2));
    EXPECT_TRUE(writer);
    for (const auto& [key, e] : base) {
      EXPECT_TRUE(writer->add({key, outcome_content(e.content), e.hash, e.shape, outcome_accepted(e.accepted)}));
    }
    EXPECT_TRUE(writer->finish());
    return next(outcomes, memory, header);
  }
  Result<uint64_t> next(const std::vector<OutcomeOf>& outcomes, uint64_t memory = 1 << 20,
                        const ManifestHeader& header = header_of_run("2", 4)) {
    RecordSort sort(scratch.path("spill"), memory, 1, outcome_fixed_bytes);
    for (const OutcomeOf& o : outcomes) {
      EXPECT_TRUE(add_outcome(
          sort.feeder(0), {o.kind, o.key, outcome_content(o.content), o.hash, o.shape, outcome_accepted(o.accepted)}));
    }
    if (!has_base) return next_manifest(nullptr, sort, header, CURRENT_SHAPE, path());
    TRY(reader, ManifestReader::open(scratch.path("base")));
    return next_manifest(&reader, sort, header, CURRENT_SHAPE, path());
  }
  // As text, a line an entry, whose content is found among `names`: "a: A in 2 of 01020304050607, accepted B".
  std::string text(const std::vector<std::string>& names) const {
    std::map<Digest, std::string> by_digest;
    for (const std::string& n : names) by_digest[outcome_content(n)] = n;
    auto reader = ManifestReader::open(path());
    EXPECT_TRUE(reader) << describe(reader.error());
    EXPECT_EQ(reader->header().run, "2");
    std::string out;
    for (ManifestEntry e;;) {
      const auto more = reader->next(e);
      EXPECT_TRUE(more);
      if (!more || !*more) return out;
      out += std::string(e.key) + ": " + by_digest[e.digest] + " in " + std::to_string(e.shape);
      if (e.source_hash != SourceHash{}) {
        out += " of " + to_hex({reinterpret_cast<const char*>(e.source_hash.data()), e.source_hash.size()});
      }
      if (e.accepted) out += ", accepted " + by_digest[*e.accepted];
      out += "\n";
    }
  }
};

TEST(NextManifest, FollowsTheRuleOfEachOutcome) {
  NextRun run;
  const SourceHash old{1}, now{2};
  const auto made = run.make({{"deleted", {"A", 0, "", old}},
                              {"held", {"A", 1, "B", old}},
                              {"rewritten", {"A", 0, "B", old}},
                              {"tried", {"A", 0, "", old}},
                              {"unchanged", {"A", 0, "", old}}},
                             {{Outcome::Kind::written, "rewritten", "C", 0, "", now},
                              {Outcome::Kind::gone, "deleted"},
                              {Outcome::Kind::kept, "held"},
                              {Outcome::Kind::found, "tried", "B", 3, "", now},
                              {Outcome::Kind::written, "new", "C", 0, "", now},
                              {Outcome::Kind::found, "new that was tried", "B", 3, "C", now},
                              {Outcome::Kind::written, "new over theirs", "A", 0, "C", now},
                              {Outcome::Kind::gone, "never was"},
                              {Outcome::Kind::kept, "refused"}});
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(*made, 7U);
  EXPECT_EQ(run.text({"A", "B", "C"}),
            "held: A in 1 of 010000000000, accepted B\n"
            "new: C in 2 of 020000000000\n"
            "new over theirs: A in 2 of 020000000000, accepted C\n"
            "new that was tried: B in 3 of 020000000000, accepted C\n"
            "rewritten: C in 2 of 020000000000\n"
            "tried: B in 3 of 020000000000\n"
            "unchanged: A in 2 of 010000000000\n");
}

TEST(NextManifest, LeavesAnAcceptedItemTheShapeThatItsDigestIsOver) {
  NextRun run;
  ASSERT_TRUE(run.make({{"a", {"theirs", 1, "ours"}}, {"b", {"ours", 1}}}, {}));
  EXPECT_EQ(run.text({"theirs", "ours"}), "a: theirs in 1, accepted ours\nb: ours in 2\n");
}

TEST(NextManifest, WithoutABaseIsWhatWasWritten) {
  NextRun run;
  run.has_base = false;
  const auto made =
      run.next({{Outcome::Kind::written, "b", "B"}, {Outcome::Kind::kept, "a"}, {Outcome::Kind::found, "c", "C", 1}});
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, 2U);
  EXPECT_EQ(run.text({"B", "C"}), "b: B in 2\nc: C in 1\n");
}

TEST(NextManifest, IsThatOfAPlainMergeWhateverTheOutcomes) {
  const uint64_t seed = test::test_seed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    NextRun run;
    NextEntries base;
    std::map<std::string, OutcomeOf> outcomes;
    const auto key = [&] { return "k" + std::to_string(random() % 600); };
    const auto what = [&] { return std::string(1, static_cast<char>('A' + random() % 5)); };
    const auto perhaps = [&] { return random() % 4 == 0 ? what() : std::string(); };
    const auto hash = [&] { return SourceHash{static_cast<unsigned char>(random())}; };
    for (int i = 0; i < 400; ++i) base[key()] = {what(), static_cast<uint32_t>(random() % 2), perhaps(), hash()};
    for (int i = 0; i < 300; ++i) {
      const std::string k = key();
      outcomes[k] = {static_cast<Outcome::Kind>(random() % 4), k,         what(),
                     static_cast<uint32_t>(random() % 4),      perhaps(), hash()};
    }
    NextEntries expected;
    for (const auto& [k, e] : base) {
      expected[k] = e;
      if (!outcomes.contains(k) && e.accepted.empty()) expected[k].shape = CURRENT_SHAPE;
    }
    std::vector<OutcomeOf> fed;
    for (const auto& [k, o] : outcomes) {
      fed.push_back(o);
      if (random() % 10 == 0) fed.push_back(o);  // said twice
      if (o.kind == Outcome::Kind::gone) expected.erase(k);
      if (o.kind == Outcome::Kind::written) expected[k] = {o.content, CURRENT_SHAPE, o.accepted, o.hash};
      if (o.kind == Outcome::Kind::found) expected[k] = {o.content, o.shape, o.accepted, o.hash};
    }
    std::shuffle(fed.begin(), fed.end(), random);
    const auto made = run.make(base, fed, 4096);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(*made, expected.size());
    std::string text;
    for (const auto& [k, e] : expected) {
      text += k + ": " + e.content + " in " + std::to_string(e.shape);
      if (e.hash != SourceHash{})
        text += " of " + to_hex({reinterpret_cast<const char*>(e.hash.data()), e.hash.size()});
      if (!e.accepted.empty()) text += ", accepted " + e.accepted;
      text += "\n";
    }
    ASSERT_EQ(run.text({"A", "B", "C", "D", "E"}), text) << "round " << round << " of seed " << seed;
  }
}

TEST(NextManifest, OfAKeyWithTwoOutcomesIsRefused) {
  NextRun run;
  const NextEntries base = {{"a", {"A"}}};
  for (const OutcomeOf& other :
       {OutcomeOf{Outcome::Kind::gone, "a"}, OutcomeOf{Outcome::Kind::kept, "a"},
        OutcomeOf{Outcome::Kind::written, "a", "C"}, OutcomeOf{Outcome::Kind::written, "a", "B", 0, "A"},
        OutcomeOf{Outcome::Kind::found, "a", "B"}}) {
    const auto made = run.make(base, {{Outcome::Kind::written, "a", "B"}, other});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::internal);
    EXPECT_EQ(made.error().message, "the key 61 has two outcomes in one run");
  }
  EXPECT_EQ(run.scratch.files(), std::vector<std::string>{"base"});
  EXPECT_TRUE(run.make(base, {{Outcome::Kind::gone, "a", "B", 1}, {Outcome::Kind::gone, "a", "C", 2}}))
      << "they say the same";
}

TEST(NextManifest, OfOtherShapesIsRefused) {
  NextRun run;
  EXPECT_EQ(run.make({}, {}, 1 << 20, header_of_run("2", 2)).error().kind, ErrorKind::internal) << "none is current";
  ManifestHeader moved = header_of_run("2", 4);
  std::swap(moved.shapes[0], moved.shapes[1]);
  EXPECT_EQ(run.make({}, {}, 1 << 20, moved).error().kind, ErrorKind::internal);
  EXPECT_EQ(run.make({{"a", {"A"}}}, {{Outcome::Kind::found, "a", "B", 4}}).error().kind, ErrorKind::internal);
  EXPECT_EQ(run.scratch.files(), std::vector<std::string>{"base"});
}

TEST(NextManifest, OfADamagedBaseLeavesWhatWasThere) {
  NextRun run;
  NextEntries base;
  for (int i = 0; i < 20'000; ++i) base["key " + std::to_string(i)] = {std::to_string(i)};
  ASSERT_TRUE(run.make({}, {{Outcome::Kind::written, "a", "A"}}));
  const std::string before = test::content_of(run.path());
  ASSERT_TRUE(run.make(base, {}));
  test::flip(run.scratch.path("base"), test::content_of(run.scratch.path("base")).size() * 8 / 2);
  std::filesystem::remove(run.path());
  const auto made = run.next({{Outcome::Kind::written, "key 5", "B"}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::manifest_damaged);
  EXPECT_EQ(run.scratch.files(), std::vector<std::string>{"base"});
  test::put_content(run.path(), before);
  EXPECT_FALSE(run.next({{Outcome::Kind::written, "key 5", "B"}}));
  EXPECT_EQ(test::content_of(run.path()), before);
}

}  // namespace
}  // namespace migrate
