// Each verdict of a check is seen to fall: a proxy rewrites what DynamoDB answers, as an index that lags, a right that
// is missing or an application that writes would.
#include <simdjson.h>

#include <atomic>

#include "base/json_write.h"
#include "base/text.h"
#include "check_support.h"
#include "support/fault_proxy.h"

namespace migrate::test {
namespace {

constexpr size_t segments = 8;  // of one scan
constexpr size_t scanners = 4;  // connections of one scan

bool asks(const SeenRequest& r, const std::string& operation, const std::string& index) {
  if (r.operation != operation) return false;
  const bool of_index = r.body.find("\"IndexName\"") != std::string::npos;
  return index.empty() ? !of_index : of_index && r.body.find("\"" + index + "\"") != std::string::npos;
}

void empty_page(std::string& body) { body = R"({"Count":0,"ScannedCount":0,"Items":[]})"; }

// Takes the items with this text out of an answer.
std::function<void(std::string&)> without(const std::string& text) {
  return [text](std::string& body) {
    simdjson::dom::parser parser;
    const simdjson::dom::element answer = parser.parse(body);
    simdjson::dom::array items;
    if (answer["Items"].get_array().get(items)) {
      if (body.find(text) != std::string::npos) body = "{}";  // of GetItem
      return;
    }
    std::vector<std::string> left;
    for (const simdjson::dom::element item : items) {
      const std::string json = simdjson::minify(item);
      if (json.find(text) == std::string::npos) left.push_back(json);
    }
    const std::string count = std::to_string(left.size());
    body = R"({"Count":)" + count + R"(,"ScannedCount":)" + count + R"(,"Items":)" + json_array(left) + "}";
  };
}

std::function<void(std::string&)> replacing(const std::string& text, const std::string& by) {
  return [=](std::string& body) {
    for (size_t at = body.find(text); at != std::string::npos; at = body.find(text, at + by.size())) {
      body.replace(at, text.size(), by);
    }
  };
}

struct ProxiedWorld : World {
  FaultProxy proxy{dynamodb_endpoint()};
  std::atomic<size_t> scans = 0;  // pages of ByEmail
  ProxiedWorld() { endpoint = proxy.endpoint(); }

  // ByEmail holds nothing yet for so many of its scans.
  void lag(size_t times) {
    proxy.fail_when(
        [this, times](const SeenRequest& r) { return asks(r, "Scan", "ByEmail") && scans++ < times * segments; },
        answer_changed(empty_page));
  }
  const IndexCheck& by_email(const CheckResult& r) { return r.indexes.at(0); }
};

TEST(AnIndex, that_lags_by_more_entries_than_are_looked_at_one_by_one_is_late_and_not_wrong) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.job.index_wait_seconds = 30;
  w.fill(350);
  w.lag(2);
  const CheckResult r = w.check();
  EXPECT_TRUE(r.passed()) << r.to_facts();
  EXPECT_EQ(w.by_email(r).missing, 0U);
  EXPECT_EQ(w.by_email(r).late, 350U);
  EXPECT_EQ(w.by_email(r).found, 350U);
}

TEST(AnIndex, that_lags_by_a_few_entries_is_late_and_not_wrong) {
  ProxiedWorld w;
  w.fill(40);
  w.lag(1);
  const CheckResult r = w.check();
  EXPECT_TRUE(r.passed()) << r.to_facts();
  EXPECT_EQ(w.by_email(r).late, 40U);
}

// A few are looked up by key, many by scanning all of it again.
TEST(AnEntry, that_the_application_moves_between_two_scans_is_no_difference_and_said) {
  for (const size_t moved : {size_t{1}, size_t{150}}) {
    ProxiedWorld w;
    w.job.satisfies.clear();
    w.job.index_wait_seconds = 30;
    w.fill(200);
    const auto move_them = [&](const SeenRequest& r) {
      if (!asks(r, "Scan", "ByEmail") || w.scans++ > 0) return false;
      for (size_t i = 0; i < moved; ++i) {
        w.put(replace_all(World::user(std::to_string(i), "name " + std::to_string(i)), "@x", "@moved"));
      }
      return false;
    };
    w.proxy.fail_when(move_them, connection_closed());
    const CheckResult r = w.check();
    EXPECT_TRUE(r.passed()) << r.to_facts();
    EXPECT_EQ(w.by_email(r).late, moved);
    EXPECT_TRUE(r.samples.empty());
  }
}

// The first sort's memory is free when the indexes are scanned and sorted again.
TEST(AnIndex, that_is_scanned_again_takes_no_second_budget) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.job.memory_mb = 64;
  w.job.index_wait_seconds = 30;
  w.fill(350);
  w.lag(2);
  const CheckResult r = w.check();
  ASSERT_EQ(w.by_email(r).late, 350U) << "the indexes were scanned again";
  ASSERT_GT(w.in_use_at_connect.size(), 2 * scanners);
  for (size_t i = scanners; i < w.in_use_at_connect.size(); ++i) {
    EXPECT_LT(w.in_use_at_connect[i], w.in_use_at_connect[0] + (2U << 20)) << "connection " << i;
  }
}

// The page that showed a difference is read again for its item. One that had slid to the next page meanwhile counted as
// late, unseen.
TEST(AnEntry, whose_item_has_slid_to_the_next_page_is_still_looked_at) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.fill(1);
  const std::string item = World::user("0", "name 0");
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Scan", "ByEmail") || asks(r, "Query", "ByEmail"); },
                    answer_changed(empty_page));
  std::atomic<size_t> pages = 0;
  w.proxy.fail_when([&](const SeenRequest& r) { return asks(r, "Scan", "") && ++pages == segments + 1; },
                    answered(200, R"({"Count":0,"Items":[],"LastEvaluatedKey":{"id":{"S":"x"}}})"));
  w.proxy.fail_when([&](const SeenRequest& r) { return asks(r, "Scan", "") && pages == segments + 2; },
                    answered(200, R"({"Count":1,"Items":[)" + item + "]}"));
  const CheckResult r = w.check();
  EXPECT_EQ(w.by_email(r).missing, 1U) << r.to_facts();
  EXPECT_EQ(w.by_email(r).late, 0U);
}

