// SampleDraw.
#include "engine/sample_draw.h"

#include <algorithm>

namespace migrate {

SampleDraw::SampleDraw(uint64_t n, uint64_t total, uint64_t seed)
    : random_(seed), wanted_(std::min(n, total)), total_(total) {}

// The standard's distributions differ between libraries, and a seed must give the same rows everywhere.
uint64_t SampleDraw::below(uint64_t bound) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t r = random_();
  while (r >= limit) r = random_();
  return r % bound;
}

std::optional<uint64_t> SampleDraw::next_below(uint64_t end) {
  while (wanted_ > 0 && at_ < std::min(end, total_)) {
    const bool taken = below(total_ - at_) < wanted_;
    ++at_;
    if (!taken) continue;
    --wanted_;
    return at_ - 1;
  }
  return std::nullopt;
}

}  // namespace migrate
