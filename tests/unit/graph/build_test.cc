// What a build does, in which order, and how it ends.
#include <sys/resource.h>

#include <condition_variable>
#include <csignal>

#include "world.h"

namespace migrate::test {
namespace {

std::string in_order(const World& world) {
  std::string text;
  for (const std::string& id : world.made) text += (text.empty() ? "" : " ") + id;
  return text;
}

// The most targets whose making overlapped. Each waits until `wanted` of them have come together, so that the most is
// reached for certain where it is allowed; where it is not, they would wait for ever and so give up after a while.
class Meeting {
 public:
  Meeting(World& world, int wanted, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    world.while_making = [this, wanted, patience](const std::string&) {
      std::unique_lock lock(mutex_);
      most_ = std::max(most_, ++here_);
      met_.notify_all();
      met_.wait_for(lock, patience, [&] { return most_ >= wanted; });
      --here_;
    };
  }
  int most() const { return most_; }

 private:
  std::mutex mutex_;
  std::condition_variable met_;
  int here_ = 0;
  int most_ = 0;
};

TEST(Build, StopsOnlyWhatDependsOnAFailure) {
  World world;
  world.declare("t:a").fails = true;
  world.declare("t:b");
  world.declare("t:needs a", {"t:a", "t:b"});
  world.declare("t:needs needs a", {"t:needs a"});
  world.declare("t:needs b", {"t:b"});
  FakeProject project(world);
  project.build_options.keep_going = true;
  EXPECT_EQ(project.build(),
            "a failed: cannot make t:a\n"
            "b made\n"
            "needs a skipped: by a\n"
            "needs needs a skipped: by a\n"
            "needs b made\n");
  EXPECT_FALSE(project.last.ok());
  EXPECT_EQ(project.last.skipped, 2u);
  world.items["t:a"].fails = false;
  EXPECT_EQ(project.build(), "a made\nneeds a made\nneeds needs a made\n");
  EXPECT_TRUE(project.last.ok());
}

TEST(Build, WithoutKeepGoingStartsNothingAfterAFailure) {
  World world;
  world.declare("t:a").fails = true;
  world.declare("t:b", {"t:a"});
  world.declare("t:c");
  FakeProject project(world);
  project.build_options.threads = 1;
  EXPECT_EQ(project.build(), "a failed: cannot make t:a\nb skipped: by a\nc not started\n");
}

TEST(Build, BeginsTheLongestChainFirst) {
  World world;
  world.declare("t:short");
  world.declare("t:long 1");
  world.declare("t:long 2", {"t:long 1"});
  world.declare("t:long 3", {"t:long 2"});
  FakeProject project(world);
  project.build_options.threads = 1;
  project.build();
  EXPECT_EQ(in_order(world), "t:long 1 t:long 2 t:short t:long 3");
}

TEST(Build, RunsAsManyAtOnceAsItMayAndAPoolLets) {
  World world;
  for (int i = 0; i < 6; ++i) world.declare("t:" + std::to_string(i)).pool = "source";
  FakeProject project(world);
  project.build_options.threads = 4;
  Meeting four(world, 4);
  project.build();
  EXPECT_EQ(four.most(), 4);

  for (auto& [id, item] : world.items) item.setting = "again";
  project.build_options.pools = {{"source", 2}};
  Meeting never_three(world, 3, std::chrono::milliseconds(20));
  project.build();
  EXPECT_EQ(never_three.most(), 2);
}

TEST(Build, OneOfAFullPoolDoesNotHoldUpTheOthers) {
  World world;
  world.declare("t:a").pool = "source";
  world.declare("t:b").pool = "source";
  world.declare("t:c");
  FakeProject project(world);
  project.build_options.threads = 2;
  project.build_options.pools = {{"source", 1}};
  Meeting two(world, 2);
  EXPECT_EQ(project.build(), "a made\nb made\nc made\n");
  EXPECT_EQ(two.most(), 2);
}

TEST(Build, InterruptedStartsNothingNewAndGoesOnTheNextTime) {
  World world;
  world.declare("t:a");
  world.declare("t:b", {"t:a"});
  world.declare("t:c", {"t:b"});
  FakeProject project(world);
  std::atomic<bool> cancelled = false;
  project.build_options.cancelled = &cancelled;
  world.while_making = [&](const std::string& id) {
    if (id == "t:b") cancelled = true;
  };
  EXPECT_EQ(project.build(), "a made\nb failed: interrupted\nc skipped: by b\n");
  EXPECT_TRUE(project.last.interrupted);
  cancelled = false;
  world.while_making = nullptr;
  EXPECT_EQ(project.build(), "b made\nc made\n");
}

TEST(Build, InterruptedBetweenTargetsSaysWhatDidNotStart) {
  World world;
  world.declare("t:a");
  world.declare("t:b");
  FakeProject project(world);
  project.build_options.threads = 1;
  std::atomic<bool> cancelled = true;
  project.build_options.cancelled = &cancelled;
  EXPECT_EQ(project.build(), "a not started\nb not started\n");
  EXPECT_TRUE(project.last.interrupted);
}

// The first time too: an entry was only written where there was a record already.
TEST(Build, JournalsEachSideEffectBeforeItIsBegun) {
  World world;
  world.declare("t:pure").pure = true;
  world.declare("t:a", {"t:pure"});
  world.declare("t:b", {"t:a"}).fails = true;
  FakeProject project(world);
  auto journaled = [&] {
    std::string text;
    project.with_plan([&](Plan& plan, Cache& cache) {
      world.while_making = [&](const std::string& id) {
        const std::vector<JournalEntry> entries = *cache.journal(id);
        for (const JournalEntry& entry : entries) text += id + " " + entry.what + "\n";
      };
      ASSERT_TRUE(build(plan, cache, project.build_options));
      world.while_making = nullptr;
      EXPECT_EQ(cache.journal("t:a")->size(), 0u);
    });
    return text;
  };
  EXPECT_EQ(journaled(), "t:a make\nt:b make\n");
  EXPECT_EQ(journaled(), "t:b make\n");
  world.items["t:b"].fails = false;
  EXPECT_EQ(journaled(), "t:b make\n");
  for (auto& [id, item] : world.items) item.setting = "again";
  EXPECT_EQ(journaled(), "t:a make\nt:b make\n");
}

TEST(Build, FailsATargetThatSaysItUsedWhatItDoesNotNeed) {
  World world;
  world.declare("t:a").says_it_used = "t:somebody";
  FakeProject project(world);
  EXPECT_EQ(project.build(), "a failed: 't:a' used 't:somebody', which it does not need\n");
  world.items["t:a"].says_it_used = "setting";
  EXPECT_EQ(project.build(), "a made\n");
}

TEST(Build, SaysOpenProblemsEveryTimeAndLooksThemUpAgain) {
  World world;
  world.declare("t:run").problems = 3;
  FakeProject project(world);
  EXPECT_EQ(project.build(), "run made\n");
  EXPECT_EQ(project.last.open_problems, 3u);
  world.items["t:run"].problems = 1;
  EXPECT_EQ(project.build(), "");
  EXPECT_EQ(project.last.open_problems, 1u);
  world.items["t:run"].problems = 0;
  EXPECT_EQ(project.build(), "");
  EXPECT_EQ(project.last.open_problems, 0u);
  project.with_plan([](Plan& plan, Cache&) { EXPECT_EQ(plan.counts.open_problems, 0u); });
}

// What depends on it kept speaking of the problems that were over.
TEST(Build, ReviewsATargetWhoseProblemsAreOverAndMakesWhatDependsOnIt) {
  World world;
  world.declare("t:data");
  world.declare("t:run", {"t:data"}).problems = 2;
  world.declare("t:check", {"t:run"});
  FakeProject project(world);
  project.build();
  world.items["t:run"].problems = 1;
  world.items["t:run"].resolved = true;
  EXPECT_EQ(project.plan(), "run will: a problem is over\ncheck may: t:run may change\n");
  world.made.clear();
  EXPECT_EQ(project.build(), "run made\ncheck unchanged\n");
  EXPECT_EQ(world.made, std::vector<std::string>{"t:check"}) << "the run was reviewed only";
  EXPECT_EQ(project.last.open_problems, 1u);
  world.items["t:run"].resolved = false;
  EXPECT_EQ(project.build(), "");

  world.items["t:run"].resolved = true;
  world.items["t:data"].setting = "other";
  world.made.clear();
  project.build();
  EXPECT_EQ(world.made, (std::vector<std::string>{"t:data", "t:run", "t:check"}));
}

// A rule whose prediction is wrong would let the rest of the build stand on it.
TEST(Build, FailsATargetThatMakesAnotherOutputThanItsRuleForetold) {
  World world;
  world.declare("t:view").predicts = true;
  world.declare("t:run", {"t:view"});
  FakeProject project(world);
  project.with_plan([&](Plan& plan, Cache& cache) {
    world.items["t:view"].setting = "changed behind the plan's back";
    auto summary = build(plan, cache, {});
    ASSERT_TRUE(summary);
    EXPECT_EQ(FakeProject::print(plan, *summary),
              "view failed: 't:view' made another output than the plan was told\nrun skipped: by view\n");
  });
  EXPECT_EQ(project.build(), "view unchanged\nrun made\n");
}

class Transcript : public BuildListener {
 public:
  void started(const Target& target) override { text += target.name + " started\n"; }
  void progress(const Target& target, uint64_t done, uint64_t expected, uint64_t) override {
    text += target.name + " " + std::to_string(done) + "/" + std::to_string(expected) + "\n";
  }
  void finished(const Target& target, const TargetResult& result) override {
    text += target.name + " " + std::string(outcome_name(result.outcome)) + "\n";
  }
  std::string text;
};

TEST(Build, TellsItsListenerInOrder) {
  World world;
  world.declare("t:sql").pure = true;
  world.declare("t:view", {"t:sql"});
  world.declare("t:run", {"t:view"}).fails = true;
  world.declare("t:check", {"t:run"});
  FakeProject project(world);
  Transcript transcript;
  project.build_options.listener = &transcript;
  project.build();
  EXPECT_EQ(transcript.text,
            "sql made\n"
            "view started\n"
            "view 1/1\n"
            "view made\n"
            "run started\n"
            "run failed\n"
            "check skipped\n");
}

TEST(Build, OfThousandsOfPureTargetsBehindOneThatIsNot) {
  World world;
  world.declare("t:first");
  for (int i = 0; i < 5000; ++i) world.declare("t:" + std::to_string(i), {"t:first"}).pure = true;
  FakeProject project(world);
  project.build();
  EXPECT_EQ(project.last.made, 5001u);
  EXPECT_EQ(project.plan(), "");
}

TEST(Clean, TakesDownWhatDependsOnOthersFirstAndTheNextBuildMakesOnlyThat) {
  World world;
  world.declare("t:source");
  world.declare("t:view", {"t:source"});
  world.declare("t:run", {"t:view"});
  FakeProject project(world);
  project.build();
  world.made.clear();
  project.with_plan([&](Plan& plan, Cache& cache) {
    std::string journaled;
    world.while_making = [&](const std::string& id) { journaled += id + " " + cache.journal(id)->at(0).what + "\n"; };
    auto selected = plan.graph->select({"t:source", "t:view"});
    const CleanSummary cleaned = clean(clean_items(*plan.graph, *selected), cache);
    EXPECT_FALSE(cleaned.cache_error);
    EXPECT_EQ(cleaned.results.size(), 2u);
    EXPECT_EQ(journaled, "t:view remove\nt:source remove\n");
    EXPECT_EQ(cache.journal("t:view")->size(), 0u);
    world.while_making = nullptr;
  });
  EXPECT_EQ(in_order(world), "-t:view -t:source");
  EXPECT_EQ(project.build(), "source unchanged\nview unchanged\n");
}

TEST(Clean, GoesOnAfterAFailureAndForgetsWhatItIsToldTo) {
  World world;
  world.declare("t:a");
  world.declare("t:b").setting = "x";
  FakeProject project(world);
  project.build();
  world.items["t:b"].fails = true;
  project.with_plan([&](Plan& plan, Cache& cache) {
    auto items = clean_items(*plan.graph, *plan.graph->select({}));
    for (CleanItem& item : items) item.forget = true;
    const CleanSummary cleaned = clean(items, cache);
    EXPECT_FALSE(cleaned.cache_error);
    ASSERT_EQ(cleaned.results.size(), 2u);
    EXPECT_EQ(cleaned.results[0].error->message, "cannot remove t:b");
    EXPECT_FALSE(cleaned.results[1].error);
    EXPECT_TRUE(*cache.record("t:b"));
    EXPECT_FALSE(*cache.record("t:a"));
  });
}

// A file that may not grow stands for a disk that is full. What was removed until then used to be said nowhere.
TEST(Clean, SaysWhatItRemovedBeforeTheCachesDiskWasFull) {
  World world;
  world.declare("t:a");
  world.declare("t:b");
  FakeProject project(world);
  project.build();
  world.made.clear();
  project.with_plan([&](Plan& plan, Cache& cache) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{0, before.rlim_max};
    world.while_making = [&](const std::string&) { setrlimit(RLIMIT_FSIZE, &full); };
    const CleanSummary cleaned = clean(clean_items(*plan.graph, *plan.graph->select({})), cache);
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    world.while_making = nullptr;
    ASSERT_EQ(cleaned.results.size(), 1u);
    EXPECT_EQ(cleaned.results[0].item.id, "t:b");
    EXPECT_FALSE(cleaned.results[0].error);
    ASSERT_TRUE(cleaned.cache_error);
    EXPECT_EQ(cleaned.cache_error->kind, ErrorKind::cache_io) << describe(*cleaned.cache_error);
  });
  EXPECT_EQ(in_order(world), "-t:b");
  EXPECT_EQ(project.build(), "b unchanged\n");
}

}  // namespace
}  // namespace migrate::test
