// The file cut at every size, and processes killed while they save.
#include <fcntl.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <map>

#include "state.h"

namespace migrate::test {
namespace {

constexpr int kRecords = 40;

std::map<std::string, std::string> save_some(const StateFolder& state) {
  std::map<std::string, std::string> saved;
  auto cache = state.open();
  for (int n = 0; n < kRecords; ++n) {
    Record record = record_of("run:" + std::to_string(n), n);
    EXPECT_TRUE(cache->save(record));
    saved[record.target] = print(record);
  }
  return saved;
}

// Refused, or what it gives is what was saved. `all`: and it gives all of it.
::testing::AssertionResult refused_or_right(const StateFolder& state, const std::map<std::string, std::string>& saved,
                                            bool all) {
  auto cache = Cache::open_read_only(state.path(), "shop");
  auto records = cache ? (*cache)->records() : Result<Records>(cache.error());
  if (!records) {
    if (records.error().kind == ErrorKind::cache_corrupt) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "refused, but as: " << describe(records.error());
  }
  for (const Record& record : records->list) {
    auto at = saved.find(record.target);
    if (at == saved.end() || at->second != print(record)) {
      return ::testing::AssertionFailure() << "gave a wrong record: " << print(record);
    }
  }
  if (all && records->list.size() != saved.size()) {
    return ::testing::AssertionFailure() << "gave only " << records->list.size() << " records";
  }
  return ::testing::AssertionSuccess();
}

TEST(Crash, TheFileCutAtEverySizeIsRefused) {
  StateFolder state;
  auto saved = save_some(state);
  ASSERT_TRUE(refused_or_right(state, saved, true));
  auto size = static_cast<off_t>(state.bytes().size());
  while (--size >= 0) {
    ASSERT_EQ(::truncate(state.file().c_str(), size), 0);
    ASSERT_TRUE(refused_or_right(state, saved, true)) << "cut to " << size;
    // Opening to write must see it just as well, and leave it.
    if (size % 4096 > 1 && size % 512 != 0) continue;
    ASSERT_NE(state.refusal(), "") << "cut to " << size;
    ASSERT_EQ(static_cast<off_t>(std::filesystem::file_size(state.file())), size);
  }
}

// As a killed process leaves them: the log holds what the file does not have yet.
struct FileAndLog {
  FileAndLog() {
    StateFolder state;
    auto cache = state.open();
    for (int n = 0; n < kRecords; ++n) {
      Record record = record_of("run:" + std::to_string(n), n);
      EXPECT_TRUE(cache->save(record));
      saved[record.target] = print(record);
    }
    file = state.bytes();
    log = state.bytes("cache.db-wal");
  }
  std::map<std::string, std::string> saved;
  std::string file, log;
};

TEST(Crash, TheLogCutAtAnySizeLosesItsEndAndNothingElse) {
  FileAndLog killed;
  ASSERT_GT(killed.log.size(), 10000u);
  for (size_t size = 0; size < killed.log.size(); size += size % 4120 < 40 ? 4 : 1021) {
    StateFolder state;
    state.put(killed.file);
    state.put(killed.log.substr(0, size), "cache.db-wal");
    ASSERT_TRUE(refused_or_right(state, killed.saved, false)) << "cut to " << size;
  }
}

TEST(Crash, TheFileCutAtAnySizeBesideItsLogGivesNoWrongRecord) {
  FileAndLog killed;
  for (size_t size = 0; size < killed.file.size(); size += size % 4096 < 16 ? 1 : 127) {
    StateFolder state;
    state.put(killed.file.substr(0, size));
    state.put(killed.log, "cache.db-wal");
    ASSERT_TRUE(refused_or_right(state, killed.saved, false)) << "cut to " << size;
  }
}

TEST(Crash, APageOfZerosGivesNoWrongRecord) {
  StateFolder state;
  auto saved = save_some(state);
  std::string whole = state.bytes();
  for (size_t at = 0; at + 512 <= whole.size(); at += 512) {
    state.put(std::string(whole).replace(at, 512, 512, '\0'));
    // A page whose beginning is zeros may read as one that is not used; then records are missing and made again.
    ASSERT_TRUE(refused_or_right(state, saved, false)) << "zeros at " << at;
  }
}

// The child says each record that save() has acknowledged through a pipe, until it is killed at some moment.
std::string killed_while_saving(const StateFolder& state, int generation, int microseconds) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return "no pipe";
  pid_t child = ::fork();
  if (child == 0) {
    auto cache = Cache::open(state.path(), "shop");
    for (int n = 0; cache; ++n) {
      if (!(*cache)->save(record_of("run:" + std::to_string(n % 50), generation * 100000 + n))) break;
      if (::write(pipe_ends[1], &n, sizeof n) != sizeof n) break;
    }
    ::_exit(1);
  }
  ::close(pipe_ends[1]);
  int acknowledged = -1, n = 0;
  // The clock starts when the first record is in, so that the kill falls among saves.
  if (::read(pipe_ends[0], &n, sizeof n) == sizeof n) acknowledged = n;
  auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
  while (std::chrono::steady_clock::now() < until && ::read(pipe_ends[0], &n, sizeof n) == sizeof n) acknowledged = n;
  ::kill(child, SIGKILL);
  while (::read(pipe_ends[0], &n, sizeof n) == sizeof n) acknowledged = n;
  ::close(pipe_ends[0]);
  ::waitpid(child, nullptr, 0);

  auto cache = state.open();
  auto records = cache->records();
  if (!records) return describe(records.error());
  for (int k = std::max(0, acknowledged - 49); k <= acknowledged; ++k) {
    const Record* found = records->find("run:" + std::to_string(k % 50));
    if (found == nullptr) return "record " + std::to_string(k) + " is missing";
    // The save after the last acknowledged one may have ended too.
    std::string was = print(record_of(found->target, generation * 100000 + k));
    std::string next = print(record_of(found->target, generation * 100000 + k + 50));
    if (print(*found) != was && print(*found) != next) return "record " + std::to_string(k) + " is " + print(*found);
  }
  return "";
}

TEST(Crash, AKilledProcessLosesNothingThatWasAcknowledged) {
  StateFolder state;
  for (int kill = 0; kill < 30; ++kill) {
    ASSERT_EQ(killed_while_saving(state, kill, 300 * kill), "") << "kill " << kill;
  }
}

TEST(Crash, AProcessKilledWhileItMakesTheCacheLeavesNoneOrAWholeOne) {
  for (int kill = 0; kill < 30; ++kill) {
    StateFolder state;
    pid_t child = ::fork();
    if (child == 0) {
      auto cache = Cache::open(state.path(), "shop");
      ::_exit(cache ? 0 : 1);
    }
    auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(kill * 200);
    while (std::chrono::steady_clock::now() < until) {}
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_EQ(state.refusal(), "") << "kill " << kill;
    ASSERT_EQ(print(*state.open()), "");
  }
}

}  // namespace
}  // namespace migrate::test
