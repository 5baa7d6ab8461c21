// What the figures of a report mean, in words: shared by its HTML, Markdown and JSON forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace migrate {

struct ReportTotals {
  size_t tables = 0, right = 0, sampled = 0, counted = 0, open = 0, failed = 0, not_run = 0, checked_tables = 0;
  uint64_t items = 0;  // written or present
  uint64_t written = 0, present = 0, conflicts = 0, dead_rows = 0;
  uint64_t item_bytes = 0, retries = 0, throttles = 0, requests = 0;
  uint64_t missing = 0, different = 0, extra = 0, orphans = 0, unreported_duplicates = 0;
  uint64_t index_entries = 0, patterns = 0, lookups = 0;  // that are wrong, fail, do not hold
  double write_units = 0;  // indexes included, as far as can be said: each takes the item once more
  double seconds = 0;      // of the runs, summed
  uint64_t checked = 0, wrong = 0;
  double dollars() const;
};
ReportTotals report_totals(const ReportData& data);

enum class Health { good, attention, failed, unknown };
Health table_health(const ReportTable& table);
std::string_view health_word(Health health);  // "right", "attention", "failed", "not checked"
// "right" is what was compared row by row; a table that is good so far is "sampled" or "counted" by the other modes.
std::string_view table_word(const ReportTable& table);
std::string_view passed_word(CheckMode mode);  // "right", "sampled", "counted"
Health report_health(const ReportData& data);
// One sentence or two for somebody who reads no further.
std::string report_verdict(const ReportData& data);

std::vector<std::string> recommendations(const ReportTable& table);
std::string dead_letter_remedy(std::string_view code);
// What a line of the dead-letter file says.
struct LetterSample {
  std::string source_key, key, attribute, code, reason;
};
LetterSample read_letter_sample(const std::string& line);
// The other lines of a check's summary: index, references, uniqueness, patterns.
struct CheckLine {
  Health health = Health::good;
  std::string what, finding;
};
std::vector<CheckLine> check_lines(const CheckResult& check);
// "with 95% confidence at most 0.3% of the rows are wrong"
std::string confidence_text(const CheckResult& check);
std::vector<std::string> clean_up_steps(const ReportData& data);

double table_write_units(const ReportTable& table);
std::string time_text(const std::string& iso);  // "2025-03-01 10:00 UTC"
std::string count_text(uint64_t n);             // "1,234"
std::string dollar_text(double dollars);        // "$0.12", "less than $0.01"
std::string share_text(double share);           // "12%", "0.3%"
std::string milliseconds_text(double seconds);  // "4.2 ms"
// " (an earlier attempt finished 3 of 7 chunks)", or "": time and rate are of the last attempt.
std::string resumed_text(const TableRun& run);

}  // namespace migrate
