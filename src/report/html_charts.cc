// bar_chart(), area_chart(): inline SVG.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "base/utf8.h"
#include "report/html.h"

namespace migrate::html {
namespace {

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string svg(double width, double height, const std::string& title, const std::string& content) {
  return "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 " + fixed(width) + " " + fixed(height) + "\" aria-label=\"" +
         escape(title) + "\"><title>" + escape(title) + "</title>" + content + "</svg>";
}

std::string text_at(double x, double y, const char* css, const std::string& text) {
  return "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" class=\"" + css + "\">" + escape(text) + "</text>";
}

double total(const Bar& bar) {
  double sum = 0;
  for (const Segment& s : bar.segments) sum += s.value;
  return sum;
}

// A round number, not below `value`, for the top of an axis.
double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 3.0, 4.0, 6.0, 8.0}) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

constexpr double line_height = 26, label_width = 190, bar_width = 520, chart_width = 860;
constexpr double least_visible = 3;  // a small share must still be seen

std::string one_bar(const Bar& bar, double y, double scale) {
  std::string out, label = text_at(label_width - 10, y + 16, "label", cut_characters(bar.label, 26));
  out += bar.link.empty() ? label : "<a href=\"" + escape(bar.link) + "\">" + label + "</a>";
  double x = label_width;
  for (const Segment& s : bar.segments) {
    if (s.value <= 0) continue;
    const double w = std::max(s.value * scale, least_visible);
    out += "<rect class=\"" + s.css + "\" x=\"" + fixed(x) + "\" y=\"" + fixed(y + 4) + "\" width=\"" + fixed(w) +
           "\" height=\"" + fixed(line_height - 10) + "\" rx=\"2\"><title>" + escape(bar.label + ", " + s.label) +
           "</title></rect>";
    x += w + 1;
  }
  return out + text_at(x + 7, y + 16, "value", bar.text);
}

}  // namespace

std::string bar_chart(const std::string& title, const std::vector<Bar>& bars, bool shares) {
  double largest = 0;
  for (const Bar& b : bars) largest = std::max(largest, total(b));
  if (largest <= 0) return {};
  std::string content;
  double y = 0;
  for (const Bar& b : bars) {
    const double whole = shares ? total(b) : largest;
    content += one_bar(b, y, whole > 0 ? bar_width / whole : 0);
    y += line_height;
  }
  return svg(chart_width, y + 2, title, content);
}

std::string legend(const std::vector<std::pair<std::string, std::string>>& css_and_label) {
  std::string out = "<p class=\"legend\">";
  for (const auto& [css, label] : css_and_label)
    out += "<span><i class=\"" + css + "\"></i>" + escape(label) + "</span>";
  return out + "</p>";
}

std::string area_chart(const std::string& title, const std::vector<uint64_t>& buckets, double bucket_seconds) {
  if (buckets.empty() || bucket_seconds <= 0) return {};
  constexpr double width = 860, height = 150, left = 62, bottom = 22, top = 10;
  const double most = static_cast<double>(*std::max_element(buckets.begin(), buckets.end())) / bucket_seconds;
  if (most <= 0) return {};
  const double scale = round_up(most), plot = height - top - bottom;
  const double step = (width - left - 8) / static_cast<double>(buckets.size());
  std::string path = "M" + fixed(left) + " " + fixed(height - bottom), content;
  for (size_t i = 0; i < buckets.size(); ++i) {
    const double rate = static_cast<double>(buckets[i]) / bucket_seconds;
    const double y = height - bottom - rate / scale * plot, x = left + static_cast<double>(i) * step;
    path += "L" + fixed(x) + " " + fixed(y) + "L" + fixed(x + step) + " " + fixed(y);
  }
  path += "L" + fixed(left + step * static_cast<double>(buckets.size())) + " " + fixed(height - bottom) + "Z";
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = height - bottom - share * plot;
    content += "<line class=\"grid\" x1=\"" + fixed(left) + "\" x2=\"" + fixed(width - 8) + "\" y1=\"" + fixed(y) +
               "\" y2=\"" + fixed(y) + "\"/>";
    const double value = scale * share;
    content += text_at(left - 8, y + 4, "label",
                       value == std::floor(value) ? with_thousands(static_cast<uint64_t>(value)) : fixed(value));
  }
  content += "<path class=\"area\" d=\"" + path + "\"/>";
  content += text_at(left, height - 5, "value", "0 s");
  content +=
      text_at(width - 8, height - 5, "value end", human_duration(bucket_seconds * static_cast<double>(buckets.size())));
  return svg(width, height, title + ", " + with_thousands(static_cast<uint64_t>(most)) + " items a second at most",
             content);
}

}  // namespace migrate::html
