// What class of failure an AWS answer is, and how long to wait before asking again.
#pragma once

#include <functional>
#include <random>
#include <string_view>

namespace migrate {

enum class AwsErrorClass {
  none,
  throttled,            // too fast for the table or the account: later, and slower
  unreachable,          // nothing was sent (no connection, no address): nothing can have happened
  retryable,            // 500, 503, cut or damaged answer to a request that changes nothing
  ambiguous,            // the same, or no answer in time, to one that writes: it may have happened
  expired_credentials,  // renewed by the client: ask again
  clock_skew,           // corrected by the client: ask again
  no_credentials,
  denied,
  not_found,
  validation,
  conditional_failed,  // the condition did not hold, or PartiQL's INSERT found the key
  in_use,              // the table is being made, changed or deleted, or a limit on doing so is reached
  garbage,             // an answer that the service would not give; a write may have happened all the same
  interrupted,         // Ctrl-C; what was sent may still have its effect
  other
};
std::string_view class_name(AwsErrorClass error);  // "throttled"

// Whether asking again can help: throttled, unreachable, retryable, ambiguous, expired_credentials, clock_skew,
// garbage.
bool worth_retrying(AwsErrorClass error);

struct RetryPolicy {
  int attempts = 10;
  double base_seconds = 0.05;           // doubles each time
  double throttled_base_seconds = 0.1;  // for throttled
  double cap_seconds = 20;
  std::function<bool()> cancelled;                 // asked before and while waiting
  std::function<void(double seconds)> sleep = {};  // tests; empty: really waits
  std::function<double()> random = {};             // tests; empty: [0, 1)
};

// How often to ask in all: 1 for what asking again cannot help, few for what does not go away by waiting (unreachable,
// garbage, expired credentials), policy.attempts for the rest.
int attempts_for(const RetryPolicy& policy, AwsErrorClass error);

// Full jitter: a random time up to base * 2^(failures - 1), capped; zero for expired_credentials and clock_skew at
// their first failure. `failures` starts at 1. (AWS Architecture Blog, "Exponential Backoff And Jitter".)
double backoff_seconds(const RetryPolicy& policy, AwsErrorClass error, int failures, double random_0_to_1);

// Waits that long in small steps. False when policy.cancelled says so.
bool wait_before_retry(const RetryPolicy& policy, double seconds);
// … for as long as backoff_seconds() says, by the policy's own chance.
bool back_off(const RetryPolicy& policy, AwsErrorClass error, int failures);

}  // namespace migrate
