// Change lists: changes and header come back as they were, what is damaged or newer is refused, and the next run learns
// what a killed one was about to do.
#include "engine/change_list.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text.h"
#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::content_of;
using test::Parts;
using test::put_content;
using test::Scratch;

ChangeListHeader header_of_changes() {
  ChangeListHeader header;
  header.source = "mariadb://db.example:3306/shop";
  header.target = "dynamodb:eu-west-1:123456789012:Orders";
  header.run = "2024-07-02T12:00:00Z-7f3b";
  header.base = "2024-07-01T12:00:00Z-7f3a";
  header.pk = {"customer", 'S'};
  header.sk = KeyAttribute{"number", 'N'};
  header.shapes = {{"customer", "number", "total"}, {"customer", "number"}};
  header.current = 1;
  return header;
}

// A change that owns what it points to.
struct Planned {
  Change::Kind kind = Change::Kind::insert;
  std::string key = {}, body = {};
  uint32_t entity = 0;
  Digest now{};
  SourceHash source_hash{};
  bool any_before = false;
  Digest before{};
  SourceHash before_hash{};
  uint32_t before_shape = 0;
  std::optional<Digest> accepted{};
  std::vector<Digest> attempts{};
  bool operator==(const Planned&) const = default;

  static Planned of(const Change& c) {
    Planned p{c.kind, std::string(c.key), std::string(c.place.body), c.place.entity, c.now, c.source_hash};
    p.attempts = c.attempts;
    if (c.before == nullptr) return p;
    EXPECT_EQ(c.before->key, c.key);
    p.any_before = true;
    p.before = c.before->digest;
    p.before_hash = c.before->source_hash;
    p.before_shape = c.before->shape;
    p.accepted = c.before->accepted;
    return p;
  }
};

Result<void> add(ChangeListWriter& writer, const Planned& p) {
  const ManifestEntry entry{p.key, p.before, p.before_hash, p.before_shape, p.accepted};
  return writer.add(
      {p.kind, p.key, p.now, p.source_hash, {p.entity, p.body}, p.any_before ? &entry : nullptr, p.attempts});
}

Result<void> write(const std::string& path, const std::vector<Planned>& changes) {
  TRY(writer, ChangeListWriter::create(path, header_of_changes()));
  for (const Planned& p : changes) CHECK_OK(add(writer, p));
  return writer.finish();
}

Result<std::vector<Planned>> read_changes(const std::string& path) {
  TRY(reader, ChangeListReader::open(path));
  std::vector<Planned> all;
  for (Change change;;) {
    TRY(more, reader.next(change));
    if (!more) return all;
    all.push_back(Planned::of(change));
  }
}

std::string refusal_of_changes(const std::string& path) {
  const auto changes = read_changes(path);
  return changes
             ? ""
             : replace_all(std::string(error_code(changes.error().kind)) + ": " + changes.error().message, path, "c");
}

Digest planned_item(const std::string& text) { return digest_of("item", text); }

// One of each kind, and of each that may be left out.
std::vector<Planned> one_of_each() {
  std::vector<Planned> all(6);
  for (size_t i = 0; i < all.size(); ++i) all[i].key = "key " + std::to_string(i);
  all[0].kind = Change::Kind::insert;
  all[0].now = planned_item("0");
  all[0].source_hash = {1, 2, 3, 4, 5, 6};
  all[0].entity = 300;
  all[0].body = std::string("\0{\"customer\":{\"S\":\"ann\"}}", 25);
  all[1] = all[0];
  all[1].key = "key 1";
  all[1].kind = Change::Kind::update;
  all[1].any_before = true;
  all[1].before = planned_item("1");
  all[1].before_hash = {6, 5, 4, 3, 2, 1};
  all[1].before_shape = 1;
  all[2] = all[1];
  all[2].key = "key 2";
  all[2].accepted = planned_item("2");
  all[2].attempts = {Digest{}, planned_item("3"), planned_item("4")};
  all[3].kind = Change::Kind::remove;
  all[3].any_before = true;
  all[3].before = planned_item("5");
  all[3].source_hash = all[3].before_hash = {9};
  all[4].kind = Change::Kind::keep;
  all[4].any_before = true;
  all[4].accepted = planned_item("6");
  all[5].kind = Change::Kind::look;
  all[5].attempts = {planned_item("7")};
  return all;
}

