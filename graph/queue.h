// Targets that could start now: the one that begins the longest chain first, within the widths of pools.
#pragma once

#include <map>
#include <queue>
#include <string>
#include <vector>

#include "graph/plan.h"

namespace migrate {

// For each target the seconds of the longest chain of work that begins with it, from what the last runs took; a kind
// that never ran counts as the mean of all.
std::vector<double> chain_lengths(const Plan& plan);

class ReadyQueue {
 public:
  ReadyQueue(const Graph& graph, std::vector<double> lengths, const std::map<std::string, int>& widths);

  void push(TargetIndex target);
  // False when nothing may start: then either nothing is ready or what is ready waits for a pool.
  bool pop(TargetIndex& target);
  void release(TargetIndex target);  // a target that was popped has ended
  size_t size() const { return size_; }

 private:
  struct Entry {
    double length;
    TargetIndex target;
    bool operator<(const Entry& other) const {  // the greatest is taken; of equal ones that which came first
      return length != other.length ? length < other.length : target > other.target;
    }
  };
  struct Pool {
    int width;
    int running = 0;
    std::priority_queue<Entry> ready;
  };

  std::vector<double> lengths_;
  std::vector<Pool> pools_;
  std::vector<uint32_t> pool_of_;  // by target
  size_t size_ = 0;
};

}  // namespace migrate
