// Waiting for a thing, not for a time: and not for ever, as what should have happened may have failed.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace migrate::test {

// False, and a failure of the test, when it has not come about after a minute.
template <class Condition>
bool wait_until(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "waited for a minute, in vain";
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace migrate::test
