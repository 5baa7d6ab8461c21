// Names, edges and selectors.
#include "graph/graph.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace migrate {
namespace {

std::string finish(Graph& graph) {
  Diagnostics diagnostics;
  graph.finish(diagnostics);
  std::string text;
  for (const Error& error : diagnostics.list) {
    text += std::string(error_code(error.kind)) + ": " + error.message +
            (error.hint.empty() ? "" : " (" + error.hint + ")") + "\n";
  }
  return text;
}

std::string ordered(const Graph& graph, const std::vector<TargetIndex>& list) {
  std::string text;
  for (TargetIndex i : list) text += (text.empty() ? "" : " ") + graph.target(i).id;
  return text;
}

std::string select(const Graph& graph, const std::vector<std::string>& selectors) {
  auto selected = graph.select(selectors);
  if (!selected) return selected.error().message + " (" + selected.error().hint + ")";
  return ordered(graph, *selected);
}

TEST(Graph, PutsWhatIsNeededFirstAndElseKeepsTheOrder) {
  Graph graph;
  graph.add("run:b", nullptr, {"view:b", "table:b"});
  graph.add("run:a", nullptr, {"view:a"});
  for (const char* id : {"view:a", "view:b", "table:b"}) graph.add(id, nullptr, {});
  EXPECT_EQ(finish(graph), "");
  EXPECT_EQ(ordered(graph, graph.order()), "view:b table:b run:b view:a run:a");
  EXPECT_EQ(graph.find("run:b")->name, "b");
}

TEST(Graph, SaysAllThatIsWrongInOneGo) {
  Graph graph;
  graph.add("run:a", nullptr, {"view:a", "veiw:b"});
  graph.add("view:a", nullptr, {"table:a"});
  graph.add("table:a", nullptr, {"run:a"});
  graph.add("view:b", nullptr, {"view:b"});
  graph.add("view:a", nullptr, {});
  EXPECT_EQ(finish(graph),
            "graph-duplicate: two rules make 'view:a'\n"
            "graph-unknown: 'run:a' needs 'veiw:b', which no rule makes (did you mean 'view:b'?)\n"
            "graph-cycle: targets need each other in a circle: run:a → view:a → table:a → run:a\n"
            "graph-cycle: targets need each other in a circle: view:b → view:b\n");
}

TEST(Graph, SelectsByNameGlobAndDirection) {
  Graph graph;
  graph.add("data:a", nullptr, {});
  graph.add("view:a", nullptr, {"data:a"});
  graph.add("view:b", nullptr, {"data:a"});
  graph.add("run:a", nullptr, {"view:a"});
  graph.add("run:b", nullptr, {"view:b"});
  ASSERT_EQ(finish(graph), "");
  EXPECT_EQ(select(graph, {}), "data:a view:a view:b run:a run:b");
  EXPECT_EQ(select(graph, {"run:a"}), "run:a");
  EXPECT_EQ(select(graph, {"+run:a"}), "data:a view:a run:a");
  EXPECT_EQ(select(graph, {"view:b+"}), "view:b run:b");
  EXPECT_EQ(select(graph, {"+view:a+"}), "data:a view:a run:a");
  EXPECT_EQ(select(graph, {"view:*"}), "view:a view:b");
  EXPECT_EQ(select(graph, {"???:b", "run:a"}), "run:a run:b");
  EXPECT_EQ(select(graph, {"veiw:a"}), "no target is named 'veiw:a' (did you mean 'view:a'?)");
}

TEST(Graph, AChainOf100000TargetsNeedsNoDeepStack) {
  Graph graph;
  for (int i = 0; i < 100000; ++i) {
    graph.add("t:" + std::to_string(i), nullptr,
              i + 1 < 100000 ? std::vector{"t:" + std::to_string(i + 1)} : std::vector<std::string>());
  }
  EXPECT_EQ(finish(graph), "");
  EXPECT_EQ(graph.target(graph.order().front()).id, "t:99999");
}

}  // namespace
}  // namespace migrate
