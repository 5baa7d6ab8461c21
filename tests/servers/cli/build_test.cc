// The whole program on real servers: what is built, what is built again, and what is left alone.
#include "shop.h"

namespace migrate::test {
namespace {

using testing::AllOf;

using Build = Shop;
ON_BOTH_SERVERS(Build);

TEST_P(Build, first_writes_every_item_then_does_nothing) {
  const Ran first = shop.migrate("build");
  EXPECT_EQ(first.code, 0) << first.all();
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  EXPECT_EQ(shop.items("Orders"), SHOP_ORDERS);
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
  EXPECT_THAT(shop.file("out/report/index.html"), HasSubstr("<html"));
  EXPECT_THAT(shop.file("out/views.sql"), HasSubstr("migration_view_Customers"));

  const Ran second = shop.migrate("build");
  EXPECT_EQ(second.code, 0) << second.all();
  EXPECT_THAT(second.out, HasSubstr("Nothing to do"));
  EXPECT_EQ(targets_of(second.out), "");
  EXPECT_EQ(shop.migrate("plan --detailed-exitcode").code, 0);
}

TEST_P(Build, runs_again_only_the_tables_that_read_changed_rows) {
  build();
  db.exec("INSERT INTO countries VALUES ('it', 'Italy'); INSERT INTO customers VALUES (4, 'Di', 'it')");
  const Ran plan = shop.migrate("plan --detailed-exitcode");
  EXPECT_EQ(plan.code, 2) << plan.all();
  EXPECT_EQ(targets_of(plan.out), "check:Customers check:Orders report:html run:Customers run:Orders") << plan.out;

  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(targets_of(ran.out), Not(HasSubstr("Parts"))) << ran.out;
  EXPECT_EQ(shop.items("Customers"),
            replaced(SHOP_CUSTOMERS, "id=3", "country='Italy' id=4 last=[] name='Di' orders=0\nid=3"));
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

TEST_P(Build, reports_an_item_of_others_as_a_conflict_until_it_may_overwrite) {
  build();
  shop.put("Customers", R"({"id":{"N":"1"},"name":{"S":"Ada"},"country":{"S":"mine"}})");
  const std::string theirs = shop.items("Customers");
  db.exec("UPDATE countries SET name = 'Deutschland' WHERE code = 'de'");
  const Ran conflict = shop.migrate("build");
  EXPECT_EQ(conflict.code, 3) << conflict.all();
  EXPECT_EQ(targets_of(conflict.out), "check:Customers report:html run:Customers") << conflict.out;
  EXPECT_EQ(shop.items("Customers"), theirs) << "a conflict is left alone";
  EXPECT_THAT(shop.file("out/dead-letters/Customers.jsonl"), HasSubstr("\"code\":\"conflict\""));

  const Ran again = shop.migrate("build");
  EXPECT_EQ(again.code, 3) << again.all();
  EXPECT_THAT(again.out, HasSubstr("open problem"));
  EXPECT_EQ(targets_of(again.out), "") << "nothing is read again for it";

  shop.more = "tables: {Customers: {write: overwrite}}\n";
  const Ran overwrite = shop.migrate("build");
  EXPECT_EQ(overwrite.code, 0) << overwrite.all();
  EXPECT_THAT(shop.items("Customers"), HasSubstr("country='Deutschland' id=1 last=[{id: 10, total: 9.5}"));
}

// on_conflict was no input of a run, so asking for another way with conflicts changed nothing.
TEST_P(Build, overwrites_conflicts_once_it_is_told_to) {
  build();
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"7"}})");
  db.exec("UPDATE parts SET price = 2 WHERE sku = 'a1'");
  EXPECT_EQ(shop.migrate("build").code, 3);
  shop.more = "tables: {Parts: {on_conflict: overwrite}}\n";
  EXPECT_THAT(shop.migrate("plan").out, HasSubstr("on_conflict was keep, now overwrite"));
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.items("Parts"), replaced(SHOP_PARTS, "1.5", "2"));
}

