// Ctrl-C while a server does not answer: whatever waits for it ends at once, not after its time-out.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>

#include "cloud/credential_sources.h"
#include "cloud/doctor.h"
#include "support/loopback.h"
#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

struct Stop : testing::Test {
  std::atomic<bool> stop{false};
  std::atomic<int> silent_requests{0};
  std::map<std::string, std::string> answers;  // by a text of the request; all others are met with silence and Ctrl-C
  LoopbackServer server{[this](Socket& client) { serve(client); }};
  TempFolder home;
  Variables variables{{"HOME", home.path()}, {"AWS_EC2_METADATA_DISABLED", "true"}};

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server.port()); }

  void serve(Socket& client) {
    std::string request;
    for (std::string some = receive_some(client.fd()); !some.empty(); some = receive_some(client.fd())) {
      request += some;
      if (!whole(request)) continue;
      const auto told = std::find_if(answers.begin(), answers.end(),
                                     [&](const auto& a) { return request.find(a.first) != request.npos; });
      if (told == answers.end()) {
        ++silent_requests;
        stop = true;
        continue;  // until the other end goes
      }
      send_all(client.fd(),
               "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(told->second.size()) + "\r\n\r\n" + told->second);
      request.clear();
    }
  }
  static bool whole(const std::string& request) {
    const size_t head = request.find("\r\n\r\n"), length = request.find("Content-Length: ");
    if (head == request.npos) return false;
    const size_t body = length < head ? std::stoul(request.substr(length + 16)) : 0;
    return request.size() >= head + 4 + body;
  }

  // The chain's words when nobody answers; it must not ask a second time.
  std::string looked_for_credentials() {
    auto found = find_credentials(system_credentials(*load_aws_config("", env_of(variables)), "eu-west-1", &stop));
    EXPECT_EQ(silent_requests, 1);
    return found ? found->access_key_id : found.error().message;
  }
};

const char* const interrupted_search = "looking for AWS credentials was interrupted";

TEST_F(Stop, EndsTheContainersCredentials) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url() + "/role";
  EXPECT_EQ(looked_for_credentials(), interrupted_search);
}

TEST_F(Stop, EndsTheInstancesCredentials) {
  variables.erase("AWS_EC2_METADATA_DISABLED");
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url();
  variables["AWS_METADATA_SERVICE_TIMEOUT"] = "60";
  EXPECT_EQ(looked_for_credentials(), interrupted_search);
}

TEST_F(Stop, EndsTheAssumingOfARole) {
  home.write("token", "t");
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = home.path() + "/token";
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  variables["AWS_ENDPOINT_URL_STS"] = url();
  EXPECT_EQ(looked_for_credentials(), interrupted_search);
}

TEST_F(Stop, EndsACredentialProcess) {
  stop = true;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(run_credential_process("sleep 100", &stop).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(50));
}

// A request whose credentials are being fetched says that it was interrupted, not that there are none.
TEST_F(Stop, EndsARequestThatWaitsForItsCredentials) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url() + "/role";
  TargetSettings target;
  target.endpoint = url();
  target.region = "us-east-1";
  auto client = connect_dynamodb(*open_dynamodb(target, env_of(variables), &stop), 1);
  auto listed = list_tables(*client);
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().message, "ListTables was interrupted");
}

TEST_F(Stop, EndsDoctorsProbes) {
  answers = {{"ListTables", R"({"TableNames":[]})"},
             {"DescribeTable", R"({"Table":{"TableName":"Users","TableStatus":"ACTIVE","TableArn":"arn:T",)"
                               R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
                               R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}})"}};
  variables.insert({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "b"}});
  TargetSettings target;
  target.endpoint = url();
  target.region = "us-east-1";
  TableSpec users;
  users.name = "Users";
  users.pk = {"id", 'S'};
  const auto findings = examine_target(target, {users, users}, env_of(variables), &stop);
  EXPECT_EQ(silent_requests, 1) << "no probe after the one that was interrupted";
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.back().what, "identity") << "the table that was not looked at to the end is not spoken of";
}

}  // namespace
}  // namespace migrate::test
