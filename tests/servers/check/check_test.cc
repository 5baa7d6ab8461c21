// What somebody did to the items behind migrate's back, a check names.
#include <algorithm>
#include <fstream>
#include <random>
#include <set>

#include "check_support.h"
#include "support/seed.h"

namespace migrate::test {
namespace {

std::string index_text(const IndexCheck& i) {
  return i.name + " " + std::to_string(i.expected) + "/" + std::to_string(i.found) + " missing " +
         std::to_string(i.missing) + " extra " + std::to_string(i.extra) + " different " + std::to_string(i.different);
}

TEST(FullCheck, OfATableThatIsRightFindsNothing) {
  World w;
  w.fill(300);
  const CheckResult r = w.check();
  EXPECT_TRUE(r.passed());
  EXPECT_EQ(r.rows, 300U);
  EXPECT_EQ(r.items, 300U);
  EXPECT_EQ(r.samples.size(), 0U);
  EXPECT_EQ(index_text(r.indexes.at(0)), "ByEmail 300/300 missing 0 extra 0 different 0");
  EXPECT_EQ(index_text(r.indexes.at(1)), "Keys 300/300 missing 0 extra 0 different 0");
}

TEST(FullCheck, OfNothingPasses) {
  World w;
  w.fill(0);
  EXPECT_TRUE(w.check().passed());
}

TEST(FullCheck, NamesWhatIsMissingDifferentAndExtra) {
  World w;
  w.fill(60);
  w.remove("7");
  w.put(World::user("8", "someone else"));
  w.put(World::user("stranger", "x"));
  EXPECT_EQ(w.findings(),
            "different id=8 of users.id=8, name: {\"S\":\"name 8\"} ≠ {\"S\":\"someone else\"}\n"
            "extra id=stranger\n"
            "missing id=7 of users.id=7\n");
  const CheckResult r = w.check();
  EXPECT_EQ(r.missing + r.different, 2U);
  EXPECT_EQ(r.wrong(), 2U) << "an item that no row gives is information";
}

TEST(FullCheck, SaysWhichAttributesAreAbsentOrTooMany) {
  World w;
  w.fill(3);
  w.put(R"({"id":{"S":"1"},"email":{"S":"1@x"},"other":{"S":"ours? no"}})");
  EXPECT_EQ(w.findings(), "different id=1 of users.id=1, name: {\"S\":\"name 1\"} ≠ \n");
}

TEST(FullCheck, TakesOtherSpellingsAndForeignAttributesAsEqual) {
  World w;
  w.job.views.entities[0].columns[2].type = AttributeType::N;
  w.job.views.entities[0].columns[2].canonical_number = true;
  w.create();
  w.rows.rows = {{"1", "1@x", "1.50"}};
  w.put(R"({"theirs":{"L":[]},"name":{"N":"1.5"},"email":{"S":"1@x"},"id":{"S":"1"}})");
  EXPECT_EQ(w.findings(), "");
}

TEST(FullCheck, ShowsMaskedValuesAsDigests) {
  World w;
  w.job.masking = {{}, {"name"}, "salt"};
  w.fill(3);
  w.put(World::user("1", "secret"));
  const std::string findings = w.findings();
  EXPECT_NE(findings.find("name: masked:"), std::string::npos) << findings;
  EXPECT_EQ(findings.find("secret"), std::string::npos) << findings;
  EXPECT_EQ(findings.find("name 1"), std::string::npos) << findings;
}

TEST(FullCheck, CountsRowsThatShareAKeyAsDeadNotMissing) {
  World w;
  w.fill(5);
  w.rows.rows.push_back({"3", "z@x", "the other 3"});
  w.remove("3");
  const CheckResult r = w.check();
  EXPECT_EQ(r.missing, 0U);
  EXPECT_EQ(r.duplicate_keys, 1U);
  EXPECT_EQ(r.duplicate_rows, 2U);
  EXPECT_EQ(r.dead_rows, 2U);
  ASSERT_EQ(r.samples.size(), 1U);
  EXPECT_EQ(r.samples[0].kind, Discrepancy::Kind::duplicate);
}

// A run that takes one of the rows for the right one says nothing of the others.
TEST(FullCheck, FailsWhereRowsShareAKeyThatTheLastRunDidNotReport) {
  World w;
  w.job.indexes.clear();
  w.job.satisfies.clear();
  w.fill(5);
  w.rows.rows.push_back({"3", "z@x", "the other 3"});
  w.rows.rows.push_back({"4", "y@x", "the other 4"});
  w.remove("4");
  w.job.dead_letters = w.job.spill_folder + ".jsonl";
  const auto letter = [&](const std::string& id, const std::string& code) {
    std::ofstream(w.job.dead_letters, std::ios::app)
        << R"({"table":"Users","entity":"","source_key":{"id":")" << id << R"("},"key":{"id":")" << id
        << R"("},"attribute":"id","code":")" << code << R"(","reason":"r"})"
        << "\n";
  };
  letter("4", "duplicate_key");
  letter("3", "conflict");
  CheckResult r = w.check();
  EXPECT_EQ(r.duplicate_keys, 2U);
  EXPECT_EQ(r.unreported_duplicates, 1U);
  EXPECT_EQ(r.wrong(), 1U);
  EXPECT_EQ(r.checked(), 4U) << "three rows with keys of their own, and the key 3";
  const auto unreported = std::find_if(r.samples.begin(), r.samples.end(), [](const auto& s) { return s.unreported; });
  ASSERT_NE(unreported, r.samples.end());
  EXPECT_EQ(unreported->key, "id=3");

  letter("3", "duplicate_key");
  EXPECT_TRUE(w.check().passed());
  std::filesystem::remove(w.job.dead_letters);
  w.job.masking = {{}, {"id"}, "salt"};
  EXPECT_TRUE(w.check().passed()) << "masked letters do not tell";
}

