// DigestFilter: a blocked Bloom filter (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters,
// 2007).
#include "engine/digest_filter.h"

#include <algorithm>
#include <cstring>

namespace migrate {
namespace {

constexpr uint64_t filter_bits_an_entry = 16;
constexpr uint64_t filter_block_bits = 512;
// Of 16 bits an entry, in blocks of 512, nine err least: 0.083 % (the sum over the Poisson distribution of the number
// of digests in a block).
constexpr uint64_t most_bits_each = 9;
constexpr int filter_slice_bits = 9;  // say which of 512
constexpr int slices_of_a_word = 64 / filter_slice_bits;

uint64_t filter_word(const Digest& digest, size_t i) {
  uint64_t word = 0;
  std::memcpy(&word, digest.bytes.data() + i * sizeof word, sizeof word);
  return word;
}

}  // namespace

DigestFilter::DigestFilter(uint64_t entries, uint64_t memory_bytes) {
  const uint64_t most = std::max<uint64_t>(memory_bytes * 8 / filter_block_bits, 1);
  const uint64_t for_all = std::min(entries, memory_bytes) * filter_bits_an_entry / filter_block_bits + 1;
  blocks_.resize(std::min(most, for_all));
  const uint64_t bits_an_entry = blocks_.size() * filter_block_bits / std::max<uint64_t>(entries, 1);
  // About ln 2 of the bits that there are, a little less in blocks.
  bits_each_ = static_cast<int>(std::clamp<uint64_t>((bits_an_entry * 5 + 4) / 8, 1, most_bits_each));
}

// The upper bits of the first word say the block; its lower 18 are used for bits, too, and of these no block depends
// before there are 2⁴⁶ of them.
size_t DigestFilter::block_of(const Digest& digest) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<size_t>(Wide{filter_word(digest, 0)} * blocks_.size() >> 64);
}

DigestFilter::Block DigestFilter::bits_of(const Digest& digest) const {
  Block block;
  uint64_t slices = filter_word(digest, 1);
  for (int i = 0; i < bits_each_; ++i) {
    if (i == slices_of_a_word) slices = filter_word(digest, 0);
    block.words[slices >> 6 & 7] |= uint64_t{1} << (slices & 63);
    slices >>= filter_slice_bits;
  }
  return block;
}

void DigestFilter::add(const Digest& digest) {
  Block& block = blocks_[block_of(digest)];
  const Block bits = bits_of(digest);
  for (size_t i = 0; i < bits.words.size(); ++i) block.words[i] |= bits.words[i];
}

bool DigestFilter::may_contain(const Digest& digest) const {
  const Block& block = blocks_[block_of(digest)];
  const Block bits = bits_of(digest);
  uint64_t missing = 0;
  for (size_t i = 0; i < bits.words.size(); ++i) missing |= bits.words[i] & ~block.words[i];
  return missing == 0;
}

}  // namespace migrate
