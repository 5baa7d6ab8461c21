// What to do about what was found: recommendations(), dead_letter_remedy(), clean_up_steps().
#include <algorithm>

#include "base/text.h"
#include "report/findings.h"

namespace migrate {
namespace {

// A partition takes 1,000 write and 3,000 read units a second at most (DynamoDB developer guide, "Designing partition
// keys to distribute your workload").
constexpr double hot_share = 0.1;
constexpr uint64_t hot_items = 1000;
constexpr uint64_t large_item = 100'000;  // a quarter of what DynamoDB takes

void advise_on_run(const TableRun& run, size_t indexes, std::vector<std::string>& out) {
  const uint64_t items = run.written + run.present;
  if (!run.hot.empty() && items > 0) {
    const double share = static_cast<double>(run.hot[0].second) / static_cast<double>(items);
    if (share > hot_share && run.hot[0].second > hot_items) {
      out.push_back("Hot key: about " + share_text(share) + " of the items have the partition key " + run.hot[0].first +
                    ". One partition takes 1,000 write units a second: a key with more values spreads the load.");
    }
  }
  if (!run.largest.empty() && run.largest[0].second > large_item) {
    out.push_back("Large items: " + run.largest[0].first + " has " + human_bytes(run.largest[0].second) +
                  " of the 409.6 KB that DynamoDB takes, and each write of it costs " +
                  count_text((run.largest[0].second + 1023) / 1024) +
                  " write units. Consider fewer or smaller collections, or S3 for large values.");
  }
  if (run.throttles > 0) {
    out.push_back("Capacity: the table throttled " + plural(run.throttles, "request") +
                  ". Raise its write capacity or warm throughput for the load, or lower limits.write_rate.");
  }
  if (run.seconds > 10 && run.waiting_for_target_seconds > run.reading_seconds + run.converting_seconds) {
    out.push_back(
        "Speed: readers waited for the table most of the time; more write capacity would make the load faster.");
  } else if (run.seconds > 10 && run.reading_seconds > 3 * (run.converting_seconds + run.waiting_for_target_seconds)) {
    out.push_back(
        "Speed: the source was the slower side; a larger limits.connections, or indexes on the joined columns, "
        "would make the load faster.");
  }
  if (indexes >= 3 && run.write_units > 1e6) {
    out.push_back("Cost: " + std::to_string(indexes) + " indexes write each item " + std::to_string(indexes) +
                  " times more. An index that is added after the load, or that projects fewer attributes, costs less.");
  }
}

void advise_on_check(const CheckResult& check, const std::string& table, std::vector<std::string>& out) {
  if (check.mode == CheckMode::full && check.rows > check.dead_rows) {
    std::vector<std::string> unused;
    for (const auto& [name, rows] : check.attribute_counts) {
      if (rows == 0) unused.push_back(name);
    }
    if (!unused.empty()) {
      out.push_back("Unused: no row has a value for " + join(unused, ", ") +
                    ". Attributes that are never there can leave the contract.");
    }
  }
  if (check.missing > 0) {
    out.push_back("Missing items: migrate build -B run:" + table +
                  " puts those that are absent, and touches nothing else.");
  }
  if (check.different > 0) {
    out.push_back(
        "Different items: if the source is right, set on_conflict: overwrite for this table and build again; if "
        "another program changed them, they are its own.");
  }
  if (check.extra > 0) {
    out.push_back("Extra items: no row gives them. Another program wrote them, or their rows are gone.");
  }
  for (const ReferenceCheck& r : check.references) {
    if (r.orphans > 0) {
      out.push_back("Orphans: " + plural(r.orphans, "row") + " with " + r.attribute + " name a row of " +
                    r.joined_table + " that is not there. Mend the source, or give the attribute a null_value.");
    }
  }
}

}  // namespace

std::vector<std::string> recommendations(const ReportTable& table) {
  std::vector<std::string> out;
  if (table.run) advise_on_run(*table.run, table.indexes, out);
  if (table.check) advise_on_check(*table.check, table.table, out);
  return out;
}

// The same stand in docs/operations.md, "Dead letters".
std::string dead_letter_remedy(std::string_view code) {
  static constexpr std::pair<std::string_view, std::string_view> remedies[] = {
      {"conversion", "mend the value in the source, or give the attribute another type or a transformation"},
      {"zero_date", "mend the date, or set zero_dates: text (or \"null\") for the table"},
      {"number_range", "DynamoDB's numbers have 38 digits: make the attribute an S"},
      {"key_empty", "give the row a value for its key, or leave such rows out by where:"},
      {"key_too_long", "a partition key takes 2,048 bytes and a sort key 1,024: use a shorter key"},
      {"duplicate_key",
       "add what tells the rows apart to the key, or to the join that finds two; the reason says which"},
      {"item_too_large", "an item takes 409,600 bytes: leave attributes out, or limit collections"},
      {"collection_truncated", "it is longer than any item: give the collection a limit"},
      {"nesting_too_deep", "DynamoDB takes 32 levels: keep the value as text (S)"},
      {"conflict", "another item is there: compare the two; on_conflict: overwrite puts ours in its place"},
      {"refused", "the service refused the item: its message says why"},
  };
  for (const auto& [name, remedy] : remedies) {
    if (name == code) return std::string(remedy);
  }
  return "see the reason";
}

std::vector<std::string> clean_up_steps(const ReportData& data) {
  size_t views = 0;
  for (const ReportTable& t : data.tables) views += t.views.size();
  const std::string command = data.command.empty() ? "migrate clean" : data.command;
  return {"`" + command + "` drops the " + plural(views, "view") +
              " that migrate made in the source, and lists them first. The tables stay; the next build makes the views "
              "again and runs nothing that is up to date.",
          "`" + command +
              " --tables` also deletes the target tables that migrate made, after asking. There is no way back.",
          "`" + data.state + "` holds what migrate remembers, `" + data.out +
              "` what it shows. Both can go when the migration is over."};
}

}  // namespace migrate
