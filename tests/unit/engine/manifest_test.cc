// Row manifests: entries and header come back as they were, also those of old versions, and what is none is refused.
#include "engine/manifest.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text.h"
#include "engine/item.h"
#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::content_of;
using test::Parts;
using test::put_content;
using test::Scratch;

ManifestHeader header_of_orders() {
  ManifestHeader header;
  header.source = "mariadb://db.example:3306/shop";
  header.target = "dynamodb:eu-west-1:123456789012:Orders";
  header.run = "2024-07-01T12:00:00Z-7f3a";
  header.pk = {"customer", 'S'};
  header.sk = KeyAttribute{"number", 'N'};
  header.shapes = {{"customer", "number", "total"}, {"customer", "number"}};
  return header;
}

// As canonical keys are written, with room for what is none.
std::string part(std::string_view bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift & 255);
  return out.append(bytes);
}

struct Values {
  Digest digest;
  SourceHash source_hash{};
  uint32_t shape = 0;
  std::optional<Digest> accepted;
  bool operator==(const Values&) const = default;
};
using Entries = std::map<std::string, Values>;

Result<void> write(const std::string& path, const ManifestHeader& header, const Entries& entries) {
  TRY(writer, ManifestWriter::create(path, header));
  for (const auto& [key, v] : entries) CHECK_OK(writer.add({key, v.digest, v.source_hash, v.shape, v.accepted}));
  return writer.finish();
}

Result<Entries> read(const std::string& path) {
  TRY(reader, ManifestReader::open(path));
  Entries entries;
  ManifestEntry e;
  for (;;) {
    TRY(more, reader.next(e));
    if (!more) break;
    entries[std::string(e.key)] = {e.digest, e.source_hash, e.shape, e.accepted};
  }
  EXPECT_EQ(reader.count(), entries.size());
  return entries;
}

std::string refusal(const std::string& path) {
  const auto entries = read(path);
  return entries ? "" : std::string(error_code(entries.error().kind)) + ": " + entries.error().message;
}

Entries three_orders() {
  Entries entries;
  entries[part("ann") + part("7")] = {digest_of("item", "1"), {1, 2, 3, 4, 5, 6}, 0, {}};
  entries[part("ann") + part("70")] = {digest_of("item", "2"), {}, 1, {}};
  entries[part("bob") + part("-1.5")] = {digest_of("item", "3"), {9, 9, 9, 9, 9, 9}, 0, digest_of("item", "4")};
  return entries;
}

TEST(Manifest, GivesBackRandomEntries) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  for (int round = 0; round < 10; ++round) {
    ManifestHeader header = header_of_orders();
    header.shapes.resize(1 + random() % 300, {"\"quoted\"", "ü"});
    Entries entries;
    for (size_t n = random() % 8000; n > 0; --n) {
      Values v;
      for (auto& b : v.digest.bytes) b = static_cast<unsigned char>(random());
      for (auto& b : v.source_hash) b = static_cast<unsigned char>(random());
      v.shape = static_cast<uint32_t>(random() % header.shapes.size());
      if (random() % 4 == 0) v.accepted = digest_of("item", std::to_string(random()));
      entries[part(test::random_bytes(random, 30)) + part(std::to_string(random() % 1000))] = v;
    }
    ASSERT_TRUE(write(scratch.path("m"), header, entries));
    const auto back = read(scratch.path("m"));
    ASSERT_TRUE(back) << describe(back.error());
    EXPECT_TRUE(*back == entries) << "round " << round;
    const auto reader = ManifestReader::open(scratch.path("m"));
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->header() == header);
  }
}

TEST(Manifest, MayBeEmpty) {
  const Scratch scratch;
  ManifestHeader header = header_of_orders();
  header.sk.reset();
  header.shapes.clear();
  ASSERT_TRUE(write(scratch.path("m"), header, {}));
  const auto reader = ManifestReader::open(scratch.path("m"));
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->header() == header);
  EXPECT_EQ(reader->count(), 0U);
  EXPECT_EQ(refusal(scratch.path("m")), "");
}

