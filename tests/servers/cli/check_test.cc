// `migrate check` says what it found, so that nobody needs to look further, and ends with the exit code of it.
#include "shop.h"
#include "support/fault_proxy.h"

namespace migrate::test {
namespace {

using Check = Shop;
ON_MARIADB(Check);

// Without durations.
std::string steady(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.rfind("  (");
    const bool timed = at != line.npos && (line.ends_with(" s)") || line.ends_with(" ms)"));
    out += (timed ? line.substr(0, at) : line) + "\n";
  }
  return out;
}

TEST_P(Check, of_what_is_right_says_so_in_a_line_for_each_table) {
  build();
  const Ran ran = shop.migrate("check");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(steady(ran.out),
            "  right  Customers: 3 rows, 3 items\n"
            "  right  Orders: 6 rows, 6 items\n"
            "  right  Parts: 2 rows, 2 items\n"
            "Score: 100 (0 wrong of 14 checked)\n");
}

TEST_P(Check, names_what_it_found_and_ends_with_3) {
  build();
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"99"}})");
  shop.put("Parts", R"({"sku":{"S":"of an old contract"}})");
  shop.request("DeleteItem", R"({"TableName":")" + shop.prefix + R"(Parts","Key":{"sku":{"S":"b2"}}})");
  const Ran ran = shop.migrate("check check:Parts");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_EQ(
      steady(ran.out),
      "  WRONG  Parts: 2 rows, 2 items, 1 missing, 1 different, 1 extra\n"
      "      missing  sku=b2  of parts.sku=b2\n"
      "      different  sku=a1  of parts.sku=a1\n"
      "          price: expected {\"N\":\"1.5\"}, found {\"N\":\"99\"}\n"
      "      extra  sku=of an old contract\n"
      "      Items that no row gives: 1 item in a table that migrate made: rows that are gone, keys of an earlier "
      "contract, or what an application wrote\n"
      "Score: 33.33 (2 wrong of 3 checked)\n");
  EXPECT_EQ(shop.migrate("check check:Customers").code, 0);
  EXPECT_THAT(shop.migrate("check --json check:Parts").out, HasSubstr("\"score\":33.33"));
}

// What a check found was an open problem for ever: no build looked again, and the report's advice wrote nothing.
TEST_P(Check, that_found_something_is_made_again_until_it_is_mended) {
  build();
  shop.request("DeleteItem", R"({"TableName":")" + shop.prefix + R"(Parts","Key":{"sku":{"S":"b2"}}})");
  EXPECT_EQ(shop.migrate("build -B check:Parts").code, 3);
  const Ran plan = shop.migrate("plan");
  EXPECT_EQ(targets_of(plan.out), "check:Parts report:html") << plan.all();
  EXPECT_THAT(plan.out, HasSubstr("the last check found 1 problem"));
  EXPECT_EQ(shop.migrate("build").code, 3) << "still missing";
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("Missing items: migrate build -B run:Parts puts"));
  EXPECT_EQ(shop.migrate("build -B run:Parts").code, 0);
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

TEST_P(Check, says_which_access_pattern_and_which_rows_share_a_key) {
  shop.contract = replaced(SHOP_CONTRACT, "\"pk_template\": \"CUST#{id}\"", "\"pk_template\": \"CUST\"");
  EXPECT_EQ(shop.migrate("build").code, 3) << "three customers with one key";
  const Ran ran = shop.migrate("check check:Orders");
  EXPECT_THAT(ran.out, HasSubstr("Orders: 6 rows, 3 items, 3 dead letters, 3 of them with a key that rows share"))
      << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("      duplicate  PK=CUST, SK=PROFILE  of customers.id=1 and customers.id=2 and "
                                 "customers.id=3\n"));
  EXPECT_THAT(shop.migrate("check -v check:Orders").out,
              HasSubstr("      “query orders by PK”: answered by the table's key\n"));
}

TEST_P(Check, says_which_access_pattern_fails_and_why) {
  build();
  FaultProxy proxy(dynamodb_endpoint());
  proxy.fail_when([](const SeenRequest& r) { return r.operation == "Query"; }, failed(400, "ValidationException"));
  shop.target["endpoint"] = proxy.endpoint();
  const Ran ran = shop.migrate("check check:Parts");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("  WRONG  Parts: 2 rows, 2 items  ("));
  EXPECT_THAT(ran.out, HasSubstr("      “get part by sku”: fails on the table's key: Query of "));
  EXPECT_THAT(ran.out, HasSubstr("ValidationException"));
  EXPECT_THAT(ran.out, HasSubstr("Score: 66.66 (1 wrong of 3 checked)\n"));
}

TEST_P(Check, of_items_under_the_keys_of_an_earlier_contract_warns) {
  shop.more = "tables: {Orders: {deletes: keep}}\n";
  build();
  shop.contract = replaced(SHOP_CONTRACT, "\"CUST#{id}\"", "\"CUSTOMER#{id}\"");
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_EQ(shop.count("Orders"), 9U) << "what lies under the old keys stays";
  const Ran ran = shop.migrate("check check:Orders");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("6 rows, 9 items, 3 extra"));
  EXPECT_THAT(ran.out, HasSubstr("Items that no row gives: 3 items in a table that migrate made"));
  EXPECT_THAT(shop.file("out/report/report.md"),
              HasSubstr("Warning: 3 items that no row gives are in tables that migrate made"));
}

TEST_P(Check, draws_a_sample_again_by_its_seed_and_says_what_it_proves) {
  shop.more = "check: {sample: 3}\n";
  build();
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("Only samples were compared"));
  const Ran ran = shop.migrate("check --seed 42 check:Orders");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("  sampled  Orders: 6 rows, 3 drawn, 3 items"));
  EXPECT_THAT(ran.out, HasSubstr("      with 95% confidence at most 63% of the rows are wrong\n"));
  EXPECT_THAT(ran.out, HasSubstr("a sample of 3 rows drawn with seed 42"));
}

// Nothing tells the rows of such a table apart, so their number is the run's to say.
TEST_P(Check, of_counts_leaves_out_each_dead_row_of_a_table_without_a_key) {
  db.exec(
      "ALTER TABLE parts DROP PRIMARY KEY, MODIFY sku VARCHAR(10) NULL; INSERT INTO parts VALUES (NULL, 1), (NULL, 2), "
      "(NULL, 3)");
  shop.more = "check: counts\n";
  EXPECT_THAT(
      shop.migrate("plan run:Parts").out,
      HasSubstr(
          "parts has no primary or unique key: it is read in one piece, which starts over when it is interrupted"));
  EXPECT_EQ(shop.migrate("build run:Parts").code, 3);
  EXPECT_THAT(shop.file("out/logs/migrate.log"), HasSubstr("rows were read"));
  EXPECT_EQ(steady(shop.migrate("check check:Parts").out),
            "  counted  Parts: 5 rows, 2 items, 3 dead letters\n"
            "      only counts were compared: an item that is wrong, or one missing and one too many, go unseen\n"
            "Score: 100 (0 wrong of 3 checked)\n");
}

TEST_P(Check, needs_a_check_among_the_targets_named) {
  build();
  const Ran ran = shop.migrate("check run:Parts");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.err, HasSubstr("no check is among the targets named"));
}

}  // namespace
}  // namespace migrate::test
