// A row's checksum: see checksum.h.
#include "cache/checksum.h"

#include <xxhash.h>

#include <bit>

namespace migrate {

RowChecksum& RowChecksum::integer(int64_t value) {
  auto bits = static_cast<uint64_t>(value);
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
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