// Written once and kept: what this migrate reads, each later one must.
TEST(Manifest, OfVersion1IsStillRead) {
  const Scratch scratch;
  const std::string path = scratch.path("m");
  const auto hex =
      from_hex(replace_all(content_of(MIGRATE_SOURCE_DIR "/tests/fixtures/manifest/version-1.hex"), "\n", ""));
  ASSERT_TRUE(hex);
  put_content(path, *hex);
  const auto entries = read(path);
  ASSERT_TRUE(entries) << describe(entries.error());
  EXPECT_TRUE(*entries == three_orders());
  EXPECT_TRUE(ManifestReader::open(path)->header() == header_of_orders());
}

TEST(Manifest, NoticesEachBitThatFlips) {
  const Scratch scratch;
  const std::string path = scratch.path("m");
  ASSERT_TRUE(write(path, header_of_orders(), three_orders()));
  for (size_t bit = 0; bit < content_of(path).size() * 8; ++bit) {
    test::flip(path, bit);
    EXPECT_TRUE(refusal(path).starts_with("manifest-damaged: '" + path + "' ")) << "bit " << bit;
    test::flip(path, bit);
  }
}

// A manifest whose header is `json`, right in all else.
std::string with_header(const Scratch& scratch, const std::string& json) {
  const std::string path = scratch.path("m");
  EXPECT_TRUE(write(path, header_of_orders(), three_orders()));
  Parts parts = Parts::of(content_of(path));
  parts.header = json;
  put_content(path, parts.str());
  return replace_all(refusal(path), path, "m");
}

TEST(Manifest, RefusesHeadersThatNobodyWrites) {
  const Scratch scratch;
  const std::string names =
      R"("source":"s","target":"t","run":"r","pk":{"name":"p","type":"S"},"sk":{"name":"q","type":"N"},)";
  const std::string start = R"({"what":"row manifest","version":1,)" + names, shapes = R"("shapes":[["p"],["p","q"]])";
  EXPECT_EQ(with_header(scratch, start + shapes + "}"), "");
  EXPECT_EQ(with_header(scratch, start + shapes + R"(,"codec":"x"})"),
            "manifest-version: 'm' has a header with `codec`, which this migrate does not know");
  EXPECT_EQ(with_header(scratch, R"({"what":"row manifest","version":2,"shapes":7})"),
            "manifest-version: 'm' is a row manifest of version 2, and this migrate reads up to 1");
  EXPECT_EQ(with_header(scratch, R"({"what":"change list","version":1})"),
            "manifest-damaged: 'm' is damaged: it is no row manifest");
  EXPECT_EQ(with_header(scratch, R"({"what":"row manifest","version":1.5,)" + names + shapes + "}"),
            "manifest-damaged: 'm' is damaged: `version` of its header is no version");
  EXPECT_EQ(with_header(scratch, start + R"("shapes":["p"]})"),
            "manifest-damaged: 'm' is damaged: a shape of its header is no list");
  EXPECT_EQ(with_header(scratch, start + R"("shapes":[[1]]})"),
            "manifest-damaged: 'm' is damaged: a shape of its header holds more than names");
  EXPECT_EQ(with_header(scratch, start + R"("shapes":{}})"),
            "manifest-damaged: 'm' is damaged: `shapes` of its header is no list");
  EXPECT_EQ(with_header(scratch, replace_all(start, R"("type":"S")", R"("type":"M")") + shapes + "}"),
            "manifest-damaged: 'm' is damaged: a key attribute of its header has no type that keys can have");
  EXPECT_EQ(with_header(scratch, replace_all(start, R"("run":"r",)", "") + shapes + "}"),
            "manifest-damaged: 'm' is damaged: its header has no `run`");
  EXPECT_TRUE(with_header(scratch, "").starts_with("manifest-damaged: 'm' is damaged: its header is no JSON: "));
}

TEST(Manifest, RefusesEntriesThatNobodyWrites) {
  const Scratch scratch;
  const std::string path = scratch.path("m");
  auto writer = ManifestWriter::create(path, header_of_orders());
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->add({part("a"), {}, {}, 2, {}}).error().message,
            "an entry of a manifest has shape 2, and there are 2");
  auto file = SortedWriter::create(path, "{}", 6);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->finish());
  EXPECT_TRUE(refusal(path).starts_with("manifest-damaged: ")) << refusal(path);
  for (const std::string& info : {std::string(), std::string("\2"), std::string("\0x", 2), std::string("\x80\0", 2)}) {
    ASSERT_TRUE(write(path, header_of_orders(), {}));
    auto records = SortedWriter::create(path, Parts::of(content_of(path)).header, 22);
    ASSERT_TRUE(records);
    ASSERT_TRUE(records->add({"key", std::string(22, 'f'), info}));
    ASSERT_TRUE(records->finish());
    EXPECT_EQ(refusal(path), "manifest-damaged: '" + path + "' is damaged: one of its records is none of a manifest");
  }
}

