// What doctor finds out about the target.
#include "cloud/doctor.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "servers/cloud/support.h"
#include "support/fault_proxy.h"

namespace migrate::test {
namespace {

struct Doctor : testing::Test {
  ScratchTable table;
  FaultProxy proxy{dynamodb_endpoint()};
  TargetSettings target;
  std::vector<TableSpec> tables{spec_named(table.name())};

  void SetUp() override {
    target.endpoint = proxy.endpoint();
    target.region = "us-east-1";
  }
  // A line for each finding: "good credentials: …".
  std::string examined(Env env = test_env()) {
    static const char* levels[] = {"good", "warning", "problem"};
    std::string out;
    for (const TargetFinding& f : examine_target(target, tables, env, nullptr, impatient())) {
      out += std::string(levels[static_cast<int>(f.level)]) + " " + f.what + ": " + f.found +
             (f.hint.empty() ? "" : " → " + f.hint) + "\n";
    }
    out = replace_all(out, proxy.endpoint(), "URL");
    return replace_all(out, table.name(), "T");
  }
};

TEST_F(Doctor, FindsAllWell) {
  std::string text = examined();
  EXPECT_THAT(text, testing::StartsWith("good region and endpoint: us-east-1 (target.region), URL (target.endpoint)\n"
                                        "good credentials: key …test from the environment (AWS_ACCESS_KEY_ID)\n"
                                        "good connection: URL answers in "));
  EXPECT_THAT(text,
              testing::EndsWith("good clock: agrees with the service's\n"
                                "good identity: not asked: the endpoint is not AWS's own\n"
                                "good table 'T': is ACTIVE; allowed: GetItem, BatchGetItem, PutItem, "
                                "BatchWriteItem, UpdateItem, DeleteItem, PartiQLInsert, PartiQLUpdate, PartiQLDelete, "
                                "Scan, Query, UpdateTable; not tested: "
                                "CreateTable, DeleteTable (only for clean --tables)\n"));
}

TEST_F(Doctor, NamesTheRightsThatAreMissing) {
  proxy.fail("PutItem", 1, 9, failed(400, "AccessDeniedException"));
  proxy.fail("Scan", 1, 9, failed(400, "AccessDeniedException"));
  EXPECT_THAT(examined(),
              testing::EndsWith("problem table 'T': is ACTIVE; not allowed: dynamodb:PutItem, dynamodb:Scan; allowed: "
                                "GetItem, BatchGetItem, BatchWriteItem, UpdateItem, DeleteItem, PartiQLInsert, "
                                "PartiQLUpdate, PartiQLDelete, Query, UpdateTable; not tested: "
                                "CreateTable, DeleteTable (only for clean --tables) → allow them on this table "
                                "(docs/operations.md has the least policy)\n"));
}

TEST_F(Doctor, DoesNotCallTestedWhatHadNoAnswer) {
  proxy.fail("Query", 1, 9, failed(500, "InternalServerError"));
  EXPECT_THAT(examined(), testing::HasSubstr("UpdateTable; not tested: CreateTable, DeleteTable (only for clean "
                                             "--tables), Query\n"));
}

TEST_F(Doctor, WritesNothing) {
  (void)examined();
  ScanRequest request;
  request.table = table.name();
  AwsOutcome outcome = table.client().once(scan(request));
  auto page = read_page(outcome.body);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->count, 0u);
}

TEST_F(Doctor, MakesNoTable) {
  tables = {spec_named(unique_name("none"))};
  tables[0].indexes.push_back({.name = "by_email", .pk = {"email", 'S'}, .sk = {}, .projected = {}});
  tables[0].ttl = "expires";
  tables[0].tags = {{"team", "shop"}};
  EXPECT_THAT(examined(),
              testing::HasSubstr("': is not there yet; allowed: GetItem, BatchGetItem, PutItem, BatchWriteItem, "
                                 "UpdateItem, DeleteItem, PartiQLInsert, PartiQLUpdate, PartiQLDelete, "
                                 "Scan, Query, Scan (index/*), Query (index/*), CreateTable, UpdateTable, "
                                 "DescribeTimeToLive, UpdateTimeToLive; not tested: TagResource, DeleteTable (only for "
                                 "clean --tables)\n"));
  auto found = describe_table(table.client(), tables[0].name);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->has_value());
}

TEST_F(Doctor, SaysThatNobodyListens) {
  proxy.refuse(true);
  EXPECT_THAT(
      replace_all(examined(), proxy.endpoint().substr(7), "HOST"),
      testing::EndsWith("problem connection: ListTables failed at URL (region us-east-1): cannot connect to HOST: "
                        "Connection refused → check `target.endpoint` and that it can be reached\n"));
}

TEST_F(Doctor, SaysThatTheClockIsOff) {
  proxy.fail_when([](const SeenRequest& r) { return r.operation == "ListTables"; },
                  Fault{.name = "another time", .forward = true, .change = [](HttpAnswer& answer) {
                          for (auto& [name, value] : answer.headers) {
                            if (name == "date") value = "Sun, 01 Jan 2040 00:00:00 GMT";
                          }
                        }});
  EXPECT_THAT(examined(), testing::HasSubstr("warning clock: this machine's clock is "));
}

TEST_F(Doctor, SaysWhereItLookedForCredentials) {
  std::string text = examined([](const std::string& name) -> std::optional<std::string> {
    return name == "AWS_EC2_METADATA_DISABLED" ? std::optional<std::string>("true") : std::nullopt;
  });
  EXPECT_THAT(text, testing::HasSubstr("problem credentials: no AWS credentials were found; looked at environment: "));
}

}  // namespace
}  // namespace migrate::test
