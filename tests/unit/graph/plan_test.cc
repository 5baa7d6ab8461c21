// What a plan says, and why.
#include "world.h"

namespace migrate::test {
namespace {

// source → view → run → check, as in a small project.
struct Chain : World {
  Chain() {
    declare("t:source").setting = "1";
    declare("t:view", {"t:source"}).setting = "x";
    declare("t:run", {"t:view"}).setting = "r";
    declare("t:check", {"t:run"}).setting = "c";
  }
};

TEST(Plan, OfNothingBuiltIsEverything) {
  Chain world;
  FakeProject project(world);
  EXPECT_EQ(project.plan(),
            "source will: was never built\n"
            "view will: was never built\n"
            "run will: was never built\n"
            "check will: was never built\n");
  EXPECT_EQ(project.build(), "source made\nview made\nrun made\ncheck made\n");
  EXPECT_EQ(project.plan(), "");
  EXPECT_EQ(project.build(), "");
}

TEST(Plan, SaysWhatPeopleWroteBeforeAndNow) {
  Chain world;
  FakeProject project(world);
  project.build();
  world.items["t:view"].setting = "y";
  EXPECT_EQ(project.plan(),
            "view will: setting was x, now y\n"
            "run may: t:view may change\n"
            "check may: t:run may change\n");
}

TEST(Plan, KnowsFurtherDownWhatAPureTargetGives) {
  Chain world;
  world.items["t:view"].pure = true;
  FakeProject project(world);
  project.build();
  world.items["t:view"].setting = "y";
  EXPECT_EQ(project.plan(),
            "view will: setting was x, now y\n"
            "run will: t:view changed\n"
            "check may: t:run may change\n");
}

TEST(Plan, KnowsFurtherDownWhatARulePredicts) {
  Chain world;
  world.items["t:view"].predicts = true;
  world.items["t:run"].predicts = true;
  FakeProject project(world);
  project.build();
  world.items["t:view"].setting = "y";
  EXPECT_EQ(project.plan(),
            "view will: setting was x, now y\n"
            "run will: t:view changed\n"
            "check will: t:run changed\n");
  EXPECT_EQ(project.build(), "view made\nrun made\ncheck made\n");
}

TEST(Plan, StopsAtAPureTargetWhoseOutputIsWhatItWas) {
  Chain world;
  world.items["t:view"].pure = world.items["t:view"].coarse = true;
  FakeProject project(world);
  project.build();
  world.items["t:view"].setting = "y";
  EXPECT_EQ(project.plan(), "view will: setting was x, now y\n");
  EXPECT_EQ(project.build(), "view unchanged\n");
  EXPECT_EQ(project.plan(), "");
}

TEST(Plan, SeesDriftAndLoss) {
  Chain world;
  FakeProject project(world);
  project.build();
  world.texts["t:view"] = "hand-made";
  world.texts.erase("t:check");
  EXPECT_EQ(project.plan(),
            "view will: is not as it was left: hand-made\n"
            "run may: t:view may change\n"
            "check will: is not there: nothing of that name; t:run may change\n");
  // The view is put right, and nothing that reads it is touched.
  EXPECT_EQ(project.build(), "view unchanged\ncheck unchanged\n");
}

TEST(Plan, SaysMayWhereNobodyCanTell) {
  Chain world;
  world.items["t:source"].hidden = true;
  FakeProject project(world);
  project.build();
  EXPECT_EQ(project.plan(),
            "source may: may have changed: cannot tell\n"
            "view may: t:source may change\n"
            "run may: t:view may change\n"
            "check may: t:run may change\n");
  EXPECT_EQ(project.build(), "source unchanged\n");
}

TEST(Plan, SeesEdgesComeAndGo) {
  Chain world;
  world.declare("t:table");
  FakeProject project(world);
  project.build();
  world.items["t:run"].needs = {"t:table"};
  EXPECT_EQ(project.plan(),
            "run will: needs t:table, which is new; no longer depends on t:view\n"
            "check may: t:run may change\n");
}

TEST(Plan, KeepsItsPeaceWhenNeedsAreOnlyInAnotherOrder) {
  Chain world;
  world.items["t:check"].needs = {"t:run", "t:view"};
  world.items["t:check"].coarse = true;
  FakeProject project(world);
  project.build();
  world.items["t:check"].needs = {"t:view", "t:run"};
  EXPECT_EQ(project.plan(), "");
}

TEST(Plan, SeesAnotherRecipe) {
  Chain world;
  FakeProject project(world);
  project.build();
  world.items["t:check"].version = 2;
  EXPECT_EQ(project.plan(), "check will: this migrate makes it in another way (recipe was 1, now 2)\n");
}

TEST(Plan, ForcesTheSelectedTargetsOnly) {
  Chain world;
  FakeProject project(world);
  project.build();
  project.plan_options.force = true;
  project.selectors = {"t:view"};
  EXPECT_EQ(project.plan(), "view will: is forced (-B)\n");
  project.selectors = {"+t:view"};
  EXPECT_EQ(project.plan(), "source will: is forced (-B)\nview will: is forced (-B); t:source may change\n");
}

TEST(Plan, OfATargetHoldsAllThatItNeeds) {
  Chain world;
  FakeProject project(world);
  project.selectors = {"t:view"};
  EXPECT_EQ(project.build(), "source made\nview made\n");
}

TEST(Plan, OfflineLooksAtNothingOutside) {
  Chain world;
  FakeProject project(world);
  project.build();
  world.texts.clear();
  world.items["t:source"].refuses_observation = true;
  world.items["t:check"].setting = "d";
  project.plan_options.offline = true;
  EXPECT_EQ(project.plan(), "check will: setting was c, now d\n");
}

TEST(Plan, SaysWhatItCouldNotLookAtAndWhatThatBlocks) {
  Chain world;
  world.declare("t:other");
  world.items["t:view"].refuses_observation = true;
  FakeProject project(world);
  EXPECT_EQ(project.plan(),
            "source will: was never built\n"
            "view failed: cannot look at t:view\n"
            "run blocked: by view\n"
            "check blocked: by view\n"
            "other will: was never built\n");
  EXPECT_EQ(project.build(),
            "source not started\n"
            "view failed: cannot look at t:view\n"
            "run skipped: by view\n"
            "check skipped: by view\n"
            "other not started\n");
  project.build_options.keep_going = true;
  EXPECT_EQ(project.build(),
            "source made\n"
            "view failed: cannot look at t:view\n"
            "run skipped: by view\n"
            "check skipped: by view\n"
            "other made\n");
}

// A run failed half-way after its setting had changed; then the setting was put back. The record fits again, but what
// the run left behind does not.
TEST(Plan, DoesNotTrustTheRecordOfATargetWhoseLastMakingFailed) {
  Chain world;
  FakeProject project(world);
  project.build();
  world.items["t:check"].setting = "d";
  world.items["t:check"].fails = true;
  EXPECT_EQ(project.build(), "check failed: cannot make t:check\n");
  world.items["t:check"].setting = "c";
  world.items["t:check"].fails = false;
  EXPECT_EQ(project.plan(), "check will: was begun and did not end the last time\n");
  EXPECT_EQ(project.build(), "check unchanged\n");
  EXPECT_EQ(project.plan(), "");
}

TEST(Plan, FindsRecordsOfTargetsThatAreGone) {
  Chain world;
  FakeProject project(world);
  project.build();
  world.names.pop_back();
  project.with_plan([](Plan& plan, Cache&) {
    auto dead = dead_records(*plan.graph, *plan.records);
    ASSERT_EQ(dead.size(), 1u);
    EXPECT_EQ(dead.front()->target, "t:check");
  });
}

TEST(Plan, HasACodeForEveryReason) {
  for (int kind = 0; kind <= static_cast<int>(ReasonKind::needs_remade); ++kind) {
    EXPECT_NE(reason_code(static_cast<ReasonKind>(kind)), "");
  }
}

}  // namespace
}  // namespace migrate::test
