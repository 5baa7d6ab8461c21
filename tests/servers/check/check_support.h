// A small world to check: rows from memory, items in the real DynamoDB Local.
#pragma once

#include <gtest/gtest.h>
#include <malloc.h>

#include <filesystem>
#include <map>

#include "engine/check.h"
#include "support/servers.h"

namespace migrate::test {

inline std::unique_ptr<AwsClient> local_client(const std::string& endpoint = dynamodb_endpoint()) {
  TargetSettings target;
  target.endpoint = endpoint;
  target.region = "us-east-1";
  auto service = open_dynamodb(target, [](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_ACCESS_KEY_ID" || name == "AWS_SECRET_ACCESS_KEY") return "test";
    return std::nullopt;
  });
  if (!service) throw std::runtime_error(describe(service.error()));
  return connect_dynamodb(*service, 2);
}

// Rows of one entity, by their position; each is (id, email, name), NULL where there is nothing.
using MemoryRow = std::vector<std::optional<std::string>>;
class MemoryRows : public RowSource {
 public:
  std::vector<MemoryRow> rows;
  std::vector<DuplicateRow> shared;  // what duplicates() hands out
  int snapshots = 0;

  size_t readers() const override { return 2; }
  Result<void> begin() override {
    ++snapshots;
    return {};
  }
  Result<void> duplicates(const std::function<Result<void>(DuplicateRow&)>& each) override {
    for (DuplicateRow row : shared) CHECK_OK(each(row));
    return {};
  }
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t, size_t, const std::vector<KeyLiteral>& after,
                                                          uint64_t n) override {
    const size_t end = first(after) + n;
    if (end > rows.size()) return std::optional<std::vector<KeyLiteral>>();
    return std::optional(std::vector<KeyLiteral>{std::to_string(end - 1)});
  }
  Result<void> read(size_t, size_t, const KeyRange& range, const std::function<bool(const RowView&)>& row) override {
    const size_t end = range.upto.empty() ? rows.size() : std::stoul(range.upto[0]) + 1;
    for (size_t i = first(range.after); i < end && i < rows.size(); ++i) {
      RowView view(rows[i].begin(), rows[i].end());
      view.emplace_back(*rows[i][0]);  // migrate_key_1
      view.emplace_back(std::nullopt);
      view.emplace_back("mark");
      if (!row(view)) break;
    }
    return {};
  }
  void cancel() override {}

 private:
  static size_t first(const std::vector<KeyLiteral>& after) { return after.empty() ? 0 : std::stoul(after[0]) + 1; }
};

struct World {
  MemoryRows rows;
  CheckJob job;
  std::unique_ptr<AwsClient> client = local_client();
  bool cancel = false;
  CheckProgress progress;                      // the last that was said
  std::string endpoint = dynamodb_endpoint();  // of the check alone: a proxy's
  std::vector<size_t> in_use_at_connect;       // bytes of the heap, whenever the check opens a connection

  World() {
    job.target_table = unique_name("check");
    job.views.table = "Users";
    job.views.pk = "id";
    EntityView e;
    e.source_table = "users";
    e.key_is_unique = true;
    e.columns = {{.name = "id", .key = true}, {.name = "email"}, {.name = "name"}};
    e.row_key.emplace_back().column = "id";
    job.views.entities = {e};
    job.indexes = {{"ByEmail", {"email", 'S'}, std::nullopt, Projection::all, {}},
                   {"Keys", {"email", 'S'}, KeyAttribute{"id", 'S'}, Projection::keys_only, {}}};
    job.count_selects = {"count"};
    job.satisfies = {"get user by id", "find user with ByEmail.", "guess"};
    job.spill_folder = (std::filesystem::temp_directory_path() / job.target_table).string();
    job.index_wait_seconds = 0.5;
    job.memory_mb = 8;
  }
  ~World() {
    (void)delete_table(*client, job.target_table).ok();
    std::filesystem::remove_all(job.spill_folder);
  }

  void create() {
    TableSpec spec;
    spec.name = job.target_table;
    spec.pk = {"id", 'S'};
    spec.indexes = job.indexes;
    auto made = ensure_table(*client, spec);
    if (!made) throw std::runtime_error(describe(made.error()));
  }
  static std::string user(const std::string& id, const std::string& name) {
    return R"({"id":{"S":")" + id + R"("},"email":{"S":")" + id + R"(@x"},"name":{"S":")" + name + R"("}})";
  }
  // Rows 0…n-1, and their items.
  void fill(size_t n) {
    create();
    std::vector<std::string> items;
    for (size_t i = 0; i < n; ++i) {
      const std::string id = std::to_string(i);
      rows.rows.push_back({id, id + "@x", "name " + id});
      items.push_back(user(id, "name " + id));
      if (items.size() == 25 || i + 1 == n) {
        const std::vector<std::string_view> views(items.begin(), items.end());
        must(call(*client, batch_write(job.target_table, views), "BatchWriteItem"));
        items.clear();
      }
    }
  }
  void put(const std::string& item) { must(call(*client, batch_write(job.target_table, {item}), "BatchWriteItem")); }
  void remove(const std::string& id) {
    AwsRequest request{"DeleteItem",
                       R"({"TableName":")" + job.target_table + R"(","Key":{"id":{"S":")" + id + R"("}}})", true, 30};
    must(call(*client, request, "DeleteItem"));
  }

  Result<CheckResult> try_check() {
    CheckSides sides{rows,
                     [&](const std::string&) -> Result<std::vector<RowText>> {
                       return std::vector<RowText>{{std::to_string(rows.rows.size())}};
                     },
                     [this] {
                       const auto memory = mallinfo2();
                       in_use_at_connect.push_back(memory.uordblks + memory.hblkhd);
                       return local_client(endpoint);
                     }};
    return check_table(job, sides, {[this](const CheckProgress& p) { progress = p; }, [this] { return cancel; }});
  }
  CheckResult check() {
    auto result = try_check();
    if (!result) throw std::runtime_error(describe(result.error()));
    return *result;
  }
  // What was found, as lines.
  std::string findings() {
    const CheckResult r = check();
    std::vector<std::string> lines;
    for (const Discrepancy& d : r.samples) {
      std::string line = std::string(discrepancy_name(d.kind)) + " " + d.key;
      if (!d.index.empty()) line += " in " + d.index;
      if (!d.source_key.empty()) line += " of " + d.source_key;
      for (const auto& a : d.attributes) line += ", " + a.name + ": " + a.expected + " ≠ " + a.found;
      lines.push_back(line + (d.known ? " (known)" : ""));
    }
    std::sort(lines.begin(), lines.end());
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }

  static void must(const Result<std::string>& done) {
    if (!done) throw std::runtime_error(describe(done.error()));
  }
};

}  // namespace migrate::test
