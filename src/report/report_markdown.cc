// report_markdown(): the report as text, for reviews and tickets.
#include "base/text.h"
#include "report/findings.h"

namespace migrate {
namespace {

// Text from outside stands in cells and lines: nothing of it is markup.
std::string md(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_[]<>|#").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string row(const std::vector<std::string>& cells) { return "| " + join(cells, " | ") + " |\n"; }

std::string score_of(const ReportTable& t) {
  return t.check ? score_text(check_score(t.check->checked(), t.check->wrong())) : "";
}

std::string summary(const ReportData& data) {
  const ReportTotals t = report_totals(data);
  std::string out = "**" + md(report_verdict(data)) + "**\n\n";
  out += row({"", ""}) + "| --- | ---: |\n";
  out += row({"Tables right / all", std::to_string(t.right) + " / " + std::to_string(t.tables)});
  if (t.sampled > 0) out += row({"Tables sampled", std::to_string(t.sampled)});
  if (t.counted > 0) out += row({"Tables counted", std::to_string(t.counted)});
  out += row({"Items in place", count_text(t.items)}) + row({"Data", human_bytes(t.item_bytes)});
  out += row({"Dead letters (rows)", count_text(t.dead_rows)}) + row({"Conflicts", count_text(t.conflicts)});
  if (t.checked_tables > 0) out += row({"Score", score_text(check_score(t.checked, t.wrong))});
  out += row({"Write units, about", count_text(static_cast<uint64_t>(t.write_units))});
  out += row({"Cost of the writes on demand, about", dollar_text(t.dollars())});
  return out + "\n";
}

std::string overview(const ReportData& data) {
  std::string out = "## Tables\n\n" + row({"Table", "State", "Items", "Dead", "Missing", "Different", "Score"}) +
                    "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n";
  for (const ReportTable& t : data.tables) {
    out += row({md(t.table), std::string(table_word(t)), t.run ? count_text(t.run->written + t.run->present) : "",
                t.run ? count_text(t.run->dead_rows) : "", t.check ? count_text(t.check->missing) : "",
                t.check ? count_text(t.check->different) : "", score_of(t)});
  }
  return out + "\n";
}

// Of a later run.
std::string changed_text(const TableRun& r) {
  if (r.updated + r.removed == 0) return "";
  return " (" + count_text(r.updated) + " of them updates), " + count_text(r.removed) + " removed";
}

std::string run_text(const ReportTable& t) {
  const TableRun& r = *t.run;
  std::string out = "- " + plural(r.rows_read, "row") + " read in " + human_duration(r.seconds) + ": " +
                    count_text(r.written) + " written" + changed_text(r) + ", " + count_text(r.present) +
                    " already there, " + count_text(r.conflicts) + " conflicts, " + count_text(r.dead_rows) + " dead\n";
  out += "- " + count_text(static_cast<uint64_t>(r.items_per_second())) + " items a second" + resumed_text(r) +
         "; latency p50 " + milliseconds_text(r.latency.quantile(0.5)) + ", p99 " +
         milliseconds_text(r.latency.quantile(0.99)) + "; " + count_text(r.retries) + " retries\n";
  if (!r.reading.empty()) out += "- Read over " + md(r.reading) + "\n";
  return out;
}

std::string dead_letters_text(const ReportTable& t) {
  std::string out;
  for (const std::string& line : t.run->samples) {
    const LetterSample s = read_letter_sample(line);
    out += "  - `" + s.code + "` " + md(s.source_key) + (s.attribute.empty() ? "" : ", " + md(s.attribute)) + ": " +
           md(s.reason) + " → " + md(dead_letter_remedy(s.code)) + "\n";
  }
  if (out.empty()) return out;
  return "- Dead letters" + (t.dead_letters.empty() ? std::string() : " (all in `" + t.dead_letters + "`)") + ":\n" +
         out;
}

std::string check_text(const CheckResult& c) {
  std::string out = "- Check: score " + score_text(check_score(c.checked(), c.wrong())) + "; " + count_text(c.missing) +
                    " missing, " + count_text(c.different) + " different, " + count_text(c.extra) + " extra\n";
  if (c.mode == CheckMode::sample) {
    out += "  - sample of " + plural(c.sample, "row") + ", seed " + std::to_string(c.seed) + ": " + confidence_text(c) +
           "\n";
  }
  for (const CheckLine& line : check_lines(c)) out += "  - " + md(line.what) + ": " + md(line.finding) + "\n";
  for (const Discrepancy& d : c.samples) {
    out += "  - " + std::string(discrepancy_name(d.kind)) + ": " + md(d.key);
    if (!d.index.empty()) out += " in " + md(d.index);
    if (!d.source_key.empty()) out += " (" + md(d.source_key) + ")";
    for (const auto& a : d.attributes) {
      out += "; " + md(a.name) + " expected " + md(a.expected.empty() ? "nothing" : a.expected) + ", found " +
             md(a.found.empty() ? "nothing" : a.found);
    }
    out += d.known ? " (known conflict)\n" : d.unreported ? " (not reported by the last run)\n" : "\n";
  }
  for (const std::string& note : c.notes) out += "  - " + md(note) + "\n";
  return out;
}

std::string table_text(const ReportTable& t) {
  std::string out = "### " + md(t.table) + "\n\n" + md(join(t.reads, ", ")) + " → " + md(t.target_table) + ", " +
                    std::string(table_word(t)) + "\n\n";
  if (!t.problem.empty()) out += "- Failed: " + md(t.problem) + "\n";
  if (t.run) out += run_text(t) + dead_letters_text(t);
  if (t.check) out += check_text(*t.check);
  const auto advice = recommendations(t);
  if (!advice.empty()) out += "- Recommendations:\n";
  for (const std::string& a : advice) out += "  - " + md(a) + "\n";
  return out + "\n";
}

}  // namespace

std::string report_markdown(const ReportData& data) {
  std::string out = "# Migration report: " + md(data.project) + "\n\n" + md(data.source) + " → " + md(data.target) +
                    "  \n" + md(time_text(data.generated)) + ", migrate " + md(data.version) + "\n\n";
  out += summary(data) + overview(data);
  for (const ReportTable& t : data.tables) out += table_text(t);
  out += "## How the score is made\n\n" + std::string(SCORE_FORMULA) + "\n\n## Cleaning up\n\n";
  for (const std::string& step : clean_up_steps(data)) out += "- " + step + "\n";
  return out;
}

}  // namespace migrate