// A build that ended with conflicts had one problem more, of its own: each later build made the check again.
TEST(FullCheck, OfALookupTableCountsAKnownConflictOnce) {
  World w;
  w.fill(3);
  w.put(World::user("2", "theirs"));
  w.job.lookup = LookupCheck{"users.email", "uq_email", true, 0};
  EXPECT_EQ(w.check().wrong(), 2U) << "the item and the uniqueness";
  w.job.dead_letters = w.job.spill_folder + ".jsonl";
  std::ofstream(w.job.dead_letters)
      << R"({"table":"Users","entity":"","source_key":{"id":"2"},"key":{"id":"2"},"attribute":"","code":"conflict","reason":"r"})"
      << "\n";
  const CheckResult r = w.check();
  EXPECT_EQ(r.known_conflicts, 1U);
  EXPECT_TRUE(r.lookup->holds);
  EXPECT_EQ(r.wrong(), 1U) << "the item";
  std::filesystem::remove(w.job.dead_letters);
}

TEST(FullCheck, LeavesKnownDeadLettersOutAndMarksKnownConflicts) {
  World w;
  w.fill(6);
  w.rows.rows.push_back({"", "no key", "dead"});
  w.remove("2");
  w.put(World::user("4", "theirs"));
  w.job.dead_letters = w.job.spill_folder + ".jsonl";
  std::ofstream(w.job.dead_letters)
      << R"({"table":"Users","entity":"","source_key":{"id":"2"},"key":{"id":"2"},"attribute":"","code":"refused","reason":"r"})"
      << "\n"
      << R"({"table":"Users","entity":"","source_key":{"id":"4"},"key":{"id":"4"},"attribute":"","code":"conflict","reason":"r"})"
      << "\ncut in ha";
  EXPECT_EQ(w.findings(), "different id=4 of users.id=4, name: {\"S\":\"name 4\"} ≠ {\"S\":\"theirs\"} (known)\n");
  const CheckResult r = w.check();
  EXPECT_EQ(r.dead_rows, 2U);
  EXPECT_EQ(r.missing, 0U);
  EXPECT_EQ(r.known_conflicts, 1U);
  std::filesystem::remove(w.job.dead_letters);
}

TEST(FullCheck, QueriesEachAccessPatternThatNamesSomething) {
  World w;
  w.fill(3);
  const CheckResult r = w.check();
  ASSERT_EQ(r.patterns.size(), 3U);
  EXPECT_EQ(r.patterns[0].outcome, PatternCheck::Outcome::works) << r.patterns[0].reason;
  EXPECT_EQ(r.patterns[1].outcome, PatternCheck::Outcome::works) << r.patterns[1].reason;
  EXPECT_EQ(r.patterns[1].index, "ByEmail");
  EXPECT_EQ(r.patterns[2].outcome, PatternCheck::Outcome::names_nothing);
}

TEST(FullCheck, SaysThatAnIndexIsNotThere) {
  World w;
  w.fill(3);
  w.job.indexes.push_back({"Nowhere", {"name", 'S'}, std::nullopt, Projection::all, {}});
  const auto r = w.try_check();
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().message.find("Nowhere"), std::string::npos) << r.error().message;
}

TEST(FullCheck, OfALookupTableSaysThatUniquenessHolds) {
  World w;
  w.fill(3);
  w.job.lookup = LookupCheck{"users.email", "uq_email", true, 0};
  EXPECT_TRUE(w.check().lookup->holds);
  w.put(World::user("gone", "x"));
  EXPECT_EQ(w.check().lookup->stale, 1U);
  w.remove("1");
  EXPECT_FALSE(w.check().lookup->holds);
}

TEST(FullCheck, CountsOrphans) {
  World w;
  w.fill(4);
  w.job.references = {{"city", "cities", "the query of this world answers 4"}};
  const CheckResult r = w.check();
  ASSERT_EQ(r.references.size(), 1U);
  EXPECT_EQ(r.references[0].orphans, 4U);
  EXPECT_TRUE(r.passed()) << "an orphan is a warning";
}