// Open conflicts stood for ever: nobody looked whether what had been in the way was still there.
TEST_P(Build, looks_open_conflicts_up_and_closes_those_that_are_gone) {
  ASSERT_EQ(shop.migrate("build +table:Parts").code, 0);
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"7"}})");
  shop.put("Parts", R"({"sku":{"S":"b2"},"price":{"N":"8"}})");
  EXPECT_EQ(shop.migrate("build").code, 3);
  EXPECT_EQ(shop.migrate("build").code, 3);

  shop.put("Parts", R"({"sku":{"S":"b2"},"price":{"N":"3.0"},"of the application":{"S":"x"}})");
  EXPECT_THAT(shop.migrate("plan").out, HasSubstr("will  run:Parts    1 conflict has resolved itself\n"));
  const Ran equal = shop.migrate("build");
  EXPECT_EQ(equal.code, 3) << equal.all();
  EXPECT_THAT(equal.out, HasSubstr("1 open problem has resolved itself"));
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr(": 1 item that differs, 1 conflict."));
  EXPECT_THAT(shop.file("out/dead-letters/Parts.jsonl"), AllOf(HasSubstr("a1"), Not(HasSubstr("b2"))));
  EXPECT_THAT(shop.migrate("plan").out, HasSubstr(" up to date. 1 open problem."));

  shop.request("DeleteItem", R"({"TableName":")" + shop.prefix + R"(Parts","Key":{"sku":{"S":"a1"}}})");
  const Ran plan = shop.migrate("plan");
  EXPECT_THAT(plan.out, HasSubstr("1 item that stood in the way is gone"));
  EXPECT_EQ(targets_of(plan.out), "check:Parts report:html run:Parts") << plan.out;
  const Ran gone = shop.migrate("build");
  EXPECT_EQ(gone.code, 0) << gone.all();
  EXPECT_THAT(shop.items("Parts"), HasSubstr("price=1.5 sku='a1'\n"));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));

  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"9"}})");
  db.exec("UPDATE parts SET price = 2 WHERE sku = 'a1'");
  EXPECT_EQ(shop.migrate("build").code, 3);
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"2"}})");
  const Ran closed = shop.migrate("build");
  EXPECT_EQ(closed.code, 0) << closed.all();
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("nothing is wrong"));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"7"}})");
  EXPECT_EQ(shop.migrate("check check:Parts").code, 3) << "what is wrong again is no known conflict";
}

// Nobody said that the conflicts of a table whose key is masked are not looked up.
TEST_P(Build, says_of_which_conflicts_it_does_not_look_whether_they_are_over) {
  shop.more = "mask: [parts.sku]\n";
  ASSERT_EQ(shop.migrate("build +table:Parts").code, 0);
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"7"}})");
  EXPECT_EQ(shop.migrate("build").code, 3);
  EXPECT_THAT(shop.migrate("build").all(), HasSubstr("1 conflict of 'Parts' cannot be looked up"));
}

