// Targets that could start now: see queue.h.
#include "graph/queue.h"

#include <algorithm>
#include <limits>

namespace migrate {

std::vector<double> chain_lengths(const Plan& plan) {
  struct Sum {
    double seconds = 0;
    size_t n = 0;
    double mean(double otherwise) const { return n > 0 ? seconds / static_cast<double>(n) : otherwise; }
  };
  std::map<std::string_view, Sum> kinds;
  Sum all;
  for (TargetIndex i : plan.order) {
    if (plan.items[i].state == TargetState::clean || plan.items[i].record == nullptr) continue;
    for (Sum* sum : {&kinds[plan.graph->target(i).rule->kind()], &all}) {
      sum->seconds += plan.items[i].record->seconds;
      ++sum->n;
    }
  }
  std::vector<double> lengths(plan.items.size());
  for (auto at = plan.order.rbegin(); at != plan.order.rend(); ++at) {
    const PlanItem& item = plan.items[*at];
    if (item.state == TargetState::clean) continue;
    const Target& target = plan.graph->target(*at);
    double own = item.record != nullptr ? item.record->seconds : kinds[target.rule->kind()].mean(all.mean(1.0));
    double rest = 0;
    for (TargetIndex user : target.needed_by) rest = std::max(rest, lengths[user]);
    lengths[*at] = own + rest;
  }
  return lengths;
}

ReadyQueue::ReadyQueue(const Graph& graph, std::vector<double> lengths, const std::map<std::string, int>& widths)
    : lengths_(std::move(lengths)), pool_of_(graph.targets().size()) {
  std::map<std::string_view, uint32_t> numbers;
  for (TargetIndex i = 0; i < graph.targets().size(); ++i) {
    const std::string& name = graph.target(i).pool;
    auto [at, fresh] = numbers.try_emplace(name, static_cast<uint32_t>(pools_.size()));
    if (fresh) {
      auto width = widths.find(name);
      bool bounded = !name.empty() && width != widths.end();
      pools_.push_back({bounded ? std::max(width->second, 1) : std::numeric_limits<int>::max(), 0, {}});
    }
    pool_of_[i] = at->second;
  }
}

void ReadyQueue::push(TargetIndex target) {
  pools_[pool_of_[target]].ready.push({lengths_[target], target});
  ++size_;
}

bool ReadyQueue::pop(TargetIndex& target) {
  Pool* best = nullptr;
  for (Pool& pool : pools_) {
    if (pool.ready.empty() || pool.running >= pool.width) continue;
    if (best == nullptr || best->ready.top() < pool.ready.top()) best = &pool;
  }
  if (best == nullptr) return false;
  target = best->ready.top().target;
  best->ready.pop();
  ++best->running;
  --size_;
  return true;
}

void ReadyQueue::release(TargetIndex target) { --pools_[pool_of_[target]].running; }

}  // namespace migrate
