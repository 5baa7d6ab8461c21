// A DynamoDB table in memory: see fake_dynamodb.h.
#include "support/fake_dynamodb.h"

#include <simdjson.h>

#include <chrono>
#include <stdexcept>

#include "base/json_write.h"
#include "engine/item.h"

namespace migrate::test {
namespace {

namespace dom = simdjson::dom;

HttpOutcome answer(int status, std::string body) {
  HttpOutcome out;
  out.ok = true;
  out.response.status = status;
  out.response.body = std::move(body);
  out.response.seconds = 0.001;
  return out;
}

HttpOutcome error_answer(const std::string& code, const std::string& message) {
  return answer(400,
                JsonObject().add("__type", "com.amazonaws.dynamodb.v20120810#" + code).add("message", message).str());
}

// The names in INSERT INTO "t" VALUE {'a':?,'b''c':?}, in order.
std::vector<std::string> inserted_names(std::string_view statement) {
  std::vector<std::string> out;
  size_t i = statement.find("VALUE {") + 7;
  while (statement[i] == '\'' || statement[i] == ',') {
    i += statement[i] == ',';
    std::string name;
    for (++i; statement[i] != '\'' || statement[i + 1] == '\''; ++i) {
      name += statement[i];
      if (statement[i] == '\'') ++i;
    }
    out.push_back(std::move(name));
    i += 3;  // ':?
  }
  return out;
}

class FakeHttp final : public HttpClient {
 public:
  explicit FakeHttp(FakeTable& table) : table_(table) {}

  void start(HttpRequest request, std::function<void(HttpOutcome)> done) override {
    waiting_.emplace_back(std::move(request), std::move(done));
  }

  size_t poll(double seconds) override {
    if (waiting_.empty()) {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return wake_; });
      wake_ = false;
      return 0;
    }
    auto now = std::move(waiting_);
    waiting_.clear();
    for (auto& [request, done] : now) done(serve(request));
    return waiting_.size();
  }

  void wake() override {
    {
      std::lock_guard lock(mutex_);
      wake_ = true;
    }
    woken_.notify_all();
  }

 private:
  HttpOutcome serve(const HttpRequest& request) {
    std::string operation;
    for (const auto& [name, value] : request.headers) {
      if (name == "X-Amz-Target" || name == "x-amz-target") operation = value.substr(value.find('.') + 1);
    }
    if (table_.before_each) table_.before_each();
    const int number = ++table_.requests[operation];
    FakeFault fault;
    if (table_.fault) fault = table_.fault(operation, request.body, number);
    HttpOutcome out;
    out.response.seconds = 0.001;
    if (fault.refused) {
      out.sent = false;
      out.problem = "connection refused";
      return out;
    }
    HttpOutcome good;
    if (fault.applied || (fault.status == 0 && !fault.no_answer)) good = apply(operation, request.body, fault);
    if (fault.no_answer) {
      out.timed_out = true;
      out.problem = "no answer in time";
      return out;
    }
    if (fault.status == 0) return good;
    if (fault.code.empty()) return answer(fault.status, "<html>a captive portal</html>");
    return answer(fault.status, JsonObject().add("__type", "x#" + fault.code).add("message", "injected").str());
  }

  bool present(std::string_view item) { return table_.items.count(*item_key(item, table_.pk, table_.sk)) > 0; }

  HttpOutcome apply(const std::string& operation, const std::string& body, const FakeFault& fault) {
    dom::parser parser;
    dom::element root = parser.parse(body);
    if (operation == "BatchExecuteStatement") return insert(root, fault);
    if (operation == "PutItem") {
      const std::string item = simdjson::to_string(root["Item"].value());
      if (table_.refuses && table_.refuses(item))
        return error_answer("ValidationException", "One or more values is bad");
      if (present(item)) return error_answer("ConditionalCheckFailedException", "The conditional request failed");
      table_.put(item);
      return answer(200, "{}");
    }
    if (operation == "BatchWriteItem") return write(root, fault);
    if (operation == "BatchGetItem") return get(root);
    throw std::runtime_error("the fake table has no " + operation);
  }

