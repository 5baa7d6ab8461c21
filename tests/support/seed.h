// The seed of a randomised test: MIGRATE_TEST_SEED where it is set, so that a run repeats itself, else any.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace migrate::test {

// Prints it, so that a failure can be repeated.
inline uint64_t test_seed() {
  const char* given = std::getenv("MIGRATE_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("MIGRATE_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace migrate::test
