// The target's part of `migrate doctor`: can it be reached, as whom, with what rights, and do the clocks agree.
#pragma once

#include <string>
#include <vector>

#include "cloud/table.h"

namespace migrate {

struct TargetFinding {
  enum class Level { good, warning, problem } level = Level::good;
  std::string what;   // "credentials"
  std::string found;  // "key …MPLE from profile 'dev' in ~/.aws/credentials"
  std::string hint;   // what to do; empty when good
};

// Looks at each in turn, and stops where the next could not work. Changes nothing: rights are probed by requests that
// DynamoDB cannot carry out (an item without its key), so that the answer is either "denied" or "invalid", and by Scans
// of one item. A finding names the rights that were tested, and those that no harmless request tests.
// Of many tables the first ten are looked at. Ends soon when `stop` is set, with what was found until then.
std::vector<TargetFinding> examine_target(const TargetSettings& target, const std::vector<TableSpec>& tables,
                                          const Env& env = process_env(), const std::atomic<bool>* stop = nullptr,
                                          const RetryPolicy& policy = {});

}  // namespace migrate
