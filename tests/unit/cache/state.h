// A small vocabulary for tests of the cache.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "cache/cache.h"

namespace migrate::test {

class StateFolder {
 public:
  StateFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "migrate-cache-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~StateFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string file(const std::string& name = "cache.db") const { return path_ + "/" + name; }

  std::unique_ptr<Cache> open(const std::string& project = "shop") const {
    auto cache = Cache::open(path_, project);
    EXPECT_TRUE(cache) << describe(cache.error());
    return cache ? std::move(*cache) : nullptr;
  }
  std::unique_ptr<Cache> read(const std::string& project = "shop") const {
    auto cache = Cache::open_read_only(path_, project);
    EXPECT_TRUE(cache) << describe(cache.error());
    return cache ? std::move(*cache) : nullptr;
  }
  // "cache-corrupt: the cache …", with the folder's random name taken out; "" when it opens.
  std::string refusal(const std::string& project = "shop") const {
    auto cache = Cache::open(path_, project);
    if (cache) return "";
    std::string text = std::string(error_code(cache.error().kind)) + ": " + cache.error().message;
    for (size_t at; (at = text.find(path_)) != std::string::npos;) text.replace(at, path_.size(), "STATE");
    return text;
  }
  std::string bytes(const std::string& name = "cache.db") const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes, const std::string& name = "cache.db") const {
    std::ofstream(file(name), std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  std::string path_;
};

inline Digest of(const std::string& text) { return digest_of("text", text); }

// A record all of whose fields follow from its name and a number.
inline Record record_of(const std::string& target, int n) {
  Record r;
  r.target = target;
  r.recipe = n;
  r.inputs.add("where", of("w" + std::to_string(n)), "status <> " + std::to_string(n));
  r.inputs.add("view:" + target, of("v" + std::to_string(n)));
  r.observation_kind = n % 4;
  r.observation = of("o" + std::to_string(n));
  r.observation_display = std::to_string(n) + " rows";
  r.output = of("out" + std::to_string(n));
  r.open_problems = static_cast<uint64_t>(n);
  r.seconds = n / 8.0;
  r.finished_at = 1700000000 + n;
  r.run = "run " + std::to_string(n);
  r.facts =
      "{\"items\": " + std::to_string(n) + ", \"pad\": \"" + std::string(static_cast<size_t>(n % 50) * 20, 'x') + "\"}";
  return r;
}

// One line; equal lines, equal records.
inline std::string print(const Record& r) {
  std::string text = r.target + " v" + std::to_string(r.recipe);
  for (const RecordInput& input : r.inputs.list())
    text += " " + input.name + "=" + input.digest.brief() + "(" + input.display + ")";
  text += " seen " + std::to_string(r.observation_kind) + " " + r.observation.hex() + " " + r.observation_display;
  text += " out " + r.output.hex() + " open " + std::to_string(r.open_problems) + " in " + std::to_string(r.seconds);
  text += " at " + std::to_string(r.finished_at) + " by " + r.run + " " + r.facts;
  return text;
}

inline std::string print(Cache& cache) {
  auto records = cache.records();
  if (!records) return describe(records.error());
  std::string text;
  for (const Record& record : records->list) text += print(record) + "\n";
  return text;
}

}  // namespace migrate::test
