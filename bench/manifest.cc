// Row manifests of many entries: writing, reading, sorting what a run finds, and the merge of the two in one pass;
// bytes an entry, and memory. Usage: bench_manifest [ENTRIES] [FOLDER]
#include "engine/manifest.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>

#include "bench/load.h"
#include "engine/record_sort.h"

namespace migrate {
namespace {

constexpr uint64_t sort_memory = 32 << 20;
constexpr uint64_t changed_one_in = 1000;

// As a generator of random numbers has it (splitmix64): digests do not compress.
uint64_t scrambled(uint64_t n) {
  n += 0x9E3779B97F4A7C15;
  n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9;
  n = (n ^ n >> 27) * 0x94D049BB133111EB;
  return n ^ n >> 31;
}

// Entry i of a table whose users have three orders each: USER#1234567 and ORDER#7654321, ascending with i.
class Row {
 public:
  void make(uint64_t i, bool changed) {
    const uint64_t order = 1'000'000 + i % 3 * 3'000'000 + scrambled(i) % 3'000'000;
    source_key_ = std::to_string(order);
    key_.assign("\0\0\0\x0CUSER#", 9).append(std::to_string(1'000'000 + i / 3));
    key_.append("\0\0\0\x0DORDER#", 10).append(source_key_);
    const uint64_t words[] = {scrambled(2 * i + (changed ? 1 : 0)), scrambled(3 * i), scrambled(5 * i)};
    std::memcpy(entry_.digest.bytes.data(), words, 16);
    std::memcpy(entry_.source_hash.data(), words + 2, 6);
    entry_.key = key_;
  }
  const ManifestEntry& entry() const { return entry_; }
  // As a run that compares has it: also where the row can be read again.
  SortedRecord record() {
    fixed_.assign(entry_.digest.view());
    fixed_.append(reinterpret_cast<const char*>(entry_.source_hash.data()), entry_.source_hash.size());
    return {key_, fixed_, source_key_};
  }

 private:
  std::string key_, source_key_, fixed_;
  ManifestEntry entry_;
};

Result<void> write(const std::string& path, uint64_t entries) {
  ManifestHeader header{"mariadb://db:3306/shop", "dynamodb:eu-west-1:Orders", "1", {"PK", 'S'}, {}, {{"PK", "SK"}}};
  header.sk = KeyAttribute{"SK", 'S'};
  TRY(writer, ManifestWriter::create(path, header));
  Row row;
  for (uint64_t i = 0; i < entries; ++i) {
    row.make(i, false);
    CHECK_OK(writer.add(row.entry()));
  }
  CHECK_OK(writer.finish());
  const double each = static_cast<double>(writer.bytes()) / static_cast<double>(entries);
  std::printf("%.2f bytes an entry: 22 of digest and source hash, %.2f of key and all else\n", each, each - 22);
  return {};
}

Result<void> read(const std::string& path) {
  TRY(reader, ManifestReader::open(path));
  ManifestEntry entry;
  for (bool more = true; more;) {
    TRY(found, reader.next(entry));
    more = found;
  }
  return {};
}

Result<void> feed(RecordSort& sort, uint64_t entries) {
  uint64_t step = 7'368'787 % entries | 1;
  while (std::gcd(step, entries) != 1) step += 2;
  Row row;
  for (uint64_t n = 0, i = 0; n < entries; ++n, i = (i + step) % entries) {
    row.make(i, i % changed_one_in == 0);
    CHECK_OK(sort.feeder(0).add(row.record()));
  }
  return {};
}

// What an incremental run does with them.
Result<void> compare(const std::string& path, RecordSort& sort) {
  TRY(reader, ManifestReader::open(path));
  ManifestEntry entry;
  uint64_t same = 0, updates = 0, others = 0;
  CHECK_OK(sort.merge([&](const SortedRecord& record) -> Result<void> {
    TRY(found, reader.next(entry));
    if (!found || entry.key != record.key) {
      ++others;
    } else {
      ++(entry.digest.view() == record.fixed.substr(0, 16) ? same : updates);
    }
    return {};
  }));
  TRY(left, reader.next(entry));
  std::printf("%llu the same, %llu updates, %llu others; %llu bytes spilled\n", static_cast<unsigned long long>(same),
              static_cast<unsigned long long>(updates), static_cast<unsigned long long>(others + left),
              static_cast<unsigned long long>(sort.spilled_bytes()));
  return {};
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) {
  using namespace migrate;
  const uint64_t entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const std::string folder = argc > 2 ? argv[2] : "/tmp",
                    path = folder + "/bench_manifest_" + std::to_string(::getpid());
  const auto step = [&](const char* name, auto work) {
    Result<void> done;
    bench::measure(name, entries, [&] { done = work(); });
    if (!done) std::fprintf(stderr, "%s", describe(done.error()).c_str());
    return done.ok();
  };
  RecordSort sort(folder, sort_memory, 1, 22);
  const bool done = step("write", [&] { return write(path, entries); }) && step("read", [&] { return read(path); }) &&
                    step("sort: feed", [&] { return feed(sort, entries); }) &&
                    step("and merge", [&] { return compare(path, sort); });
  ::unlink(path.c_str());
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  std::printf("peak memory %.1f MB\n", static_cast<double>(use.ru_maxrss) / 1000);
  return done ? 0 : 1;
}
