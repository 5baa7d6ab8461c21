// Later builds on real servers: what a changed source makes of the items, and what an application did to them
// meanwhile.
#include "shop.h"

namespace migrate::test {
namespace {

using Later = Shop;
ON_BOTH_SERVERS(Later);

// An update of the application's: "SET note = :v".
void app_updates(Project& shop, const std::string& sku, const std::string& expression, const std::string& value) {
  shop.request("UpdateItem", R"({"TableName":")" + shop.prefix + R"(Parts","Key":{"sku":{"S":")" + sku +
                                 R"("}},"UpdateExpression":")" + expression +
                                 R"(","ExpressionAttributeValues":{":v":)" + value + "}}");
}

void app_deletes(Project& shop, const std::string& sku) {
  shop.request("DeleteItem", R"({"TableName":")" + shop.prefix + R"(Parts","Key":{"sku":{"S":")" + sku + R"("}}})");
}

TEST_P(Later, a_changed_a_new_a_gone_and_a_renamed_row_become_what_they_should) {
  build();
  db.exec(
      "UPDATE countries SET name = 'Deutschland' WHERE code = 'de'; UPDATE parts SET price = 7 WHERE sku = 'a1';"
      "UPDATE parts SET sku = 'c3' WHERE sku = 'b2'; INSERT INTO parts VALUES ('d4', 4);"
      "DELETE FROM orders WHERE id = 11");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "price=3 sku='c3'\nprice=4 sku='d4'\nprice=7 sku='a1'\n");
  EXPECT_EQ(shop.items("Customers"),
            "country='Deutschland' id=1 last=[{id: 10, total: 9.5}] name='Ada' orders=1\n"
            "country='France' id=2 last=[{id: 12, total: 0.01}] name='Bo' orders=1\n"
            "id=3 last=[] name='Cy' orders=0\n");
  EXPECT_EQ(shop.items("Orders"), replaced(SHOP_ORDERS, "PK='CUST#1' SK='ORDER#11' total=20\n", ""));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

TEST_P(Later, what_an_application_added_to_an_item_stays_when_the_row_changes) {
  build();
  app_updates(shop, "a1", "SET note = :v", R"({"S":"mine"})");
  db.exec("UPDATE parts SET price = 7 WHERE sku = 'a1'");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "note='mine' price=7 sku='a1'\nprice=3 sku='b2'\n");
}

TEST_P(Later, an_item_that_an_application_changed_is_left_alone_as_a_conflict) {
  build();
  app_updates(shop, "a1", "SET price = :v", R"({"N":"99"})");
  db.exec("UPDATE parts SET price = 7");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "price=7 sku='b2'\nprice=99 sku='a1'\n");
  EXPECT_THAT(shop.file("out/dead-letters/Parts.jsonl"),
              HasSubstr("\"code\":\"conflict\",\"reason\":\"the table holds something else under this key than was"));

  // The application writes what the row gives: the conflict is over.
  app_updates(shop, "a1", "SET price = :v", R"({"N":"7"})");
  const Ran over = shop.migrate("build");
  EXPECT_EQ(over.code, 0) << over.all();
}

TEST_P(Later, an_item_whose_row_is_gone_stays_while_it_holds_what_an_application_wrote) {
  build();
  app_updates(shop, "a1", "SET note = :v", R"({"S":"mine"})");
  db.exec("DELETE FROM parts WHERE sku = 'a1'");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "note='mine' price=1.5 sku='a1'\nprice=3 sku='b2'\n");
  app_updates(shop, "a1", "REMOVE note SET gone = :v", R"({"S":"x"})");
  app_deletes(shop, "a1");
  const Ran after = shop.migrate("build");
  EXPECT_EQ(after.code, 0) << after.all();
  EXPECT_EQ(shop.items("Parts"), "price=3 sku='b2'\n");
}

TEST_P(Later, an_item_that_an_application_deleted_is_not_written_again) {
  build();
  app_deletes(shop, "a1");
  db.exec("UPDATE parts SET price = 7");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "price=7 sku='b2'\n");
  const Ran again = shop.migrate("build");
  EXPECT_EQ(again.code, 3) << again.all();
  EXPECT_EQ(targets_of(again.out), "") << "the run is not made again for it\n" << again.out;
}

TEST_P(Later, a_dropped_attribute_goes_from_the_items_and_a_new_one_comes) {
  build();
  app_updates(shop, "a1", "SET note = :v", R"({"S":"mine"})");
  shop.contract = replaced(shop.contract, R"({"name": "price", "type": "N")", R"({"name": "cost", "type": "N")");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "cost=1.5 note='mine' sku='a1'\ncost=3 sku='b2'\n");
}

