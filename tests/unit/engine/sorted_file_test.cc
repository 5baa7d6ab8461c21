// Sorted files come back as they were written, and no damage to them passes for data.
#include "engine/sorted_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <map>

#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::content_of;
using test::flip;
using test::Parts;
using test::put_content;
using test::Scratch;

struct Values {
  std::string fixed, info;
  bool operator==(const Values&) const = default;
};
using Records = std::map<std::string, Values>;  // std::string compares as memcmp does

constexpr size_t FIXED = 6;

Result<void> write(const std::string& path, const Records& records, const std::string& header = "about it") {
  TRY(writer, SortedWriter::create(path, header, FIXED));
  for (const auto& [key, values] : records) CHECK_OK(writer.add({key, values.fixed, values.info}));
  return writer.finish();
}

// What was handed out before the end or the error.
struct Outcome {
  Records records;
  std::string error;  // empty: read to the end
  ErrorKind kind = ErrorKind::internal;
};

Outcome read(const std::string& path) {
  Outcome outcome;
  const auto failed = [&](const Error& e) {
    outcome.error = e.message;
    outcome.kind = e.kind;
    return outcome;
  };
  auto reader = SortedReader::open(path);
  if (!reader) return failed(reader.error());
  SortedRecord record;
  for (;;) {
    auto more = reader->next(record);
    if (!more) return failed(more.error());
    if (!*more) break;
    outcome.records.emplace(record.key, Values{std::string(record.fixed), std::string(record.info)});
  }
  EXPECT_EQ(reader->count(), outcome.records.size());
  auto again = reader->next(record);
  EXPECT_TRUE(again.ok() && !*again);
  return outcome;
}

// Is it refused, and is what was handed out before a part of what was written?
testing::AssertionResult noticed(const Outcome& outcome, const Records& written, const std::string& path) {
  if (outcome.error.empty()) return testing::AssertionFailure() << "read to the end";
  if (outcome.error.find(path) == std::string::npos) return testing::AssertionFailure() << outcome.error;
  for (const auto& [key, values] : outcome.records) {
    const auto found = written.find(key);
    if (found == written.end() || found->second != values) return testing::AssertionFailure() << "gave what never was";
  }
  return testing::AssertionSuccess();
}

Records few() {
  return {{"", {"zeroth", ""}},
          {"a", {"first.", "1"}},
          {"ab", {"second", "2"}},
          {std::string("ab\0c", 4), {"third.", "3"}}};
}

// Three blocks that take little space.
Records many() {
  Records records;
  for (int i = 0; i < 1'500; ++i) {
    const std::string n = std::to_string(1'000'000 + i * 3);
    records["USER#" + n + "#ORDER#" + n] = {"fixed.", std::string(static_cast<size_t>(100 + i % 3), 'i')};
  }
  return records;
}

TEST(SortedFile, GivesBackRandomRecords) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  for (int round = 0; round < 20; ++round) {
    const unsigned letters = round % 2 == 0 ? 2 : 256;
    Records records;
    for (size_t n = random() % 5000; n > 0; --n) {
      std::string fixed(FIXED, static_cast<char>(random()));
      records[test::random_bytes(random, round % 5 == 0 ? 3000 : 20, letters)] = {
          fixed, test::random_bytes(random, random() % 50 == 0 ? 5000 : 3)};
    }
    ASSERT_TRUE(write(scratch.path("f"), records));
    const Outcome outcome = read(scratch.path("f"));
    EXPECT_EQ(outcome.error, "");
    EXPECT_TRUE(outcome.records == records) << "round " << round;
  }
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"f"});
}

TEST(SortedFile, MayBeEmpty) {
  const Scratch scratch;
  ASSERT_TRUE(write(scratch.path("f"), {}));
  const auto reader = SortedReader::open(scratch.path("f"));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->header(), "about it");
  EXPECT_EQ(reader->fixed_bytes(), FIXED);
  EXPECT_EQ(read(scratch.path("f")).error, "");
}

TEST(SortedFile, IsAsADescriptionOfTheFormatHasIt) {
  const Scratch scratch;
  ASSERT_TRUE(write(scratch.path("f"), many()));
  const std::string whole = content_of(scratch.path("f"));
  const Parts parts = Parts::of(whole);
  EXPECT_GE(parts.blocks.size(), 3U);
  EXPECT_TRUE(parts.str() == whole);
}

