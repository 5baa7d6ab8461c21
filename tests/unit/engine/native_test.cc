// The native engine against a table in memory and rows from nowhere: what is written, what is found, what is given up.
#include "engine/native.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/file.h"
#include "engine/open_conflicts.h"
#include "engine/run_facts.h"
#include "support/fake_dynamodb.h"

namespace migrate {
namespace {

using test::FakeFault;
using test::FakeTable;

// Rows (id, name) with ids 1…n, read in ranges of their number.
class FakeRows final : public RowSource {
 public:
  explicit FakeRows(uint64_t n, size_t readers = 2) : n_(n), readers_(readers) {}
  uint64_t rows_per_chunk = 100;
  bool keyed = true;
  std::function<std::string(uint64_t)> name = [](uint64_t i) { return "name " + std::to_string(i); };
  std::function<std::string(uint64_t)> id = [](uint64_t i) { return std::to_string(i); };
  std::vector<DuplicateRow> doubles;
  std::function<Result<void>(uint64_t row)> fault;
  std::atomic<uint64_t> rows_sent = 0;
  std::atomic<int> begun = 0;
  std::atomic<bool> cancelled = false;

  size_t readers() const override { return readers_; }
  std::function<Result<void>(int number)> connecting;
  Result<void> begin() override {
    const int number = ++begun;
    return connecting ? connecting(number) : Result<void>();
  }
  Result<void> duplicates(const std::function<Result<void>(DuplicateRow&)>& each) override {
    for (DuplicateRow row : doubles) {
      if (auto taken = each(row); !taken) return taken;
    }
    return {};
  }
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t, size_t, const std::vector<KeyLiteral>& after,
                                                          uint64_t) override {
    const uint64_t end = position(after) + rows_per_chunk;
    if (end >= n_) return std::optional<std::vector<KeyLiteral>>();
    return std::optional<std::vector<KeyLiteral>>({std::to_string(end)});
  }
  Result<void> read(size_t, size_t, const KeyRange& range, const std::function<bool(const RowView&)>& row) override {
    const uint64_t end = range.upto.empty() ? n_ : position(range.upto);
    for (uint64_t i = position(range.after) + 1; i <= end && !cancelled; ++i) {
      if (fault) {
        if (auto broken = fault(i); !broken) return broken;
      }
      const std::string key = id(i), text = name(i), number = std::to_string(i);
      ++rows_sent;
      const RowView with_key = {key, text, number, std::nullopt, "mark"}, without = {key, text, std::nullopt, "mark"};
      if (!row(keyed ? with_key : without)) {
        for (int left = 5000; left > 0 && deaf_times > 0 && !cancelled; --left) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        break;
      }
    }
    return {};
  }
  // A source that is told between two statements does not hear it, and sends what is left of the next.
  int deaf_times = 0;
  std::atomic<int> told = 0;
  void cancel() override { cancelled = ++told > deaf_times; }

 private:
  static uint64_t position(const std::vector<KeyLiteral>& key) { return key.empty() ? 0 : std::stoull(key[0]); }
  const uint64_t n_;
  const size_t readers_;
};

struct Load {
  FakeTable table{"id"};
  NativeJob job;
  NativeHooks hooks;
  std::vector<FinishedChunk> recorded;
  Load() {
    job.views.table = "Users";
    job.views.pk = "id";
    EntityView entity;
    entity.view_name = "migration_view_Users";
    entity.source_table = "users";
    entity.columns = {{.name = "id", .key = true}, {.name = "name"}};
    entity.row_key.emplace_back();
    entity.row_key.back().column = "id";
    entity.key_is_unique = true;
    job.views.entities.push_back(entity);
    job.target_table = "Users";
    job.dead_letters = ::testing::TempDir() + "migrate_native_" + std::to_string(::getpid()) + ".jsonl";
    job.tuning.retry_base_seconds = 0.0005;
    job.tuning.retry_cap_seconds = 0.002;
    job.tuning.give_up_seconds = 5;
    job.reconnect.base_seconds = 0.001;
    job.limits.write_rate = 1e9;
    hooks.chunk_finished = [this](const FinishedChunk& c) -> Result<void> {
      recorded.push_back(c);
      return {};
    };
  }
  ~Load() {
    ::unlink(job.dead_letters.c_str());
    ::unlink(unfinished().c_str());
  }
  std::string unfinished() const { return DeadLetterFile::unfinished(job.dead_letters); }

  TableRun facts;
  std::string run(FakeRows& rows) {
    auto client = connect(table);
    auto result = run_native(job, rows, *client, hooks);
    if (!result) return describe(result.error());
    facts = *result;
    return "read " + std::to_string(facts.rows_read) + ", written " + std::to_string(facts.written) + ", present " +
           std::to_string(facts.present) + ", conflicts " + std::to_string(facts.conflicts) + ", dead " +
           std::to_string(facts.dead_rows);
  }
  std::string letters() { return *read_file(job.dead_letters); }
};

size_t lines_of(const std::string& path) {
  auto text = read_file(path);
  return text ? static_cast<size_t>(std::count(text->begin(), text->end(), '\n')) : 0;
}

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
    if (row == 300) return Error(ErrorKind::source_query, "1412: Table definition has changed");
    return {};
  };
  const std::string said = load.run(rows);
  EXPECT_NE(said.find("was changed or dropped while it was read"), std::string::npos) << said;
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
}  // namespace migrate
