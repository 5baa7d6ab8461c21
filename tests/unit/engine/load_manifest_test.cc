// The manifest of loads: of all that was about to be written under a key, and turned out not to be ours, which is
// there.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/load_log.h"
#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::Scratch;

LoadLogHeader header_of_load(const std::string& plan = "00ff") {
  LoadLogHeader header;
  header.source = "source";
  header.target = "target";
  header.plan = plan;
  header.pk = {"id", 'S'};
  header.attributes = {"id", "name"};
  return header;
}

ManifestHeader manifest_of_load() {
  ManifestHeader header;
  header.source = "source";
  header.target = "target";
  header.run = "run";
  header.pk = {"id", 'S'};
  header.shapes = {{"id", "name"}};
  return header;
}

SourceHash row_hash(uint64_t row) {
  SourceHash out{};
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(row >> (8 * i));
  return out;
}

// What loads said, one after the other, and what comes of it as text: "a: 2" for an entry.
struct Loads {
  Scratch scratch;
  std::vector<std::string> paths;
  std::optional<LoadLog> log;
  std::map<Digest, std::string> names;
  LoadOutcome outcome;
  uint64_t memory = 1 << 20;

  Loads() { load(); }
  // The one before is over, or was killed when all that it said was written.
  Loads& load() {
    EXPECT_TRUE(!log || log->finish());
    paths.push_back(scratch.path("log" + std::to_string(paths.size())));
    auto made = LoadLog::create(paths.back(), header_of_load());
    EXPECT_TRUE(made);
    log = std::move(*made);
    return *this;
  }
  Digest named(const std::string& content) {
    const Digest digest = digest_of("item", content);
    names[digest] = content;
    return digest;
  }
  Loads& attempt(const std::string& key, const std::string& content, uint64_t row = 7) {
    std::vector<Attempt> one{{key, named(content), row_hash(row)}};
    EXPECT_TRUE(log->attempt(one));
    return *this;
  }
  Loads& found(const std::string& key, const std::string& content) {
    EXPECT_TRUE(log->not_ours(key, named(content)));
    return *this;
  }
  Loads& refused(const std::string& key) {
    EXPECT_TRUE(log->not_ours(key, std::nullopt));
    return *this;
  }

  std::string manifest() {
    EXPECT_TRUE(log->finish());
    const std::string path = scratch.path("manifest");
    const auto made = manifest_from_logs(paths, scratch.path("spill"), memory, manifest_of_load(), path);
    if (!made) return describe(made.error());
    outcome = *made;
    auto reader = ManifestReader::open(path);
    EXPECT_TRUE(reader && reader->header() == manifest_of_load());
    ManifestEntry entry;
    std::string out;
    for (auto more = reader->next(entry); more && *more; more = reader->next(entry)) {
      EXPECT_EQ(entry.shape, 0U);
      EXPECT_FALSE(entry.accepted);
      out += (out.empty() ? "" : ", ") + std::string(entry.key) + ": " + names.at(entry.digest);
      rows[std::string(entry.key)] = entry.source_hash;
    }
    EXPECT_EQ(outcome.entries, reader->count());
    if (outcome.stale > 0) out += ", " + std::to_string(outcome.stale) + " stale";
    if (outcome.not_ours > 0) out += ", " + std::to_string(outcome.not_ours) + " not ours";
    return out;
  }
  std::map<std::string, SourceHash> rows;
};

TEST(LoadManifest, HasWhatWasWritten) {
  EXPECT_EQ(Loads().manifest(), "");
  EXPECT_EQ(Loads().attempt("b", "2").attempt("a", "1").manifest(), "a: 1, b: 2");
}

TEST(LoadManifest, OfAChunkThatWasReadTwiceHasTheLast) {
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "1").manifest(), "a: 1");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").manifest(), "a: 2");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").attempt("a", "1").manifest(), "a: 1");
  Loads moved;
  EXPECT_EQ(moved.attempt("a", "1", 5).attempt("b", "1", 6).attempt("a", "1", 9).manifest(), "a: 1, b: 1");
  EXPECT_TRUE(moved.rows["a"] == row_hash(9) && moved.rows["b"] == row_hash(6));
}

