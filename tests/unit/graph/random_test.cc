// Random graphs, random edits, injected failures: what is done is what was planned, and the result is that of a plain
// rebuild from nothing. MIGRATE_TEST_SEED repeats a run.
#include <chrono>
#include <random>

#include "support/seed.h"
#include "world.h"

namespace migrate::test {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

void give_shape(World& world, Random& random, int n) {
  for (int i = 0; i < n; ++i) {
    std::vector<std::string> needs;
    for (int k = random.below(4); k > 0 && i > 0; --k) {
      std::string need = "t:" + std::to_string(random.below(i));
      if (std::find(needs.begin(), needs.end(), need) == needs.end()) needs.push_back(need);
    }
    Item& item = world.declare("t:" + std::to_string(i), needs);
    item.setting = std::string(static_cast<size_t>(random.below(3)), 'a');
    item.pure = random.chance(30);
    item.predicts = random.chance(40);
    item.coarse = random.chance(50);
    item.hidden = !item.pure && random.chance(10);
    if (random.chance(30)) item.pool = random.chance(50) ? "source" : "target";
  }
}

void edit(World& world, Random& random) {
  for (auto& [id, item] : world.items) {
    item.fails = random.chance(4);
    if (random.chance(8))
      item.setting = std::string(static_cast<size_t>(random.below(3)), random.chance(50) ? 'a' : 'b');
    if (random.chance(2)) ++item.version;
    if (random.chance(3)) item.hidden = !item.pure && !item.hidden;
    if (random.chance(3) && !item.pure) world.texts[id] = "somebody else's";
    if (random.chance(3) && !item.pure) world.texts.erase(id);
    if (random.chance(3) && !item.needs.empty()) item.needs.pop_back();
  }
}

std::map<std::string, std::string> from_nothing(const World& world) {
  World fresh;
  fresh.items = world.items;
  for (const std::string& id : world.names) fresh.texts[id] = fresh.text_of(id);  // declared after what they need
  return fresh.texts;
}

void expect_done_as_planned(World& world, FakeProject& project) {
  project.with_plan([&](Plan& plan, Cache& cache) {
    std::set<std::string> will, may;
    for (TargetIndex i : plan.order) {
      if (plan.items[i].state == TargetState::will) will.insert(plan.graph->target(i).id);
      if (plan.items[i].state == TargetState::may) may.insert(plan.graph->target(i).id);
    }
    std::string planned = FakeProject::print(plan);
    std::set<std::string> done_planning(world.made.begin(), world.made.end());
    auto summary = build(plan, cache, project.build_options);
    ASSERT_TRUE(summary) << describe(summary.error());
    std::set<std::string> done(world.made.begin(), world.made.end());
    ASSERT_EQ(done.size(), world.made.size()) << "a target was made twice";
    for (const std::string& id : done) {
      EXPECT_TRUE(will.count(id) + may.count(id) == 1 || done_planning.count(id)) << id << " was not planned\n"
                                                                                  << planned;
    }
    for (const std::string& id : will) {
      auto outcome = summary->targets[plan.graph->index(*plan.graph->find(id))].outcome;
      bool stopped = outcome == Outcome::skipped || outcome == Outcome::not_started;
      EXPECT_TRUE(done.count(id) || (stopped && !summary->ok())) << id << " was planned and not done\n" << planned;
    }
    project.last = std::move(*summary);
  });
}

TEST(RandomGraphs, DoWhatWasPlannedAndEndLikeARebuildFromNothing) {
  const uint64_t seed = test_seed();
  Random random(seed);
  for (int graph = 0; graph < 25; ++graph) {
    World world;
    give_shape(world, random, 5 + random.below(40));
    FakeProject project(world);
    project.build_options.threads = 1 + random.below(4);
    project.build_options.pools = {{"source", 1}, {"target", 2}};
    for (int round = 0; round < 8; ++round) {
      SCOPED_TRACE("graph " + std::to_string(graph) + ", round " + std::to_string(round));
      edit(world, random);
      world.made.clear();
      project.build_options.keep_going = random.chance(60);
      expect_done_as_planned(world, project);
      if (HasFailure()) return;
      if (!project.last.ok()) {
        for (auto& [id, item] : world.items) item.fails = false;
        world.made.clear();
        expect_done_as_planned(world, project);
      }
      ASSERT_TRUE(project.last.ok());
      ASSERT_EQ(world.texts, from_nothing(world));
      world.made.clear();
      project.build();
      for (const std::string& id : world.made) ASSERT_TRUE(world.items.at(id).hidden) << id << " was made for nothing";
    }
  }
}

}  // namespace
}  // namespace migrate::test
