// A small vocabulary for tests of the graph: a world in memory whose targets are texts, made from what they need.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "graph/build.h"
#include "graph/clean.h"
#include "graph/graph.h"
#include "graph/plan.h"

namespace migrate::test {

inline Digest of(const std::string& text) { return digest_of("text", text); }

// One target: its text is a function of its setting and of the texts of what it needs.
struct Item {
  std::vector<std::string> needs;
  std::string setting;
  std::string pool;
  bool pure = false;
  bool predicts = false;
  bool hidden = false;  // its observation is unknown
  bool coarse = false;  // its text is only the length of what it would be: early cutoff is likely
  bool fails = false;
  bool refuses_observation = false;
  int version = 1;
  uint64_t problems = 0;
  bool resolved = false;     // some of them are seen to be over
  std::string says_it_used;  // an input, with another digest than it has
};

// Everything that is outside: what was made, and what happened.
struct World {
  std::map<std::string, Item> items;
  std::vector<std::string> names;  // in the order they were declared
  std::map<std::string, std::string> texts;
  std::mutex mutex;
  std::vector<std::string> made;                            // in order
  std::function<void(const std::string& id)> while_making;  // and removing; called without the mutex

  Item& declare(const std::string& id, std::vector<std::string> needs = {}) {
    if (items.count(id) == 0) names.push_back(id);
    Item& item = items[id];
    item.needs = std::move(needs);
    return item;
  }

  // From what its needs are now; with the mutex held.
  std::string text_of(const std::string& id) {
    return text_of(id, [this](const std::string& need) { return texts[need]; });
  }
  // From nothing.
  std::string will_be(const std::string& id) const {
    return text_of(id, [this](const std::string& need) { return will_be(need); });
  }
  std::string text_of(const std::string& id, const std::function<std::string(const std::string&)>& text_of_need) const {
    const Item& item = items.at(id);
    std::string text = id + "=" + item.setting + "(v" + std::to_string(item.version) + ")";
    for (const std::string& need : item.needs) text += "[" + text_of_need(need) + "]";
    if (item.coarse) text = id + "~" + std::to_string(text.size());
    return text;
  }
};

class WorldRule : public Rule {
 public:
  WorldRule(World& world, std::string id) : world_(world), id_(std::move(id)) {}
  std::string_view kind() const override { return "t"; }
  int version() const override { return item().version; }
  bool pure() const override { return item().pure; }
  bool looks_outside() const override { return !item().pure; }
  std::vector<Leaf> leaves(const std::string&) override { return {{"setting", of(item().setting), item().setting}}; }
  Result<Observation> observe(const std::string&, const Record*) override {
    if (item().refuses_observation) return Error(ErrorKind::source_connect, "cannot look at " + id_);
    std::lock_guard lock(world_.mutex);
    if (item().hidden) return Observation::unknown("cannot tell");
    if (item().resolved) return Observation::resolved("a problem is over");
    auto at = world_.texts.find(id_);
    if (at == world_.texts.end()) return Observation::absent("nothing of that name");
    return Observation::seen(of(at->second), at->second);
  }
  std::optional<Digest> predict(const std::string&) override {
    if (!item().predicts) return std::nullopt;
    return of(world_.will_be(id_));
  }
  Result<Made> make(const std::string&, MakeContext& context) override {
    if (world_.while_making) world_.while_making(id_);
    if (context.cancelled->load()) return Error(ErrorKind::interrupted, "interrupted");
    std::lock_guard lock(world_.mutex);
    world_.made.push_back(id_);
    if (item().fails) return Error(ErrorKind::source_query, "cannot make " + id_);
    std::string text = world_.text_of(id_);
    world_.texts[id_] = text;
    context.progress(1, 1, 0);
    Made made;
    made.output = of(text);
    if (!item().pure) made.observation = item().hidden ? Observation::unknown("") : Observation::seen(of(text), text);
    made.open_problems = item().problems;
    if (!item().says_it_used.empty()) made.inputs_used.emplace_back(item().says_it_used, of("what was used"));
    return made;
  }
  Result<std::optional<Made>> review(const std::string&, MakeContext&) override {
    Made made;
    made.open_problems = item().problems;
    made.output = of(id_ + " with fewer problems");
    return std::optional<Made>(made);
  }
  Result<void> remove(const std::string&, MakeContext&) override {
    if (world_.while_making) world_.while_making(id_);
    if (item().fails) return Error(ErrorKind::source_query, "cannot remove " + id_);
    world_.texts.erase(id_);
    world_.made.push_back("-" + id_);
    return {};
  }

