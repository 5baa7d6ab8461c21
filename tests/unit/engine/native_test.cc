// The native engine against a table in memory and rows from nowhere: what is written, and what cannot be.
#include "unit/engine/native_support.h"

namespace migrate::test {
namespace {

TEST(Native, writes_every_row_once) {
  Load load;
  FakeRows rows(1234);
  EXPECT_EQ(load.run(rows), "read 1234, written 1234, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.table.items.size(), 1234u);
  EXPECT_EQ(load.table.items.at(*item_key(R"({"id":{"S":"77"}})", "id", "")),
            R"({"id":{"S":"77"},"name":{"S":"name 77"}})");
  EXPECT_EQ(load.facts.chunks, 13u);
  EXPECT_EQ(load.recorded.size(), 13u);
  EXPECT_EQ(load.letters(), "");
  EXPECT_LE(load.table.requests["BatchExecuteStatement"], 1234 / 25 + 15);
}

TEST(Native, an_empty_table_is_done_at_once) {
  Load load;
  FakeRows rows(0);
  EXPECT_EQ(load.run(rows), "read 0, written 0, present 0, conflicts 0, dead 0");
  EXPECT_TRUE(load.table.requests.empty());
}

TEST(Native, overwrite_writes_all_again_also_what_was_left_unprocessed) {
  Load load;
  load.job.write = WriteMode::overwrite;
  load.table.put(R"({"id":{"S":"3"},"name":{"S":"another"}})");
  load.table.fault = [](const std::string&, const std::string&, int number) {
    return FakeFault{.statement = number % 3 == 1 ? "unprocessed" : ""};
  };
  FakeRows rows(300);
  EXPECT_EQ(load.run(rows), "read 300, written 300, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.table.items.size(), 300u);
  EXPECT_GT(load.facts.throttles, 0u);
  EXPECT_EQ(load.table.requests["BatchExecuteStatement"], 0);
}

TEST(Native, rows_that_cannot_become_items_are_dead_letters_and_masked) {
  Load load;
  load.job.views.entities[0].columns[1].type = AttributeType::N;
  load.job.masking.attributes = {"name"};
  load.job.masking.salt = "s";
  FakeRows rows(50);
  rows.name = [](uint64_t i) { return i == 9 ? "secret" : "1"; };
  EXPECT_EQ(load.run(rows), "read 50, written 49, present 0, conflicts 0, dead 1");
  EXPECT_EQ(load.letters().find("secret"), std::string::npos);
  EXPECT_NE(load.letters().find("\"reason\":\"the text is no number (masked:"), std::string::npos) << load.letters();
  EXPECT_EQ(load.facts.dead_letters[static_cast<size_t>(DeadLetterCode::conversion)], 1u);
}

TEST(Native, rows_with_one_key_are_dead_letters_that_name_each_other) {
  Load load;
  load.job.views.entities[0].key_is_unique = false;
  FakeRows rows(50);
  rows.id = [](uint64_t i) { return i == 40 ? "7" : std::to_string(i); };
  const std::string key = canonical_key(AttributeType::S, "7", nullptr, "");
  rows.doubles = {{key, {{"id", "7"}}}, {key, {{"id", "40"}}}};
  EXPECT_EQ(load.run(rows), "read 50, written 48, present 0, conflicts 0, dead 2");
  EXPECT_NE(load.letters().find(R"("source_key":{"id":"40"},"key":{"id":"7"},"attribute":"id","code":"duplicate_key",)"
                                R"("reason":"its key is also that of id=7"})"),
            std::string::npos)
      << load.letters();
  EXPECT_EQ(load.table.items.count(key), 0u);
}

// DynamoDB Local measures a statement in bytes, and refuses the whole batch that holds one of too many.
TEST(Native, items_whose_statement_has_too_many_bytes_go_alone) {
  Load load;
  FakeRows rows(3);
  std::string euros;
  for (int i = 0; i < 2750; ++i) euros += "€";
  load.job.views.entities[0].columns[1].name = euros;
  EXPECT_EQ(load.run(rows), "read 3, written 3, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.table.requests["PutItem"], 3);
}

TEST(Native, big_items_go_alone_and_memory_stays_bounded) {
  Load load;
  load.job.limits.memory_mb = 1;
  FakeRows rows(200);
  rows.name = [](uint64_t i) { return std::string(i % 10 == 0 ? 300000 : 10, 'x'); };
  EXPECT_EQ(load.run(rows), "read 200, written 200, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.table.requests["PutItem"], 20);
}

TEST(Native, keeps_to_the_write_rate) {
  Load load;
  load.job.limits.write_rate = 2000;
  FakeRows rows(600);
  load.run(rows);
  EXPECT_GT(load.facts.seconds, 0.15);
}

}  // namespace
}  // namespace migrate::test