TEST(LoadManifest, LeavesOutWhatIsAnApplications) {
  EXPECT_EQ(Loads().attempt("a", "1").attempt("b", "2").found("a", "theirs").manifest(), "b: 2, 1 not ours");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").found("a", "theirs").manifest(), ", 1 not ours");
}

TEST(LoadManifest, KnowsWhatAKilledLoadWroteAndTheRowNoLongerGives) {
  Loads loads;
  EXPECT_EQ(loads.attempt("a", "1", 3).load().attempt("a", "2", 4).found("a", "1").manifest(), "a: 1, 1 stale");
  EXPECT_TRUE(loads.rows["a"] == row_hash(3));
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").found("a", "1").manifest(), "a: 1, 1 stale");
  // Two readers of one row: the other was first.
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").found("a", "2").manifest(), "a: 2");
}

TEST(LoadManifest, OfARefusedItemHasWhatMayHaveBeenWrittenBefore) {
  EXPECT_EQ(Loads().attempt("a", "1").refused("a").manifest(), ", 1 not ours");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "1").refused("a").manifest(), ", 1 not ours");
  EXPECT_EQ(Loads().attempt("a", "1").load().attempt("a", "2").refused("a").manifest(), "a: 1, 1 stale");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").attempt("a", "3").refused("a").manifest(), "a: 2, 1 stale");
}

// What was refused was never there, and what another item was found instead of is no longer there.
TEST(LoadManifest, OfARefusedItemHasNothingThatCannotBeThere) {
  EXPECT_EQ(Loads().attempt("a", "1").refused("a").load().attempt("a", "2").refused("a").manifest(), ", 1 not ours");
  EXPECT_EQ(Loads().attempt("a", "1").found("a", "theirs").attempt("a", "2").refused("a").manifest(), ", 1 not ours");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").found("a", "1").attempt("a", "3").refused("a").manifest(),
            "a: 1, 1 stale");
}

TEST(LoadManifest, StartsOverWithALaterAttempt) {
  EXPECT_EQ(Loads().attempt("a", "1").found("a", "theirs").attempt("a", "2").manifest(), "a: 2");
  EXPECT_EQ(Loads().attempt("a", "1").refused("a").load().attempt("a", "1").manifest(), "a: 1");
  EXPECT_EQ(Loads().attempt("a", "1").attempt("a", "2").found("a", "1").attempt("a", "3").manifest(), "a: 3");
  // What was attempted stays known, also over what was found meanwhile.
  EXPECT_EQ(Loads().attempt("a", "1").found("a", "theirs").attempt("a", "2").found("a", "1").manifest(),
            "a: 1, 1 stale");
}

// An application that wrote over what a killed load had written: the later log says so.
TEST(LoadManifest, TakesLogsInTheirOrder) {
  Loads loads;
  loads.attempt("a", "1").load().attempt("a", "2");
  EXPECT_EQ(loads.manifest(), "a: 2");
  std::swap(loads.paths[0], loads.paths[1]);
  EXPECT_EQ(loads.manifest(), "a: 1");
}

TEST(LoadManifest, OfALogThatWasCutHasWhatStandsBefore) {
  Loads loads;
  loads.attempt("a", "1").attempt("b", "2");
  const std::string whole = test::content_of(loads.paths[0]);
  test::put_content(loads.paths[0], whole.substr(0, whole.size() - 1));
  EXPECT_EQ(loads.manifest(), "a: 1");
}

