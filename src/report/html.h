// The parts of the report's page, between the files html_*.cc. Not for others.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/findings.h"

namespace migrate::html {

// Text for element content and for quoted attributes: nothing in it is markup, and no control character passes.
std::string escape(std::string_view text);
// <span class="badge good">right</span>
std::string badge(Health health);
std::string badge(Health health, std::string_view word);
std::string tag(std::string_view name, std::string_view attributes, const std::string& content);
std::string th(const std::string& text, bool number = false);
std::string td(const std::string& text, bool number = false);  // `text` is HTML

extern const char* const STYLE;
extern const char* const SCRIPT;

// --- charts: inline SVG that takes its colours from the page, each with a text for those who do not see it ---

struct Segment {
  std::string label;
  double value = 0;
  std::string css;  // class of the colour: "c1" … "c5", "good", "warn", "bad", "mute"
};
struct Bar {
  std::string label;
  std::string link;  // "#t-users"; may be empty
  std::vector<Segment> segments;
  std::string text;  // at the end of the bar
};
// Horizontal stacked bars, longest value to full width (or each to full width, as shares).
std::string bar_chart(const std::string& title, const std::vector<Bar>& bars, bool shares = false);
std::string legend(const std::vector<std::pair<std::string, std::string>>& css_and_label);
// Rate over time.
std::string area_chart(const std::string& title, const std::vector<uint64_t>& buckets, double bucket_seconds);

std::string anchor(size_t table);
std::string table_section(const ReportTable& table, size_t number, bool open);

}  // namespace migrate::html