TEST(ChangeList, GivesBackEachKindWithAllThatItMayHave) {
  const Scratch scratch;
  ASSERT_TRUE(write(scratch.path("c"), one_of_each()));
  const auto back = read_changes(scratch.path("c"));
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_TRUE(*back == one_of_each());
  const auto reader = ChangeListReader::open(scratch.path("c"));
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->header() == header_of_changes());
  EXPECT_EQ(reader->count(), 6U);
}

TEST(ChangeList, GivesBackRandomChanges) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  const auto digest = [&] { return planned_item(std::to_string(random() % 50)); };
  for (int round = 0; round < 5; ++round) {
    std::map<std::string, Planned> changes;
    for (size_t n = random() % 3000; n > 0; --n) {
      Planned p;
      p.kind = static_cast<Change::Kind>(random() % 5);
      p.key = test::random_bytes(random, 20);
      p.body = test::random_bytes(random, 300);
      p.entity = static_cast<uint32_t>(random() % 200);
      p.now = digest();
      p.source_hash[0] = static_cast<unsigned char>(random());
      p.attempts.resize(random() % 4, digest());
      if (random() % 2 == 0) {
        p.any_before = true;
        p.before = digest();
        p.before_hash[5] = static_cast<unsigned char>(random());
        p.before_shape = static_cast<uint32_t>(random() % 2);
        if (random() % 2 == 0) p.accepted = digest();
      }
      changes[p.key] = p;
    }
    std::vector<Planned> expected;
    for (const auto& [key, p] : changes) expected.push_back(p);
    ASSERT_TRUE(write(scratch.path("c"), expected));
    const auto back = read_changes(scratch.path("c"));
    ASSERT_TRUE(back) << describe(back.error());
    EXPECT_TRUE(*back == expected) << "round " << round;
  }
}

TEST(ChangeList, HoldsTheLargestItemThatThereIs) {
  const Scratch scratch;
  std::vector<Planned> changes = one_of_each();
  for (Planned& p : changes) p.body.assign(size_t{6} * 409'600, '\\');
  ASSERT_TRUE(write(scratch.path("c"), changes));
  EXPECT_TRUE(*read_changes(scratch.path("c")) == changes);
}

TEST(ChangeList, WithoutABaseOrASortKeySaysSo) {
  const Scratch scratch;
  ChangeListHeader header = header_of_changes();
  header.base.clear();
  header.sk.reset();
  auto writer = ChangeListWriter::create(scratch.path("c"), header);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->finish());
  EXPECT_TRUE(ChangeListReader::open(scratch.path("c"))->header() == header);
}

TEST(ChangeList, ThatIsCutIsRefused) {
  const Scratch scratch;
  const std::string path = scratch.path("c");
  ASSERT_TRUE(write(path, one_of_each()));
  const std::string whole = content_of(path);
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    put_content(path, std::string_view(whole).substr(0, bytes));
    EXPECT_TRUE(refusal_of_changes(path).starts_with("manifest-damaged: 'c' ")) << bytes << " bytes";
  }
}

TEST(ChangeList, NoticesEachBitThatFlips) {
  const Scratch scratch;
  const std::string path = scratch.path("c");
  ASSERT_TRUE(write(path, one_of_each()));
  for (size_t bit = 0; bit < content_of(path).size() * 8; ++bit) {
    test::flip(path, bit);
    EXPECT_TRUE(refusal_of_changes(path).starts_with("manifest-damaged: 'c' ")) << "bit " << bit;
    test::flip(path, bit);
  }
}

// A list whose header is `json`, right in all else.
std::string changes_with_header(const std::string& json) {
  const Scratch scratch;
  const std::string path = scratch.path("c");
  EXPECT_TRUE(write(path, one_of_each()));
  Parts parts = Parts::of(content_of(path));
  parts.header = json;
  put_content(path, parts.str());
  return refusal_of_changes(path);
}

