// Runs that end before their time, and those that go on after them: chunks and dead letters.
#include "unit/engine/native_support.h"

namespace migrate::test {
namespace {

TEST(Native, a_run_that_fails_keeps_the_dead_letters_of_the_last_whole_one) {
  Load load;
  load.table.put(R"({"id":{"S":"3"},"name":{"S":"another"}})");
  FakeRows rows(100);
  load.run(rows);
  const std::string whole = load.letters();
  EXPECT_EQ(lines_of(load.job.dead_letters), 1u);
  load.job.on_conflict = OnConflict::fail;
  load.table.put(R"({"id":{"S":"4"},"name":{"S":"another"}})");
  EXPECT_NE(load.run(rows).find("`on_conflict: fail` stops here; '" + load.unfinished() + "' has its key"),
            std::string::npos);
  EXPECT_EQ(load.letters(), whole);
  EXPECT_GE(lines_of(load.unfinished()), 1u);
  load.job.on_conflict = OnConflict::keep;
  EXPECT_EQ(load.run(rows), "read 100, written 0, present 98, conflicts 2, dead 0");
  EXPECT_EQ(lines_of(load.job.dead_letters), 2u);
  EXPECT_EQ(lines_of(load.unfinished()), 0u);
}

// What a run left behind when it was killed is no part of the next one.
TEST(Native, a_run_that_goes_on_has_each_dead_letter_once) {
  Load load;
  load.job.views.entities[0].columns[1].type = AttributeType::N;
  FakeRows rows(1000);
  rows.name = [](uint64_t i) { return i % 10 == 9 ? "x" : "1"; };
  std::atomic<bool> stop = false;
  load.hooks.cancelled = [&] { return stop.load(); };
  load.table.before_each = [&] { stop = load.table.items.size() > 450; };
  load.run(rows);
  EXPECT_GT(lines_of(load.unfinished()), 10 * load.recorded.size());
  EXPECT_FALSE(file_exists(load.job.dead_letters));
  load.table.before_each = nullptr;
  stop = false;
  load.hooks.finished = load.recorded;
  FakeRows rest(1000);
  rest.name = rows.name;
  load.run(rest);
  EXPECT_EQ(lines_of(load.job.dead_letters), 100u);
  EXPECT_FALSE(file_exists(load.unfinished()));
}

TEST(Native, a_resumed_run_goes_on_after_finished_chunks) {
  Load load;
  FakeRows rows(1000);
  std::atomic<bool> stop = false;
  load.hooks.cancelled = [&] { return stop.load(); };
  load.table.before_each = [&] { stop = load.table.items.size() > 450; };
  EXPECT_NE(load.run(rows).find("was interrupted after"), std::string::npos);
  EXPECT_GT(load.recorded.size(), 0u);
  EXPECT_LT(load.table.items.size(), 1000u);

  load.table.before_each = nullptr;
  stop = false;
  load.hooks.finished = load.recorded;
  FakeRows rest(1000);
  load.run(rest);
  EXPECT_EQ(load.facts.rows_read, 1000u);
  EXPECT_EQ(load.facts.written + load.facts.present, 1000u);
  EXPECT_EQ(load.facts.chunks_skipped, load.hooks.finished.size());
  EXPECT_EQ(rest.rows_sent, 1000u - 100 * load.hooks.finished.size());
  EXPECT_EQ(load.table.items.size(), 1000u);
}

TEST(Native, a_gap_between_finished_chunks_is_read_alone) {
  Load load;
  FakeRows rows(1000);
  load.run(rows);
  // All but the 3rd and the last.
  for (const FinishedChunk& c : load.recorded) {
    if (c.range != "0:2-2" && c.range != "0:9-9") load.hooks.finished.push_back(c);
  }
  FakeRows rest(1000);
  EXPECT_EQ(load.run(rest), "read 1000, written 800, present 200, conflicts 0, dead 0");
  EXPECT_EQ(rest.rows_sent, 200u);
}

TEST(Native, dead_letters_of_finished_chunks_are_kept) {
  Load load;
  load.job.views.entities[0].columns[1].type = AttributeType::N;
  FakeRows rows(1000);
  rows.name = [](uint64_t i) { return i % 100 == 9 ? "x" : "1"; };
  load.run(rows);
  const std::string all = load.letters();
  load.hooks.finished = load.recorded;
  load.hooks.finished.pop_back();
  EXPECT_EQ(load.run(rows), "read 1000, written 891, present 99, conflicts 0, dead 10");
  EXPECT_EQ(load.letters().size(), all.size());
}

// A table without a key is one chunk of any size, whose letters go to the file as they come.
TEST(Native, dead_letters_of_a_table_without_a_key_are_all_kept) {
  Load load;
  EntityView& keyless = load.job.views.entities[0];
  keyless.row_key.clear();
  keyless.columns[1].type = AttributeType::N;
  load.job.tuning.letter_bytes = 500;
  FakeRows rows(1000, 1);
  rows.keyed = false;
  rows.id = [](uint64_t i) { return i < 3 ? "" : std::to_string(i); };
  rows.name = [](uint64_t i) { return i % 100 == 9 ? "x" : "1"; };
  EXPECT_EQ(load.run(rows), "read 1000, written 988, present 0, conflicts 0, dead 12");
  const std::string all = load.letters();
  EXPECT_EQ(lines_of(load.job.dead_letters), 12u);
  EXPECT_EQ(load.facts.samples.size(), 2u + 3u) << "two codes, the first of which was met long ago";
  load.hooks.finished = load.recorded;
  load.run(rows);
  EXPECT_EQ(load.letters(), all) << "as a build does that was interrupted in a later entity";
}

}  // namespace
}  // namespace migrate::test
