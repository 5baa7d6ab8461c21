// Rows now and what was written then: which items a later run inserts, updates, deletes and leaves.
#include "engine/find_changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::Scratch;

Digest content(const std::string& text) { return digest_of("content", text); }

SourceHash hash_of(const std::string& row) {
  SourceHash out{};
  for (size_t i = 0; i < row.size() && i < out.size(); ++i) out[i] = static_cast<unsigned char>(row[i]);
  return out;
}

struct Written {
  std::string content = {}, row = {};
  std::string accepted = {};  // "": none was
};

// What is known, and what comes out as text: "update b: r2, we wrote old, perhaps tried". Contents are told by name.
struct Compared {
  std::map<std::string, Written> manifest;
  std::vector<std::pair<Sighting::Kind, std::array<std::string, 3>>> seen;  // key, content, row
  std::set<std::string> keyless;
  bool has_manifest = true;
  ChangeCounts counts;

  void row(const std::string& key, const std::string& what, const std::string& row) {
    seen.push_back({Sighting::Kind::row, {key, what, row}});
  }
  void dead_row(const std::string& key, const std::string& row) {
    seen.push_back({Sighting::Kind::dead_row, {key, "", row}});
  }
  void attempt(const std::string& key, const std::string& what, const std::string& row) {
    seen.push_back({Sighting::Kind::attempt, {key, what, row}});
  }

  std::string changes(uint64_t memory = 1 << 20) {
    Scratch scratch;
    std::map<Digest, std::string> names;
    const auto named = [&](const std::string& text) {
      names[content(text)] = text;
      return content(text);
    };
    ManifestHeader header;
    header.pk = {"id", 'S'};
    header.shapes = {{"id"}};
    auto writer = ManifestWriter::create(scratch.path("manifest"), header);
    for (const auto& [key, w] : manifest) {
      ManifestEntry entry{key, named(w.content), hash_of(w.row), 0, std::nullopt};
      if (!w.accepted.empty()) entry.accepted = named(w.accepted);
      EXPECT_TRUE(writer->add(entry));
    }
    EXPECT_TRUE(writer->finish());
    auto reader = ManifestReader::open(scratch.path("manifest"));
    RecordSort sort(scratch.path("spill"), memory, 1, sighting_fixed_bytes);
    for (const auto& [kind, s] : seen) {
      Sighting sighting{kind, s[0], {}, hash_of(s[2]), {1, s[2]}};
      if (kind != Sighting::Kind::dead_row) sighting.digest = named(s[1]);
      EXPECT_TRUE(add_sighting(sort.feeder(0), sighting));
    }
    std::set<SourceHash> without_key;
    for (const std::string& row : keyless) without_key.insert(hash_of(row));
    std::string out;
    auto found = find_changes(
        sort, has_manifest ? &*reader : nullptr, {[&](const SourceHash& h) { return without_key.contains(h); }},
        [&](const Change& c) -> Result<void> {
          static const char* const kinds[] = {"insert ", "update ", "remove ", "keep ", "look "};
          out += kinds[static_cast<int>(c.kind)] + std::string(c.key) + ":";
          if (c.kind == Change::Kind::insert || c.kind == Change::Kind::update) {
            out += " " + names[c.now] + " of " + std::string(c.place.body);
            EXPECT_EQ(c.source_hash, hash_of(std::string(c.place.body)));
            EXPECT_EQ(c.place.entity, 1U);
          }
          if (c.kind == Change::Kind::keep && c.source_hash != c.before->source_hash) {
            out +=
                " of " + std::string(c.source_hash.begin(), std::find(c.source_hash.begin(), c.source_hash.end(), 0));
          }
          if (c.before != nullptr) out += ", wrote " + names[c.before->digest];
          for (const Digest& attempt : c.attempts) out += ", tried " + names[attempt];
          out += "\n";
          return {};
        });
    EXPECT_TRUE(found) << describe(found.error());
    counts = *found;
    return out;
  }
};

TEST(Changes, tell_new_changed_and_deleted_rows_apart) {
  Compared c;
  c.manifest = {{"a", {"A", "1"}}, {"b", {"B", "2"}}, {"c", {"C", "3"}}};
  c.row("d", "D", "4");
  c.row("c", "C", "3");
  c.row("a", "A2", "1");
  EXPECT_EQ(c.changes(),
            "update a: A2 of 1, wrote A\n"
            "remove b:, wrote B\n"
            "insert d: D of 4\n");
  EXPECT_EQ(c.counts.unchanged, 1U);
  EXPECT_EQ(c.counts.inserts + c.counts.updates + c.counts.removes, 3U);
}

TEST(Changes, of_a_first_run_are_all_inserts) {
  Compared c;
  c.has_manifest = false;
  c.row("b", "B", "2");
  c.row("a", "A", "1");
  EXPECT_EQ(c.changes(), "insert a: A of 1\ninsert b: B of 2\n");
}

