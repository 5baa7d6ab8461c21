// What is saved is what is read, in this process and in the next.
#include "cache/cache.h"

#include "cache/state.h"
#include "state.h"

namespace migrate::test {
namespace {

TEST(Cache, GivesBackWhatWasSaved) {
  StateFolder state;
  ASSERT_TRUE(state.open()->save(record_of("run:b", 1)));
  ASSERT_TRUE(state.open()->save_all({record_of("run:a", 2), record_of("run:c", 3)}));
  EXPECT_EQ(print(*state.open()), print(record_of("run:a", 2)) + "\n" + print(record_of("run:b", 1)) + "\n" +
                                      print(record_of("run:c", 3)) + "\n");
  auto one = state.read()->record("run:b");
  ASSERT_TRUE(one && *one);
  EXPECT_EQ(print(**one), print(record_of("run:b", 1)));
}

TEST(Cache, ReplacesAndForgets) {
  StateFolder state;
  auto cache = state.open();
  ASSERT_TRUE(cache->save(record_of("run:a", 1)));
  ASSERT_TRUE(cache->save(record_of("run:a", 2)));
  EXPECT_EQ(print(*cache), print(record_of("run:a", 2)) + "\n");
  ASSERT_TRUE(cache->forget("run:a"));
  EXPECT_EQ(print(*cache), "");
  EXPECT_FALSE(*cache->record("run:a"));
}

TEST(Cache, TakesAnyBytesInNames) {
  StateFolder state;
  std::string target("run:\"';--\0 \xf0\x9f\x98\x80", 15);
  ASSERT_TRUE(state.open()->save(record_of(target, 1)));
  EXPECT_EQ(print(*state.open()), print(record_of(target, 1)) + "\n");
}

TEST(Cache, KeepsTheJournalUntilTheTargetIsSaved) {
  StateFolder state;
  auto cache = state.open();
  ASSERT_TRUE(cache->save(record_of("run:a", 1)));
  auto first = cache->begin_journal({0, "run:a", "run glue job", "{\"id\": 7}", 1700000000});
  auto second = cache->begin_journal({0, "run:a", "write", "{}", 1700000001});
  ASSERT_TRUE(first && second);
  cache = state.open();
  auto entries = cache->journal("run:a");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->front().what + entries->front().payload, "run glue job{\"id\": 7}");
  EXPECT_TRUE(cache->records()->find("run:a")->unfinished);
  EXPECT_TRUE((*cache->record("run:a"))->unfinished);
  ASSERT_TRUE(cache->end_journal(*first));
  EXPECT_EQ(cache->journal("run:a")->size(), 1u);
  ASSERT_TRUE(cache->save(record_of("run:a", 2)));
  EXPECT_EQ(cache->journal("run:a")->size(), 0u);
  EXPECT_FALSE(cache->records()->find("run:a")->unfinished);
}

TEST(Cache, KeepsChunksOfOnePlanUntilTheTargetIsSaved) {
  StateFolder state;
  Digest old_plan = of("old"), plan = of("new");
  ASSERT_TRUE(state.open()->add_chunk("run:a", old_plan, {"1..10", "{}"}));
  ASSERT_TRUE(state.open()->add_chunk("run:b", old_plan, {"1..10", "{}"}));
  auto cache = state.open();
  ASSERT_TRUE(cache->add_chunk("run:a", plan, {"11..20", "{\"n\": 2}"}));
  ASSERT_TRUE(cache->add_chunk("run:a", plan, {"01..10", "{\"n\": 1}"}));
  EXPECT_EQ(cache->chunks("run:a", old_plan)->size(), 0u);
  EXPECT_EQ(cache->chunks("run:b", old_plan)->size(), 1u);
  auto chunks = cache->chunks("run:a", plan);
  ASSERT_EQ(chunks->size(), 2u);
  EXPECT_EQ((*chunks)[0].range + (*chunks)[0].facts, "01..10{\"n\": 1}");
  ASSERT_TRUE(cache->save(record_of("run:a", 1)));
  EXPECT_EQ(cache->chunks("run:a", plan)->size(), 0u);
}

TEST(Cache, RemembersRunsAndFacts) {
  StateFolder state;
  auto cache = state.open();
  ASSERT_TRUE(cache->begin_run({"r1", 100, 0, "build", "me@here", -1, ""}));
  ASSERT_TRUE(cache->begin_run({"r2", 200, 0, "build -k", "me@here", -1, ""}));
  ASSERT_TRUE(cache->end_run({"r1", 100, 150, "build", "me@here", 3, "{}"}));
  auto runs = state.read()->runs(10);
  ASSERT_EQ(runs->size(), 2u);
  EXPECT_EQ((*runs)[0].id, "r2");
  EXPECT_EQ((*runs)[0].finished_at, 0);
  EXPECT_EQ((*runs)[1].exit_code, 3);
  EXPECT_EQ(cache->runs(1)->size(), 1u);
  ASSERT_TRUE(cache->put_fact("schema", "{}"));
  EXPECT_EQ(**cache->fact("schema"), "{}");
  EXPECT_FALSE(*cache->fact("other"));
}

TEST(Cache, ToReadIsEmptyWhereThereIsNoneAndMakesNone) {
  StateFolder state;
  auto cache = state.read();
  EXPECT_EQ(print(*cache), "");
  EXPECT_FALSE(*cache->record("run:a"));
  EXPECT_EQ(cache->runs(5)->size(), 0u);
  EXPECT_FALSE(std::filesystem::exists(state.file()));
  EXPECT_FALSE(cache->save(record_of("run:a", 1)));
}

TEST(Cache, IsReadWhileAnotherProcessWrites) {
  StateFolder state;
  auto writer = state.open();
  ASSERT_TRUE(writer->save(record_of("run:a", 1)));
  auto reader = state.read();
  ASSERT_TRUE(writer->save(record_of("run:a", 2)));
  EXPECT_EQ(print(*reader), print(record_of("run:a", 2)) + "\n");
}

TEST(Cache, CutsLongDisplaysBetweenCharacters) {
  RecordInputs inputs;
  std::string long_text;
  while (long_text.size() < 300) long_text += "€";
  inputs.add("where", of("x"), "a" + long_text);
  std::string kept = inputs.list().front().display;
  EXPECT_LE(kept.size(), 120u);
  EXPECT_EQ(kept.size() % 3, 1u);
}

TEST(Cache, KnowsFileSystemsThatMachinesShare) {
  EXPECT_TRUE(network_file_system(0x6969));                            // NFS
  EXPECT_TRUE(network_file_system(static_cast<int32_t>(0xff534d42)));  // CIFS, where f_type is signed
  EXPECT_FALSE(network_file_system(0xef53));                           // ext4
  EXPECT_FALSE(network_file_system(0x01021994));                       // tmpfs
}

}  // namespace
}  // namespace migrate::test