TEST(AnIndex, that_never_follows_is_wrong_with_every_entry_counted) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.fill(350);
  w.lag(1000);
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Query", "ByEmail"); }, answer_changed(empty_page));
  const CheckResult r = w.check();
  EXPECT_EQ(w.by_email(r).missing, 350U);
  EXPECT_EQ(w.by_email(r).late, 0U);
  EXPECT_EQ(r.wrong(), 350U);
  EXPECT_EQ(r.samples.size(), w.job.shown) << "the first of them are named";
}

TEST(AnIndex, that_holds_other_values_than_its_table_is_wrong) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.fill(20);
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Scan", "ByEmail") || asks(r, "Query", "ByEmail"); },
                    answer_changed(replacing("\"name 7\"", "\"of yesterday\"")));
  EXPECT_EQ(w.findings(), "index different id=7 in ByEmail, name: {\"S\":\"name 7\"} ≠ {\"S\":\"of yesterday\"}\n");
  EXPECT_EQ(w.check().wrong(), 1U);
}

TEST(AnIndex, that_holds_an_entry_without_its_item_is_wrong) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.fill(20);
  w.rows.rows.erase(w.rows.rows.begin() + 7);
  const auto hidden = [](const SeenRequest& r) { return asks(r, "Scan", "") || asks(r, "GetItem", ""); };
  w.proxy.fail_when(hidden, answer_changed(without("\"name 7\"")));
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Scan", "Keys"); }, answer_changed(without("\"7@x\"")));
  EXPECT_EQ(w.findings(), "index extra id=7 in ByEmail\n");
}

TEST(AnItem, that_appears_while_the_check_reads_is_no_difference) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.job.indexes.clear();
  w.fill(20);
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Scan", ""); }, answer_changed(without("\"name 7\"")));
  const CheckResult r = w.check();
  EXPECT_EQ(r.items, 19U) << "the proxy took one out";
  EXPECT_EQ(r.changed_meanwhile, 1U);
  EXPECT_EQ(r.missing, 0U);
  EXPECT_TRUE(r.passed()) << r.to_facts();
}

TEST(AnItem, that_is_put_right_while_the_check_reads_is_no_difference) {
  ProxiedWorld w;
  w.job.satisfies.clear();
  w.job.indexes.clear();
  w.fill(20);
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Scan", ""); },
                    answer_changed(replacing("\"name 7\"", "\"of yesterday\"")));
  const CheckResult r = w.check();
  EXPECT_EQ(r.changed_meanwhile, 1U);
  EXPECT_EQ(r.different, 0U);
  EXPECT_TRUE(r.passed()) << r.to_facts();
}

TEST(AnAccessPattern, whose_query_is_refused_fails) {
  ProxiedWorld w;
  w.fill(3);
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Query", "ByEmail"); },
                    failed(400, "ValidationException"));
  const CheckResult r = w.check();
  EXPECT_EQ(r.patterns.at(0).outcome, PatternCheck::Outcome::works);
  EXPECT_EQ(r.patterns.at(1).outcome, PatternCheck::Outcome::fails);
  EXPECT_NE(r.patterns.at(1).reason.find("ValidationException"), std::string::npos) << r.patterns.at(1).reason;
  EXPECT_EQ(r.wrong(), 1U);
}

TEST(AnAccessPattern, whose_query_finds_nothing_fails) {
  ProxiedWorld w;
  w.fill(3);
  w.proxy.fail_when([](const SeenRequest& r) { return asks(r, "Query", ""); }, answer_changed(empty_page));
  const CheckResult r = w.check();
  EXPECT_EQ(r.patterns.at(0).outcome, PatternCheck::Outcome::fails);
  EXPECT_EQ(r.patterns.at(0).reason, "the query for the key of an item that is there found nothing");
  EXPECT_EQ(r.wrong(), 1U);
}

TEST(AnAccessPattern, that_could_not_be_tried_is_an_error_and_no_verdict) {
  for (const char* operation : {"Query", "Scan"}) {
    ProxiedWorld w;
    w.fill(3);
    w.proxy.fail_when(
        [operation](const SeenRequest& r) {
          return r.operation == operation && r.body.find("\"Limit\":1") != std::string::npos;
        },
        failed(400, "AccessDeniedException"));
    const auto r = w.try_check();
    ASSERT_FALSE(r) << operation;
    EXPECT_EQ(r.error().kind, ErrorKind::aws_denied) << describe(r.error());
  }
}

TEST(AnAccessPattern, over_expired_credentials_is_an_error_and_no_verdict) {
  ProxiedWorld w;
  w.fill(3);
  w.proxy.fail_when([](const SeenRequest& r) { return r.operation == "Query"; }, failed(400, "ExpiredTokenException"));
  const auto r = w.try_check();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, ErrorKind::aws_expired) << describe(r.error());
}

TEST(ALookupTable, with_a_wrong_item_fails_once_for_the_item_and_once_for_the_uniqueness) {
  World w;
  w.fill(3);
  w.job.lookup = LookupCheck{"users.email", "uq_email", true, 0};
  w.remove("1");
  const CheckResult r = w.check();
  EXPECT_FALSE(r.lookup->holds);
  EXPECT_EQ(r.wrong(), 2U);
}

}  // namespace
}  // namespace migrate::test
