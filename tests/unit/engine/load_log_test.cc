// Logs of loads: what was about to be written comes back, also after a kill, damage never passes for data, and the
// manifest made from them names exactly what the loads wrote.
#include "engine/load_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <map>
#include <thread>

#include "base/text.h"
#include "unit/engine/sorted_vocabulary.h"

namespace migrate {
namespace {

using test::content_of;
using test::put_content;
using test::Scratch;

constexpr size_t front_of_block = 8 + sorted_block_head;

Digest logged_item(const std::string& content) { return digest_of("item", content); }

SourceHash hash_of_row(const std::string& row) {
  SourceHash out{};
  for (size_t i = 0; i < row.size() && i < out.size(); ++i) out[i] = static_cast<unsigned char>(row[i]);
  return out;
}

LoadLogHeader log_of_orders() {
  LoadLogHeader header;
  header.source = "mariadb://db.example:3306/shop";
  header.target = "dynamodb:eu-west-1:123456789012:Orders";
  header.run = "2024-07-01T12:00:00Z-7f3a";
  header.plan = "00ff";
  header.pk = {"customer", 'S'};
  header.sk = KeyAttribute{"number", 'N'};
  header.attributes = {"customer", "number", "tötal"};
  return header;
}

// One record as text: "b = r2 from row" was about to be written, "b is x", "b refused". Contents are told by their
// digest's first characters, unless they are named.
struct LogText {
  std::map<Digest, std::string> names;

  Digest named(const std::string& content) {
    names[logged_item(content)] = content;
    return logged_item(content);
  }
  std::string of(const LogRecord& r) const {
    const std::string key(r.key);
    const auto name = [&](const Digest& d) { return names.contains(d) ? names.at(d) : d.brief(); };
    if (r.kind == LogRecord::Kind::attempt) {
      const std::string row(reinterpret_cast<const char*>(r.source_hash.data()), r.source_hash.size());
      return key + " = " + name(r.digest) + " from " + row.c_str();
    }
    return r.found ? key + " is " + name(*r.found) : key + " refused";
  }
};

// A log that is written as text says it, and read as text.
struct WrittenLog {
  std::string path;
  std::optional<LoadLog> log;
  LogText text;

  explicit WrittenLog(const std::string& p, const LoadLogHeader& header = log_of_orders()) : path(p) {
    auto made = LoadLog::create(p, header);
    EXPECT_TRUE(made) << describe(made.error());
    if (made) log = std::move(*made);
  }
  // key → content; the row is "row" and the key.
  void attempt(const std::vector<std::pair<std::string, std::string>>& items) {
    std::vector<Attempt> attempts;
    for (const auto& [key, content] : items) attempts.push_back({key, text.named(content), hash_of_row("row" + key)});
    EXPECT_TRUE(log->attempt(attempts));
  }
  void found(const std::string& key, const std::string& content) {
    EXPECT_TRUE(log->not_ours(key, text.named(content)));
  }
  void refused(const std::string& key) { EXPECT_TRUE(log->not_ours(key, std::nullopt)); }
  void finish() { EXPECT_TRUE(log->finish()); }
  size_t bytes() const { return content_of(path).size(); }
};

struct ReadBack {
  std::vector<std::string> records;
  std::string refusal;  // "": read to the end
};

ReadBack read_log(const std::string& path, const LogText& text) {
  ReadBack out;
  const auto failed = [&](const Error& e) {
    out.refusal = std::string(error_code(e.kind)) + ": " + replace_all(e.message, path, "log");
    return out;
  };
  auto reader = LoadLogReader::open(path);
  if (!reader) return failed(reader.error());
  LogRecord record;
  for (;;) {
    const auto more = reader->next(record);
    if (!more) return failed(more.error());
    if (!*more) break;
    EXPECT_EQ(record.sequence, out.records.size());
    out.records.push_back(text.of(record));
  }
  const auto again = reader->next(record);
  EXPECT_TRUE(again.ok() && !*again);
  return out;
}

bool is_start_of(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  return some.size() <= all.size() && std::equal(some.begin(), some.end(), all.begin());
}

TEST(LoadLog, GivesBackWhatWasSaidInItsOrder) {
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  log.attempt({{"b", "2"}, {"a", "1"}});
  log.found("b", "theirs");
  log.attempt({});
  log.refused("a");
  log.attempt({{"b", "3"}});
  log.refused("b");
  log.finish();
  log.finish();
  const ReadBack back = read_log(log.path, log.text);
  EXPECT_EQ(back.refusal, "");
  EXPECT_EQ(back.records, (std::vector<std::string>{"a = 1 from rowa", "b = 2 from rowb", "b is theirs", "a refused",
                                                    "b = 3 from rowb", "b refused"}));
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"log"});
  const auto reader = LoadLogReader::open(log.path);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->header() == log_of_orders());
}