TEST(FullCheck, SaysHowFarItIsAndHowMuchIsWrong) {
  World w;
  w.fill(60);
  w.remove("7");
  w.put(World::user("8", "else"));
  w.job.estimated_rows = 50;
  w.check();
  EXPECT_EQ(w.progress.done, 60U + 59U + 2 * 59U) << "rows, items, entries of two indexes";
  EXPECT_EQ(w.progress.expected, 4 * 50U) << "by the server's estimate";
  EXPECT_EQ(w.progress.wrong, 2U);
}

TEST(FullCheck, CanBeInterrupted) {
  World w;
  w.fill(3);
  w.cancel = true;
  const auto r = w.try_check();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, ErrorKind::interrupted);
}

TEST(FullCheck, OfATableThatIsNotThereSaysSo) {
  World w;
  const auto r = w.try_check();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, ErrorKind::table_missing) << describe(r.error());
}

// Changes a random part of the items in random ways; the check finds exactly these.
TEST(FullCheck, FindsEveryRandomChange) {
  const uint64_t seed = test_seed();
  std::mt19937_64 random(seed);
  World w;
  w.job.shown = 1000;
  const size_t n = 400;
  w.fill(n);
  std::set<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    const std::string id = std::to_string(random() % n);
    const bool touched =
        std::any_of(expected.begin(), expected.end(), [&](const std::string& e) { return e.ends_with("id=" + id); });
    switch (touched ? 2 : random() % 3) {
      case 0:
        w.remove(id);
        expected.insert("missing id=" + id);
        break;
      case 1:
        w.put(World::user(id, "changed"));
        expected.insert("different id=" + id);
        break;
      default:
        w.put(World::user("new" + id, "x"));
        expected.insert("extra id=new" + id);
    }
  }
  const CheckResult r = w.check();
  std::set<std::string> found;
  for (const Discrepancy& d : r.samples) found.insert(std::string(discrepancy_name(d.kind)) + " " + d.key);
  EXPECT_EQ(found, expected);
  EXPECT_EQ(r.missing + r.different + r.extra, expected.size());
}

TEST(SampleCheck, LooksAtAsManyRowsAsAskedAndSaysWithWhichSeed) {
  World w;
  w.fill(200);
  w.job.setting = {CheckMode::sample, 50};
  w.job.seed = 42;
  const CheckResult r = w.check();
  EXPECT_EQ(r.sample, 50U);
  EXPECT_EQ(r.items, 50U);
  EXPECT_EQ(r.seed, 42U);
  EXPECT_TRUE(r.passed());
  ASSERT_EQ(r.notes.size(), 2U);
  EXPECT_EQ(r.notes[0], "a sample of 50 rows drawn with seed 42; items without a row are not looked at");
  EXPECT_EQ(r.notes[1], "indexes not looked at: ByEmail, Keys (`check: full` does)");
  w.job.setting.sample = 1000;
  EXPECT_EQ(w.check().sample, 200U) << "no more than there are";
}

// The server groups keys by a wider notion of equal: a row that it lists, and that shares its key with none, was passed
// over.
TEST(SampleCheck, LeavesOutOnlyRowsThatReallyShareAKey) {
  World w;
  w.fill(4);
  w.job.views.entities[0].key_is_unique = false;
  const auto key_of = [](const std::string& id) { return canonical_key(AttributeType::S, id, nullptr, ""); };
  w.rows.shared = {{key_of("1"), {}}, {key_of("2"), {}}, {key_of("2"), {}}};
  w.job.setting = {CheckMode::sample, 4};
  const CheckResult r = w.check();
  EXPECT_EQ(r.dead_rows, 1U);
  EXPECT_EQ(r.items, 3U);
}

TEST(SampleCheck, FindsWhatItsRowsShow) {
  World w;
  w.fill(60);
  w.remove("7");
  w.put(World::user("8", "else"));
  w.job.setting = {CheckMode::sample, 60};
  EXPECT_EQ(w.findings(),
            "different id=8 of users.id=8, name: {\"S\":\"name 8\"} ≠ {\"S\":\"else\"}\n"
            "missing id=7 of users.id=7\n");
}

TEST(SampleCheck, DrawsTheSameRowsForASeedAndAllRowsOverManySeeds) {
  World w;
  w.fill(12);
  for (int i = 0; i < 12; ++i) w.remove(std::to_string(i));
  w.job.setting = {CheckMode::sample, 4};
  std::set<std::string> all;
  std::string first = w.findings();
  EXPECT_EQ(first, w.findings());
  for (w.job.seed = 1; w.job.seed < 40; ++w.job.seed) {
    for (const Discrepancy& d : w.check().samples) all.insert(d.key);
  }
  EXPECT_EQ(all.size(), 12U);
}

TEST(CountsCheck, ComparesHowManyThereAre) {
  World w;
  w.fill(30);
  w.job.setting = {CheckMode::counts, 0};
  EXPECT_TRUE(w.check().passed());
  EXPECT_EQ(w.check().notes.back(), "indexes not looked at: ByEmail, Keys (`check: full` does)");
  w.remove("3");
  const CheckResult r = w.check();
  EXPECT_EQ(r.missing, 1U);
  EXPECT_FALSE(r.passed());
}

}  // namespace
}  // namespace migrate::test
