// table_section(): all about one table.
#include <algorithm>

#include "base/text.h"
#include "report/estimate.h"
#include "report/html.h"

namespace migrate::html {
namespace {

std::string figure(const std::string& name, const std::string& value, const std::string& small = {}) {
  return "<div><dt>" + escape(name) + "</dt><dd>" + escape(value) +
         (small.empty() ? "" : "<small>" + escape(small) + "</small>") + "</dd></div>";
}

std::string code(const std::string& text) { return text.empty() ? "" : "<code>" + escape(text) + "</code>"; }

// A heading that starts with '#' stands over numbers.
std::string grid(const std::vector<std::string>& headings, const std::string& rows, const char* css = "") {
  std::string head;
  for (const std::string& h : headings) head += h.starts_with('#') ? th(h.substr(1), true) : th(h);
  return "<div class=\"scroll " + std::string(css) + "\"><table><thead><tr>" + head + "</tr></thead><tbody>" + rows +
         "</tbody></table></div>";
}

std::string run_figures(const ReportTable& t) {
  const TableRun& r = *t.run;
  const double units = table_write_units(t);
  std::string out = "<dl class=\"figures\">";
  out += figure("Rows read", count_text(r.rows_read));
  out += figure("Items written", count_text(r.written), count_text(r.present) + " were already there");
  if (r.updated + r.removed > 0) {
    out += figure("Items updated", count_text(r.updated), "among those written");
    out += figure("Items removed", count_text(r.removed), "their rows are gone");
  }
  out += figure("Dead rows", count_text(r.dead_rows));
  out += figure("Conflicts", count_text(r.conflicts));
  out += figure("Duration", human_duration(r.seconds),
                count_text(static_cast<uint64_t>(r.items_per_second())) + " items a second" + resumed_text(r));
  out += figure("Latency p50", milliseconds_text(r.latency.quantile(0.5)),
                "p99 " + milliseconds_text(r.latency.quantile(0.99)));
  out += figure("Retries", count_text(r.retries), count_text(r.throttles) + " throttled");
  out += figure("Data", human_bytes(r.item_bytes),
                count_text(static_cast<uint64_t>(units)) + " write units, " +
                    dollar_text(units / 1e6 * DOLLARS_PER_MILLION_WRITE_UNITS) + " on demand");
  return out + "</dl>";
}

std::string run_part(const ReportTable& t) {
  const TableRun& r = *t.run;
  std::string out = run_figures(t);
  if (!r.reading.empty()) out += "<p class=\"note\">Read over " + escape(r.reading) + ".</p>";
  const std::string rate = area_chart("Throughput of " + t.table, r.throughput, r.bucket_seconds);
  if (!rate.empty()) out += "<h4>Items a second</h4>" + rate;
  const double other = std::max(0.0, r.waiting_for_target_seconds);
  const Bar time{"Readers",
                 "",
                 {{"reading " + human_duration(r.reading_seconds), r.reading_seconds, "c1"},
                  {"converting " + human_duration(r.converting_seconds), r.converting_seconds, "c2"},
                  {"waiting for the target " + human_duration(other), other, "c3"}},
                 human_duration(r.reading_seconds + r.converting_seconds + other)};
  const std::string bar = bar_chart("Where the readers' time went for " + t.table, {time}, true);
  if (!bar.empty()) {
    out += "<h4>Where the readers’ time went</h4>" + bar +
           legend({{"c1", "reading the source"}, {"c2", "making items"}, {"c3", "waiting for the target"}});
  }
  return out;
}

std::string dead_letters(const ReportTable& t) {
  std::string counts;
  for (size_t i = 0; i < t.run->dead_letters.size(); ++i) {
    if (t.run->dead_letters[i] == 0) continue;
    const std::string name(dead_letter_code(static_cast<DeadLetterCode>(i)));
    counts += "<tr>" + td(code(name)) + td(count_text(t.run->dead_letters[i]), true) +
              td(escape(dead_letter_remedy(name))) + "</tr>";
  }
  if (counts.empty()) return {};
  std::string out = "<h4>Dead letters</h4>";
  if (!t.dead_letters.empty()) out += "<p class=\"note\">All of them are in " + code(t.dead_letters) + ".</p>";
  out += grid({"Code", "#Lines", "What to do"}, counts);
  std::string rows;
  for (const std::string& line : t.run->samples) {
    const LetterSample s = read_letter_sample(line);
    rows += "<tr>" + td(code(s.code)) + td(code(s.source_key)) + td(code(s.key)) + td(escape(s.attribute)) +
            td(escape(s.reason)) + "</tr>";
  }
  return rows.empty() ? out : out + grid({"Sample", "Row", "Item", "Attribute", "Reason"}, rows);
}

std::string attribute_differences(const Discrepancy& d) {
  std::string out;
  for (const auto& a : d.attributes) {
    if (!out.empty()) out += "<br>";
    out += "<b>" + escape(a.name) + "</b> expected <ins>" + (a.expected.empty() ? "nothing" : code(a.expected)) +
           "</ins>, found <del>" + (a.found.empty() ? "nothing" : code(a.found)) + "</del>";
  }
  return out;
}

std::string discrepancies(const CheckResult& c) {
  std::string rows;
  for (const Discrepancy& d : c.samples) {
    const bool wrong = d.unreported || (d.kind != Discrepancy::Kind::extra && d.kind != Discrepancy::Kind::duplicate);
    std::string kind(discrepancy_name(d.kind));
    if (d.known) kind += ", known";
    if (d.unreported) kind += ", not reported";
    rows += "<tr>" + td("<span class=\"badge " + std::string(wrong ? "warn" : "") + "\">" + escape(kind) + "</span>") +
            td(code(d.key) + (d.index.empty() ? "" : "<br><span class=\"note\">index " + escape(d.index) + "</span>")) +
            td(code(d.source_key)) + td(attribute_differences(d)) + "</tr>";
  }
  return rows.empty() ? "" : "<h4>Discrepancies</h4>" + grid({"Finding", "Item", "Row", "What differs"}, rows, "wide");
}

std::string check_part(const CheckResult& c) {
  const double score = check_score(c.checked(), c.wrong());
  std::string out = "<h4>Check</h4><dl class=\"figures\">";
  out += figure("Score", score_text(score), count_text(c.wrong()) + " wrong of " + count_text(c.checked()));
  out += figure("Rows", count_text(c.rows), count_text(c.dead_rows) + " known dead");
  out += figure("Items", count_text(c.items));
  out += figure("Missing", count_text(c.missing));
  out += figure("Different", count_text(c.different),
                c.known_conflicts > 0 ? count_text(c.known_conflicts) + " known conflicts" : "");
  out += figure("Extra", count_text(c.extra), c.own_table && c.extra > 0 ? "a warning" : "information");
  out += figure("Duration", human_duration(c.seconds));
  out += "</dl>";
  if (c.mode == CheckMode::sample) {
    out += "<p>A sample of " + plural(c.sample, "row") + ", seed <code>" + std::to_string(c.seed) +
           "</code>: " + confidence_text(c) + ".</p>";
  }
  std::string rows;
  for (const CheckLine& line : check_lines(c)) {
    rows += "<tr>" + td(badge(line.health)) + td(escape(line.what)) + td(escape(line.finding)) + "</tr>";
  }
  if (!rows.empty()) out += grid({"", "Checked", "Finding"}, rows);
  out += discrepancies(c);
  for (const std::string& note : c.notes) out += "<p class=\"note\">" + escape(note) + "</p>";
  return out;
}

}  // namespace

std::string anchor(size_t table) { return "t-" + std::to_string(table + 1); }

std::string table_section(const ReportTable& t, size_t number, bool open) {
  std::string out = "<details class=\"table\" id=\"" + anchor(number) + "\" data-table=\"" + escape(t.table) + "\"" +
                    (open ? " open" : "") + "><summary><h3>" + escape(t.table) + "</h3>" +
                    badge(table_health(t), table_word(t));
  if (t.run) out += "<span class=\"note\">" + plural(t.run->written + t.run->present, "item") + "</span>";
  out += "</summary><div class=\"inside\">";
  out += "<p class=\"meta\"><b>" + escape(join(t.reads, ", ")) + "</b> → <b>" + escape(t.target_table) + "</b>";
  if (!t.billing.empty()) out += ", " + escape(t.billing);
  if (t.indexes > 0) out += ", " + count_text(t.indexes) + (t.indexes == 1 ? " index" : " indexes");
  if (!t.run_at.empty()) out += ", run " + escape(time_text(t.run_at));
  if (!t.check_at.empty()) out += ", checked " + escape(time_text(t.check_at));
  out += "</p>";
  if (!t.problem.empty()) { out += "<div class=\"verdict bad\"><p>" + escape(t.problem) + "</p></div>"; }
  out += t.run ? run_part(t) + dead_letters(t) : "<p class=\"note\">It has not been run yet.</p>";
  out += t.check ? check_part(*t.check) : "<p class=\"note\">It has not been checked yet.</p>";
  std::string advice;
  for (const std::string& a : recommendations(t)) advice += "<li>" + escape(a) + "</li>";
  if (!advice.empty()) out += "<h4>Recommendations</h4><ul>" + advice + "</ul>";
  return out + "</div></details>\n";
}

}  // namespace migrate::html
