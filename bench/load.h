// What the load benchmarks share: rows from memory, the job that loads them, the same items as prepared requests, and a
// bare client that does nothing but post those.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/native.h"

namespace migrate::bench {

class Rows final : public RowSource {
 public:
  explicit Rows(uint64_t n) : n_(n) {}
  size_t readers() const override { return 1; }
  Result<void> begin() override { return {}; }
  Result<void> duplicates(const std::function<Result<void>(DuplicateRow&)>&) override { return {}; }
  Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t, size_t, const std::vector<KeyLiteral>& after,
                                                          uint64_t rows) override {
    const uint64_t end = (after.empty() ? 0 : std::stoull(after[0])) + rows;
    if (end >= n_) return std::optional<std::vector<KeyLiteral>>();
    return std::optional<std::vector<KeyLiteral>>({std::to_string(end)});
  }
  Result<void> read(size_t, size_t, const KeyRange& range, const std::function<bool(const RowView&)>& row) override {
    const uint64_t end = range.upto.empty() ? n_ : std::stoull(range.upto[0]);
    RowView view = {
        "",    "customer@example.org", "A name of some length", "19.99", "1", "2024-07-01T12:00:00Z", "", std::nullopt,
        "mark"};
    for (uint64_t i = (range.after.empty() ? 0 : std::stoull(range.after[0])) + 1; i <= end; ++i) {
      const std::string id = std::to_string(i);
      view[0] = view[6] = id;
      if (!row(view)) break;
    }
    return {};
  }
  void cancel() override {}

 private:
  const uint64_t n_;
};

inline constexpr std::pair<const char*, AttributeType> COLUMNS[] = {
    {"id", AttributeType::N},    {"email", AttributeType::S},     {"name", AttributeType::S},
    {"price", AttributeType::N}, {"active", AttributeType::BOOL}, {"at", AttributeType::S}};

inline NativeJob job_into(const std::string& table) {
  NativeJob job;
  job.views.table = table;
  job.views.pk = "id";
  EntityView entity;
  for (const auto& [name, type] : COLUMNS) {
    entity.columns.emplace_back();
    entity.columns.back().name = name;
    entity.columns.back().type = type;
  }
  entity.row_key.emplace_back();
  entity.row_key.back().column = "id";
  entity.key_is_unique = true;
  job.views.entities.push_back(std::move(entity));
  job.target_table = table;
  job.limits.write_rate = 1e9;
  const std::string mine = "/tmp/bench_load_" + std::to_string(::getpid());
  job.dead_letters = mine + ".jsonl";
  job.state = {mine, "", "first", "bench", "bench", ""};
  return job;
}

inline Result<void> create_table(AwsClient& client, const std::string& name) {
  AwsRequest request;
  request.operation = "CreateTable";
  request.body = R"({"TableName":")" + name +
                 R"(","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id",)" +
                 R"("KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"N"}]})";
  CHECK_OK(call(client, request, "CreateTable of '" + name + "'"));
  return {};
}
inline Result<void> drop_table(AwsClient& client, const std::string& name) {
  AwsRequest request;
  request.operation = "DeleteTable";
  request.body = R"({"TableName":")" + name + R"("})";
  CHECK_OK(call(client, request, "DeleteTable of '" + name + "'"));
  return {};
}

// The requests that the engine sends for items 1 to `items`.
inline std::vector<AwsRequest> prepared(const std::string& table, uint64_t items, WriteMode write) {
  const std::string statement = insert_statement(table, {"id", "email", "name", "price", "active", "at"});
  std::vector<AwsRequest> requests;
  for (uint64_t first = 1; first <= items; first += 25) {
    std::vector<std::string> texts;
    for (uint64_t id = first; id < first + 25 && id <= items; ++id) {
      const std::string n = std::to_string(id);
      texts.push_back(write == WriteMode::overwrite
                          ? R"({"id":{"N":")" + n +
                                R"("},"email":{"S":"customer@example.org"},"name":{"S":"A name of some length"},)" +
                                R"("price":{"N":"19.99"},"active":{"BOOL":true},"at":{"S":"2024-07-01T12:00:00Z"}})"
                          : R"({"N":")" + n + R"("},{"S":"customer@example.org"},{"S":"A name of some length"},)" +
                                R"({"N":"19.99"},{"BOOL":true},{"S":"2024-07-01T12:00:00Z"})");
    }
    if (write == WriteMode::overwrite) {
      requests.push_back(batch_write(table, std::vector<std::string_view>(texts.begin(), texts.end())));
    } else {
      std::vector<Statement> statements;
      for (const std::string& text : texts) statements.push_back({statement, text});
      requests.push_back(batch_statements(statements, true));
    }
  }
  return requests;
}

// Posts `requests`, `repeat` times each, `in_flight` at once. Returns how many failed.
inline uint64_t post_all(const std::string& url, const std::vector<AwsRequest>& requests, uint64_t repeat,
                         size_t in_flight) {
  auto client = make_http_client(in_flight);
  uint64_t started = 0, failed = 0;
  std::function<void()> next = [&] {
    if (started == requests.size() * repeat) return;
    const AwsRequest& prepared = requests[started++ % requests.size()];
    HttpRequest request;
    request.url = url;
    request.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                       {"X-Amz-Target", "DynamoDB_20120810." + prepared.operation},
                       {"Authorization",
                        "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
                        "SignedHeaders=host, Signature=0"}};
    request.body = prepared.body;
    client->start(std::move(request), [&](HttpOutcome outcome) {
      failed += outcome.ok && outcome.response.status == 200 ? 0 : 1;
      next();
    });
  };
  for (size_t i = 0; i < in_flight; ++i) next();
  while (client->poll(1) > 0) {}
  return failed;
}

inline double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

template <class Work>
void measure(const char* name, uint64_t items, Work work) {
  const double cpu = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  work();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double used = cpu_seconds() - cpu;
  std::printf("%-12s %9.0f items/s   %9.0f items a CPU second   %.2f s, %.2f s of CPU\n", name,
              static_cast<double>(items) / wall, static_cast<double>(items) / used, wall, used);
}

}  // namespace migrate::bench
