// A client of the real DynamoDB Local (or of a proxy before it), and tables that go when the test does.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "cloud/table.h"
#include "support/servers.h"

namespace migrate::test {

inline Env test_env() {
  return [](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_ACCESS_KEY_ID" || name == "AWS_SECRET_ACCESS_KEY") return "test";
    if (name == "HOME") return "/nonexistent";
    return std::nullopt;
  };
}

inline std::unique_ptr<AwsClient> client_of(const std::string& endpoint, size_t connections = 2) {
  TargetSettings target;
  target.endpoint = endpoint;
  target.region = "us-east-1";
  auto service = open_dynamodb(target, test_env());
  if (!service) throw std::runtime_error(describe(service.error()));
  return connect_dynamodb(*service, connections);
}

// No real waiting between attempts.
inline RetryPolicy impatient() {
  RetryPolicy policy;
  policy.sleep = [](double) {};
  return policy;
}

inline WaitOptions wait_options() {
  WaitOptions options;
  options.policy.base_seconds = 0.01;
  return options;
}

inline TableSpec spec_named(const std::string& name) {
  TableSpec spec;
  spec.name = name;
  spec.pk = {"id", 'S'};
  return spec;
}

class ScratchTable {
 public:
  explicit ScratchTable(TableSpec spec) : spec_(std::move(spec)), client_(client_of(dynamodb_endpoint())) {
    auto made = ensure_table(*client_, spec_, {}, wait_options());
    if (!made) throw std::runtime_error(describe(made.error()));
  }
  ScratchTable() : ScratchTable(spec_named(unique_name("cloud"))) {}
  ~ScratchTable() {
    if (auto gone = delete_table(*client_, spec_.name, wait_options()); !gone) ADD_FAILURE() << describe(gone.error());
  }
  const std::string& name() const { return spec_.name; }
  AwsClient& client() { return *client_; }
  std::string item(const std::string& id) {
    auto found = fetch_item(*client_, name(), "{\"id\":{\"S\":\"" + id + "\"}}");
    return found ? *found : describe(found.error());
  }

 private:
  TableSpec spec_;
  std::unique_ptr<AwsClient> client_;
};

}  // namespace migrate::test