// The chunk with the conflict used to be recorded as finished, and the second build went on after it.
TEST_P(Build, fails_at_a_conflict_for_as_long_as_it_is_there) {
  ASSERT_EQ(shop.migrate("build +table:Parts").code, 0);
  shop.put("Parts", R"({"sku":{"S":"a1"},"price":{"N":"7"}})");
  shop.more = "tables: {Parts: {on_conflict: fail}}\n";
  for (int i = 0; i < 2; ++i) {
    const Ran ran = shop.migrate("build run:Parts");
    EXPECT_EQ(ran.code, 1) << ran.all();
    EXPECT_THAT(ran.all(), HasSubstr("holds an item that is not ours"));
  }
  shop.request("DeleteItem", R"({"TableName":")" + shop.prefix + R"(Parts","Key":{"sku":{"S":"a1"}}})");
  EXPECT_EQ(shop.migrate("build").code, 0);
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

TEST_P(Build, follows_the_contract_and_no_more_than_that) {
  build();
  shop.contract = replaced(replaced(SHOP_CONTRACT, "{\"tables\": [", "{\n\n  \"tables\":   ["), "\"type\": \"S\"",
                           "\"type\":\"S\"");
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do")) << "reformatting makes nothing";

  shop.contract =
      replaced(SHOP_CONTRACT, R"({"name": "price",)",
               R"({"name": "label", "type": "S", "source_table": "parts", "source_column": "sku"}, {"name": "price",)");
  shop.more = "tables: {Parts: {write: overwrite}}\n";
  const Ran plan = shop.migrate("plan");
  EXPECT_THAT(targets_of(plan.out), Not(HasSubstr("Customers"))) << plan.out;
  EXPECT_THAT(targets_of(plan.out), Not(HasSubstr("Orders"))) << plan.out;
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(targets_of(ran.out), targets_of(plan.out)) << plan.out << ran.out;
  EXPECT_EQ(shop.items("Parts"), "label='a1' price=1.5 sku='a1'\nlabel='b2' price=3 sku='b2'\n");
}

TEST_P(Build, loses_nothing_with_its_cache) {
  build();
  shop.remove(".migrate");
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(shop.file("out/report/report.json"), HasSubstr("\"present\":3"));
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

// A method was chosen for a source table on behalf of all that read it: Customers missed the delete, which the
// watermark that Orders chose cannot see.
TEST_P(Build, tells_changes_by_the_method_of_the_table_that_is_made) {
  shop.more = "tables: {Orders: {data_version: {watermark: id}}}\n";
  build();
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
  db.exec("DELETE FROM orders WHERE id = 11");
  const Ran plan = shop.migrate("plan");
  EXPECT_EQ(targets_of(plan.out), "check:Customers report:html run:Customers") << plan.out;
  db.exec("INSERT INTO orders VALUES (13, 3, 1)");
  EXPECT_THAT(targets_of(shop.migrate("plan").out), HasSubstr("run:Orders"));
}

// One watermark that named no column took the versions of all tables down, and said so in the server's words.
TEST_P(Build, names_the_watermark_that_is_no_column_and_makes_the_other_tables) {
  shop.more = "tables:\n  Parts: {data_version: {watermark: prise}}\n  Orders: {data_version: {watermark: id}}\n";
  const Ran all = shop.migrate("build");
  EXPECT_EQ(all.code, 1) << all.all();
  const std::string said =
      "error: the watermark of table 'Parts' is the column 'prise', and the source table 'parts' has none of that name";
  EXPECT_THAT(all.all(), HasSubstr(said));
  EXPECT_THAT(all.all(), HasSubstr("  Parts: {data_version: {watermark: prise}}"));
  EXPECT_THAT(all.all(), HasSubstr("did you mean 'price'?"));
  EXPECT_THAT(all.all(), HasSubstr("nothing was changed"));
  const Ran rest = shop.migrate("build -k");
  EXPECT_EQ(rest.code, 1) << rest.all();
  EXPECT_THAT(rest.all(), HasSubstr(said));
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS) << rest.all();
  EXPECT_EQ(shop.items("Orders"), SHOP_ORDERS);
  EXPECT_EQ(shop.items("Parts"), "");
}

TEST_P(Build, of_one_table_is_not_stopped_by_errors_in_another) {
  shop.contract = replaced(SHOP_CONTRACT, "\"source_column\": \"price\"", "\"source_column\": \"prize\"");
  const Ran all = shop.migrate("build");
  EXPECT_EQ(all.code, 1) << all.all();
  EXPECT_THAT(all.all(), HasSubstr("nothing was changed"));
  EXPECT_FALSE(shop.has_table("Customers"));
  const Ran one = shop.migrate("build run:Customers");
  EXPECT_EQ(one.code, 0) << one.all();
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  const Ran rest = shop.migrate("build -k");
  EXPECT_EQ(rest.code, 1) << rest.all();
  EXPECT_THAT(rest.all(), HasSubstr("unknown column 'prize'"));
  EXPECT_EQ(shop.items("Orders"), SHOP_ORDERS);
  EXPECT_EQ(shop.items("Parts"), "");
}

using Views = Shop;
ON_MARIADB(Views);  // tests/servers/source has both

TEST_P(Views, edited_by_hand_are_seen_and_mended) {
  build();
  const std::string before = db.text("SHOW CREATE VIEW migration_view_Parts");
  db.exec("ALTER VIEW migration_view_Parts AS SELECT sku AS sku, '7' AS price FROM parts");
  const Ran plan = shop.migrate("plan");
  EXPECT_THAT(plan.out, HasSubstr("view:Parts"));
  const Ran ran = shop.migrate("build --adopt");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(db.text("SHOW CREATE VIEW migration_view_Parts"), before);
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

TEST_P(Views, of_a_stranger_are_refused_until_adopted) {
  db.exec("CREATE VIEW migration_view_Parts AS SELECT 1 AS one");
  const Ran refused = shop.migrate("build -k");
  EXPECT_EQ(refused.code, 1) << refused.all();
  EXPECT_THAT(refused.all(), HasSubstr("view 'migration_view_Parts' has no mark of migrate"));
  EXPECT_THAT(refused.all(), HasSubstr("--adopt"));
  EXPECT_EQ(db.text("SELECT * FROM migration_view_Parts"), "1\n");
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS) << "with -k the other tables are built";

  const Ran adopted = shop.migrate("build --adopt");
  EXPECT_EQ(adopted.code, 0) << adopted.all();
  EXPECT_EQ(shop.items("Parts"), SHOP_PARTS);
}

// `migrate report` after a failed build used to say "nothing is wrong": what failed was known to that build alone.
TEST_P(Views, that_failed_are_in_every_report_until_they_are_right) {
  build();
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("nothing is wrong"));
  db.exec("CREATE OR REPLACE VIEW migration_view_Parts AS SELECT 1 AS one");
  EXPECT_EQ(shop.migrate("build").code, 1);
  const std::string failed = "has no mark of migrate";
  const auto reports = [&] {
    EXPECT_EQ(shop.migrate("report").code, 0);
    return shop.file("out/report/report.md");
  };
  EXPECT_THAT(reports(), HasSubstr(failed));
  EXPECT_THAT(reports(), HasSubstr("1 of 3 tables needs attention: 1 table failed"));
  EXPECT_EQ(shop.migrate("build run:Customers").code, 0);
  EXPECT_THAT(reports(), HasSubstr(failed)) << "this build did not come to it";

  db.exec(shop.file("out/views.sql"));
  const Ran mended = shop.migrate("build");
  EXPECT_EQ(mended.code, 0) << mended.all();
  EXPECT_EQ(targets_of(mended.out), "view:Parts") << "the report's target is up to date";
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("nothing is wrong"));
  EXPECT_THAT(reports(), HasSubstr("nothing is wrong"));
}

