// What a run did, as JSON and back: run_facts(), run_from_facts(). One list of fields serves both ways.
#include "engine/run_facts.h"

#include <charconv>

#include "base/json.h"
#include "base/json_write.h"
#include "engine/open_conflicts.h"

namespace migrate {
namespace {

template <class Run, class Visit>
void visit_numbers(Run& run, const Visit& visit) {
  visit("rows_read", run.rows_read);
  visit("written", run.written);
  visit("present", run.present);
  visit("conflicts", run.conflicts);
  visit("dead_rows", run.dead_rows);
  visit("updated", run.updated);
  visit("removed", run.removed);
  visit("kept", run.kept);
  visit("item_bytes", run.item_bytes);
  visit("sent_bytes", run.sent_bytes);
  visit("write_units", run.write_units);
  visit("requests", run.requests);
  visit("retries", run.retries);
  visit("throttles", run.throttles);
  visit("read_backs", run.read_backs);
  visit("bisections", run.bisections);
  visit("chunks", run.chunks);
  visit("chunks_skipped", run.chunks_skipped);
  visit("snapshots", run.snapshots);
  visit("reconnects", run.reconnects);
  visit("seconds", run.seconds);
  visit("reading_seconds", run.reading_seconds);
  visit("converting_seconds", run.converting_seconds);
  visit("waiting_for_target_seconds", run.waiting_for_target_seconds);
  visit("bucket_seconds", run.bucket_seconds);
}

template <class Run, class Visit>
void visit_lists(Run& run, const Visit& visit) {
  visit("dead_letters", run.dead_letters);
  visit("latency", run.latency.counts);
  visit("throughput", run.throughput);
}

template <class List>
std::string numbers_json(const List& list) {
  std::string out = "[";
  for (const auto& n : list) {
    if (out.size() > 1) out += ',';
    out += std::to_string(n);
  }
  return out + "]";
}

std::string pairs_json(const std::vector<std::pair<std::string, uint64_t>>& pairs) {
  std::vector<std::string> out;
  for (const auto& [name, n] : pairs) out.push_back("[" + json_string(name) + "," + std::to_string(n) + "]");
  return json_array(out);
}

template <class Number>
void read_number(JsonValue json, Number& out) {
  std::string_view text = json.text();
  std::from_chars(text.data(), text.data() + text.size(), out);
}

void read_list(JsonValue json, std::vector<uint64_t>& out) {
  for (JsonValue item : json.items()) read_number(item, out.emplace_back());
}

template <size_t N>
void read_list(JsonValue json, std::array<uint64_t, N>& out) {
  size_t i = 0;
  for (JsonValue item : json.items()) {
    if (i < N) read_number(item, out[i++]);
  }
}

void read_pairs(std::optional<JsonValue> json, std::vector<std::pair<std::string, uint64_t>>& out) {
  if (!json) return;
  for (JsonValue pair : json->items()) {
    std::pair<std::string, uint64_t> entry;
    for (JsonValue part : pair.items()) {
      if (part.is(JsonKind::string)) {
        entry.first = part.text();
      } else {
        read_number(part, entry.second);
      }
    }
    out.push_back(std::move(entry));
  }
}

}  // namespace

std::string run_facts(const TableRun& run) {
  JsonObject out;
  visit_numbers(run, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_floating_point_v<std::decay_t<decltype(value)>>) {
      out.add(name, value);
    } else {
      out.add(name, static_cast<unsigned long long>(value));
    }
  });
  visit_lists(run, [&](std::string_view name, const auto& list) { out.raw(name, numbers_json(list)); });
  std::vector<std::string> samples;
  for (const std::string& line : run.samples) samples.push_back(json_string(line));
  return out.add("reading", run.reading)
      .add("manifest", run.manifest)
      .raw("samples", json_array(samples))
      .raw("largest", pairs_json(run.largest))
      .raw("hot", pairs_json(run.hot))
      .raw("open_conflicts", open_conflicts_json(run.open_conflicts))
      .str();
}

Result<TableRun> run_from_facts(std::string_view json) {
  Diagnostics diagnostics;
  auto document = parse_json({json, "facts of a run in the cache", ErrorKind::cache_corrupt}, diagnostics);
  if (!document) return diagnostics.list.front();
  JsonValue root = document->root();
  TableRun run;
  visit_numbers(run, [&](std::string_view name, auto& value) {
    if (auto found = root.find(name)) read_number(*found, value);
  });
  visit_lists(run, [&](std::string_view name, auto& list) {
    if (auto found = root.find(name)) read_list(*found, list);
  });
  if (auto reading = root.find("reading")) run.reading = reading->text();
  if (auto manifest = root.find("manifest")) run.manifest = manifest->text();
  if (auto samples = root.find("samples")) {
    for (JsonValue line : samples->items()) run.samples.emplace_back(line.text());
  }
  read_pairs(root.find("largest"), run.largest);
  read_pairs(root.find("hot"), run.hot);
  if (auto conflicts = root.find("open_conflicts")) {
    for (JsonValue conflict : conflicts->items()) {
      OpenConflict& open = run.open_conflicts.emplace_back();
      if (auto entity = conflict.find("entity")) read_number(*entity, open.entity);
      if (auto key = conflict.find("key")) open.key = key->text();
      if (auto ours = conflict.find("ours")) open.ours = ours->text();
      if (auto gone = conflict.find("gone")) open.gone = gone->boolean();
    }
  }
  return run;
}

}  // namespace migrate
