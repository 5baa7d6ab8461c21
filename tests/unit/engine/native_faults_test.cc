// A target that fails: what is tried again, what is given up, and when the circuit opens.
#include "unit/engine/native_support.h"

namespace migrate::test {
namespace {

// Every kind of failure that passes, each on some requests: nothing is lost, nothing counts twice.
TEST(Native, faults_that_pass_lose_nothing) {
  const std::vector<std::pair<const char*, FakeFault>> faults = {
      {"throttled", {.status = 400, .code = "ProvisionedThroughputExceededException"}},
      {"500 before", {.status = 500, .code = "InternalServerError"}},
      {"500 after", {.status = 500, .code = "InternalServerError", .applied = true}},
      {"503", {.status = 503, .code = "ServiceUnavailable"}},
      {"time-out before", {.no_answer = true}},
      {"time-out after", {.applied = true, .no_answer = true}},
      {"refused", {.refused = true}},
      {"garbage", {.status = 200}},
      {"garbage after", {.status = 200, .applied = true}},
      {"statement throttled", {.statement = "ThrottlingError"}},
      {"statement failed", {.statement = "InternalServerError"}},
  };
  for (const auto& [name, fault] : faults) {
    Load load;
    load.table.fault = [f = fault](const std::string&, const std::string&, int number) {
      return number % 3 == 2 ? f : FakeFault{};
    };
    FakeRows rows(500);
    EXPECT_EQ(load.run(rows), "read 500, written 500, present 0, conflicts 0, dead 0") << name;
    EXPECT_EQ(load.table.items.size(), 500u) << name;
    EXPECT_GT(load.facts.retries, 0u) << name;
  }
}

TEST(Native, one_refused_item_does_not_take_its_neighbours_down) {
  for (WriteMode mode : {WriteMode::put_if_absent, WriteMode::overwrite}) {
    Load load;
    load.job.write = mode;
    load.table.refuses = [](std::string_view item) { return item.find("name 77\"") != item.npos; };
    FakeRows rows(300);
    EXPECT_EQ(load.run(rows), "read 300, written 299, present 0, conflicts 0, dead 1");
    EXPECT_GT(load.facts.bisections, 0u);
    EXPECT_NE(
        load.letters().find(R"("source_key":{"id":"77"},"key":{"id":"77"},"attribute":"","code":"refused",)"
                            R"("reason":"DynamoDB refused the item: ValidationException: One or more values is bad"})"),
        std::string::npos);
  }
}

TEST(Native, stops_when_everything_is_refused) {
  Load load;
  load.table.refuses = [](std::string_view) { return true; };
  load.job.tuning.give_up_refused = 50;
  FakeRows rows(5000);
  rows.rows_per_chunk = 2000;
  EXPECT_EQ(load.run(rows),
            "error: writing to 'Users' was stopped: 50 items in a row were refused, the last one with "
            "ValidationException: One or more values is bad\n"
            "  hint: the table may not fit the contract; '" +
                load.unfinished() + "' has the items refused\n");
  // Where no chunk was finished.
  EXPECT_TRUE(load.recorded.empty());
  EXPECT_GE(lines_of(load.unfinished()), 50u);
}

TEST(Native, opens_the_circuit_when_nothing_succeeds) {
  Load load;
  load.job.tuning.give_up_seconds = 0.05;
  load.table.fault = [](const std::string&, const std::string&, int number) {
    return number > 3 ? FakeFault{.status = 400, .code = "ProvisionedThroughputExceededException"} : FakeFault{};
  };
  FakeRows rows(5000);
  const std::string said = load.run(rows);
  EXPECT_TRUE(said.starts_with("error: writing to 'Users' was stopped: no request succeeded for ")) << said;
  EXPECT_NE(said.find("ProvisionedThroughputExceededException: injected"), std::string::npos) << said;
  EXPECT_NE(said.find("raise its capacity"), std::string::npos) << said;
}

// HTTP 200, and each statement failed: no success, and no fault of the items.
TEST(Native, batches_of_which_everything_fails_open_the_circuit_too) {
  for (WriteMode mode : {WriteMode::put_if_absent, WriteMode::overwrite}) {
    Load load;
    load.job.write = mode;
    load.job.tuning.give_up_seconds = 0.05;
    load.table.fault = [](const std::string&, const std::string&, int number) {
      return number > 3 ? FakeFault{.statement = "InternalServerError", .every = true} : FakeFault{};
    };
    FakeRows rows(5000);
    const std::string said = load.run(rows);
    EXPECT_TRUE(said.starts_with("error: writing to 'Users' was stopped: no request succeeded for ")) << said;
    EXPECT_EQ(lines_of(load.unfinished()), 0u);
  }
}

TEST(Native, statements_that_fail_for_a_while_are_no_fault_of_their_items) {
  Load load;
  load.table.fault = [](const std::string&, const std::string&, int number) {
    return number < 400 ? FakeFault{.statement = "InternalServerError"} : FakeFault{};
  };
  FakeRows rows(3000);
  EXPECT_EQ(load.run(rows), "read 3000, written 3000, present 0, conflicts 0, dead 0");
}

TEST(Native, an_item_that_keeps_failing_while_others_succeed_is_a_dead_letter) {
  Load load;
  load.job.tuning.give_up_seconds = 0.2;
  load.table.fault = [](const std::string& operation, const std::string& body, int) {
    if (body.find("name 77\"") == body.npos) return FakeFault{};
    if (operation == "PutItem") return FakeFault{.status = 500, .code = "InternalServerError"};
    return FakeFault{.statement = "InternalServerError", .every = true};
  };
  load.job.limits.write_rate = 10000;
  FakeRows rows(2000);
  EXPECT_EQ(load.run(rows), "read 2000, written 1999, present 0, conflicts 0, dead 1");
  EXPECT_NE(load.letters().find("DynamoDB refused the item: InternalServerError"), std::string::npos);
}

// A hot partition: its items wait, the others go on.
TEST(Native, an_item_that_is_throttled_while_others_succeed_waits) {
  Load load;
  load.job.tuning.give_up_seconds = 0.05;
  load.job.limits.write_rate = 3000;
  load.table.fault = [&](const std::string&, const std::string& body, int) {
    const bool hot = body.find("name 7\"") != body.npos && load.table.items.size() < 590;
    return hot ? FakeFault{.statement = "ThrottlingError", .every = true} : FakeFault{};
  };
  FakeRows rows(600);
  EXPECT_EQ(load.run(rows), "read 600, written 600, present 0, conflicts 0, dead 0");
  EXPECT_GT(load.facts.seconds, 2 * load.job.tuning.give_up_seconds);
}

TEST(Native, stops_at_once_when_it_may_not_write) {
  Load load;
  load.table.fault = [](const std::string&, const std::string&, int) {
    return FakeFault{.status = 400, .code = "AccessDeniedException"};
  };
  FakeRows rows(5000);
  EXPECT_NE(load.run(rows).find("AccessDenied"), std::string::npos);
  EXPECT_LT(load.table.requests["BatchExecuteStatement"], 40);
}

}  // namespace
}  // namespace migrate::test
