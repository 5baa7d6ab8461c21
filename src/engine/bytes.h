// Integers in stored forms: of fixed width, little endian, LEB128, and the counts of canonical keys and items.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace migrate {

inline void append_little_endian(std::string& out, uint64_t n, size_t width) {
  for (size_t i = 0; i < width; ++i) out += static_cast<char>(n >> (8 * i));
}

// Of up to 8 bytes.
inline uint64_t little_endian(std::string_view bytes) {
  uint64_t n = 0;
  for (size_t i = bytes.size(); i-- > 0;) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

inline void append_leb128(std::string& out, uint32_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}

// Takes it off the front of `bytes`. False: cut, over 32 bits, or longer than it must be.
inline bool take_leb128(std::string_view& bytes, uint32_t& n) {
  uint64_t value = 0;
  for (size_t i = 0; i < 5 && i < bytes.size(); ++i) {
    const auto b = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<uint64_t>(b & 0x7F) << (7 * i);
    if (b >= 0x80) continue;
    if (value > UINT32_MAX || (b == 0 && i > 0)) return false;
    n = static_cast<uint32_t>(value);
    bytes.remove_prefix(i + 1);
    return true;
  }
  return false;
}

// As canonical forms have a count (docs/items.md): 4 bytes, big endian.
inline void append_count(std::string& out, size_t n) {
  const char bytes[4] = {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                         static_cast<char>(n)};
  out.append(bytes, sizeof bytes);
}

// Takes it off the front of `bytes`, which has as many.
inline size_t take_count(std::string_view& bytes) {
  size_t n = 0;
  for (size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(4);
  return n;
}

inline void append_counted(std::string& out, std::string_view bytes) {
  append_count(out, bytes.size());
  out += bytes;
}

}  // namespace migrate
