// Blocks of records: SortedBlockWriter, SortedBlockReader.
#include "engine/sorted_block.h"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/bytes.h"

namespace migrate {
namespace {

constexpr size_t block_checksum_bytes = 8;
constexpr size_t least_record = 3;  // its three lengths

struct ZstdFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// One of each a thread, whatever the number of files and runs: they take more memory than a block does.
ZSTD_CCtx* compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, ZstdFree> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, ZstdFree> context(ZSTD_createDCtx());
  return context.get();
}

uint64_t block_checksum(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace

SortedBlockWriter::SortedBlockWriter(size_t fixed_bytes, size_t part_bytes, int level)
    : part_bytes_(part_bytes), level_(level), max_fixed_(max_sorted_block_part - fixed_bytes) {}

bool SortedBlockWriter::full() const { return part_size() >= part_bytes_ || fixed_.size() > max_fixed_; }

void SortedBlockWriter::add(const SortedRecord& record) {
  const size_t most = count_ == 0 ? 0 : std::min(last_.size(), record.key.size());
  const size_t shared = static_cast<size_t>(
      std::mismatch(last_.begin(), last_.begin() + static_cast<ptrdiff_t>(most), record.key.begin()).first -
      last_.begin());
  append_leb128(shared_, static_cast<uint32_t>(shared));
  append_leb128(lengths_, static_cast<uint32_t>(record.key.size()));
  append_leb128(info_lengths_, static_cast<uint32_t>(record.info.size()));
  rest_ += record.key.substr(shared);
  info_ += record.info;
  fixed_ += record.fixed;
  last_.resize(shared);
  last_ += record.key.substr(shared);
  ++count_;
}

// The stored form, the unpacked part, its longest key and the lengths.
size_t SortedBlockWriter::memory() const {
  return 2 * part_size() + fixed_.size() + last_.size() + count_ * 3 * sizeof(uint32_t) + sorted_block_head;
}

Result<void> SortedBlockWriter::pack(uint64_t seed, std::string& out) {
  std::string& part = shared_;
  part.append(lengths_).append(info_lengths_).append(rest_).append(info_);
  const size_t begin = out.size();
  const size_t bound = ZSTD_compressBound(part.size());
  out.resize(begin + sorted_block_head + bound);
  const size_t packed =
      ZSTD_compressCCtx(compressor(), out.data() + begin + sorted_block_head, bound, part.data(), part.size(), level_);
  if (ZSTD_isError(packed)) {
    return Error(ErrorKind::internal, std::string("zstd cannot compress a block: ") + ZSTD_getErrorName(packed));
  }
  out.resize(begin + sorted_block_head + packed);
  std::string head;
  append_little_endian(head, count_, 4);
  append_little_endian(head, packed, 4);
  append_little_endian(head, part.size(), 4);
  std::copy(head.begin(), head.end(), out.begin() + static_cast<ptrdiff_t>(begin));
  out += fixed_;
  append_little_endian(out, block_checksum(std::string_view(out).substr(begin), seed), block_checksum_bytes);
  for (std::string* s : {&shared_, &lengths_, &info_lengths_, &rest_, &info_, &fixed_}) s->clear();
  count_ = 0;
  return {};
}

std::optional<size_t> SortedBlockReader::behind(std::string_view head) const {
  const uint64_t count = little_endian(head.substr(0, 4));
  const uint64_t packed = little_endian(head.substr(4, 4));
  const uint64_t part = little_endian(head.substr(8, 4));
  if (count == 0 || part > max_sorted_block_part || count > part / least_record ||
      count * fixed_bytes_ > max_sorted_block_part || packed > ZSTD_compressBound(part)) {
    return {};
  }
  return packed + count * fixed_bytes_ + block_checksum_bytes;
}

bool SortedBlockReader::load(std::string_view block, uint64_t seed) {
  lengths_.clear();
  at_ = 0;
  const auto expected = behind(block);
  if (!expected || block.size() != sorted_block_head + *expected) return false;
  const size_t count = little_endian(block.substr(0, 4)), packed = little_endian(block.substr(4, 4));
  part_.resize(little_endian(block.substr(8, 4)));
  const std::string_view hashed = block.substr(0, block.size() - block_checksum_bytes);
  if (little_endian(block.substr(hashed.size())) != block_checksum(hashed, seed)) return false;
  const size_t unpacked =
      ZSTD_decompressDCtx(decompressor(), part_.data(), part_.size(), block.data() + sorted_block_head, packed);
  if (ZSTD_isError(unpacked) || unpacked != part_.size() || !read_lengths(count)) {
    lengths_.clear();
    return false;
  }
  fixed_ = hashed.substr(sorted_block_head + packed);
  return true;
}

// All at once, so that no record of a block is handed out whose lengths do not add up.
bool SortedBlockReader::read_lengths(size_t count) {
  lengths_.resize(count);
  std::string_view left = part_;
  for (Lengths& l : lengths_) {
    if (!take_leb128(left, l.shared)) return false;
  }
  for (Lengths& l : lengths_) {
    if (!take_leb128(left, l.key)) return false;
  }
  for (Lengths& l : lengths_) {
    if (!take_leb128(left, l.info)) return false;
  }
  uint64_t rest = 0, info = 0;
  uint32_t before = 0;
  for (const Lengths& l : lengths_) {
    if (l.shared > before || l.shared > l.key || uint64_t{l.key} + l.info > max_sorted_record) return false;
    rest += l.key - l.shared;
    info += l.info;
    before = l.key;
  }
  if (rest + info != left.size()) return false;
  rest_at_ = part_.size() - left.size();
  info_at_ = rest_at_ + rest;
  return true;
}

bool SortedBlockReader::next(SortedRecord& record) {
  if (at_ == lengths_.size()) return false;
  const Lengths& l = lengths_[at_];
  const std::string_view part = part_, rest = part.substr(rest_at_, l.key - l.shared);
  ascends_ = !any_ || std::string_view(key_).substr(l.shared) < rest;
  any_ = true;
  key_.resize(l.shared);
  key_ += rest;
  record.key = key_;
  record.info = part.substr(info_at_, l.info);
  record.fixed = fixed_.substr(at_ * fixed_bytes_, fixed_bytes_);
  rest_at_ += rest.size();
  info_at_ += l.info;
  ++at_;
  return true;
}

}  // namespace migrate
