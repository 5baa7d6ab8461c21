// Signatures: AWS's published examples, and random requests as botocore signs them (fixtures/make_sigv4_vectors.py).
#include "cloud/sigv4.h"

#include <gtest/gtest.h>

#include <ctime>

#include "base/file.h"
#include "base/text.h"
#include "cloud/json_answer.h"
#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

Credentials example_credentials(const std::string& token = "") {
  Credentials out;
  out.access_key_id = "AKIDEXAMPLE";
  out.secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  out.session_token = Secret(token);
  return out;
}

double time_of(const std::string& stamp) {  // "20150830T123600Z"
  tm parts{};
  strptime(stamp.c_str(), "%Y%m%dT%H%M%SZ", &parts);
  return static_cast<double>(timegm(&parts));
}

// A case of the "AWS Signature Version 4 test suite": service "service", us-east-1, 2015-08-30T12:36:00Z.
std::string suite_signature(const std::string& method, const std::string& path_and_query,
                            std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = "") {
  HttpRequest request;
  request.method = method;
  request.url = "https://example.amazonaws.com" + path_and_query;
  request.headers = std::move(headers);
  request.body = std::move(body);
  Signer("service", "us-east-1").sign(request, example_credentials(), time_of("20150830T123600Z"));
  std::string authorization = header_of(request, "authorization");
  return authorization.substr(authorization.rfind('=') + 1);
}

TEST(SigV4, AgreesWithThePublishedSuite) {
  EXPECT_EQ(suite_signature("GET", "/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(suite_signature("POST", "/"), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  EXPECT_EQ(suite_signature("GET", "/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4, AgreesWithTheDocumentedDerivationOfAKey) {
  // "Examples of how to derive a signing key", AWS General Reference, through a whole request to IAM.
  HttpRequest request;
  request.method = "GET";
  request.url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
  request.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  Signer("iam", "us-east-1").sign(request, example_credentials(), time_of("20150830T123600Z"));
  EXPECT_EQ(header_of(request, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SigV4, AgreesWithBotocoreOnRandomRequests) {
  auto text = read_file(std::string(MIGRATE_SOURCE_DIR) + "/tests/unit/cloud/fixtures/sigv4_vectors.jsonl");
  ASSERT_TRUE(text.ok());
  int cases = 0;
  for (const std::string& line : split(*text, '\n')) {
    if (line.empty()) continue;
    auto v = JsonAnswer::parse(line);
    ASSERT_TRUE(v.has_value());
    HttpRequest request;
    request.method = (*v)["method"].text();
    request.url = (*v)["url"].text();
    request.body = (*v)["body"].text();
    auto names = (*v)["headers"].items(), values = (*v)["values"].items();
    for (size_t i = 0; i < names.size(); ++i) request.headers.emplace_back(names[i].text(), values[i].text());
    Signer((*v)["service"].text(), (*v)["region"].text())
        .sign(request, example_credentials((*v)["token"].text()), time_of((*v)["date"].text()));
    EXPECT_EQ(header_of(request, "authorization"), (*v)["authorization"].text()) << line;
    ++cases;
  }
  EXPECT_EQ(cases, 120);
}

TEST(SigV4, KeysAreDerivedAnewForAnotherDayAndAnotherKey) {
  auto signature = [](Signer& signer, const Credentials& who, const std::string& when) {
    HttpRequest request;
    request.url = "https://example.amazonaws.com/";
    signer.sign(request, who, time_of(when));
    return header_of(request, "authorization");
  };
  Credentials other = example_credentials();
  other.access_key_id = "AKIDOTHER";
  other.secret_access_key = Secret("other");
  Signer kept("dynamodb", "us-east-1");
  for (const char* day : {"20150830T235959Z", "20150831T000000Z"}) {
    for (const Credentials& who : {example_credentials(), other}) {
      Signer fresh("dynamodb", "us-east-1");
      EXPECT_EQ(signature(kept, who, day), signature(fresh, who, day));
    }
  }
}

}  // namespace
}  // namespace migrate::test