TEST_P(Later, an_emptied_source_stops_before_the_first_delete) {
  build();
  db.exec("DELETE FROM parts");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.all(), HasSubstr("all 2 items of 2 in '" + shop.prefix + "Parts' would be removed"));
  EXPECT_THAT(ran.all(), HasSubstr("migrate build --allow-deletes 2"));
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  EXPECT_EQ(shop.migrate("build --allow-deletes 1").code, 1);
  const Ran allowed = shop.migrate("build --allow-deletes 2");
  EXPECT_EQ(allowed.code, 0) << allowed.all();
  EXPECT_EQ(shop.items("Parts"), "");
}

TEST_P(Later, items_stay_where_deletes_are_not_to_be_passed_on) {
  shop.more = "tables: {Parts: {deletes: keep}}\n";
  build();
  db.exec("DELETE FROM parts WHERE sku = 'a1'");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS) << ran.all();
  shop.more = "tables: {Parts: {deletes: propagate}}\n";
  const Ran passed = shop.migrate("build");
  EXPECT_EQ(passed.code, 0) << passed.all();
  EXPECT_EQ(shop.items("Parts"), "price=3 sku='b2'\n");
}

TEST_P(Later, a_row_that_becomes_bad_keeps_its_item_and_goes_on_when_it_is_mended) {
  db.exec("ALTER TABLE parts ADD COLUMN at DATETIME NULL");
  shop.contract = replaced(shop.contract, R"({"name": "price", "type": "N")",
                           R"({"name": "at", "type": "S", "source_table": "parts", "source_column": "at"},
    {"name": "price", "type": "N")");
  build();
  db.exec("SET SESSION sql_mode = ''; UPDATE parts SET at = '2024-00-00 00:00:00', price = 9 WHERE sku = 'a1'");
  const Ran bad = shop.migrate("build");
  EXPECT_EQ(bad.code, 3) << bad.all();
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  db.exec("UPDATE parts SET at = NULL WHERE sku = 'a1'");
  const Ran mended = shop.migrate("build");
  EXPECT_EQ(mended.code, 0) << mended.all();
  EXPECT_EQ(shop.items("Parts"),
            replaced(SHOP_PARTS, "price=1.5 sku='a1'\nprice=3 sku='b2'\n", "price=3 sku='b2'\nprice=9 sku='a1'\n"));
  EXPECT_EQ(shop.file("out/dead-letters/Parts.jsonl"), "");
}

// The manifest was taken for whole, or the build failed for ever.
TEST_P(Later, a_damaged_manifest_is_named_and_made_anew_from_what_is_there) {
  build();
  const std::string manifest = shop.only_file(".migrate/manifests/Parts", ".manifest");
  std::string bytes = shop.file(manifest);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  shop.write(manifest, bytes);
  db.exec("INSERT INTO parts VALUES ('c3', 3)");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.err, HasSubstr(manifest));
  EXPECT_EQ(shop.items("Parts"), "price=1.5 sku='a1'\nprice=3 sku='b2'\nprice=3 sku='c3'\n");
  db.exec("UPDATE parts SET price = 4 WHERE sku = 'c3'");
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_EQ(shop.items("Parts"), "price=1.5 sku='a1'\nprice=3 sku='b2'\nprice=4 sku='c3'\n");
}

TEST_P(Later, a_lost_cache_and_manifest_write_nothing_that_is_right) {
  build();
  app_updates(shop, "a1", "SET note = :v", R"({"S":"mine"})");
  shop.remove(".migrate");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "note='mine' price=1.5 sku='a1'\nprice=3 sku='b2'\n");
  db.exec("UPDATE parts SET price = 7 WHERE sku = 'a1'; DELETE FROM parts WHERE sku = 'b2'");
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_EQ(shop.items("Parts"), "note='mine' price=7 sku='a1'\n");
}

TEST_P(Later, dash_B_writes_again_what_an_application_deleted_and_keeps_what_it_changed) {
  build();
  app_deletes(shop, "a1");
  app_updates(shop, "b2", "SET price = :v", R"({"N":"99"})");
  const Ran ran = shop.migrate("build -B run:Parts");
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_EQ(shop.items("Parts"), "price=1.5 sku='a1'\nprice=99 sku='b2'\n");
}

}  // namespace
}  // namespace migrate::test
