// Scores, confidence, and facts that come back as they were.
#include "engine/check_result.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

CheckResult full(uint64_t rows, uint64_t missing = 0, uint64_t different = 0) {
  CheckResult r;
  r.table = "Users";
  r.rows = rows;
  r.missing = missing;
  r.different = different;
  return r;
}

std::string score(const CheckResult& r) { return score_text(check_score(r.checked(), r.wrong())); }

TEST(CheckScore, IsTheShareOfWhatIsRight) {
  EXPECT_EQ(score(full(1000)), "100");
  EXPECT_EQ(score(full(1000, 1)), "99.90");
  EXPECT_EQ(score(full(1000, 1, 2)), "99.70");
  EXPECT_EQ(score(full(3, 1)), "66.66");
  EXPECT_EQ(score(full(0)), "100");
  EXPECT_EQ(score(full(5, 5)), "0");
}

TEST(CheckScore, OfOneWrongAmongManyIsNeverRoundedUpTo100) { EXPECT_EQ(score(full(1'000'000'000, 1)), "99.99"); }

TEST(CheckScore, LeavesDeadRowsOut) {
  CheckResult r = full(1000);
  r.dead_rows = 10;
  EXPECT_EQ(r.checked(), 990U);
  EXPECT_TRUE(r.passed());
}

TEST(CheckScore, TakesIndexesPatternsAndUniquenessIn) {
  CheckResult r = full(10);
  r.indexes.push_back({"ByEmail", 10, 9, 1, 0, 0, 0});
  r.patterns.push_back({"by id", "", PatternCheck::Outcome::fails, "x"});
  r.patterns.push_back({"by thought", "", PatternCheck::Outcome::names_nothing, ""});
  r.lookup = LookupCheck{"users.email", "uq", false, 0};
  EXPECT_EQ(r.checked(), 10U + 10U + 1U + 1U);
  EXPECT_EQ(r.wrong(), 1U + 1U + 1U);
}

TEST(CheckScore, OfCountsIsTheirDifference) {
  CheckResult r = full(100);
  r.mode = CheckMode::counts;
  r.items = 99;
  EXPECT_EQ(score(r), "99");
  r.items = 101;
  EXPECT_FALSE(r.passed());
}

TEST(CheckSample, SaysWhatItsConfidenceIs) {
  CheckResult r;
  r.mode = CheckMode::sample;
  r.sample = 1000;
  EXPECT_NEAR(r.error_bound(), 0.003, 0.0001);  // the rule of three
  r.different = 10;
  EXPECT_NEAR(r.error_bound(), 0.0165, 0.0005);
  r.sample = 0;
  EXPECT_EQ(r.error_bound(), 1);
}

TEST(CheckFacts, ComeBackAsTheyWere) {
  CheckResult r = full(1000, 1, 2);
  r.mode = CheckMode::sample;
  r.seed = 18446744073709551615ULL;
  r.sample = 5;
  r.items = 997;
  r.extra = 3;
  r.known_conflicts = 1;
  r.own_table = true;
  r.duplicate_keys = 4;
  r.duplicate_rows = 8;
  r.unreported_duplicates = 3;
  r.changed_meanwhile = 2;
  r.enriched = 6;
  r.indexes.push_back({"By \"email\"", 1, 2, 3, 4, 5, 6});
  r.references.push_back({"city", "cities", 7});
  r.lookup = LookupCheck{"users.email", "uq_email", false, 9};
  r.patterns.push_back({"get user by id", "", PatternCheck::Outcome::no_sample, ""});
  r.samples.push_back(
      {Discrepancy::Kind::index_different, "id=1", "users.id=1", "ByEmail", true, {{"name", "{\"S\":\"a\"}", ""}}});
  r.attribute_counts = {{"id", 1000}, {"never", 0}};
  r.notes = {"a note"};
  r.seconds = 1.5;
  r.spilled_bytes = 40;
  const auto back = CheckResult::from_facts(r.to_facts());
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(back->to_facts(), r.to_facts());
  EXPECT_EQ(back->samples.at(0).attributes.at(0).expected, "{\"S\":\"a\"}");
  EXPECT_EQ(back->seed, r.seed);
  EXPECT_EQ(back->enriched, 6U);
  EXPECT_EQ(back->unreported_duplicates, 3U);
}

TEST(CheckFindings, AreTheSameForTwoChecksOfTheSame) {
  CheckResult a = full(1000, 1, 2);
  a.indexes.push_back({"ByEmail", 1, 2, 3, 4, 5, 6});
  CheckResult b = a;
  b.seconds = 17;
  b.seed = 4711;
  b.spilled_bytes = 1 << 20;
  b.changed_meanwhile = 3;
  b.indexes[0].late = 0;
  b.notes = {"a sample of 5 rows drawn with seed 4711"};
  EXPECT_NE(a.to_facts(), b.to_facts());
  EXPECT_EQ(a.findings(), b.findings());
  b.different = 3;
  EXPECT_NE(a.findings(), b.findings());
}

TEST(CheckFacts, ThatAreDamagedAreAnError) {
  EXPECT_FALSE(CheckResult::from_facts("{\"version\":1"));
  EXPECT_FALSE(CheckResult::from_facts("{\"version\":99}"));
}

}  // namespace
}  // namespace migrate
