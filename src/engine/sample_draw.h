// The rows that a sample looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

namespace migrate {

// `n` different numbers below `total`, or all where there are fewer, ascending; each set of n is equally likely. Keeps
// no list of them: each number in turn is taken with the chance (still wanted) / (still to come), which is selection
// sampling, algorithm S of Knuth's "The Art of Computer Programming", 3.4.2. The numbers passed over cost a few
// nanoseconds each, much less than the server needs to walk past those rows.
class SampleDraw {
 public:
  SampleDraw(uint64_t n, uint64_t total, uint64_t seed);
  // The next number, if there is one below `end`.
  std::optional<uint64_t> next_below(uint64_t end);

 private:
  uint64_t below(uint64_t bound);

  std::mt19937_64 random_;
  uint64_t wanted_;
  const uint64_t total_;
  uint64_t at_ = 0;
};

}  // namespace migrate
