// Each fault looks to libcurl, and leaves DynamoDB, as its name says.
#include "support/fault_proxy.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include "support/servers.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

struct Got {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string headers, body;
};

size_t append(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

// One table, and a caller that never retries. Connections are kept alive where a test says so: on a connection that was
// used before, libcurl takes an end without a word for an idle connection's, and sends the request again by itself.
class FaultProxyTest : public testing::Test {
 protected:
  FaultProxyTest() {
    EXPECT_EQ(call("CreateTable", R"({"TableName":")" + table + R"(","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})")
                  .status,
              200);
  }
  ~FaultProxyTest() override {
    proxy.heal();
    call("DeleteTable", R"({"TableName":")" + table + "\"}");
    curl_easy_cleanup(curl);
  }

  Got call(const std::string& operation, const std::string& body, long timeout_ms = 60000) {
    Got got;
    curl_slist* headers = curl_slist_append(nullptr, ("X-Amz-Target: DynamoDB_20120810." + operation).c_str());
    headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
    headers = curl_slist_append(headers,
                                "Authorization: AWS4-HMAC-SHA256 Credential=test/20240101/us-east-1/dynamodb/"
                                "aws4_request, SignedHeaders=host, Signature=0");
    curl_easy_setopt(curl, CURLOPT_URL, proxy.endpoint().c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, keep_alive ? 0L : 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got.body);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &got.headers);
    got.code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got.status);
    curl_slist_free_all(headers);
    return got;
  }
  Got put(const std::string& id, long timeout_ms = 60000) {
    return call("PutItem", R"({"TableName":")" + table + R"(","Item":{"id":{"S":")" + id + "\"}}}", timeout_ms);
  }
  bool stored(const std::string& id) {
    return call("GetItem", R"({"TableName":")" + table + R"(","Key":{"id":{"S":")" + id + "\"}}}").body != "{}";
  }

  const std::string table = unique_name("Faults");
  FaultProxy proxy{dynamodb_endpoint()};
  CURL* curl = curl_easy_init();
  bool keep_alive = false;
};

TEST_F(FaultProxyTest, passes_on_what_has_no_fault) {
  keep_alive = true;
  EXPECT_EQ(put("a").status, 200);
  EXPECT_TRUE(stored("a"));
  EXPECT_FALSE(stored("b"));
  EXPECT_EQ(proxy.count("GetItem"), 2);
  EXPECT_EQ(proxy.log()[1].operation, "PutItem");
  EXPECT_EQ(proxy.log()[1].status, 200);
  EXPECT_EQ(proxy.connections(), 1) << "connections are kept alive";
}

TEST_F(FaultProxyTest, large_bodies_pass) {
  const std::string large(390 * 1024, 'x');
  EXPECT_EQ(
      call("PutItem", R"({"TableName":")" + table + R"(","Item":{"id":{"S":"a"},"v":{"S":")" + large + "\"}}}").status,
      200);
  EXPECT_NE(call("GetItem", R"({"TableName":")" + table + R"(","Key":{"id":{"S":"a"}}})").body.find(large),
            std::string::npos);
}

TEST_F(FaultProxyTest, faults_before_forwarding_write_nothing) {
  proxy.fail("PutItem", 1, 1, throttled());
  proxy.fail("PutItem", 2, 1, failed(500, "InternalServerError"));
  proxy.fail("PutItem", 3, 1, connection_closed());
  proxy.fail("PutItem", 4, 1, answered(200, "{}"));

  const Got first = put("a");
  EXPECT_EQ(first.status, 400);
  EXPECT_NE(first.body.find("#ProvisionedThroughputExceededException"), std::string::npos) << first.body;
  EXPECT_EQ(put("a").status, 500);
  EXPECT_EQ(put("a").code, CURLE_GOT_NOTHING);
  EXPECT_EQ(put("a").body, "{}");
  EXPECT_FALSE(stored("a"));
  EXPECT_EQ(put("a").status, 200);
  EXPECT_TRUE(stored("a"));
}

TEST_F(FaultProxyTest, faults_after_forwarding_have_written) {
  proxy.fail("PutItem", 1, 1, failed_after(500, "InternalServerError"));
  proxy.fail("PutItem", 2, 1, answer_lost());
  proxy.fail("GetItem", 3, 1, answer_cut());

  EXPECT_EQ(put("a").status, 500);
  EXPECT_TRUE(stored("a"));
  EXPECT_EQ(put("b").code, CURLE_GOT_NOTHING);
  EXPECT_TRUE(stored("b"));
  EXPECT_EQ(call("GetItem", R"({"TableName":")" + table + R"(","Key":{"id":{"S":"a"}}})").code, CURLE_PARTIAL_FILE);
}

TEST_F(FaultProxyTest, held_requests_and_answers_time_out) {
  proxy.fail("PutItem", 1, 1, answer_held(60));
  proxy.fail("PutItem", 2, 1, request_held(60));
  EXPECT_EQ(put("late-answer", 300).code, CURLE_OPERATION_TIMEDOUT);
  EXPECT_EQ(put("late-request", 300).code, CURLE_OPERATION_TIMEDOUT);
  EXPECT_FALSE(stored("late-request"));
  wait_until([&] { return stored("late-answer"); });
}

TEST_F(FaultProxyTest, answers_are_garbled_corrupted_gzipped_and_changed) {
  const std::string checksum = "x-amz-crc32: ";
  const Got plain = call("ListTables", "{}");
  proxy.fail("ListTables", 2, 1, answer_garbled());
  proxy.fail("ListTables", 3, 1, answer_corrupted());
  proxy.fail("ListTables", 4, 1, answer_gzipped());
  proxy.fail("ListTables", 5, 1, answer_changed([](std::string& body) { body = "{}"; }));

  EXPECT_TRUE(call("ListTables", "{}").body.starts_with("<html>"));
  const Got corrupted = call("ListTables", "{}");
  EXPECT_NE(corrupted.headers.find(checksum), std::string::npos);
  EXPECT_EQ(corrupted.status, 200);
  const Got gzipped = call("ListTables", "{}");
  EXPECT_NE(gzipped.headers.find("content-encoding: gzip"), std::string::npos);
  EXPECT_TRUE(gzipped.body.starts_with(R"({"TableNames":[)")) << gzipped.body;
  const Got changed = call("ListTables", "{}");
  EXPECT_EQ(changed.body, "{}");
  EXPECT_NE(changed.headers.find(checksum + "2745614147"), std::string::npos) << changed.headers;
}

TEST_F(FaultProxyTest, faults_go_by_content_and_can_be_healed) {
  proxy.fail_when([](const SeenRequest& request) { return request.body.find("poison") != std::string::npos; },
                  failed(500, "InternalServerError"));
  EXPECT_EQ(put("good").status, 200);
  EXPECT_EQ(put("poison").status, 500);
  proxy.heal();
  EXPECT_EQ(put("poison").status, 200);
}

}  // namespace
}  // namespace migrate::test