TEST(ChangeList, RefusesHeadersThatNobodyWrites) {
  const std::string start = R"({"what":"change list","version":1,"source":"s","target":"t","run":"r",)",
                    base = R"("base":"","pk":{"name":"p","type":"S"},"shapes":[["p"],["p","q"]],)",
                    current = R"("current":1)";
  EXPECT_EQ(changes_with_header(start + base + current + "}"), "");
  EXPECT_EQ(changes_with_header(start + base + current + R"(,"codec":"x"})"),
            "manifest-version: 'c' has a header with `codec`, which this migrate does not know");
  EXPECT_EQ(changes_with_header(R"({"what":"change list","version":2,"shapes":7})"),
            "manifest-version: 'c' is a change list of version 2, and this migrate reads up to 1");
  EXPECT_EQ(changes_with_header(R"({"what":"row manifest","version":1})"),
            "manifest-damaged: 'c' is damaged: it is no change list");
  EXPECT_EQ(changes_with_header(start + replace_all(base, R"("base":"",)", "") + current + "}"),
            "manifest-damaged: 'c' is damaged: its header has no `base`");
  EXPECT_EQ(changes_with_header(start + base + R"("current":2})"),
            "manifest-damaged: 'c' is damaged: `current` of its header is none of its shapes");
  EXPECT_EQ(changes_with_header(start + base + R"("current":-1})"),
            "manifest-damaged: 'c' is damaged: `current` of its header is no number");
  EXPECT_EQ(changes_with_header(start + base + R"("current":"1"})"),
            "manifest-damaged: 'c' is damaged: `current` of its header is no number");
}

TEST(ChangeList, RefusesChangesThatNobodyWrites) {
  const Scratch scratch;
  const std::string path = scratch.path("c");
  ChangeListHeader header = header_of_changes();
  header.current = 2;
  EXPECT_EQ(ChangeListWriter::create(path, header).error().kind, ErrorKind::internal);
  std::vector<Planned> changes = one_of_each();
  changes[1].before_shape = 2;
  EXPECT_EQ(write(path, changes).error().message, "an entry in a change list has shape 2, and there are 2");
  std::swap(changes[0], changes[3]);
  EXPECT_EQ(write(path, changes).error().kind, ErrorKind::internal) << "out of order";
  const std::string digest(16, 'd');
  const std::vector<std::string> infos = {std::string(),
                                          std::string("\5\0\0\0", 4),  // no such kind
                                          std::string("\0\0\3\0", 4),  // no such form of an entry
                                          std::string("\0\0\1\2", 4) + digest + "hashes" + '\0',  // no such shape
                                          std::string("\0\0\1\0", 4) + digest + "hash",
                                          std::string("\0\0\2\0", 4) + digest + "hashes" + "cut",
                                          std::string("\0\0\0\1", 4) + "cut",
                                          std::string("\0\0\0\xFF\xFF\xFF\xFF\x0F", 8)};
  for (const std::string& info : infos) {
    ASSERT_TRUE(write(path, {}));
    auto records = SortedWriter::create(path, Parts::of(content_of(path)).header, 22);
    ASSERT_TRUE(records);
    ASSERT_TRUE(records->add({"key", std::string(22, 'f'), info}));
    ASSERT_TRUE(records->finish());
    EXPECT_EQ(refusal_of_changes(path),
              "manifest-damaged: 'c' is damaged: one of its records is none of a change list");
  }
}

// Whatever stands in a list whose checksums are right, reading ends, with changes or with an error.
TEST(ChangeList, FuzzIsReadOrRefused) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  const std::string path = scratch.path("c");
  ASSERT_TRUE(write(path, one_of_each()));
  const Parts original = Parts::of(content_of(path));
  int read_well = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    Parts parts = original;
    std::string& part = parts.blocks[0].part;
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      part[random() % part.size()] = static_cast<char>(random() % 2 == 0 ? random() : random() % 6);
    }
    put_content(path, parts.str());
    const std::string why = refusal_of_changes(path);
    (why.empty() ? read_well : refused)++;
    ASSERT_TRUE(why.empty() || why.starts_with("manifest-damaged: 'c' ")) << why;
  }
  EXPECT_GT(read_well, 20);
  EXPECT_GT(refused, 20);
}