TEST_P(Views, are_a_dbas_with_apply_never) {
  shop.more = "views: {apply: never}\n";
  const Ran refused = shop.migrate("build");
  EXPECT_EQ(refused.code, 1) << refused.all();
  EXPECT_THAT(refused.all(), HasSubstr("views.sql"));
  EXPECT_EQ(db.text("SHOW FULL TABLES WHERE Table_type = 'VIEW'"), "");
  ASSERT_NE(shop.file("out/views.sql"), "");
  db.exec(shop.file("out/views.sql"));
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(shop.items("Customers"), SHOP_CUSTOMERS);
  const Ran cleaned = shop.migrate("clean --yes");
  EXPECT_THAT(cleaned.out, testing::AllOf(HasSubstr("a DBA's to drop"), HasSubstr("Nothing to remove")));
  EXPECT_NE(db.text("SHOW FULL TABLES WHERE Table_type = 'VIEW'"), "");
}

// An edit that keeps the columns and the mark: only the server's text tells.
TEST_P(Views, that_somebody_edited_are_refused_with_apply_never) {
  shop.more = "views: {apply: never}\n";
  EXPECT_EQ(shop.migrate("build").code, 1);
  db.exec(shop.file("out/views.sql"));
  build();
  const std::string view = "migration_view_Parts";
  const std::string mark = db.rows("SELECT migrate_mark FROM " + view + " LIMIT 1")[0][0].value();
  const Rows columns = db.rows("SHOW COLUMNS FROM " + view);
  std::string list;
  for (const auto& column : columns) {
    const std::string& name = *column[0];
    list += (list.empty() ? "" : ", ") +
            (name == "price"           ? std::string("'99'")
             : name == "migrate_mark"  ? "'" + mark + "'"
             : name == "migrate_key_1" ? std::string("sku")
             : name == "migrate_error" ? std::string("NULL")
                                       : name) +
            " AS `" + name + "`";
  }
  db.exec("ALTER SQL SECURITY INVOKER VIEW " + view + " AS SELECT " + list + " FROM parts");
  const Ran refused = shop.migrate("build");
  EXPECT_EQ(refused.code, 1) << refused.all();
  EXPECT_THAT(refused.all(), HasSubstr("the views of 'Parts' are no longer what they were at the last look"));
  db.exec(shop.file("out/views.sql"));
  const Ran mended = shop.migrate("build");
  EXPECT_EQ(mended.code, 0) << mended.all();
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

// A verdict is of what the last run did: a check before it counts no more.
TEST_P(Build, a_check_before_the_last_run_is_not_in_the_report) {
  build();
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("| Parts | right |"));
  db.exec("INSERT INTO parts VALUES ('c3', 4)");
  EXPECT_EQ(shop.migrate("build run:Parts").code, 0);
  EXPECT_EQ(shop.migrate("report").code, 0);
  EXPECT_THAT(shop.file("out/report/report.md"),
              testing::AllOf(HasSubstr("| Parts | not checked |"), HasSubstr("| Orders | right |"),
                             HasSubstr("2 of 3 tables are checked so far")));
  build();
  EXPECT_THAT(shop.file("out/report/report.md"), HasSubstr("| Parts | right |"));
}

