// The report as people and programs get it.
#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/text.h"
#include "report/findings.h"
#include "report_support.h"

namespace migrate::test {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// Every element that is opened is closed, in order; "" or what is wrong.
std::string unbalanced(const std::string& html) {
  static const std::set<std::string> voids = {"meta", "br", "input", "rect", "line", "path", "!doctype"};
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const size_t end = html.find('>', at);
    const bool closing = html[at + 1] == '/';
    std::string name = html.substr(at + (closing ? 2 : 1), html.find_first_of(" >/", at + 2) - at - (closing ? 2 : 1));
    if (voids.contains(name)) continue;
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else {
      open.push_back(name);
      if (name == "style" || name == "script") at = html.find("</" + name, end) - 1;
    }
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

size_t count(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

ReportData many_tables(size_t n) {
  ReportData d = shop_report();
  for (size_t i = d.tables.size(); i < n; ++i) d.tables.push_back(right_table("T" + std::to_string(i), 10 + i));
  return d;
}

// A run's time is that of its end: one of 30 seconds and one of 5 that ended 5 seconds later took 35 together.
TEST(ReportHtml, DrawsEachRunWhereItBegan) {
  ReportData d = shop_report();
  d.tables = {right_table("Slow", 10), right_table("Quick", 10)};
  d.tables[0].run->seconds = 30;
  d.tables[0].run->throughput.assign(30, 7);
  d.tables[1].run_at = "2025-03-01T10:00:05Z";
  d.tables[1].run->seconds = 5;
  d.tables[1].run->throughput.assign(5, 7);
  const std::string html = report_html(d);
  EXPECT_NE(html.find("Throughput of all tables, 7 items a second at most"), std::string::npos);
  EXPECT_NE(html.find(">35.0 s</text>"), std::string::npos);
}

TEST(ReportMarkdown, ReadsAsExpected) {
  const std::string golden = MIGRATE_SOURCE_DIR "/tests/unit/report/report.md";
  const std::string got = report_markdown(shop_report());
  if (got != file_text(golden)) std::ofstream(std::filesystem::temp_directory_path() / "migrate-report.md") << got;
  EXPECT_EQ(got, file_text(golden)) << "if the change is meant, copy migrate-report.md from the temporary folder";
}

TEST(ReportHtml, IsOnePageThatNeedsNothingElse) {
  const std::string html = report_html(shop_report());
  EXPECT_EQ(unbalanced(html), "");
  for (const char* outside : {"http:", "https:", "src=", "@import", "url(", "<link"}) {
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(html.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(html.find("@media print"), std::string::npos);
}

TEST(ReportHtml, HasChartsWithTextForThoseWhoDoNotSeeThem) {
  const std::string html = report_html(shop_report());
  for (const char* chart : {"Items per table", "Throughput of all tables", "Where the time went", "Check results"}) {
    EXPECT_NE(html.find(std::string("aria-label=\"") + chart), std::string::npos) << chart;
  }
  EXPECT_EQ(count(html, "<svg"), count(html, "role=\"img\""));
}

TEST(ReportHtml, EscapesWhateverComesFromOutside) {
  ReportData d = shop_report();
  const std::string evil = "<script>alert('1')</script>\"&\x1b[31m";
  d.project = d.source = d.target = evil;
  d.tables[1].table = d.tables[1].target_table = evil;
  d.tables[1].reads = {evil};
  d.tables[1].problem = evil;
  d.tables[1].run->samples = {evil};
  d.tables[1].run->hot = {{evil, 40000}};
  d.tables[1].check->notes = {evil};
  d.tables[1].check->samples[0].key = evil;
  d.tables[1].check->references[0].attribute = evil;
  const std::string html = report_html(d);
  EXPECT_EQ(count(html, "<script>"), 1U) << "only the page's own";
  EXPECT_EQ(html.find("alert('1')"), std::string::npos);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_EQ(report_markdown(d).find("<script>"), std::string::npos);
}

TEST(ReportHtml, LinksLeadSomewhere) {
  const std::string html = report_html(many_tables(30));
  for (size_t at = html.find("href=\"#"); at != std::string::npos; at = html.find("href=\"#", at + 1)) {
    const std::string id = html.substr(at + 7, html.find('"', at + 7) - at - 7);
    EXPECT_EQ(count(html, "id=\"" + id + "\""), 1U) << id;
  }
}

TEST(ReportHtml, OfAHundredTablesOpensOnlyThoseWithProblems) {
  const std::string html = report_html(many_tables(100));
  EXPECT_EQ(count(html, "<details"), 100U);
  EXPECT_EQ(count(html, "\" open>"), 2U);
  EXPECT_NE(html.find("id=\"find\""), std::string::npos);
  EXPECT_LT(html.size(), 1'000'000U);
  EXPECT_EQ(count(report_html(shop_report()), "\" open>"), 3U);
}

TEST(Report, OfNoTablesIsStillAPage) {
  ReportData d;
  d.project = "empty";
  EXPECT_EQ(unbalanced(report_html(d)), "");
  EXPECT_NE(report_markdown(d).find("names no tables"), std::string::npos);
}

TEST(Report, OfTablesThatNeverRanSaysSo) {
  ReportData d = shop_report();
  d.tables.assign(1, ReportTable());
  d.tables[0].table = "Users";
  EXPECT_NE(report_html(d).find("It has not been run yet."), std::string::npos);
  EXPECT_EQ(report_verdict(d), "0 of 1 table is checked so far: 0 items, and no problem is known.");
}

TEST(ReportVerdict, SaysInOneSentenceHowThingsStand) {
  ReportData d = shop_report();
  EXPECT_EQ(
      report_verdict(d),
      "2 of 3 tables need attention: 1 table failed, 1 missing item, 2 items that differ, 8 rows that could not be "
      "migrated, 2 conflicts, 1 wrong entry of indexes. 69,990 items are in place.");
  ReportTable wrong = right_table("Coupons", 10);
  wrong.check->indexes = {{"ByCode", 10, 9, 1, 0, 0, 0}};
  wrong.check->patterns = {{"by code", "ByCode", PatternCheck::Outcome::fails, "refused"}};
  wrong.check->lookup = LookupCheck{"coupons.code", "uq_code", false, 0};
  ReportData one = d;
  one.tables = {wrong};
  EXPECT_EQ(report_verdict(one),
            "The table needs attention: 1 wrong entry of indexes, 1 access pattern that fails, 1 column whose "
            "uniqueness does not hold. 10 items are in place.");
  one.tables[0].run->written = 1;
  EXPECT_THAT(report_verdict(one), testing::EndsWith(". 1 item is in place."));
  d.tables.resize(1);
  EXPECT_EQ(report_verdict(d), "The table is migrated and checked: 20,000 items, and nothing is wrong.");
}

// The report advised to raise a limit that migrate sets itself, and the documentation advised otherwise.
TEST(DeadLetterRemedies, AreThoseOfTheDocumentation) {
  std::istringstream docs(file_text(MIGRATE_SOURCE_DIR "/docs/operations.md"));
  std::string line, said, documented;
  int codes = 0;
  while (std::getline(docs, line) && line != "## Dead letters") {}
  while (std::getline(docs, line) && !line.starts_with("## ")) {
    if (!line.starts_with("| `")) continue;
    const std::string code = line.substr(3, line.find('`', 3) - 3);
    const size_t end = line.rfind(" |"), begin = line.rfind("| ", end - 1) + 2;
    documented += code + ": " + replace_all(line.substr(begin, end - begin), "`", "") + "\n";
    said += code + ": " + dead_letter_remedy(code) + "\n";
    ++codes;
  }
  EXPECT_EQ(codes, 11);
  EXPECT_EQ(documented, said);
}

TEST(ReportJson, IsJsonWithTheFactsInside) {
  const std::string json = report_json(shop_report());
  Diagnostics diagnostics;
  const auto document = parse_json({json, "report.json"}, diagnostics);
  ASSERT_TRUE(document) << describe(diagnostics);
  const JsonValue root = document->root();
  EXPECT_EQ(root.find("totals")->find("items")->text(), "69990");
  EXPECT_EQ(root.find("tables")->size(), 3U);
  for (const JsonValue t : root.find("tables")->items()) {
    if (t.find("table")->text() != "Orders") continue;
    EXPECT_EQ(t.find("check")->find("missing")->text(), "1");
  }
}

TEST(Report, IsWrittenAsThreeFiles) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("migrate-report-" + std::to_string(::getpid()))).string();
  ASSERT_TRUE(write_report(shop_report(), folder + "/report"));
  EXPECT_EQ(file_text(folder + "/report/index.html"), report_html(shop_report()));
  EXPECT_EQ(file_text(folder + "/report/report.md"), report_markdown(shop_report()));
  EXPECT_EQ(file_text(folder + "/report/report.json"), report_json(shop_report()));
  std::filesystem::remove_all(folder);
}

TEST(Advice, NamesEachCodeOfDeadLetters) {
  for (size_t i = 0; i < dead_letter_codes; ++i) {
    const auto code = dead_letter_code(static_cast<DeadLetterCode>(i));
    EXPECT_NE(dead_letter_remedy(code), "see the reason") << code;
  }
}

ReportTable checked_by(CheckMode mode, const std::string& name) {
  ReportTable t = right_table(name, 1000);
  t.check->mode = mode;
  t.check->sample = mode == CheckMode::sample ? 100 : 0;
  return t;
}

TEST(Verdict, OfCountsAndSamplesSaysThatTheyAreNoMore) {
  ReportData d = shop_report();
  d.tables = {checked_by(CheckMode::counts, "A")};
  EXPECT_EQ(report_verdict(d), "The table is migrated: 1,000 items. Only the counts were compared, and they agree.");
  d.tables = {checked_by(CheckMode::sample, "A"), checked_by(CheckMode::sample, "B")};
  EXPECT_EQ(report_verdict(d),
            "All 2 tables are migrated: 2,000 items. Only samples were compared, and nothing in them is wrong.");
  d.tables = {right_table("A", 1000), checked_by(CheckMode::sample, "B"), checked_by(CheckMode::counts, "C")};
  EXPECT_EQ(report_verdict(d),
            "All 3 tables are migrated: 3,000 items. Of the tables, 1 compared row by row, 1 by a sample, 1 by count "
            "alone: nothing was found wrong.");
  EXPECT_THAT(report_markdown(d), testing::HasSubstr("| C | counted | 1,000 |"));
  EXPECT_THAT(report_markdown(d), testing::HasSubstr("| B | sampled | 1,000 |"));
  EXPECT_THAT(report_markdown(d), testing::HasSubstr("| Tables right / all | 1 / 3 |"));
  EXPECT_THAT(report_html(d), testing::HasSubstr("<span class=\"badge good\">counted</span>"));
}

TEST(Verdict, WarnsOfItemsThatNoRowGivesInATableOfOurs) {
  ReportData d = shop_report();
  d.tables = {right_table("A", 1000)};
  d.tables[0].check->extra = 5;
  EXPECT_EQ(report_verdict(d), "The table is migrated and checked: 1,000 items, and nothing is wrong.");
  d.tables[0].check->own_table = true;
  EXPECT_EQ(report_verdict(d),
            "The table is migrated and checked: 1,000 items, and nothing is wrong. Warning: 5 items that no row gives "
            "are in tables that migrate made.");
  const auto lines = check_lines(*d.tables[0].check);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].health, Health::attention);
  EXPECT_EQ(lines[0].what, "Items that no row gives");
}

TEST(Advice, IsSilentAboutATableThatIsWell) { EXPECT_TRUE(recommendations(right_table("A", 5)).empty()); }

}  // namespace
}  // namespace migrate::test