 private:
  const Item& item() const { return world_.items.at(id_); }
  World& world_;
  std::string id_;
};

class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "migrate-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A project over a world: each call builds the graph anew and opens the cache anew, as a process would.
class FakeProject {
 public:
  explicit FakeProject(World& w) : world(w) {}

  World& world;
  PlanOptions plan_options;
  BuildOptions build_options;
  std::vector<std::string> selectors;

  // Plan, then `look` at it, before it may be built.
  void with_plan(const std::function<void(Plan&, Cache&)>& look) {
    auto cache = Cache::open(folder_.path() + "/state", "test");
    ASSERT_TRUE(cache) << describe(cache.error());
    Graph graph;
    std::vector<std::unique_ptr<WorldRule>> rules;
    for (const std::string& id : world.names) {
      rules.push_back(std::make_unique<WorldRule>(world, id));
      graph.add(id, rules.back().get(), world.items.at(id).needs, world.items.at(id).pool);
    }
    Diagnostics diagnostics;
    graph.finish(diagnostics);
    ASSERT_FALSE(diagnostics.has_errors()) << describe(diagnostics);
    auto selected = graph.select(selectors);
    ASSERT_TRUE(selected) << describe(selected.error());
    plan_options.selected = *selected;
    auto records = (*cache)->records();
    ASSERT_TRUE(records) << describe(records.error());
    auto plan = scan_and_plan(graph, std::move(*records), plan_options);
    ASSERT_TRUE(plan) << describe(plan.error());
    look(*plan, **cache);
  }

  // "b will: setting was x, now y\n", in order; clean ones are left out.
  std::string plan() {
    std::string text;
    with_plan([&](Plan& plan, Cache&) { text = print(plan); });
    return text;
  }

  // "b made\n"; up-to-date ones are left out.
  std::string build() {
    std::string text;
    with_plan([&](Plan& plan, Cache& cache) {
      auto summary = migrate::build(plan, cache, build_options);
      ASSERT_TRUE(summary) << describe(summary.error());
      last = std::move(*summary);
      text = print(plan, last);
    });
    return text;
  }

  BuildSummary last;

  static std::string print(const Plan& plan) {
    std::string text;
    for (TargetIndex i : plan.order) {
      const PlanItem& item = plan.items[i];
      if (item.state == TargetState::clean) continue;
      text += plan.graph->target(i).name + " " + std::string(state_name(item.state));
      if (item.state == TargetState::failed) text += ": " + item.detail->error->message;
      if (item.state == TargetState::blocked) text += ": by " + plan.graph->target(item.detail->because_of).name;
      const char* between = ": ";
      for (const Reason& reason : item.detail->reasons) {
        if (item.state == TargetState::failed) break;
        text += between + describe(reason);
        between = "; ";
      }
      text += "\n";
    }
    return text;
  }

  static std::string print(const Plan& plan, const BuildSummary& summary) {
    std::string text;
    for (TargetIndex i : plan.order) {
      const TargetResult& result = summary.targets[i];
      if (result.outcome == Outcome::up_to_date) continue;
      text += plan.graph->target(i).name + " " + std::string(outcome_name(result.outcome));
      if (result.error) text += ": " + result.error->message;
      if (result.outcome == Outcome::skipped) text += ": by " + plan.graph->target(result.because_of).name;
      text += "\n";
    }
    return text;
  }

 private:
  Scratch folder_;
};

}  // namespace migrate::test