TEST(Changes, leave_the_item_of_a_row_that_became_bad) {
  Compared c;
  c.manifest = {{"a", {"A", "1"}}, {"b", {"B", "2"}}, {"c", {"C", "3"}}};
  c.dead_row("a", "1");
  c.dead_row("z", "9");
  c.keyless = {"2"};  // its key is NULL now
  c.row("c", "C2", "3");
  c.row("c", "C", "5");
  EXPECT_EQ(c.changes(),
            "keep a:, wrote A\n"
            "keep b:, wrote B\n"
            "keep c:, wrote C\n")
      << "nobody knows which of two rows with one key is the right one";
  EXPECT_EQ(c.counts.kept, 3U);
}

// Another row took the key, and gives the same: it was then taken for gone as soon as its key could not be built.
TEST(Changes, say_whose_an_unchanged_item_is_now) {
  Compared c;
  c.manifest = {{"a", {"A", "1"}}, {"b", {"B", "2"}}, {"c", {"C", "3"}}};
  c.row("a", "A", "7");
  c.dead_row("b", "8");
  c.keyless = {"3"};  // and no other row lends it its own
  c.row("d", "D", "9");
  EXPECT_EQ(c.changes(),
            "keep a: of 7, wrote A\n"
            "keep b: of 8, wrote B\n"
            "keep c:, wrote C\n"
            "insert d: D of 9\n");
  EXPECT_EQ(c.counts.unchanged, 1U);
}

TEST(Changes, know_what_was_accepted_as_the_base) {
  Compared c;
  c.manifest = {{"a", {"theirs", "1", "ours"}}, {"b", {"theirs", "2", "ours"}}, {"c", {"theirs", "3", "ours"}}};
  c.row("a", "ours", "1");
  c.row("b", "newer", "2");
  c.row("c", "theirs", "3");
  EXPECT_EQ(c.changes(),
            "update b: newer of 2, wrote theirs\n"
            "update c: theirs of 3, wrote theirs\n")
      << "the second is found equal, and ends what was accepted";
}

TEST(Changes, look_wherever_a_killed_run_may_have_written) {
  Compared c;
  c.manifest = {{"a", {"A", "1"}}, {"b", {"B", "2"}}, {"c", {"C", "3"}}, {"d", {"D", "4"}}, {"g", {"G", "7"}}};
  c.attempt("a", "A2", "1");
  c.row("a", "A", "1");  // changed, and changed back
  c.attempt("b", "B", "2");
  c.row("b", "B", "2");
  c.attempt("c", "C2", "3");
  c.attempt("d", "D2", "4");
  c.dead_row("d", "4");
  c.attempt("e", "E", "5");  // inserted by it, and the row is gone again
  c.attempt("f", "F", "6");
  c.row("f", "F2", "6");
  c.attempt("g", "G", "7");  // wrote what was there
  c.dead_row("g", "7");
  EXPECT_EQ(c.changes(),
            "update a: A of 1, wrote A, tried A2\n"
            "remove c:, wrote C, tried C2\n"
            "look d:, wrote D, tried D2\n"
            "remove e:, tried E\n"
            "update f: F2 of 6, tried F\n"
            "keep g:, wrote G, tried G\n");
}

TEST(Changes, are_those_of_a_plain_comparison_whatever_the_rows) {
  const uint64_t seed = test::test_seed();
  SCOPED_TRACE("MIGRATE_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 30; ++round) {
    Compared c;
    std::map<std::string, std::string> rows;
    const auto key = [&] { return "k" + std::to_string(random() % 300); };
    const auto what = [&] { return std::string(1, static_cast<char>('A' + random() % 3)); };
    for (size_t i = 0; i < 200; ++i) {
      const std::string k = key();
      c.manifest[k] = {what(), k};
    }
    for (size_t i = 0; i < 200; ++i) rows[key()] = what();
    for (const auto& [k, w] : rows) c.row(k, w, k);
    std::shuffle(c.seen.begin(), c.seen.end(), random);
    std::map<std::string, std::string> expected;
    for (const auto& [k, w] : rows) {
      const auto before = c.manifest.find(k);
      if (before == c.manifest.end()) expected[k] = "insert " + k + ": " + w + " of " + k;
      if (before != c.manifest.end() && before->second.content != w)
        expected[k] = "update " + k + ": " + w + " of " + k + ", wrote " + before->second.content;
    }
    for (const auto& [k, w] : c.manifest) {
      if (!rows.contains(k)) expected[k] = "remove " + k + ":, wrote " + w.content;
    }
    std::string text;
    for (const auto& [k, line] : expected) text += line + "\n";
    EXPECT_EQ(c.changes(4096), text);
  }
}

}  // namespace
}  // namespace migrate