TEST_P(Build, a_report_of_which_a_file_is_lost_is_made_again) {
  build();
  for (const char* file : {"out/report/index.html", "out/report/report.json", "out/report/report.md"}) {
    shop.remove(file);
    EXPECT_EQ(targets_of(shop.migrate("build").out), "report:html") << file;
    EXPECT_NE(shop.file(file), "");
  }
  EXPECT_EQ(shop.migrate("report").code, 0);
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

TEST_P(Build, tables_in_another_order_are_listed_in_it) {
  build();
  build();
  const std::string contract = SHOP_CONTRACT, head = "{\"tables\": [\n  ";
  const size_t parts = contract.find("{\"table\": \"Parts\"");
  const std::string first = contract.substr(head.size(), parts - head.size());
  shop.contract =
      head + contract.substr(parts, contract.size() - parts - 2) + ",\n  " + first.substr(0, first.rfind(',')) + "]}";
  const Ran ran = shop.migrate("build");
  EXPECT_EQ(targets_of(ran.out), "file:views.sql report:html") << ran.all();
  EXPECT_LT(shop.file("out/views.sql").find("migration_view_Parts"),
            shop.file("out/views.sql").find("migration_view_Customers"));
  const std::string report = shop.file("out/report/report.md");
  EXPECT_LT(report.find("| Parts |"), report.find("| Customers |"));
  EXPECT_THAT(shop.migrate("build").out, HasSubstr("Nothing to do"));
}

}  // namespace
}  // namespace migrate::test