TEST(SortedFile, ThatIsCutIsNeverTakenForWhole) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  for (const Records& records : {few(), many()}) {
    ASSERT_TRUE(write(path, records));
    for (size_t size = content_of(path).size(); size-- > 0;) {
      ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(size)), 0);
      const Outcome outcome = read(path);
      ASSERT_TRUE(noticed(outcome, {}, path)) << size;
      ASSERT_EQ(outcome.kind, ErrorKind::manifest_damaged) << size;
    }
  }
}

TEST(SortedFile, ThatGrewIsRefused) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, few()));
  const std::string whole = content_of(path);
  for (const std::string& more : {std::string(1, '\0'), std::string(52, '\0'), whole}) {
    put_content(path, whole + more);
    EXPECT_TRUE(noticed(read(path), {}, path));
  }
}

TEST(SortedFile, NoticesEachBitThatFlips) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, few()));
  for (size_t bit = 0; bit < content_of(path).size() * 8; ++bit) {
    flip(path, bit);
    const Outcome outcome = read(path);
    EXPECT_TRUE(noticed(outcome, {}, path)) << "bit " << bit;  // of one block nothing may have been handed out
    EXPECT_EQ(outcome.kind, ErrorKind::manifest_damaged) << "bit " << bit;
    flip(path, bit);
  }
  EXPECT_EQ(read(path).error, "");
}

TEST(SortedFile, NoticesABitThatFlipsInAnyBlock) {
  const uint64_t seed = test::test_seed();
  std::mt19937_64 random(seed);
  const Scratch scratch;
  const std::string path = scratch.path("f");
  const Records records = many();
  ASSERT_TRUE(write(path, records));
  const size_t bits = content_of(path).size() * 8;
  bool later_block = false;
  for (int round = 0; round < 150; ++round) {
    const size_t bit = random() % bits;
    flip(path, bit);
    const Outcome outcome = read(path);
    EXPECT_TRUE(noticed(outcome, records, path)) << "bit " << bit;
    later_block |= !outcome.records.empty() && outcome.error.find("is not what was written") != std::string::npos;
    flip(path, bit);
  }
  EXPECT_TRUE(later_block) << "the blocks before the damaged one were not handed out";
}

TEST(SortedFile, NoticesBlocksThatChangedPlaces) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  const Records records = many();
  ASSERT_TRUE(write(path, records));
  const Parts parts = Parts::of(content_of(path));
  const std::string head = parts.head() + test::little(parts.seed(), 8);
  const auto joined = [&](const std::vector<size_t>& order) {
    std::string out = head;
    for (size_t i : order) out += parts.stored(i);
    return out + parts.footer(out, records.size());
  };
  std::vector<size_t> order(parts.blocks.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  put_content(path, joined(order));
  ASSERT_EQ(read(path).error, "");
  std::swap(order[1], order[2]);
  put_content(path, joined(order));
  EXPECT_TRUE(noticed(read(path), records, path));
  order = {0};
  put_content(path, joined(order));
  EXPECT_TRUE(noticed(read(path), records, path));
}

TEST(SortedFile, NoticesABlockOfAnotherFile) {
  const Scratch scratch;
  const std::string path = scratch.path("f"), other = scratch.path("g");
  ASSERT_TRUE(write(path, few(), "run 1"));
  ASSERT_TRUE(write(other, few(), "run 2"));
  std::string mixed = content_of(path);
  const size_t begin = 20 + 5 + 8, length = mixed.size() - begin - 52;
  mixed.replace(begin, length, content_of(other).substr(begin, length));
  put_content(path, mixed);
  const Outcome outcome = read(path);
  EXPECT_EQ(outcome.error, "'" + path + "' is damaged: its block 1, at byte 33 of " + std::to_string(mixed.size()) +
                               ", is not what was written");
  EXPECT_TRUE(outcome.records.empty());
}

TEST(SortedFile, OfANewerMigrateIsRefusedWithWhatToDo) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, few()));
  Parts parts = Parts::of(content_of(path));
  parts.version = 2;
  put_content(path, parts.str());
  const auto reader = SortedReader::open(path);
  ASSERT_FALSE(reader);
  EXPECT_EQ(describe(reader.error()), "error: '" + path +
                                          "' has format version 2, and this migrate reads up to 1\n"
                                          "  hint: use the migrate that wrote the named file, or a newer one\n");
}

TEST(SortedFile, OfAnotherKindIsNamed) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  put_content(path, std::string(500, 'x'));
  EXPECT_EQ(read(path).error, "'" + path + "' is damaged: it does not begin as a sorted file of migrate does");
  put_content(path, "");
  EXPECT_EQ(read(path).error, "'" + path + "' is damaged: it has 0 bytes, fewer than its header");
  EXPECT_EQ(read(scratch.path("none")).kind, ErrorKind::io);
  EXPECT_EQ(read(scratch.folder()).kind, ErrorKind::io);
}

