// Rows from nowhere and a table in memory: what the native engine's tests stand on.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "base/file.h"
#include "engine/native.h"
#include "support/fake_dynamodb.h"
#include "support/table_run.h"

namespace migrate::test {

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
  std::function<Result<void>()> counting;
  Result<void> duplicates(const std::function<Result<void>(DuplicateRow&)>& each) override {
    if (counting) return counting();
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
  // All rows are of the first entity.
  Result<void> read(size_t, size_t entity, const KeyRange& range,
                    const std::function<bool(const RowView&)>& row) override {
    if (entity > 0) return {};
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
    return in_words(facts);
  }
  std::string letters() { return *read_file(job.dead_letters); }
};

inline size_t lines_of(const std::string& path) {
  auto text = read_file(path);
  return text ? static_cast<size_t>(std::count(text->begin(), text->end(), '\n')) : 0;
}

}  // namespace migrate::test
