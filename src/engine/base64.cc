// Base64: append_base64(), base64_decode().
#include "engine/base64.h"

#include <array>
#include <cstdint>

namespace migrate {
namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> make_values() {
  std::array<int8_t, 256> values{};
  for (auto& v : values) v = -1;
  for (int i = 0; i < 64; ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
  return values;
}
constexpr auto values = make_values();

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  size_t i = 0;
  const auto at = [&](size_t k) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[k])); };
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    const char four[] = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63],
                         alphabet[group & 63]};
    out.append(four, 4);
  }
  if (i + 1 == bytes.size()) {
    const uint32_t group = at(i) << 16;
    const char four[] = {alphabet[group >> 18], alphabet[group >> 12 & 63], '=', '='};
    out.append(four, 4);
  } else if (i + 2 == bytes.size()) {
    const uint32_t group = at(i) << 16 | at(i + 1) << 8;
    const char four[] = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63], '='};
    out.append(four, 4);
  }
}

bool base64_decode(std::string_view text, std::string& out) {
  uint32_t group = 0;
  int have = 0, padding = 0;
  for (char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0 || padding > 0) return false;
    group = group << 6 | static_cast<uint32_t>(value);
    if (++have < 4) continue;
    const char three[] = {static_cast<char>(group >> 16), static_cast<char>(group >> 8), static_cast<char>(group)};
    out.append(three, 3);
    have = 0;
    group = 0;
  }
  if (have == 0) return padding == 0;
  if (have == 1 || have + padding != 4) return false;
  group <<= 6 * (4 - have);
  out += static_cast<char>(group >> 16);
  if (have == 3) out += static_cast<char>(group >> 8);
  return true;
}

}  // namespace migrate
