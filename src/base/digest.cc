// Content digests: see digest.h. Each field is fed as: length of tag (4 bytes, little endian), tag, length of value
// (8), value.
#include "base/digest.h"

#define XXH_STATIC_LINKING_ONLY  // for the size of the streaming state
#include <xxhash.h>

#include <cstring>

#include "base/text.h"

namespace migrate {

struct DigestBuilder::State {
  // Most digests are of a few hundred bytes, and hashing those in one go costs a fraction of setting a stream up: there
  // is one only for what grows beyond.
  static constexpr size_t kAtOnce = 4096;
  std::string waiting;
  std::unique_ptr<XXH3_state_t> stream;

  void feed(std::string_view tag, std::string_view value) {
    char lengths[12];
    auto put = [&](size_t at, uint64_t n, size_t width) {
      for (size_t i = 0; i < width; ++i) lengths[at + i] = static_cast<char>(n >> (8 * i));
    };
    put(0, tag.size(), 4);
    put(4, value.size(), 8);
    waiting.append(lengths, 4).append(tag).append(lengths + 4, 8);
    if (waiting.size() + value.size() <= kAtOnce) {
      waiting += value;
      return;
    }
    if (stream == nullptr) {
      stream = std::make_unique<XXH3_state_t>();
      XXH3_128bits_reset(stream.get());
    }
    XXH3_128bits_update(stream.get(), waiting.data(), waiting.size());
    XXH3_128bits_update(stream.get(), value.data(), value.size());
    waiting.clear();
  }

  XXH128_hash_t hash() const {
    if (stream == nullptr) return XXH3_128bits(waiting.data(), waiting.size());
    XXH3_state_t whole = *stream;
    XXH3_128bits_update(&whole, waiting.data(), waiting.size());
    return XXH3_128bits_digest(&whole);
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
  state_->waiting.reserve(256);
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
  XXH128_canonicalFromHash(&canonical, state_->hash());
  Digest d;
  static_assert(sizeof canonical.digest == sizeof d.bytes);
  std::memcpy(d.bytes.data(), canonical.digest, d.bytes.size());
  return d;
}

Digest digest_of(std::string_view what, std::string_view value) {
  return DigestBuilder(what, 1).text("value", value).finish();
}

}  // namespace migrate
