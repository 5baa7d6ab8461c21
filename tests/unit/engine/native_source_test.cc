// A source that is lost, changed, deaf or down while it is read.
#include <set>

#include "support/wait.h"
#include "unit/engine/native_support.h"

namespace migrate::test {
namespace {

TEST(Native, a_source_that_does_not_hear_the_stop_is_told_again) {
  Load load;
  FakeRows rows(100000);
  rows.deaf_times = 2;
  std::atomic<bool> stop = false;
  load.hooks.cancelled = [&] { return stop.load(); };
  load.table.before_each = [&] { stop = load.table.items.size() > 450; };
  EXPECT_NE(load.run(rows).find("was interrupted after"), std::string::npos);
  EXPECT_TRUE(rows.cancelled);
  EXPECT_EQ(rows.told, 3);
}

TEST(Native, ends_while_the_source_still_counts_keys_that_rows_share) {
  Load load;
  load.job.views.entities[0].key_is_unique = false;
  FakeRows rows(10);
  std::atomic<bool> counting = false;
  rows.counting = [&]() -> Result<void> {
    counting = true;
    wait_until([&] { return rows.cancelled.load(); });
    return Error(ErrorKind::interrupted, "cancelled: SELECT …");
  };
  load.hooks.cancelled = [&] { return counting.load(); };
  EXPECT_THAT(load.run(rows), testing::HasSubstr("loading 'Users' was interrupted after 0 chunks"));
}

TEST(Native, a_lost_connection_is_made_again_and_its_chunk_read_again) {
  Load load;
  FakeRows rows(1000);
  std::atomic<int> losses = 0;
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row == 555 && losses++ < 2) return Error(ErrorKind::source_lost, "the server has gone away");
    return {};
  };
  EXPECT_EQ(load.run(rows), "read 1000, written 1000, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.facts.reconnects, 2u);
  EXPECT_EQ(load.facts.snapshots, 3u);
  EXPECT_EQ(rows.begun, 3);
  EXPECT_EQ(load.table.items.size(), 1000u);
}

TEST(Native, gives_up_when_the_connection_is_lost_again_and_again) {
  Load load;
  FakeRows rows(1000);
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row > 500) return Error(ErrorKind::source_lost, "the server has gone away");
    return {};
  };
  EXPECT_EQ(load.run(rows).substr(0, 31), "error: the server has gone away");
}

// A server that restarts: one connection breaks, and those that follow are refused for a while.
TEST(Native, a_source_that_is_down_for_a_while_is_waited_for) {
  Load load;
  FakeRows rows(1000);
  std::atomic<bool> lost = false;
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row == 555 && !lost.exchange(true)) return Error(ErrorKind::source_lost, "the server has gone away");
    return {};
  };
  rows.connecting = [](int number) -> Result<void> {
    if (number > 1 && number < 30) return Error(ErrorKind::source_connect, "connection refused");
    return {};
  };
  load.job.reconnect.cap_seconds = 0.002;
  EXPECT_EQ(load.run(rows), "read 1000, written 1000, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.facts.reconnects, 1u);
  EXPECT_EQ(load.facts.snapshots, 2u);
  EXPECT_EQ(rows.begun, 30);
}

TEST(Native, a_source_that_does_not_come_back_is_said) {
  Load load;
  FakeRows rows(1000);
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row == 555) return Error(ErrorKind::source_lost, "the server has gone away");
    return {};
  };
  rows.connecting = [](int number) -> Result<void> {
    if (number > 1) return Error(ErrorKind::source_connect, "connection refused", "check `source.host`");
    return {};
  };
  load.job.reconnect.seconds = 0.02;
  const std::string said = load.run(rows);
  EXPECT_TRUE(said.starts_with("error: connection refused; it was asked again for ")) << said;
  EXPECT_NE(said.find("hint: check `source.host`; run the same command again when it is back"), said.npos) << said;
  FakeRows never(10);
  never.connecting = [](int) -> Result<void> { return Error(ErrorKind::source_connect, "connection refused"); };
  EXPECT_TRUE(load.run(never).starts_with("error: connection refused\n"));
  EXPECT_EQ(never.begun, 1);
}

TEST(Native, waiting_for_the_source_ends_with_the_run) {
  Load load;
  FakeRows rows(1000);
  std::atomic<bool> stop = false;
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row == 555) return Error(ErrorKind::source_lost, "the server has gone away");
    return {};
  };
  rows.connecting = [&](int number) -> Result<void> {
    if (number == 1) return {};
    stop = true;
    return Error(ErrorKind::source_connect, "connection refused");
  };
  load.job.reconnect = {.losses = 5, .seconds = 1e6, .base_seconds = 1e6, .cap_seconds = 1e6};
  load.hooks.cancelled = [&] { return stop.load(); };
  EXPECT_NE(load.run(rows).find("was interrupted after"), std::string::npos);
}

// Connections that break now and then over hours are no reason to stop.
TEST(Native, losses_with_chunks_between_them_do_not_add_up) {
  Load load;
  FakeRows rows(3000, 1);
  std::set<uint64_t> lost;
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row % 200 == 150 && lost.insert(row).second) return Error(ErrorKind::source_lost, "the server has gone away");
    return {};
  };
  EXPECT_EQ(load.run(rows), "read 3000, written 3000, present 0, conflicts 0, dead 0");
  EXPECT_EQ(load.facts.reconnects, 15u);
}

TEST(Native, a_table_that_changes_under_the_run_stops_it_with_what_to_do) {
  Load load;
  FakeRows rows(1000);
  rows.fault = [&](uint64_t row) -> Result<void> {
    if (row == 300)
      return Error(ErrorKind::source_query, "r@h:3306/shop: Table definition has changed (1412) in: SELECT …");
    return {};
  };
  const std::string said = load.run(rows);
  EXPECT_NE(said.find("was changed or dropped while it was read"), std::string::npos) << said;
}

}  // namespace
}  // namespace migrate::test
