// Items that stand in the way: present, conflicts, and what becomes of them later.
#include "engine/open_conflicts.h"
#include "engine/run_facts.h"
#include "unit/engine/native_support.h"

namespace migrate::test {
namespace {

TEST(Native, equal_items_are_present_and_others_conflicts) {
  Load load;
  FakeRows rows(100);
  load.table.put(R"({"name":{"S":"name 1"},"id":{"S":"1"}})");
  load.table.put(R"({"id":{"S":"2"},"name":{"S":"name 2"},"theirs":{"N":"1"}})");
  load.table.put(R"({"id":{"S":"3"},"name":{"S":"another"}})");
  EXPECT_EQ(load.run(rows), "read 100, written 97, present 2, conflicts 1, dead 0");
  EXPECT_EQ(load.letters(),
            R"({"table":"Users","entity":"","source_key":{"id":"3"},"key":{"id":"3"},"attribute":"","code":"conflict",)"
            R"("reason":"the table holds another item with this key; it was left alone"})"
            "\n");
  EXPECT_EQ(load.table.items.at(*item_key(R"({"id":{"S":"3"}})", "id", "")),
            R"({"id":{"S":"3"},"name":{"S":"another"}})");
  EXPECT_EQ(load.facts.samples.size(), 1u);
}

// As the check compares them: what is another entity's attribute is the contract's to say, not the application's.
TEST(Native, an_attribute_of_another_entity_makes_an_item_another) {
  Load load;
  EntityView orders = load.job.views.entities[0];
  orders.entity = "Order";
  orders.columns.push_back({.name = "total"});
  load.job.views.entities.push_back(orders);
  FakeRows rows(2);
  load.table.put(R"({"id":{"S":"1"},"name":{"S":"name 1"},"total":{"N":"9"}})");
  load.table.put(R"({"id":{"S":"2"},"name":{"S":"name 2"},"note":{"S":"theirs"}})");
  EXPECT_EQ(load.run(rows), "read 2, written 0, present 1, conflicts 1, dead 0");
}

TEST(Native, conflicts_can_be_looked_up_later_as_many_as_are_kept) {
  Load load;
  for (int i = 1; i <= 1200; ++i)
    load.table.put(R"({"id":{"S":")" + std::to_string(i) + R"("},"name":{"S":"another"}})");
  FakeRows rows(1200);
  EXPECT_EQ(load.run(rows), "read 1200, written 0, present 0, conflicts 1200, dead 0");
  load.hooks.finished = load.recorded;
  FakeRows again(1200);
  EXPECT_EQ(load.run(again), "read 1200, written 0, present 0, conflicts 1200, dead 0") << "all from finished chunks";
  EXPECT_EQ(again.rows_sent, 0U);
  auto facts = run_from_facts(run_facts(load.facts));
  ASSERT_TRUE(facts);
  ASSERT_EQ(facts->open_conflicts.size(), max_open_conflicts);

  const std::string gone = facts->open_conflicts[0].key, equal = facts->open_conflicts[700].key;
  const std::string id = equal.substr(12, equal.size() - 15);
  load.table.items.erase(*item_key(gone, "id", ""));
  load.table.put(R"({"id":{"S":")" + id + R"("},"theirs":{"N":"1"},"name":{"S":"name )" + id + R"("}})");
  auto client = connect(load.table);
  auto now = look_up_conflicts(load.job.views, "Users", facts->open_conflicts, *client);
  ASSERT_TRUE(now) << describe(now.error());
  EXPECT_EQ(now->gone, 1U);
  ASSERT_EQ(now->equal.size(), 1U) << equal;
  EXPECT_EQ(now->equal[0].key, equal);
}

// A check takes an item that the dead letters name for one that people know of.
TEST(Native, conflicts_that_are_over_go_from_the_dead_letters_and_the_samples) {
  Load load;
  load.table.put(R"({"id":{"S":"3"},"name":{"S":"another"}})");
  load.table.put(R"({"id":{"S":"5"},"name":{"S":"another"}})");
  FakeRows rows(10);
  EXPECT_EQ(load.run(rows), "read 10, written 8, present 0, conflicts 2, dead 0");
  ASSERT_EQ(load.facts.open_conflicts.size(), 2U);
  const auto closed =
      close_conflicts({load.facts.open_conflicts[0]}, load.job.views, load.job.dead_letters, load.facts);
  ASSERT_TRUE(closed) << describe(closed.error());
  EXPECT_THAT(load.letters(), testing::AllOf(testing::HasSubstr(R"("key":{"id":"5"})"),
                                             testing::Not(testing::HasSubstr(R"("key":{"id":"3"})"))));
  ASSERT_EQ(load.facts.samples.size(), 1U);
  EXPECT_EQ(load.facts.samples[0] + "\n", load.letters());
  EXPECT_EQ(load.facts.conflicts, 1U);
  EXPECT_EQ(load.facts.present, 1U);
  ASSERT_EQ(load.facts.open_conflicts.size(), 1U);
}

TEST(Native, conflicts_whose_key_is_masked_are_in_no_record) {
  Load load;
  load.table.put(R"({"id":{"S":"3"},"name":{"S":"another"}})");
  load.job.masking = {{}, {"id"}, "salt"};
  FakeRows rows(10);
  EXPECT_EQ(load.run(rows), "read 10, written 9, present 0, conflicts 1, dead 0");
  EXPECT_TRUE(load.facts.open_conflicts.empty());
}

TEST(Native, what_happens_to_conflicts_is_the_tables_setting) {
  Load load;
  load.table.put(R"({"id":{"S":"3"},"name":{"S":"another"}})");
  load.job.on_conflict = OnConflict::fail;
  FakeRows first(10);
  EXPECT_EQ(load.run(first).substr(0, 66), "error: the table 'Users' holds an item that is not ours\n  hint: `o");
  load.job.on_conflict = OnConflict::overwrite;
  FakeRows second(10);
  EXPECT_EQ(load.run(second), "read 10, written 1, present 9, conflicts 0, dead 0");
  EXPECT_EQ(load.table.items.at(*item_key(R"({"id":{"S":"3"}})", "id", "")),
            R"({"id":{"S":"3"},"name":{"S":"name 3"}})");
}

}  // namespace
}  // namespace migrate::test