TEST(LoadLog, HasWhatIsAboutToBeSentBeforeItIsFinished) {
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  log.attempt({{"a", "1"}});
  EXPECT_EQ(read_log(log.path, log.text).records, std::vector<std::string>{"a = 1 from rowa"});
}

// What is kept back is little, and comes before an attempt that is made later: else it would speak of that one.
TEST(LoadLog, KeepsBackLittleAndNotForLong) {
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  log.attempt({{"a", "1"}});
  log.found("a", "theirs");
  const size_t before = log.bytes();
  log.attempt({{"b", "2"}});
  EXPECT_EQ(read_log(log.path, log.text).records,
            (std::vector<std::string>{"a = 1 from rowa", "a is theirs", "b = 2 from rowb"}));
  EXPECT_LT(before, log.bytes());
  const size_t without = log.bytes();
  for (int i = 0; i < 2000; ++i) log.refused("a key of some length " + std::to_string(i));
  EXPECT_GT(log.bytes(), without);
}

TEST(LoadLog, OfOneCallMayHaveManyBlocks) {
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  std::vector<std::pair<std::string, std::string>> items;
  std::vector<std::string> expected;
  for (int i = 100'000; i < 120'000; ++i) {
    items.emplace_back("key" + std::to_string(i), std::to_string(i));
    expected.push_back(items.back().first + " = " + items.back().second + " from rowkey");
  }
  log.attempt(items);
  EXPECT_TRUE(read_log(log.path, log.text).records == expected);
  WrittenLog wide(scratch.path("wide"));
  wide.attempt({{std::string(70'000, 'a'), "1"}, {std::string(70'000, 'b'), "2"}, {"", "3"}});
  EXPECT_EQ(read_log(wide.path, wide.text).records.size(), 3U);
  std::vector<Attempt> too_long{{std::string_view(wide.path.c_str(), 0), {}, {}}};
  const std::string key((4 << 20) + 1, 'k');
  too_long[0].key = key;
  EXPECT_EQ(error_code(wide.log->attempt(too_long).error().kind), "internal");
  wide.attempt({{"c", "4"}});
  EXPECT_EQ(read_log(wide.path, wide.text).records.size(), 4U);
}

TEST(LoadLog, TakesManyThreadsAtOnce) {
  constexpr int threads = 6, calls = 150, items = 20;
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  std::vector<std::thread> running;
  std::atomic<int> failures = 0;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (int call = 0; call < calls; ++call) {
        std::vector<std::string> keys;
        for (int i = 0; i < items; ++i) keys.push_back(std::to_string(t) + "/" + std::to_string(call * items + i));
        std::vector<Attempt> attempts;
        for (const std::string& key : keys) attempts.push_back({key, logged_item(key), hash_of_row(key)});
        if (!log.log->attempt(attempts)) ++failures;
        for (int i = 0; i < items; i += 3) {
          if (!log.log->not_ours(keys[static_cast<size_t>(i)], logged_item("theirs"))) ++failures;
        }
      }
    });
  }
  for (std::thread& t : running) t.join();
  log.finish();
  EXPECT_EQ(failures, 0);
  auto reader = LoadLogReader::open(log.path);
  ASSERT_TRUE(reader);
  std::map<std::string, int> said;  // 1: attempted, 2: and not ours
  LogRecord r;
  for (auto more = reader->next(r); more && *more; more = reader->next(r)) {
    int& before = said[std::string(r.key)];
    if (r.kind == LogRecord::Kind::attempt) {
      EXPECT_EQ(before, 0);
      EXPECT_TRUE(r.digest == logged_item(std::string(r.key)) && r.source_hash == hash_of_row(std::string(r.key)));
    } else {
      EXPECT_EQ(before, 1) << "said before its attempt";
      EXPECT_TRUE(r.found == logged_item("theirs"));
    }
    ++before;
  }
  EXPECT_EQ(said.size(), size_t{threads * calls * items});
  const auto not_ours = std::count_if(said.begin(), said.end(), [](const auto& s) { return s.second == 2; });
  EXPECT_EQ(not_ours, threads * calls * 7);
}

// Four blocks, and how long the file was after each.
struct SmallLog : WrittenLog {
  std::vector<size_t> ends;
  std::vector<size_t> records{0, 2, 3, 4, 6};  // so many are in the blocks before that end
  std::vector<std::string> all;

