// A row's checksum: see checksum.h.
#include "cache/checksum.h"

#include <xxhash.h>

#include <bit>
#include <cstring>

namespace migrate {

RowChecksum& RowChecksum::integer(int64_t value) {
  auto bits = static_cast<uint64_t>(value);
  if constexpr (std::endian::native == std::endian::big) bits = __builtin_bswap64(bits);
  char bytes[sizeof bits];
  std::memcpy(bytes, &bits, sizeof bytes);
  bytes_.append(bytes, sizeof bytes);
  return *this;
}

RowChecksum& RowChecksum::real(double value) { return integer(std::bit_cast<int64_t>(value)); }

RowChecksum& RowChecksum::text(std::string_view value) {
  integer(static_cast<int64_t>(value.size()));
  bytes_ += value;
  return *this;
}

int64_t RowChecksum::finish() {
  auto sum = static_cast<int64_t>(XXH3_64bits(bytes_.data(), bytes_.size()));
  bytes_.clear();
  return sum;
}

}  // namespace migrate
