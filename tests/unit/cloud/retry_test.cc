// When to ask again, and how long to wait.
#include "cloud/retry.h"

#include <gmock/gmock.h>

namespace migrate::test {
namespace {

TEST(Backoff, DoublesUpToACapAndIsSpreadOverAll) {
  RetryPolicy policy;
  policy.base_seconds = 0.1;
  policy.cap_seconds = 1;
  auto longest = [&](int failures) { return backoff_seconds(policy, AwsErrorClass::retryable, failures, 1.0); };
  EXPECT_DOUBLE_EQ(longest(1), 0.1);
  EXPECT_DOUBLE_EQ(longest(2), 0.2);
  EXPECT_DOUBLE_EQ(longest(4), 0.8);
  EXPECT_DOUBLE_EQ(longest(5), 1);
  EXPECT_DOUBLE_EQ(longest(1000), 1);
  EXPECT_DOUBLE_EQ(backoff_seconds(policy, AwsErrorClass::retryable, 4, 0.0), 0);
  EXPECT_DOUBLE_EQ(backoff_seconds(policy, AwsErrorClass::retryable, 4, 0.25), 0.2);
}

TEST(Backoff, IsNothingForWhatTheClientHasCorrected) {
  EXPECT_EQ(backoff_seconds({}, AwsErrorClass::clock_skew, 1, 1.0), 0);
  EXPECT_EQ(backoff_seconds({}, AwsErrorClass::expired_credentials, 1, 1.0), 0);
  EXPECT_GT(backoff_seconds({}, AwsErrorClass::clock_skew, 2, 1.0), 0);
}

TEST(Attempts, AreOneForWhatCannotPass) {
  RetryPolicy policy;
  EXPECT_EQ(attempts_for(policy, AwsErrorClass::validation), 1);
  EXPECT_EQ(attempts_for(policy, AwsErrorClass::denied), 1);
  EXPECT_EQ(attempts_for(policy, AwsErrorClass::conditional_failed), 1);
  EXPECT_EQ(attempts_for(policy, AwsErrorClass::throttled), policy.attempts);
  EXPECT_EQ(attempts_for(policy, AwsErrorClass::unreachable), 4);
}

TEST(Waiting, EndsWhenItIsCancelled) {
  RetryPolicy policy;
  policy.cancelled = [] { return true; };
  EXPECT_FALSE(wait_before_retry(policy, 3600));
}

}  // namespace
}  // namespace migrate::test