  HttpOutcome insert(dom::element root, const FakeFault& fault) {
    std::vector<std::string> items;
    for (dom::element s : root["Statements"].get_array()) {
      const auto names = inserted_names(s["Statement"].get_string().value());
      std::string item;
      size_t i = 0;
      for (dom::element value : s["Parameters"].get_array()) {
        item += (i == 0 ? "{" : ",") + json_string(names[i]) + ":" + simdjson::to_string(value);
        ++i;
      }
      items.push_back(item + "}");
    }
    for (const std::string& item : items) {
      if (table_.refuses && table_.refuses(item))
        return error_answer("ValidationException", "One or more values is bad");
    }
    std::vector<std::string> responses;
    for (size_t i = 0; i < items.size(); ++i) {
      std::string code = present(items[i]) ? "DuplicateItem" : "";
      if (!fault.statement.empty() && (fault.every || i + 1 == items.size())) code = fault.statement;
      if (code.empty()) {
        table_.put(items[i]);
        responses.push_back(R"({"TableName":"t"})");
      } else {
        responses.push_back(R"({"Error":{"Code":")" + code + R"(","Message":"injected"}})");
      }
    }
    return answer(200, R"({"Responses":)" + json_array(responses) + "}");
  }

  HttpOutcome write(dom::element root, const FakeFault& fault) {
    std::vector<std::string> items, left;
    std::string name;
    for (dom::key_value_pair table : root["RequestItems"].get_object()) {
      name = table.key;
      for (dom::element put : table.value.get_array())
        items.push_back(simdjson::to_string(put["PutRequest"]["Item"].value()));
    }
    for (const std::string& item : items) {
      if (table_.refuses && table_.refuses(item))
        return error_answer("ValidationException", "One or more values is bad");
    }
    for (size_t i = 0; i < items.size(); ++i) {
      if (!fault.statement.empty() && (fault.every || i % 2 == 1)) {
        left.push_back(R"({"PutRequest":{"Item":)" + items[i] + "}}");
      } else {
        table_.put(items[i]);
      }
    }
    const std::string unprocessed = left.empty() ? "{}" : "{" + json_string(name) + ":" + json_array(left) + "}";
    return answer(200, R"({"UnprocessedItems":)" + unprocessed + "}");
  }

  HttpOutcome get(dom::element root) {
    std::vector<std::string> items;
    std::string name;
    for (dom::key_value_pair table : root["RequestItems"].get_object()) {
      name = table.key;
      for (dom::element key : table.value["Keys"].get_array()) {
        const auto found = table_.items.find(*item_key(simdjson::to_string(key), table_.pk, table_.sk));
        if (found != table_.items.end()) items.push_back(found->second);
      }
    }
    return answer(200,
                  R"({"Responses":{)" + json_string(name) + ":" + json_array(items) + R"(},"UnprocessedKeys":{}})");
  }

  FakeTable& table_;
  std::deque<std::pair<HttpRequest, std::function<void(HttpOutcome)>>> waiting_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
};

class FixedCredentials final : public CredentialsProvider {
 public:
  FixedCredentials() : CredentialsProvider(CredentialsContext{}) {}
  Result<std::shared_ptr<const Credentials>> get() override {
    auto out = std::make_shared<Credentials>();
    out->access_key_id = "AKIDFAKE";
    out->secret_access_key = Secret("fake");
    return std::shared_ptr<const Credentials>(out);
  }
  void reject(const std::string&) override {}
};

}  // namespace

std::string FakeTable::text() const {
  std::string out;
  for (const auto& [key, item] : items) out += item + "\n";
  return out;
}

void FakeTable::put(std::string_view item) { items[*item_key(item, pk, sk)] = std::string(item); }

std::unique_ptr<AwsClient> connect(FakeTable& table) {
  auto service = std::make_shared<AwsService>();
  service->name = "dynamodb";
  service->target_prefix = "DynamoDB_20120810";
  service->json_version = "1.0";
  service->endpoint.url = "http://127.0.0.1:1";
  service->endpoint.region = "us-east-1";
  service->credentials = std::make_shared<FixedCredentials>();
  return std::make_unique<AwsClient>(service, std::make_unique<FakeHttp>(table));
}

}  // namespace migrate::test
