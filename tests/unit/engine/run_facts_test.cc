#include "engine/run_facts.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

TEST(RunFacts, ComeBackAsTheyWere) {
  TableRun run;
  run.rows_read = 12345678901234;
  run.written = 7;
  run.reading = "1 connection, as \"LOCK TABLES\" is denied";
  run.write_units = 1.5;
  run.seconds = 0.1;
  run.dead_letters[2] = 3;
  run.latency.counts[5] = 9;
  run.throughput = {1, 0, 2};
  run.samples = {"{\"reason\":\"a \\\"b\\\"\"}"};
  run.largest = {{"k\"1", 400}};
  run.hot = {{"p", 2}, {"q", 1}};
  auto back = run_from_facts(run_facts(run));
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(run_facts(*back), run_facts(run));
  EXPECT_EQ(back->rows_read, run.rows_read);
  EXPECT_EQ(back->reading, run.reading);
  EXPECT_EQ(back->latency.counts[5], 9u);
  EXPECT_EQ(back->hot, run.hot);
}

// A load that was killed after a million items, and went on for a second with a thousand.
TEST(RunFacts, CountTheRateOfThisAttemptOnly) {
  TableRun run;
  run.written = 1001000;
  run.throughput = {400, 600};
  run.seconds = 2;
  EXPECT_EQ(run.items_per_second(), 500);
}

TEST(RunFacts, RefuseWhatIsNoJson) { EXPECT_FALSE(run_from_facts("{\"written\":")); }

}  // namespace
}  // namespace migrate
