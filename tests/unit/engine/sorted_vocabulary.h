// What the tests of sorted files and manifests share: a folder that goes away, and a second writer of the format, so
// that a file can be wrong in one place and right in all others.
#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "engine/bytes.h"
#include "engine/sorted_file.h"
#include "support/seed.h"

namespace migrate::test {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "migrate-sorted-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  const std::string& folder() const { return folder_; }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }

 private:
  std::string folder_;
};

inline std::string content_of(const std::string& path) { return read_file(path).ok() ? *read_file(path) : ""; }

inline void put_content(const std::string& path, std::string_view content) {
  std::filesystem::remove(path);  // file systems flush what replaces the content of a file
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

inline void flip(const std::string& path, size_t bit) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  char c = 0;
  if (::pread(file, &c, 1, static_cast<off_t>(bit / 8)) != 1) std::abort();
  c = static_cast<char>(c ^ (1 << (bit % 8)));
  if (::pwrite(file, &c, 1, static_cast<off_t>(bit / 8)) != 1) std::abort();
  ::close(file);
}

inline std::string little(uint64_t n, size_t width) {
  std::string out;
  append_little_endian(out, n, width);
  return out;
}

inline uint64_t xxh3(std::string_view bytes, uint64_t seed = 0) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

// A sorted file taken apart: whatever is changed, str() gives it the right checksums.
struct Parts {
  uint32_t version = 1;
  std::string header;
  uint32_t fixed_bytes = 0;
  struct Block {
    uint32_t count;
    std::string part, fixed;
  };
  std::vector<Block> blocks;

  static Parts of(std::string_view file) {
    Parts p;
    const size_t length = little_endian(file.substr(12, 4));
    p.version = static_cast<uint32_t>(little_endian(file.substr(8, 4)));
    p.fixed_bytes = static_cast<uint32_t>(little_endian(file.substr(16, 4)));
    p.header = file.substr(20, length);
    for (size_t at = 20 + length + 8; at + 52 < file.size();) {
      Block b;
      b.count = static_cast<uint32_t>(little_endian(file.substr(at, 4)));
      const size_t packed = little_endian(file.substr(at + 4, 4));
      b.part.resize(little_endian(file.substr(at + 8, 4)));
      ZSTD_decompress(b.part.data(), b.part.size(), file.data() + at + 12, packed);
      b.fixed = file.substr(at + 12 + packed, size_t{b.count} * p.fixed_bytes);
      at += 12 + packed + b.fixed.size() + 8;
      p.blocks.push_back(std::move(b));
    }
    return p;
  }

  uint64_t seed() const { return xxh3(head()); }
  std::string head() const {
    return "migrate\n" + little(version, 4) + little(header.size(), 4) + little(fixed_bytes, 4) + header;
  }

  std::string stored(size_t number) const {
    const Block& b = blocks[number];
    std::string packed(ZSTD_compressBound(b.part.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), b.part.data(), b.part.size(), 3));
    std::string out = little(b.count, 4) + little(packed.size(), 4) + little(b.part.size(), 4) + packed + b.fixed;
    return out + little(xxh3(out, seed() + number), 8);
  }

  std::string str() const {
    std::string out = head() + little(seed(), 8);
    uint64_t records = 0;
    for (size_t i = 0; i < blocks.size(); ++i) {
      out += stored(i);
      records += blocks[i].count;
    }
    return out + footer(out, records);
  }

  std::string footer(std::string before, uint64_t records) const {
    std::string end = little(0, 4) + little(records, 8) + little(blocks.size(), 8) + little(before.size() + 52, 8);
    before += end;
    XXH128_canonical_t whole;
    XXH128_canonicalFromHash(&whole, XXH3_128bits(before.data(), before.size()));
    end.append(reinterpret_cast<const char*>(whole.digest), sizeof whole.digest);
    return end + little(xxh3(end, seed() + blocks.size()), 8);
  }
};

inline std::string random_bytes(std::mt19937_64& random, size_t most, unsigned letters = 256) {
  std::string out(random() % (most + 1), '\0');
  for (char& c : out) c = static_cast<char>(random() % letters);
  return out;
}

}  // namespace migrate::test
