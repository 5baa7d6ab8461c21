// migrate graph: the targets and what they need, as text, Graphviz's dot or SVG. graph_command().
#include <algorithm>
#include <map>
#include <set>

#include "base/json_write.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace migrate {
namespace {

using Selected = std::vector<TargetIndex>;

std::string as_text(const Graph& graph, const Selected& selected) {
  std::string out;
  for (TargetIndex i : selected) {
    const Target& target = graph.target(i);
    out += printable(target.id) + "\n";
    for (TargetIndex need : target.needs) out += "    " + printable(graph.target(need).id) + "\n";
  }
  return out;
}

std::string as_dot(const Graph& graph, const Selected& selected) {
  std::string out = "digraph migrate {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  std::set<TargetIndex> shown(selected.begin(), selected.end());
  for (TargetIndex i : selected) out += "  " + json_string(graph.target(i).id) + ";\n";
  for (TargetIndex i : selected) {
    for (TargetIndex need : graph.target(i).needs) {
      if (shown.contains(need))
        out += "  " + json_string(graph.target(need).id) + " -> " + json_string(graph.target(i).id) + ";\n";
    }
  }
  return out + "}\n";
}

std::string escaped(std::string_view text) {
  return replace_all(replace_all(replace_all(printable(text), "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

// In columns by the longest way from a source: the chain has seven at most, and reads from left to right.
std::string as_svg(const Graph& graph, const Selected& selected) {
  constexpr int WIDTH = 210, HEIGHT = 26, GAP_X = 60, GAP_Y = 10, MARGIN = 20;
  std::set<TargetIndex> shown(selected.begin(), selected.end());
  std::map<TargetIndex, std::pair<int, int>> at;
  std::map<int, int> rows;
  for (TargetIndex i : graph.order()) {
    if (!shown.contains(i)) continue;
    int column = 0;
    for (TargetIndex need : graph.target(i).needs) {
      if (shown.contains(need)) column = std::max(column, at[need].first + 1);
    }
    at[i] = {column, rows[column]++};
  }
  int tallest = 0;
  for (const auto& [column, count] : rows) tallest = std::max(tallest, count);
  auto x = [&](TargetIndex i) { return MARGIN + at[i].first * (WIDTH + GAP_X); };
  auto y = [&](TargetIndex i) { return MARGIN + at[i].second * (HEIGHT + GAP_Y); };
  auto number = [](int n) { return std::to_string(n); };
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
      number(2 * MARGIN + static_cast<int>(rows.size()) * (WIDTH + GAP_X)) + "\" height=\"" +
      number(2 * MARGIN + tallest * (HEIGHT + GAP_Y)) +
      "\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<style>text{fill:#222}rect{fill:#f4f6f8;stroke:#8a99a8}path{stroke:#8a99a8;fill:none}"
      "@media(prefers-color-scheme:dark){text{fill:#eee}rect{fill:#26303a;stroke:#70808f}}</style>\n";
  for (TargetIndex i : selected) {
    for (TargetIndex need : graph.target(i).needs) {
      if (!shown.contains(need)) continue;
      int x1 = x(need) + WIDTH, y1 = y(need) + HEIGHT / 2, x2 = x(i), y2 = y(i) + HEIGHT / 2;
      out += "<path d=\"M" + number(x1) + " " + number(y1) + " C" + number(x1 + GAP_X / 2) + " " + number(y1) + " " +
             number(x2 - GAP_X / 2) + " " + number(y2) + " " + number(x2) + " " + number(y2) + "\"/>\n";
    }
  }
  for (TargetIndex i : selected) {
    std::string id = graph.target(i).id;
    out += "<g><title>" + escaped(id) + "</title><rect x=\"" + number(x(i)) + "\" y=\"" + number(y(i)) + "\" width=\"" +
           number(WIDTH) + "\" height=\"" + number(HEIGHT) + "\" rx=\"4\"/><text x=\"" + number(x(i) + 8) + "\" y=\"" +
           number(y(i) + 17) + "\">" + escaped(cut_characters(id, 30)) + "</text></g>\n";
  }
  return out + "</svg>\n";
}

}  // namespace

int graph_command(const Options& options) {
  Output output(options);
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  Options offline = options;
  offline.offline = true;
  auto session = open_session(std::move(*inputs), StateUse::read, offline, output);
  if (!session) return output.fail(session.error());
  const Graph& graph = (*session)->chain->graph;
  auto selected = graph.select(options.targets);
  if (!selected) return output.fail(selected.error());
  for (TargetIndex i : *selected) {
    std::vector<std::string> needs;
    for (TargetIndex need : graph.target(i).needs) needs.push_back(json_string(graph.target(need).id));
    output.line(
        JsonObject().add("type", "target").add("target", graph.target(i).id).raw("needs", json_array(needs)).str());
  }
  output.text(options.format == "dot"   ? as_dot(graph, *selected)
              : options.format == "svg" ? as_svg(graph, *selected)
                                        : as_text(graph, *selected));
  return output.done(EXIT_DONE);
}

}  // namespace migrate
