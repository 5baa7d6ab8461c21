// Back-off: backoff_seconds(), wait_before_retry(), back_off().
#include "cloud/retry.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace migrate {

std::string_view class_name(AwsErrorClass error) {
  switch (error) {
    case AwsErrorClass::none:
      return "none";
    case AwsErrorClass::throttled:
      return "throttled";
    case AwsErrorClass::unreachable:
      return "unreachable";
    case AwsErrorClass::retryable:
      return "retryable";
    case AwsErrorClass::ambiguous:
      return "ambiguous";
    case AwsErrorClass::expired_credentials:
      return "expired_credentials";
    case AwsErrorClass::clock_skew:
      return "clock_skew";
    case AwsErrorClass::no_credentials:
      return "no_credentials";
    case AwsErrorClass::denied:
      return "denied";
    case AwsErrorClass::not_found:
      return "not_found";
    case AwsErrorClass::validation:
      return "validation";
    case AwsErrorClass::conditional_failed:
      return "conditional_failed";
    case AwsErrorClass::in_use:
      return "in_use";
    case AwsErrorClass::garbage:
      return "garbage";
    case AwsErrorClass::interrupted:
      return "interrupted";
    case AwsErrorClass::other:
      return "other";
  }
  return "other";
}

bool worth_retrying(AwsErrorClass error) {
  switch (error) {
    case AwsErrorClass::throttled:
    case AwsErrorClass::unreachable:
    case AwsErrorClass::retryable:
    case AwsErrorClass::ambiguous:
    case AwsErrorClass::expired_credentials:
    case AwsErrorClass::clock_skew:
    case AwsErrorClass::garbage:
      return true;
    default:
      return false;
  }
}

int attempts_for(const RetryPolicy& policy, AwsErrorClass error) {
  switch (error) {
    case AwsErrorClass::unreachable:
      return std::min(policy.attempts, 4);
    case AwsErrorClass::expired_credentials:
    case AwsErrorClass::clock_skew:
    case AwsErrorClass::garbage:
      return std::min(policy.attempts, 3);
    default:
      return worth_retrying(error) ? policy.attempts : 1;
  }
}

double backoff_seconds(const RetryPolicy& policy, AwsErrorClass error, int failures, double random_0_to_1) {
  bool corrected = error == AwsErrorClass::expired_credentials || error == AwsErrorClass::clock_skew;
  if (corrected && failures <= 1) return 0;
  double base = error == AwsErrorClass::throttled ? policy.throttled_base_seconds : policy.base_seconds;
  return std::min(policy.cap_seconds, std::ldexp(base, std::clamp(failures - 1, 0, 40))) * random_0_to_1;
}

bool wait_before_retry(const RetryPolicy& policy, double seconds) {
  auto cancelled = [&] { return policy.cancelled && policy.cancelled(); };
  if (policy.sleep) {
    if (cancelled()) return false;
    policy.sleep(seconds);
    return !cancelled();
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!cancelled()) {
    auto left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return true;
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, 0.05)));
  }
  return false;
}

bool back_off(const RetryPolicy& policy, AwsErrorClass error, int failures) {
  thread_local std::minstd_rand engine(std::random_device{}());
  const double random = policy.random ? policy.random() : std::uniform_real_distribution<double>(0, 1)(engine);
  return wait_before_retry(policy, backoff_seconds(policy, error, failures, random));
}

}  // namespace migrate
