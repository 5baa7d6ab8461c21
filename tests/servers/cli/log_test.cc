// What a build leaves in out/logs/migrate.log: each request and each chunk, what failed, and nothing of the items.
#include "base/json.h"
#include "shop.h"
#include "support/fault_proxy.h"

namespace migrate::test {
namespace {

class LogOfABuild : public OnBothServers {
 protected:
  LogOfABuild() {
    db.exec(SHOP_ROWS);
    db.exec("INSERT INTO customers VALUES (4, 'Hedwig-of-the-log', 'de'); INSERT INTO parts VALUES ('zz-of-log', 7)");
    shop.contract = SHOP_CONTRACT;
  }

  // The lines with this message, as "key=value …" of the keys asked for, those that are absent left out.
  std::vector<std::string> lines(const std::string& message, const std::vector<std::string>& keys) {
    std::vector<std::string> out;
    std::istringstream file(shop.file("out/logs/migrate.log"));
    for (std::string line; std::getline(file, line);) {
      Diagnostics diagnostics;
      auto document = parse_json({line, "a line"}, diagnostics);
      EXPECT_TRUE(document) << line;
      if (!document || document->root().find("message")->text() != message) continue;
      std::string shown;
      for (const std::string& key : keys) {
        auto value = document->root().find(key);
        if (value) shown += (shown.empty() ? "" : " ") + key + "=" + std::string(value->text());
      }
      out.push_back(shown);
    }
    return out;
  }

  Project shop{db};
};
ON_MARIADB(LogOfABuild);

TEST_P(LogOfABuild, has_each_request_and_each_chunk_and_no_values) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  proxy.fail("BatchExecuteStatement", 1, 1, throttled());
  ASSERT_EQ(shop.migrate("build").code, 0);
  const auto requests = lines("request", {"table", "chunk", "attempt", "operation", "status", "items", "error"});
  // Whichever table came first was throttled.
  EXPECT_THAT(requests, testing::Contains(testing::MatchesRegex("table=" + shop.prefix +
                                                                "Parts chunk=0:0 attempt=[12] "
                                                                "operation=BatchExecuteStatement status=200 items=3 "
                                                                "error=")));
  EXPECT_THAT(requests,
              testing::Contains(testing::ContainsRegex("status=400 items=[3-7] error=ProvisionedThroughputExceeded"
                                                       "Exception")));
  EXPECT_THAT(lines("request", {"latency_ms", "request_id"}),
              testing::Each(testing::MatchesRegex("latency_ms=[0-9.]+ request_id=.*")));
  EXPECT_THAT(lines("request failed and is sent again", {"level", "attempt", "error"}),
              testing::ElementsAre("level=warning attempt=1 error=ProvisionedThroughputExceededException"));
  EXPECT_THAT(lines("chunk finished", {"table", "chunk", "rows", "written"}),
              testing::Contains("table=" + shop.prefix + "Parts chunk=0:0 rows=3 written=3"));
  EXPECT_THAT(shop.file("out/logs/migrate.log"),
              testing::AllOf(Not(HasSubstr("of-the-log")), Not(HasSubstr("zz-of-log"))));
}

TEST_P(LogOfABuild, has_what_failed) {
  FaultProxy proxy(dynamodb_endpoint());
  shop.target["endpoint"] = proxy.endpoint();
  proxy.fail_when([](const SeenRequest& r) { return r.operation == "BatchExecuteStatement"; },
                  failed(400, "AccessDeniedException"));
  ASSERT_EQ(shop.migrate("build -j1").code, 1);
  EXPECT_THAT(lines("a target failed", {"level", "target", "code"}),
              testing::Contains(testing::MatchesRegex("level=error target=run:.* code=aws-denied")));
  EXPECT_THAT(shop.file("out/logs/audit.log"),
              testing::ContainsRegex("\"what\":\"write items\"[^\n]*\"outcome\":\"failed\",\"code\":\"aws-denied\","
                                     "\"error\":\"writing to [^\n]*AccessDeniedException"));
}

}  // namespace
}  // namespace migrate::test
