// What each answer is taken for, and what people are told.
#include <gtest/gtest.h>

#include "cloud/aws.h"

namespace migrate::test {
namespace {

std::string class_of(int status, const std::string& body, bool writes = false) {
  std::string code, message;
  return std::string(class_name(classify_answer(status, body, writes, code, message)));
}
std::string code_class(const std::string& code, const std::string& message = "", int status = 400,
                       bool writes = false) {
  return class_of(
      status, R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + code + R"(","message":")" + message + "\"}", writes);
}

TEST(Classify, Codes) {
  EXPECT_EQ(class_of(200, "{}"), "none");
  EXPECT_EQ(code_class("ProvisionedThroughputExceededException"), "throttled");
  EXPECT_EQ(code_class("ThrottlingException"), "throttled");
  EXPECT_EQ(code_class("RequestLimitExceeded"), "throttled");
  EXPECT_EQ(code_class("ValidationException"), "validation");
  EXPECT_EQ(code_class("ResourceNotFoundException"), "not_found");
  EXPECT_EQ(code_class("ConditionalCheckFailedException"), "conditional_failed");
  EXPECT_EQ(code_class("DuplicateItem"), "conditional_failed");
  EXPECT_EQ(code_class("ExpiredTokenException"), "expired_credentials");
  EXPECT_EQ(code_class("AccessDeniedException"), "denied");
  EXPECT_EQ(code_class("UnrecognizedClientException"), "denied");
  EXPECT_EQ(code_class("ResourceInUseException"), "in_use");
  EXPECT_EQ(code_class("SomethingNew"), "other");
}

TEST(Classify, AWrongKeyIsNotAWrongClock) {
  EXPECT_EQ(code_class("InvalidSignatureException", "The request signature we calculated does not match"), "denied");
  EXPECT_EQ(code_class("InvalidSignatureException", "Signature expired: 20200101T000000Z is now earlier than …"),
            "clock_skew");
  EXPECT_EQ(code_class("InvalidSignatureException", "Signature not yet current: …"), "clock_skew");
  EXPECT_EQ(code_class("RequestTimeTooSkewed"), "clock_skew");
}

TEST(Classify, FailuresOfTheServiceAreAmbiguousForWrites) {
  EXPECT_EQ(code_class("InternalServerError", "", 500, false), "retryable");
  EXPECT_EQ(code_class("InternalServerError", "", 500, true), "ambiguous");
  EXPECT_EQ(class_of(502, "<html>Bad gateway</html>", true), "ambiguous");
  EXPECT_EQ(class_of(503, "", false), "retryable");
}

TEST(Classify, WhatNoServiceSaysIsGarbage) {
  EXPECT_EQ(class_of(200, "<html>Please log in</html>"), "garbage");
  EXPECT_EQ(class_of(200, ""), "garbage");
  EXPECT_EQ(class_of(404, "not found"), "garbage");
  EXPECT_EQ(class_of(302, ""), "garbage");
}

AwsService service() {
  AwsService out;
  out.endpoint = {"http://127.0.0.1:8000", "target.endpoint", "us-east-1", "AWS_REGION", false};
  return out;
}
std::string told(AwsErrorClass error, const std::string& code, const std::string& message, int status = 400) {
  AwsOutcome outcome;
  outcome.error = error;
  outcome.code = code;
  outcome.message = message;
  outcome.status = status;
  outcome.request_id = "R1";
  return describe(aws_error(outcome, "PutItem of 'Users'", service()));
}

TEST(AwsErrors, SayWhatWhereWhyAndWhatToDo) {
  EXPECT_EQ(told(AwsErrorClass::expired_credentials, "ExpiredTokenException", "The security token is expired"),
            "error: PutItem of 'Users' failed at http://127.0.0.1:8000 (region us-east-1): ExpiredTokenException: The "
            "security token is expired [request R1]\n  hint: renew the credentials and run the same command again\n");
  EXPECT_EQ(told(AwsErrorClass::denied, "AccessDeniedException", "not authorized to perform dynamodb:PutItem"),
            "error: PutItem of 'Users' failed at http://127.0.0.1:8000 (region us-east-1): AccessDeniedException: not "
            "authorized to perform dynamodb:PutItem [request R1]\n"
            "  hint: allow the action named; docs/operations.md has the least policy\n");
  EXPECT_EQ(
      told(AwsErrorClass::denied, "InvalidSignatureException", "does not match"),
      "error: PutItem of 'Users' failed at http://127.0.0.1:8000 (region us-east-1): InvalidSignatureException: does "
      "not match [request R1]\n  hint: the secret access key does not belong to the access key, or the region is not "
      "the endpoint's; `migrate doctor` shows both\n");
  EXPECT_EQ(told(AwsErrorClass::not_found, "ResourceNotFoundException", "Requested resource not found"),
            "error: PutItem of 'Users' failed at http://127.0.0.1:8000 (region us-east-1): ResourceNotFoundException: "
            "Requested resource not found [request R1]\n  hint: the table is not in this region and account: check "
            "`target.region`, `target.endpoint` and the credentials, or set `target.create_tables: true`\n");
  EXPECT_EQ(told(AwsErrorClass::throttled, "ThrottlingException", "Rate exceeded"),
            "error: PutItem of 'Users' failed at http://127.0.0.1:8000 (region us-east-1): ThrottlingException: Rate "
            "exceeded [request R1]\n  hint: raise the table's capacity or lower `limits.write_rate`, then run the same "
            "command again\n");
  EXPECT_EQ(told(AwsErrorClass::garbage, "", "the answer is not JSON", 200),
            "error: PutItem of 'Users' failed at http://127.0.0.1:8000 (region us-east-1): the answer is not JSON "
            "[request R1]\n  hint: the endpoint does not answer as DynamoDB does: check `target.endpoint`\n");
}

TEST(Times, AreRead) {
  EXPECT_EQ(parse_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), 1440938160);
  EXPECT_EQ(parse_iso_time("2015-08-30T12:36:00Z"), 1440938160);
  EXPECT_EQ(parse_iso_time("2015-08-30T14:36:00.123+02:00"), 1440938160);
  EXPECT_EQ(parse_iso_time("yesterday"), std::nullopt);
}

}  // namespace
}  // namespace migrate::test
