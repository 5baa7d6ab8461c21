// Content digests: XXH3-128 over tagged, length-prefixed fields, so that ("ab","c") and ("a","bc") differ and a field
// that is absent differs from one that is empty. Never feed anything volatile (times, ids of processes) or a Secret.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace migrate {

struct Digest {
  std::array<unsigned char, 16> bytes{};  // XXH3's canonical form (big endian)

  bool operator==(const Digest&) const = default;
  auto operator<=>(const Digest&) const = default;
  bool empty() const { return *this == Digest{}; }
  std::string hex() const;    // 32 characters
  std::string brief() const;  // the first 10, for people
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  static Digest from_bytes(std::string_view sixteen_bytes);
};

class DigestBuilder {
 public:
  // `what` and `version` open every digest, so that two kinds of thing never share one; raise the version when the
  // meaning of the fields changes.
  DigestBuilder(std::string_view what, int version);
  DigestBuilder(DigestBuilder&&) noexcept;
  DigestBuilder& operator=(DigestBuilder&&) noexcept;
  ~DigestBuilder();

  DigestBuilder& text(std::string_view tag, std::string_view value);
  DigestBuilder& number(std::string_view tag, int64_t value);
  DigestBuilder& digest(std::string_view tag, const Digest& value);
  Digest finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Digest of one text, for short uses.
Digest digest_of(std::string_view what, std::string_view value);

}  // namespace migrate