TEST(SortedFile, ThatIsNotFinishedLeavesNothing) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, few()));
  {
    auto writer = SortedWriter::create(path, "", 0);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->add({"a", "", ""}));
  }
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"f"});
  EXPECT_TRUE(read(path).records == few());
}

TEST(SortedFile, ReplacesWhatAKilledWriterLeft) {
  const Scratch scratch;
  put_content(scratch.path("f.new"), std::string(100'000, 'x'));
  ASSERT_TRUE(write(scratch.path("f"), few()));
  EXPECT_TRUE(read(scratch.path("f")).records == few());
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"f"});
}

TEST(SortedFile, SaysWhereTheDiskIsFull) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, few()));
  ASSERT_EQ(::symlink("/dev/full", scratch.path("f.new").c_str()), 0);
  const auto written = write(path, many());
  ASSERT_FALSE(written);
  EXPECT_EQ(describe(written.error()), "error: cannot write '" + path + ".new': No space left on device\n" +
                                           "  hint: make room there, or set `state:` to a folder on a larger disk\n");
  EXPECT_TRUE(read(path).records == few());
}

// Files that may not grow stand for a disk that fills up.
TEST(SortedFile, KeepsTheOldOneWhenTheDiskFillsUp) {
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, many()));
  const uint64_t whole = content_of(path).size();
  ASSERT_TRUE(write(path, few()));
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  for (const uint64_t limit : {whole - 1, whole / 2, uint64_t{1}}) {
    const rlimit full{limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    const auto written = write(path, many());
    setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::io);
    EXPECT_NE(written.error().message.find(path), std::string::npos) << written.error().message;
    EXPECT_TRUE(read(path).records == few());
    EXPECT_EQ(scratch.files(), std::vector<std::string>{"f"});
  }
  std::signal(SIGXFSZ, ignored);
}

TEST(SortedFile, RefusesRecordsThatMustNotBeThere) {
  const Scratch scratch;
  auto writer = SortedWriter::create(scratch.path("f"), "", FIXED);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add({"b", "fixed.", ""}));
  EXPECT_EQ(writer->add({"b", "fixed.", ""}).error().message,
            "a record for '" + scratch.path("f") + "' comes out of order");
  EXPECT_FALSE(writer->add({"a", "fixed.", ""}));
  EXPECT_FALSE(writer->add({"c", "short", ""}));
  EXPECT_FALSE(writer->add({"c", "fixed.", std::string(max_sorted_record, 'x')}));
  const std::string longest(max_sorted_record - 1, 'x');
  ASSERT_TRUE(writer->add({"c", "fixed.", longest}));
  ASSERT_TRUE(writer->add({"d", "fixed.", longest}));
  ASSERT_TRUE(writer->finish());
  const auto records = read(scratch.path("f")).records;
  EXPECT_EQ(records.at("c").info, longest);
  EXPECT_EQ(records.at("d").info, longest);
}

// Whatever stands in a file whose checksums are right, reading ends, with records in order or with an error.
TEST(SortedFile, FuzzIsReadOrRefused) {
  const uint64_t seed = test::test_seed();
  std::mt19937_64 random(seed);
  const Scratch scratch;
  const std::string path = scratch.path("f");
  ASSERT_TRUE(write(path, few()));
  const Parts original = Parts::of(content_of(path));
  int read_well = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    Parts parts = original;
    Parts::Block& block = parts.blocks[0];
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % block.part.size();
      switch (random() % 6) {
        case 0:
          block.part[at] = static_cast<char>(random());
          break;
        case 1:
          block.part[at] = static_cast<char>(random() % 8);
          break;
        case 2:
          block.part.insert(at, test::random_bytes(random, 5));
          break;
        case 3:
          block.count = static_cast<uint32_t>(random() % 10 == 0 ? random() : random() % 8);
          break;
        case 4:
          block.fixed.resize(FIXED * (random() % 6));
          break;
        default:
          parts.blocks.push_back(block);
          edits = 1;
      }
    }
    put_content(path, parts.str());
    const Outcome outcome = read(path);
    (outcome.error.empty() ? read_well : refused)++;
    ASSERT_TRUE(outcome.error.empty() || outcome.kind == ErrorKind::manifest_damaged) << outcome.error;
  }
  EXPECT_GT(read_well, 20);
  EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace migrate