// The attempts of a killed run meet rows and manifest: what comes out as text, "update key 0: tried 0".
std::string changes_after(const std::vector<Planned>& killed, const std::vector<Planned>& manifest,
                          const std::map<std::string, std::string>& rows) {
  const Scratch scratch;
  EXPECT_TRUE(write(scratch.path("c"), killed));
  ManifestHeader header;
  header.pk = {"id", 'S'};
  header.shapes = {{"id"}};
  auto writer = ManifestWriter::create(scratch.path("m"), header);
  for (const Planned& p : manifest) EXPECT_TRUE(writer->add({p.key, p.before, p.before_hash, 0, {}}));
  EXPECT_TRUE(writer->finish());
  auto base = ManifestReader::open(scratch.path("m"));
  RecordSort sort(scratch.path("spill"), 1 << 20, 1, sighting_fixed_bytes);
  EXPECT_TRUE(add_attempts(scratch.path("c"), sort.feeder(0)));
  EXPECT_TRUE(add_attempts(scratch.path("c"), sort.feeder(0))) << "of another that was killed, with the same plan";
  for (const auto& [key, what] : rows) {
    EXPECT_TRUE(add_sighting(sort.feeder(0), {Sighting::Kind::row, key, planned_item(what), {}, {}}));
  }
  std::map<Digest, std::string> names{{Digest{}, "to remove it"}};
  for (char c = 'A'; c <= 'Z'; ++c) names[planned_item({c})] = {c};
  std::string out;
  const auto found =
      find_changes(sort, &*base, {[](const SourceHash& hash) { return hash == SourceHash{7}; }},
                   [&](const Change& c) -> Result<void> {
                     static const char* const kinds[] = {"insert ", "update ", "remove ", "keep ", "look "};
                     out += kinds[static_cast<int>(c.kind)] + std::string(c.key) + ":";
                     for (const Digest& attempt : c.attempts) out += " tried " + names[attempt];
                     out += "\n";
                     return {};
                   });
  EXPECT_TRUE(found) << describe(found.error());
  return out;
}

Planned planned(Change::Kind kind, const std::string& key, const std::string& now, const std::string& before) {
  Planned p;
  p.kind = kind;
  p.key = key;
  if (!now.empty()) p.now = planned_item(now);
  p.any_before = !before.empty();
  if (p.any_before) p.before = planned_item(before);
  return p;
}

TEST(ChangeList, TellsTheNextRunWhatAKilledOneMayHaveDone) {
  const auto insert = planned(Change::Kind::insert, "a", "B", ""),
             update = planned(Change::Kind::update, "b", "B", "A"),
             remove = planned(Change::Kind::remove, "c", "", "A"), keep = planned(Change::Kind::keep, "d", "", "A"),
             look = planned(Change::Kind::look, "e", "", "A");
  const std::vector<Planned> base = {update, remove, keep, look};
  EXPECT_EQ(changes_after({insert, update, remove, keep, look}, base, {{"a", "B"}, {"b", "A"}, {"d", "A"}, {"e", "A"}}),
            "update a: tried B\n"
            "update b: tried B\n"
            "remove c: tried to remove it\n");
}

// A run that was to remove an item was killed after it did; then the row came back as it had been. It is no unchanged
// row: its item is gone.
TEST(ChangeList, KeepsARowThatCameBackFromBeingTakenForUnchanged) {
  const auto removed = planned(Change::Kind::remove, "a", "", "A");
  EXPECT_EQ(changes_after({removed}, {removed}, {{"a", "A"}}), "update a: tried to remove it\n");
  EXPECT_EQ(changes_after({}, {removed}, {{"a", "A"}}), "");
}

TEST(ChangeList, KnowsTheRowOfWhatAKilledRunInserted) {
  auto inserted = planned(Change::Kind::insert, "a", "A", "");
  inserted.source_hash = {7};  // its key cannot be built now
  EXPECT_EQ(changes_after({inserted}, {}, {}), "look a: tried A\n");
  inserted.source_hash = {8};
  EXPECT_EQ(changes_after({inserted}, {}, {}), "remove a: tried A\n");
}

}  // namespace
}  // namespace migrate
