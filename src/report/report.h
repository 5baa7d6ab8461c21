// The report of a migration, for people (index.html, report.md) and programs (report.json).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/check_result.h"
#include "engine/native.h"

namespace migrate {

struct ReportTable {
  std::string table;               // the contract's name
  std::string target_table;        // as DynamoDB knows it
  std::vector<std::string> reads;  // source tables
  std::vector<std::string> views;
  std::string state;    // "done", "open problems", "failed", "not run"
  std::string problem;  // of a table that failed: the error as described
  std::string run_at;   // when the run ended: ISO 8601, UTC; empty: never
  std::string check_at;
  std::optional<TableRun> run;
  std::optional<CheckResult> check;
  size_t indexes = 0;
  std::string billing;       // "on demand", "provisioned, 5 read and 5 write units"
  std::string dead_letters;  // path of the file, as people would open it
};

struct ReportData {
  std::string project;
  std::string version;                                          // of migrate
  std::string generated;                                        // ISO 8601, UTC
  std::string source;                                           // "MariaDB 10.11.6, shop at db:3306"
  std::string target;                                           // "DynamoDB in us-east-1 at http://…"
  std::string command;                                          // that cleans up: "migrate -f migrate.yaml clean"
  std::string state, out;                                       // the folders of what is remembered, and shown
  std::vector<std::pair<std::string, double>> seconds_by_kind;  // "view" → 0.4: of the last build, by kind of target
  std::vector<ReportTable> tables;                              // in contract order
};

// Writes index.html (one file that needs no other), report.md and report.json. Errors: io.
Result<void> write_report(const ReportData& data, const std::string& folder);

// The three, as texts.
std::string report_html(const ReportData& data);
std::string report_markdown(const ReportData& data);
std::string report_json(const ReportData& data);

}  // namespace migrate
