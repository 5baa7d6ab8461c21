// Adding up what happened: add_tally(), add_reader(), LatencyHistogram.
#include "engine/facts.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace migrate {
namespace {

constexpr double first_bound = 1e-4, bound_factor = 1.25;
constexpr size_t top_kept = 10;
constexpr size_t samples_of_a_code = 3;

void keep_top(std::vector<std::pair<std::string, uint64_t>>& list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (list.size() > top_kept) list.resize(top_kept);
}

}  // namespace

void LatencyHistogram::add(double seconds) {
  size_t i = 0;
  if (seconds > first_bound) i = static_cast<size_t>(std::log(seconds / first_bound) / std::log(bound_factor)) + 1;
  ++counts[std::min(i, counts.size() - 1)];
}

uint64_t LatencyHistogram::total() const {
  uint64_t sum = 0;
  for (uint64_t n : counts) sum += n;
  return sum;
}

double LatencyHistogram::quantile(double q) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total())));
  uint64_t sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i];
    if (sum >= wanted && sum > 0) return first_bound * std::pow(bound_factor, static_cast<double>(i));
  }
  return 0;
}

void add_samples(TableRun& facts, const std::string& lines) {
  std::vector<std::string>& samples = facts.samples;
  for (size_t start = 0; start < lines.size();) {
    const size_t end = lines.find('\n', start);
    const std::string line = lines.substr(start, end - start);
    start = end + 1;
    const size_t at = line.find("\"code\":\"");
    const std::string code = line.substr(at, line.find('"', at + 8) - at + 1);
    const auto same = std::count_if(samples.begin(), samples.end(),
                                    [&](const std::string& s) { return s.find(code) != std::string::npos; });
    if (static_cast<size_t>(same) < samples_of_a_code) samples.push_back(line);
    if (samples.size() == dead_letter_codes * samples_of_a_code) return;
  }
}

double TableRun::items_per_second() const {
  uint64_t done = 0;
  for (const uint64_t n : throughput) done += n;
  return seconds > 0 ? static_cast<double>(done) / seconds : 0;
}

void add_tally(TableRun& facts, const ChunkTally& tally) {
  facts.rows_read += tally.rows;
  facts.written += tally.written;
  facts.present += tally.present;
  facts.conflicts += tally.conflicts;
  facts.dead_rows += tally.dead_rows;
  facts.item_bytes += tally.item_bytes;
  facts.write_units += tally.write_units;
  for (size_t i = 0; i < dead_letter_codes; ++i) facts.dead_letters[i] += tally.letters[i];
  add_samples(facts, tally.lines);
  const size_t room = max_open_conflicts - facts.open_conflicts.size();
  const auto end = tally.open_conflicts.begin() + static_cast<long>(std::min(room, tally.open_conflicts.size()));
  facts.open_conflicts.insert(facts.open_conflicts.end(), tally.open_conflicts.begin(), end);
}

void add_reader(TableRun& facts, const ReaderFacts& reader, const NativeJob& job) {
  facts.reading_seconds += reader.reading_seconds;
  facts.converting_seconds += reader.converting_seconds;
  facts.waiting_for_target_seconds += reader.waiting_seconds;
  facts.largest.insert(facts.largest.end(), reader.largest.begin(), reader.largest.end());
  keep_top(facts.largest);
  const bool hidden = job.masking.hides_attribute(job.views.pk);
  for (const auto& [key, count] : reader.hot) {
    const std::string name = hidden ? job.masking.mask(key) : printable(key);
    const auto same =
        std::find_if(facts.hot.begin(), facts.hot.end(), [&](const auto& entry) { return entry.first == name; });
    if (same != facts.hot.end()) {
      same->second += count;
    } else {
      facts.hot.emplace_back(name, count);
    }
  }
  keep_top(facts.hot);
}

}  // namespace migrate
