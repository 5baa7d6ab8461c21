// A set of digests that may err on one side, in two bytes each: a Bloom filter whose bits for one digest stand in one
// cache line. Digests are uniform already, so their own bits say which.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/digest.h"

namespace migrate {

class DigestFilter {
 public:
  // With 16 bits for each of `entries`, of digests that are not in it fewer than one in 1,000 may seem to be; with
  // fewer bits, where `memory_bytes` has no room for that many, more do. More digests than `entries` may come, too.
  DigestFilter(uint64_t entries, uint64_t memory_bytes);
  void add(const Digest& digest);
  // True of every digest that was added. Threads may ask at the same time while nobody adds.
  bool may_contain(const Digest& digest) const;
  uint64_t memory_bytes() const { return blocks_.size() * sizeof(Block); }

 private:
  struct alignas(64) Block {
    std::array<uint64_t, 8> words{};
  };
  size_t block_of(const Digest& digest) const;
  Block bits_of(const Digest& digest) const;
  std::vector<Block> blocks_;
  int bits_each_;
};

}  // namespace migrate
