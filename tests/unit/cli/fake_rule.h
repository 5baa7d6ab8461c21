// Targets that do nothing, for what is said of them.
#pragma once

#include <gtest/gtest.h>

#include "cli/display.h"

namespace migrate::test {

class FakeRule : public Rule {
 public:
  explicit FakeRule(std::string kind, bool pure = false) : kind_(std::move(kind)), pure_(pure) {}
  std::string_view kind() const override { return kind_; }
  int version() const override { return 1; }
  bool pure() const override { return pure_; }
  std::vector<Leaf> leaves(const std::string&) override { return leaves_; }
  Result<Observation> observe(const std::string&, const Record*) override {
    if (fails_) return Error(ErrorKind::source_connect, "no server", "start it");
    return Observation{};
  }
  Result<Made> make(const std::string& name, MakeContext&) override {
    Made made;
    made.output = digest_of(kind_, name + (leaves_.empty() ? "" : leaves_.front().display));
    return made;
  }
  Result<void> remove(const std::string&, MakeContext&) override { return {}; }
  std::vector<Leaf> leaves_;
  bool fails_ = false;

 private:
  std::string kind_;
  bool pure_;
};

struct World {
  FakeRule mapping{"mapping", true}, view{"view"}, run{"run"};
  Graph graph;
  World() {
    graph.add("mapping:Users", &mapping, {});
    graph.add("view:Users", &view, {"mapping:Users"});
    graph.add("run:Users", &run, {"view:Users"});
    Diagnostics diagnostics;
    graph.finish(diagnostics);
  }
  Plan plan() {
    auto made = scan_and_plan(graph, {}, {});
    EXPECT_TRUE(made);
    return std::move(*made);
  }
};

}  // namespace migrate::test
