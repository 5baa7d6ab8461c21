// Conditional updates of ITEMS items of a DynamoDB at ENDPOINT, with their reads: the items are read back (BatchGetItem
// of 100), and one attribute of each is set while all are as they were read (batches of 25 statements), IN_FLIGHT
// requests at once. Prints seconds. bench/conditional_update.sh compares it with boto3.
// Usage: bench_conditional_update ENDPOINT IN_FLIGHT ITEMS
#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

#include "bench/load.h"
#include "cloud/conditional.h"

namespace migrate {
namespace {

const std::string new_price = R"({"N":"24.99"})";

// An item as it was read, and the update that is made of it.
struct ReadItem {
  simdjson::padded_string json;
  ConditionalWrite update;
  std::string statement, parameters;
};

std::unique_ptr<ReadItem> as_read(std::string_view json, std::string_view table) {
  thread_local simdjson::ondemand::parser parser;
  auto out = std::make_unique<ReadItem>();
  out->json = simdjson::padded_string(json);
  simdjson::ondemand::document document = parser.iterate(out->json);
  for (simdjson::ondemand::field field : document.get_object().value()) {
    const char* key = field.key().raw();  // of names without escapes
    const std::string_view name(key, std::strchr(key, '"'));
    const NamedValue value = {name, simdjson::to_json_string(field.value()).value()};
    (name == "id" ? out->update.key : out->update.equals).push_back(value);
  }
  out->update.sets = {{"price", new_price}};
  out->statement = conditional_statement(table, out->update).value_or("");
  out->parameters = conditional_parameters(out->update);
  return out;
}

class Updates {
 public:
  Updates(AwsClient& client, std::string table, uint64_t items, size_t in_flight)
      : client_(client), table_(std::move(table)), items_(items), most_(in_flight) {}

  // Returns how many items were updated.
  uint64_t run() {
    go_on();
    while (client_.poll(1) > 0) {}
    return updated_;
  }

 private:
  // What has been read is written before more is read.
  void go_on() {
    while (in_flight_ < most_) {
      if (read_.size() >= 25 || (asked_ == items_ && reading_ == 0 && !read_.empty())) {
        write();
      } else if (asked_ < items_) {
        read();
      } else {
        return;
      }
    }
  }

  void read() {
    std::vector<std::string> keys;
    for (; keys.size() < 100 && asked_ < items_; ++asked_) {
      keys.push_back(R"({"id":{"N":")" + std::to_string(asked_ + 1) + R"("}})");
    }
    ++reading_;
    ++in_flight_;
    client_.start(batch_get(table_, {keys.begin(), keys.end()}), [this](AwsOutcome outcome) {
      --reading_;
      --in_flight_;
      if (auto got = read_batch_get(outcome.body, table_)) {
        for (std::string_view item : got->items) read_.push_back(as_read(item, table_));
      }
      go_on();
    });
  }

  void write() {
    auto batch = std::make_shared<std::vector<std::unique_ptr<ReadItem>>>();
    std::vector<Statement> statements;
    for (; batch->size() < 25 && !read_.empty(); read_.pop_front()) {
      batch->push_back(std::move(read_.front()));
      statements.push_back({batch->back()->statement, batch->back()->parameters, true});
    }
    ++in_flight_;
    client_.start(batch_statements(statements, true), [this, batch](AwsOutcome outcome) {
      --in_flight_;
      if (auto outcomes = read_statements(outcome.body, batch->size(), true)) {
        for (const StatementOutcome& each : *outcomes) updated_ += each.error == AwsErrorClass::none ? 1 : 0;
      }
      go_on();
    });
  }

  AwsClient& client_;
  const std::string table_;
  const uint64_t items_;
  const size_t most_;
  size_t in_flight_ = 0, reading_ = 0;
  uint64_t asked_ = 0, updated_ = 0;
  std::deque<std::unique_ptr<ReadItem>> read_;
};

int fail(const Error& error) {
  std::fputs((describe(error) + "\n").c_str(), stderr);
  return 1;
}

int run(const std::string& endpoint, size_t in_flight, uint64_t items) {
  TargetSettings target;
  target.endpoint = endpoint;
  target.region = "us-east-1";
  auto service = open_dynamodb(target);
  if (!service) return fail(service.error());
  const std::string table = "bench_" + std::to_string(::getpid());
  auto client = connect_dynamodb(*service, in_flight);
  if (auto made = bench::create_table(*client, table); !made) return fail(made.error());
  const auto loads = bench::prepared(table, items, WriteMode::overwrite);
  if (bench::post_all(endpoint, loads, 1, 8) > 0) return fail(Error(ErrorKind::internal, "the table was not filled"));
  const auto began = std::chrono::steady_clock::now();
  const uint64_t updated = Updates(*client, table, items, in_flight).run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (updated != items) return fail(Error(ErrorKind::internal, std::to_string(updated) + " items were updated"));
  if (auto dropped = bench::drop_table(*client, table); !dropped) return fail(dropped.error());
  std::printf("%.3f\n", seconds);
  return 0;
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: ENDPOINT IN_FLIGHT ITEMS\n", stderr), 2;
  return migrate::run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
}