// Whatever stands in a manifest whose checksums are right, reading ends, with entries or with an error that names it.
TEST(Manifest, FuzzIsReadOrRefused) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  const std::string path = scratch.path("m");
  ASSERT_TRUE(write(path, header_of_orders(), three_orders()));
  const Parts original = Parts::of(content_of(path));
  int read_well = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    Parts parts = original;
    std::string& changed = random() % 2 == 0 ? parts.header : parts.blocks[0].part;
    for (unsigned edits = 1 + random() % 3; edits > 0 && !changed.empty(); --edits) {
      const size_t at = random() % changed.size();
      switch (random() % 4) {
        case 0:
          changed[at] = static_cast<char>(random() % 4 == 0 ? random() : '0' + random() % 10);
          break;
        case 1:
          changed.erase(at, 1 + random() % 4);
          break;
        case 2:
          changed.insert(at, changed.substr(random() % changed.size(), random() % 20));
          break;
        default:
          changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
      }
    }
    put_content(path, parts.str());
    const auto entries = read(path);
    const std::string why = refusal(path);
    (why.empty() ? read_well : refused)++;
    ASSERT_TRUE(why.empty() || (why.starts_with("manifest-") && why.find(path) != std::string::npos)) << why;
    if (!why.empty()) continue;
    const auto reader = ManifestReader::open(path);
    for (const auto& [key, values] : *entries) (void)key_json(reader->header(), key);
  }
  EXPECT_GT(read_well, 20);
  EXPECT_GT(refused, 200);
}

std::string json_of(char pk, char sk, const std::string& key) {
  ManifestHeader header;
  header.pk = {"p\"k", pk};
  if (sk != 0) header.sk = KeyAttribute{"sk", sk};
  const auto json = key_json(header, key);
  return json ? *json : json.error().message;
}

TEST(ManifestKey, IsWrittenAsDynamoDBTakesIt) {
  EXPECT_EQ(json_of('S', 0, part("plain")), R"({"p\"k":{"S":"plain"}})");
  EXPECT_EQ(json_of('S', 'N', part("a\"\\\n\x01ü") + part("-1.5E+40")),
            R"({"p\"k":{"S":"a\"\\\n\u0001ü"},"sk":{"N":"-1.5E+40"}})");
  EXPECT_EQ(json_of('B', 'S', part(std::string("\0\xFF", 2)) + part("")), R"({"p\"k":{"B":"AP8="},"sk":{"S":""}})");
}

TEST(ManifestKey, IsReadBackAsItWas) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 300; ++round) {
    const std::string bytes = part(test::random_bytes(random, 12)) + part(test::random_bytes(random, 12, 128));
    ManifestHeader header;
    header.pk = {"p", 'B'};
    header.sk = KeyAttribute{"s", 'S'};
    const auto json = key_json(header, bytes);
    ASSERT_TRUE(json);
    const auto key = item_key(*json, "p", "s");
    ASSERT_TRUE(key) << *json;
    EXPECT_EQ(*key, bytes);
  }
}

TEST(ManifestKey, ThatIsNoneIsRefused) {
  const std::string refused = " in a manifest are no key of p\"k and sk";
  EXPECT_EQ(json_of('S', 'S', part("a")), "the bytes 0000000161" + refused);
  EXPECT_EQ(json_of('S', 'S', part("a") + part("b") + "c"),
            "the bytes 00000001610000000162"
            "63" +
                refused);
  EXPECT_EQ(json_of('S', 'S',
                    "\xFF\xFF\xFF\xFF"
                    "a"),
            "the bytes ffffffff61" + refused);
  EXPECT_EQ(json_of('S', 'S', part("\xFF") + part("b")), "the bytes 00000001ff0000000162" + refused);
  EXPECT_EQ(json_of('S', 'S', ""), "the bytes " + refused);
}

}  // namespace
}  // namespace migrate
