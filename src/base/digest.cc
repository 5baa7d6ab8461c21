// Content digests: see digest.h. Each field is fed as: length of tag (4 bytes, little endian), tag, length of value
// (8), value.
#include "base/digest.h"

#define XXH_STATIC_LINKING_ONLY  // for the size of the streaming state
#include <xxhash.h>

#include <cstring>

#include "base/text.h"

namespace migrate {

struct DigestBuilder::State {
  XXH3_state_t xxh;

  void feed(std::string_view tag, std::string_view value) {
    unsigned char lengths[12];
    auto put = [&](size_t at, uint64_t n, size_t width) {
      for (size_t i = 0; i < width; ++i) lengths[at + i] = static_cast<unsigned char>(n >> (8 * i));
    };
    put(0, tag.size(), 4);
    put(4, value.size(), 8);
    XXH3_128bits_update(&xxh, lengths, 4);
    XXH3_128bits_update(&xxh, tag.data(), tag.size());
    XXH3_128bits_update(&xxh, lengths + 4, 8);
    XXH3_128bits_update(&xxh, value.data(), value.size());
  }
};

std::string Digest::hex() const { return to_hex(view()); }
std::string Digest::brief() const { return hex().substr(0, 10); }

Digest Digest::from_bytes(std::string_view sixteen_bytes) {
  Digest d;
  if (sixteen_bytes.size() == d.bytes.size()) std::memcpy(d.bytes.data(), sixteen_bytes.data(), d.bytes.size());
  return d;
}

DigestBuilder::DigestBuilder(std::string_view what, int version) : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh);
  text("what", what).number("version", version);
}
DigestBuilder::DigestBuilder(DigestBuilder&&) noexcept = default;
DigestBuilder& DigestBuilder::operator=(DigestBuilder&&) noexcept = default;
DigestBuilder::~DigestBuilder() = default;

DigestBuilder& DigestBuilder::text(std::string_view tag, std::string_view value) {
  state_->feed(tag, value);
  return *this;
}

DigestBuilder& DigestBuilder::number(std::string_view tag, int64_t value) { return text(tag, std::to_string(value)); }
DigestBuilder& DigestBuilder::digest(std::string_view tag, const Digest& value) { return text(tag, value.view()); }

Digest DigestBuilder::finish() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh));
  Digest d;
  static_assert(sizeof canonical.digest == sizeof d.bytes);
  std::memcpy(d.bytes.data(), canonical.digest, d.bytes.size());
  return d;
}

Digest digest_of(std::string_view what, std::string_view value) {
  return DigestBuilder(what, 1).text("value", value).finish();
}

}  // namespace migrate
