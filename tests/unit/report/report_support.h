// A migration to report on: three tables, of which one is right, one needs attention, and one failed.
#pragma once

#include <string>

#include "report/report.h"

namespace migrate::test {

inline TableRun run_of(uint64_t rows) {
  TableRun r;
  r.rows_read = rows;
  r.written = rows;
  r.item_bytes = rows * 310;
  r.write_units = static_cast<double>(rows);
  r.requests = rows / 25;
  r.reading = "4 connections with one snapshot, taken under LOCK TABLES … READ";
  r.seconds = 8.5;
  r.reading_seconds = 5;
  r.converting_seconds = 2;
  r.waiting_for_target_seconds = 8;
  for (int i = 0; i < 90; ++i) r.latency.add(0.004);
  for (int i = 0; i < 10; ++i) r.latency.add(0.021);
  for (const uint64_t percent : {3, 13, 15, 13, 15, 14, 15, 10, 2}) r.throughput.push_back(rows * percent / 100);
  return r;
}

inline CheckResult check_of(const std::string& table, uint64_t rows) {
  CheckResult c;
  c.table = table;
  c.rows = rows;
  c.items = rows;
  c.seconds = 2.5;
  c.attribute_counts = {{"id", rows}};
  return c;
}

inline ReportTable right_table(const std::string& name, uint64_t rows) {
  ReportTable t;
  t.table = name;
  t.target_table = "shop-" + name;
  t.reads = {"customers"};
  t.views = {"migration_view_" + name};
  t.state = "done";
  t.run_at = "2025-03-01T10:00:00Z";
  t.check_at = "2025-03-01T10:02:00Z";
  t.run = run_of(rows);
  t.check = check_of(name, rows);
  t.billing = "on demand";
  return t;
}

inline ReportTable open_table() {
  ReportTable t = right_table("Orders", 50000);
  t.reads = {"orders", "order_items"};
  t.dead_letters = "out/dead-letters/Orders.jsonl";
  t.indexes = 1;
  TableRun& r = *t.run;
  r.written = 49990;
  r.dead_rows = 8;
  r.conflicts = 2;
  r.retries = 120;
  r.throttles = 100;
  r.dead_letters[static_cast<size_t>(DeadLetterCode::zero_date)] = 8;
  r.samples = {
      R"({"table":"Orders","entity":"Order","source_key":{"id":"17"},"key":{"PK":"ORDER#17"},"attribute":"shipped_on","code":"zero_date","reason":"the date is 0000-00-00"})"};
  r.largest = {{"ORDER#9", 250000}};
  r.hot = {{"CUST-1", 21000}};
  CheckResult& c = *t.check;
  c.dead_rows = 8;
  c.missing = 1;
  c.different = 2;
  c.known_conflicts = 2;
  c.extra = 3;
  c.indexes = {{"ByCustomer", 49990, 49989, 1, 0, 0, 4}};
  c.references = {{"customer_name", "customers", 12}};
  c.patterns = {{"list orders of a customer on ByCustomer", "ByCustomer", PatternCheck::Outcome::works, ""},
                {"recent orders", "", PatternCheck::Outcome::names_nothing, ""}};
  c.attribute_counts.emplace_back("coupon", 0);
  c.samples = {{Discrepancy::Kind::missing, "PK=ORDER#5", "orders.id=5", "", false, {}},
               {Discrepancy::Kind::different,
                "PK=ORDER#6",
                "orders.id=6",
                "",
                true,
                {{"note", R"({"S":"<b>bold</b> & \"quoted\""})", R"({"S":"plain"})"}, {"total", R"({"N":"3"})", ""}}}};
  return t;
}

inline ReportTable failed_table() {
  ReportTable t;
  t.table = "Reviews";
  t.target_table = "shop-Reviews";
  t.reads = {"reviews"};
  t.state = "failed";
  t.problem = "table-differs: table 'shop-Reviews' has another sort key";
  return t;
}

inline ReportData shop_report() {
  ReportData d;
  d.project = "shop";
  d.version = "0.1.0";
  d.generated = "2025-03-01T10:05:00Z";
  d.source = "MariaDB 10.11.6, shop at db:3306";
  d.target = "DynamoDB in us-east-1";
  d.command = "migrate clean";
  d.state = ".migrate/";
  d.out = "out/";
  d.seconds_by_kind = {{"view", 0.4}, {"table", 3}, {"run", 25}, {"check", 6}};
  d.tables = {right_table("Customers", 20000), open_table(), failed_table()};
  return d;
}

}  // namespace migrate::test