  explicit SmallLog(const Scratch& scratch) : WrittenLog(scratch.path("log")) {
    ends.push_back(bytes());
    attempt({{"a", "1"}, {"b", "2"}});
    ends.push_back(bytes());
    attempt({{"c", "3"}});
    ends.push_back(bytes());
    found("b", "theirs");
    finish();
    ends.push_back(bytes());
    attempt({{"b", "5"}, {"d", "4"}});
    ends.push_back(bytes());
    all = read_log(path, text).records;
    EXPECT_EQ(all.size(), 6U);
  }
  size_t records_before(size_t byte) const {
    size_t n = 0;
    for (size_t i = 0; i < ends.size() && ends[i] <= byte; ++i) n = records[i];
    return n;
  }
};

TEST(LoadLog, ThatIsCutAnywhereGivesWhatStandsBefore) {
  const Scratch scratch;
  const SmallLog log(scratch);
  const std::string whole = content_of(log.path);
  for (size_t size = 0; size < whole.size(); ++size) {
    put_content(log.path, whole.substr(0, size));
    const ReadBack back = read_log(log.path, log.text);
    if (size < log.ends[0]) {
      EXPECT_TRUE(back.refusal.starts_with("manifest-damaged: 'log' ")) << size << " " << back.refusal;
      continue;
    }
    EXPECT_EQ(back.refusal, "") << size;
    EXPECT_TRUE(is_start_of(back.records, log.all)) << size;
    EXPECT_EQ(back.records.size(), log.records_before(size)) << size;
  }
}

// A file system may have made room for what it had no time to write.
TEST(LoadLog, ThatEndsInWhatWasNeverWrittenGivesWhatStandsBefore) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  const SmallLog log(scratch);
  const std::string whole = content_of(log.path);
  std::string noise = test::random_bytes(random, 3000);
  for (const std::string& tail : {std::string(1, '\0'), std::string(3 << 20, '\0'), noise}) {
    put_content(log.path, whole + tail);
    EXPECT_TRUE(read_log(log.path, log.text).records == log.all);
    EXPECT_EQ(read_log(log.path, log.text).refusal, "");
  }
}

TEST(LoadLog, NoticesEachBitThatFlips) {
  const Scratch scratch;
  const SmallLog log(scratch);
  const size_t last = log.ends[log.ends.size() - 2];
  for (size_t bit = 0; bit < log.bytes() * 8; ++bit) {
    test::flip(log.path, bit);
    const ReadBack back = read_log(log.path, log.text);
    const size_t byte = bit / 8;
    EXPECT_TRUE(is_start_of(back.records, log.all)) << "bit " << bit;
    EXPECT_EQ(back.records.size(), byte < log.ends[0] ? 0 : log.records_before(byte)) << "bit " << bit;
    if (byte < last) {
      EXPECT_TRUE(back.refusal.starts_with("manifest-damaged: 'log' is damaged: ")) << bit << " " << back.refusal;
    } else {
      EXPECT_EQ(back.refusal, "") << "bit " << bit;  // cannot be told from a write that a kill has torn
    }
    test::flip(log.path, bit);
  }
  EXPECT_TRUE(read_log(log.path, log.text).records == log.all);
}

// Also far behind: the search for it goes on over the edges of what is read at once.
TEST(LoadLog, NoticesAWholeBlockBehindADamagedOneWhereverItStands) {
  std::mt19937_64 random(test::test_seed());
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  log.attempt({{"a", "1"}});
  const size_t first = log.bytes();
  log.attempt({{"b", "2"}});
  const std::string whole = content_of(log.path);
  constexpr size_t window = 1 << 20;
  for (size_t gap : {size_t{1}, window - 30, window - front_of_block - 1, window - front_of_block, window - 10,
                     window - 1, window, window + 1, 3 * window + random() % window}) {
    put_content(log.path, whole.substr(0, first) + std::string(gap, '\0') + whole.substr(first));
    const ReadBack back = read_log(log.path, log.text);
    EXPECT_EQ(back.records, std::vector<std::string>{"a = 1 from rowa"});
    EXPECT_TRUE(back.refusal.starts_with("manifest-damaged: 'log' is damaged: its block 2, at byte ")) << back.refusal;
  }
}

TEST(LoadLog, NoticesBlocksThatChangedPlaces) {
  const Scratch scratch;
  const SmallLog log(scratch);
  const std::string whole = content_of(log.path);
  const auto joined = [&](const std::vector<size_t>& order) {
    std::string out = whole.substr(0, log.ends[0]);
    for (size_t i : order) out += whole.substr(log.ends[i], log.ends[i + 1] - log.ends[i]);
    put_content(log.path, out);
    const ReadBack back = read_log(log.path, log.text);
    return std::to_string(back.records.size()) + " " + back.refusal.substr(0, 16);
  };
  EXPECT_EQ(joined({0, 1, 2, 3}), "6 ");
  EXPECT_EQ(joined({1, 2, 3}), "0 manifest-damaged");
  EXPECT_EQ(joined({0, 2}), "2 manifest-damaged");
  EXPECT_EQ(joined({0, 0}), "2 manifest-damaged");
  EXPECT_EQ(joined({0, 2, 1, 3}), "2 manifest-damaged");
}