TEST(LoadManifest, IsNotMadeOfADamagedLogNorOfAnotherLoad) {
  Loads loads;
  loads.attempt("a", "1").attempt("b", "2");
  test::flip(loads.paths[0], 8 * (test::content_of(loads.paths[0]).size() / 2 + 40));
  EXPECT_FALSE(manifest_from_logs(loads.paths, loads.scratch.path("spill"), 1 << 20, manifest_of_load(),
                                  loads.scratch.path("manifest")));
  EXPECT_FALSE(file_exists(loads.scratch.path("manifest")));
  for (const auto& change : std::vector<std::function<void(LoadLogHeader&)>>{
           [](LoadLogHeader& h) { h.plan = "another"; }, [](LoadLogHeader& h) { h.source = "another"; },
           [](LoadLogHeader& h) { h.target = "another"; }, [](LoadLogHeader& h) { h.attributes = {"id"}; }}) {
    Loads two;
    LoadLogHeader header = header_of_load();
    change(header);
    two.paths.push_back(two.scratch.path("other"));
    ASSERT_TRUE(LoadLog::create(two.paths.back(), header));
    EXPECT_NE(two.manifest().find("is the log of another load"), std::string::npos);
  }
}

// The same by a model that keeps, for each key, what the table may hold now.
struct LoadModel {
  struct Known {
    std::vector<std::string> ever;  // attempted
    std::vector<std::string> may;   // be there, the latest last
    std::string last;
  };
  std::map<std::string, Known> keys;

  void attempt(const std::string& key, const std::string& content) {
    Known& k = keys[key];
    k.ever.push_back(content);
    std::erase(k.may, content);
    k.may.push_back(content);
    k.last = content;
  }
  void found(const std::string& key, const std::string& content) {
    Known& k = keys[key];
    const bool known = std::find(k.ever.begin(), k.ever.end(), content) != k.ever.end();
    k.may = known ? std::vector{content} : std::vector<std::string>{};
  }
  void refused(const std::string& key) { std::erase(keys[key].may, keys[key].last); }
  std::string manifest() const {
    std::string out;
    uint64_t stale = 0, not_ours = 0;
    for (const auto& [key, k] : keys) {
      if (k.may.empty()) {
        ++not_ours;
        continue;
      }
      out += (out.empty() ? "" : ", ") + key + ": " + k.may.back();
      if (k.may.back() != k.last) ++stale;
    }
    if (stale > 0) out += ", " + std::to_string(stale) + " stale";
    if (not_ours > 0) out += ", " + std::to_string(not_ours) + " not ours";
    return out;
  }
};

TEST(LoadManifest, IsWhatAModelSays) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 40; ++round) {
    Loads loads;
    loads.memory = round % 2 == 0 ? 1 : 1 << 20;  // all is spilled, or nothing
    LoadModel model;
    const uint64_t keys = 1 + random() % 300;
    for (uint64_t n = random() % 3000; n > 0; --n) {
      const std::string key = "key" + std::to_string(random() % keys), content = std::to_string(random() % 4);
      const uint64_t what = random() % 10;
      if (what < 6 || !model.keys.contains(key)) {
        loads.attempt(key, content);
        model.attempt(key, content);
      } else if (what < 8) {
        loads.found(key, content);
        model.found(key, content);
      } else {
        loads.refused(key);
        model.refused(key);
      }
      if (random() % 500 == 0) loads.load();
    }
    ASSERT_EQ(loads.manifest(), model.manifest()) << "round " << round;
  }
}

TEST(LoadAttempts, AreSightingsForARunThatCompares) {
  Loads loads;
  loads.attempt("a", "1", 5).found("a", "theirs").attempt("b", "2").attempt("b", "3").refused("b");
  ASSERT_TRUE(loads.log->finish());
  RecordSort sort(loads.scratch.path("spill"), 1 << 20, 1, sighting_fixed_bytes);
  ASSERT_TRUE(add_logged_attempts(loads.paths[0], sort.feeder(0)));
  std::string out;
  const auto counts =
      find_changes(sort, nullptr, {[](const SourceHash&) { return false; }}, [&](const Change& change) -> Result<void> {
        EXPECT_TRUE(change.kind == Change::Kind::remove);
        out += std::string(change.key) + ":";
        std::set<std::string> attempts;
        for (const Digest& digest : change.attempts) attempts.insert(loads.names.at(digest));
        for (const std::string& name : attempts) out += " " + name;
        out += "; ";
        return {};
      });
  ASSERT_TRUE(counts);
  EXPECT_EQ(out, "a: 1; b: 2 3; ");
}

}  // namespace
}  // namespace migrate
