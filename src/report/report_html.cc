// report_html(): the page, from the summary down.
#include <time.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/estimate.h"
#include "report/html.h"

namespace migrate {
namespace html {

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

namespace {
std::string css_of(Health health) {
  switch (health) {
    case Health::good:
      return "good";
    case Health::attention:
      return "warn";
    case Health::failed:
      return "bad";
    case Health::unknown:
      break;
  }
  return "mute";
}
}  // namespace

std::string badge(Health health, std::string_view word) {
  return "<span class=\"badge " + css_of(health) + "\">" + std::string(word) + "</span>";
}
std::string badge(Health health) { return badge(health, health_word(health)); }

std::string th(const std::string& text, bool number) {
  return std::string("<th scope=\"col\"") + (number ? " class=\"n\">" : ">") + escape(text) + "</th>";
}

std::string td(const std::string& text, bool number) {
  return std::string(number ? "<td class=\"n\">" : "<td>") + text + "</td>";
}

namespace {

constexpr size_t bars_shown = 25;
constexpr size_t few_tables = 12;  // all of them open

std::string figure(const char* name, const std::string& value, const std::string& small) {
  return std::string("<div><dt>") + name + "</dt><dd>" + escape(value) +
         (small.empty() ? "" : "<small>" + escape(small) + "</small>") + "</dd></div>";
}

std::string attention_links(const ReportData& data) {
  std::string out;
  for (size_t i = 0; i < data.tables.size(); ++i) {
    const Health h = table_health(data.tables[i]);
    if (h != Health::attention && h != Health::failed) continue;
    out += (out.empty() ? "" : ", ") + ("<a href=\"#" + anchor(i) + "\">" + escape(data.tables[i].table) + "</a>");
  }
  return out.empty() ? "" : "<p>See " + out + ".</p>";
}

std::string summary(const ReportData& data) {
  const ReportTotals t = report_totals(data);
  std::string out = "<section id=\"summary\"><div class=\"verdict " + css_of(report_health(data)) + "\"><p>" +
                    escape(report_verdict(data)) + "</p>" + attention_links(data) + "</div><dl class=\"figures\">";
  std::vector<std::string> others;
  if (t.sampled > 0) others.push_back(std::to_string(t.sampled) + " sampled");
  if (t.counted > 0) others.push_back(std::to_string(t.counted) + " counted");
  if (t.failed > 0) others.push_back(std::to_string(t.failed) + " failed");
  out += figure("Tables right", std::to_string(t.right) + " / " + std::to_string(t.tables), join(others, ", "));
  out += figure("Items in place", count_text(t.items), human_bytes(t.item_bytes) + " written");
  out += figure("Score", t.checked_tables > 0 ? score_text(check_score(t.checked, t.wrong)) : "–",
                count_text(t.wrong) + " wrong of " + count_text(t.checked) + " checked");
  out += figure("Dead rows", count_text(t.dead_rows), count_text(t.conflicts) + " conflicts");
  out += figure("Run time", human_duration(t.seconds), "all tables, summed");
  out += figure("Cost of the writes", dollar_text(t.dollars()),
                count_text(static_cast<uint64_t>(t.write_units)) + " units on demand, about");
  return out + "</dl></section>";
}

std::string overview(const ReportData& data) {
  std::string rows;
  for (size_t i = 0; i < data.tables.size(); ++i) {
    const ReportTable& t = data.tables[i];
    const auto& r = t.run;
    const auto& c = t.check;
    const auto of_run = [&](uint64_t n) { return r ? count_text(n) : std::string("–"); };
    rows += "<tr data-table=\"" + escape(t.table) + "\"><td><a href=\"#" + anchor(i) + "\">" + escape(t.table) +
            "</a></td>" + td(badge(table_health(t), table_word(t))) +
            td(of_run(r ? r->written + r->present : 0), true) + td(of_run(r ? r->dead_rows : 0), true) +
            td(of_run(r ? r->conflicts : 0), true) + td(r ? human_duration(r->seconds) : "–", true) +
            td(r ? milliseconds_text(r->latency.quantile(0.99)) : "–", true) +
            td(c ? count_text(c->missing) : "–", true) + td(c ? count_text(c->different) : "–", true) +
            td(c ? score_text(check_score(c->checked(), c->wrong())) : "–", true) + "</tr>\n";
  }
  std::string head = th("Table") + th("State");
  for (const char* h : {"Items", "Dead", "Conflicts", "Duration", "p99", "Missing", "Different", "Score"}) {
    head += th(h, true);
  }
  const std::string find = data.tables.size() <= few_tables
                               ? ""
                               : "<p class=\"search\" hidden><input type=\"search\" id=\"find\" placeholder=\"Find a "
                                 "table\" aria-label=\"Find a table\"></p>";
  return "<section id=\"tables\"><h2>Tables</h2>" + find + "<div class=\"scroll\"><table><thead><tr>" + head +
         "</tr></thead><tbody>" + rows + "</tbody></table></div></section>";
}

double seconds_since_1970(const std::string& iso) {
  std::tm parts{};
  if (::strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return 0;
  return static_cast<double>(::timegm(&parts));
}

// The tables with most of something first; what is not shown is said.
std::string note_of_rest(size_t all) {
  return all <= bars_shown ? ""
                           : "<p class=\"note\">The " + std::to_string(bars_shown) + " largest of " +
                                 std::to_string(all) + " tables.</p>";
}

std::vector<size_t> by_items(const ReportData& data) {
  std::vector<size_t> order;
  for (size_t i = 0; i < data.tables.size(); ++i) {
    if (data.tables[i].run) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return data.tables[a].run->rows_read > data.tables[b].run->rows_read; });
  if (order.size() > bars_shown) order.resize(bars_shown);
  return order;
}

std::string items_chart(const ReportData& data) {
  std::vector<Bar> bars;
  for (const size_t i : by_items(data)) {
    const TableRun& r = *data.tables[i].run;
    const auto part = [](const char* name, uint64_t n, const char* css) {
      return Segment{count_text(n) + " " + name, static_cast<double>(n), css};
    };
    bars.push_back({data.tables[i].table,
                    "#" + anchor(i),
                    {part("written", r.written, "c1"), part("already there", r.present, "c2"),
                     part("conflicts", r.conflicts, "c3"), part("dead", r.dead_rows, "c4")},
                    count_text(r.written + r.present)});
  }
  const std::string chart = bar_chart("Items per table", bars);
  if (chart.empty()) return {};
  return "<h3>Items per table</h3>" + chart +
         legend({{"c1", "written"}, {"c2", "already there"}, {"c3", "conflict"}, {"c4", "dead"}}) +
         note_of_rest(data.tables.size());
}

// All runs of one build on one axis: items done in each of at most 240 slots since the first began.
std::string throughput_chart(const ReportData& data) {
  constexpr double one_build = 6 * 3600;
  double latest = 0, first = 0, end = 0;
  for (const ReportTable& t : data.tables) latest = std::max(latest, seconds_since_1970(t.run_at));
  first = latest;
  const auto takes_part = [&](const ReportTable& t) {
    return t.run && !t.run->throughput.empty() && seconds_since_1970(t.run_at) > latest - one_build;
  };
  const auto length = [](const TableRun& r) { return r.bucket_seconds * static_cast<double>(r.throughput.size()); };
  const auto began = [](const ReportTable& t) { return seconds_since_1970(t.run_at) - t.run->seconds; };
  for (const ReportTable& t : data.tables) {
    if (takes_part(t)) first = std::min(first, began(t));
  }
  for (const ReportTable& t : data.tables) {
    if (takes_part(t)) end = std::max(end, began(t) - first + length(*t.run));
  }
  const double slot = std::max(1.0, std::ceil(end / 240));
  std::vector<uint64_t> slots(static_cast<size_t>(end / slot) + (end > 0 ? 1 : 0));
  for (const ReportTable& t : data.tables) {
    if (!takes_part(t)) continue;
    const double begin = began(t) - first;
    for (size_t i = 0; i < t.run->throughput.size(); ++i) {
      const auto at = static_cast<size_t>((begin + static_cast<double>(i) * t.run->bucket_seconds) / slot);
      slots[std::min(at, slots.size() - 1)] += t.run->throughput[i];
    }
  }
  while (!slots.empty() && slots.back() == 0) slots.pop_back();
  const std::string chart = area_chart("Throughput of all tables", slots, slot);
  return chart.empty()
             ? ""
             : "<h3>Throughput over time</h3><p class=\"note\">Items a second, all tables of the last build</p>" +
                   chart;
}

std::string time_chart(const ReportData& data) {
  std::vector<Bar> bars;
  for (const auto& [kind, seconds] : data.seconds_by_kind) {
    bars.push_back({kind, "", {{human_duration(seconds), seconds, "c1"}}, human_duration(seconds)});
  }
  const std::string chart = bar_chart("Where the time went, by kind of target", bars);
  return chart.empty() ? "" : "<h3>Where the time went</h3>" + chart;
}

std::string check_chart(const ReportData& data) {
  std::vector<std::pair<double, Bar>> scored;
  for (size_t i = 0; i < data.tables.size(); ++i) {
    if (!data.tables[i].check) continue;
    const CheckResult& c = *data.tables[i].check;
    const double score = check_score(c.checked(), c.wrong());
    const uint64_t right = c.checked() - std::min(c.checked(), c.wrong());
    scored.push_back({score,
                      {data.tables[i].table,
                       "#" + anchor(i),
                       {{count_text(right) + " right", static_cast<double>(right), "c1"},
                        {count_text(c.wrong()) + " wrong", static_cast<double>(c.wrong()), "c4"}},
                       score_text(score)}});
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Bar> bars;
  for (size_t i = 0; i < scored.size() && i < bars_shown; ++i) bars.push_back(scored[i].second);
  const std::string chart = bar_chart("Check results by table", bars, true);
  if (chart.empty()) return {};
  return "<h3>Check results</h3>" + chart + legend({{"c1", "right"}, {"c4", "wrong"}}) +
         (scored.size() > bars_shown
              ? "<p class=\"note\">The " + std::to_string(bars_shown) + " tables with the lowest scores.</p>"
              : "");
}

// `code` between backticks; all else is text.
std::string with_code(const std::string& text) {
  std::string out;
  const auto parts = split(text, '`');
  for (size_t i = 0; i < parts.size(); ++i) {
    out += i % 2 == 1 ? "<code>" + escape(parts[i]) + "</code>" : escape(parts[i]);
  }
  return out;
}

std::string ending(const ReportData& data) {
  std::string steps;
  for (const std::string& s : clean_up_steps(data)) steps += "<li>" + with_code(s) + "</li>";
  return "<section id=\"score\"><h2>How the score is made</h2><p>" + escape(SCORE_FORMULA) +
         "</p></section><section id=\"clean\"><h2>Cleaning up</h2><ul>" + steps +
         "</ul></section><footer>Made by migrate " + escape(data.version) + " at " + escape(time_text(data.generated)) +
         ". Prices: on-demand standard writes in US East (N. "
         "Virginia), as of " +
         PRICE_DATE + "; other regions differ.</footer>";
}

}  // namespace
}  // namespace html

std::string report_html(const ReportData& data) {
  using namespace html;
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><title>Migration report: " +
      escape(data.project) + "</title><style>" + STYLE + "</style></head><body><main class=\"page\">\n";
  out += "<header><h1>Migration of " + escape(data.project) + "</h1><p class=\"meta\">" + escape(data.source) + " → " +
         escape(data.target) + "<br>" + escape(time_text(data.generated)) + "</p></header>\n";
  out +=
      "<nav class=\"toc\" aria-label=\"Contents\"><a href=\"#summary\">Summary</a><a href=\"#tables\">Tables</a><a "
      "href=\"#charts\">Charts</a><a href=\"#details\">Details</a><a href=\"#score\">Score</a><a "
      "href=\"#clean\">Cleaning up</a></nav>\n";
  out += summary(data) + overview(data);
  const std::string charts = items_chart(data) + throughput_chart(data) + time_chart(data) + check_chart(data);
  if (!charts.empty()) out += "<section id=\"charts\"><h2>Charts</h2>" + charts + "</section>\n";
  out += "<section id=\"details\"><h2>Details</h2>\n";
  for (size_t i = 0; i < data.tables.size(); ++i) {
    const Health health = table_health(data.tables[i]);
    const bool open = data.tables.size() <= few_tables || health == Health::failed || health == Health::attention;
    out += table_section(data.tables[i], i, open);
  }
  out += "</section>" + ending(data) + "</main><script>" + SCRIPT + "</script></body></html>\n";
  return out;
}

}  // namespace migrate