TEST(LoadLog, AfterAnErrorOfReadingGivesNothingMore) {
  const Scratch scratch;
  const SmallLog log(scratch);
  const std::string whole = content_of(log.path);
  put_content(log.path, whole.substr(0, log.ends[0]) + whole.substr(log.ends[1]));
  auto reader = LoadLogReader::open(log.path);
  ASSERT_TRUE(reader);
  LogRecord record;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(reader->next(record));
}

// A file that may not grow stands for a disk that fills up. What is written in part must stay the last.
TEST(LoadLog, AfterAnErrorOfWritingTakesNothingMore) {
  const Scratch scratch;
  WrittenLog log(scratch.path("log"));
  log.attempt({{"a", "1"}});
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full{log.bytes() + 30, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  std::vector<Attempt> more{{"b", logged_item("2"), {}}};
  const auto failed = log.log->attempt(more);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::io);
  EXPECT_EQ(log.log->attempt(more).error().message, failed.error().message);
  EXPECT_EQ(log.log->not_ours("a", std::nullopt).error().message, failed.error().message);
  EXPECT_EQ(log.log->finish().error().message, failed.error().message);
  EXPECT_EQ(read_log(log.path, log.text).records, std::vector<std::string>{"a = 1 from rowa"});
  EXPECT_EQ(read_log(log.path, log.text).refusal, "");
  EXPECT_EQ(LoadLog::create(scratch.path("none/log"), log_of_orders()).error().kind, ErrorKind::io);
}

// A log with this header, and blocks that belong to it.
std::string log_refusal(const Scratch& scratch, const std::string& json, uint32_t version = 1, size_t fixed = 22,
                        const std::string& info = "") {
  test::Parts parts;
  parts.version = version;
  parts.header = json;
  parts.fixed_bytes = static_cast<uint32_t>(fixed);
  std::string file = parts.head() + test::little(parts.seed(), 8);
  SortedBlockWriter block(fixed, 1 << 16, 1);
  block.add({"key", std::string(fixed, 'f'), info});
  append_little_endian(file, 0, 8);
  EXPECT_TRUE(block.pack(parts.seed(), file));
  put_content(scratch.path("log"), file);
  return read_log(scratch.path("log"), {}).refusal;
}

TEST(LoadLog, RefusesWhatNobodyWritesAndWhatANewerOneWrote) {
  const Scratch scratch;
  const std::string start = R"({"what":"log of a load","version":1,"source":"s","target":"t","run":"r",)"
                            R"("pk":{"name":"p","type":"S"},"plan":"00",)";
  const std::string right = start + R"("attributes":["p"]})";
  EXPECT_EQ(log_refusal(scratch, right), "");
  EXPECT_EQ(log_refusal(scratch, right, 2),
            "manifest-version: 'log' has format version 2, and this migrate reads up to 1");
  EXPECT_EQ(log_refusal(scratch, replace_all(right, R"("version":1)", R"("version":2)")),
            "manifest-version: 'log' is a log of a load of version 2, and this migrate reads up to 1");
  EXPECT_EQ(log_refusal(scratch, start + R"("attributes":["p"],"codec":"x"})"),
            "manifest-version: 'log' has a header with `codec`, which this migrate does not know");
  EXPECT_EQ(log_refusal(scratch, replace_all(right, "log of a load", "row manifest")),
            "manifest-damaged: 'log' is damaged: it is no log of a load");
  EXPECT_EQ(log_refusal(scratch, replace_all(right, R"("plan":"00",)", "")),
            "manifest-damaged: 'log' is damaged: its header has no `plan`");
  EXPECT_EQ(log_refusal(scratch, start + R"("attributes":"p"})"),
            "manifest-damaged: 'log' is damaged: `attributes` of its header is no list");
  EXPECT_EQ(log_refusal(scratch, right, 1, 21),
            "manifest-damaged: 'log' is damaged: its records are not those of a log");
  const std::string no_record = "manifest-damaged: 'log' is damaged: one of its records is none of a log";
  EXPECT_EQ(log_refusal(scratch, right, 1, 22, "\1"), "");
  EXPECT_EQ(log_refusal(scratch, right, 1, 22, "\3"), no_record);
  EXPECT_EQ(log_refusal(scratch, right, 1, 22, "\1\1"), no_record);
}

}  // namespace
}  // namespace migrate
