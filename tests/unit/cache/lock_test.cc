// Who holds the state folder.
#include "cache/lock.h"

#include <sys/wait.h>
#include <csignal>

#include "state.h"

namespace migrate::test {
namespace {

TEST(Lock, SaysWhoHoldsIt) {
  StateFolder state;
  auto lock = StateLock::take(state.path());
  ASSERT_TRUE(lock);
  auto second = StateLock::take(state.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::locked);
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::string expected = "in use by pid " + std::to_string(::getpid()) + " on " + host + " since 20";
  EXPECT_NE(second.error().message.find(expected), std::string::npos) << second.error().message;
}

TEST(Lock, IsFreeWhenItsHolderEnds) {
  StateFolder state;
  { ASSERT_TRUE(StateLock::take(state.path())); }
  EXPECT_TRUE(StateLock::take(state.path()));
}

TEST(Lock, DiesWithItsProcess) {
  StateFolder state;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto lock = StateLock::take(state.path());
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  auto refused = StateLock::take(state.path());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("pid " + std::to_string(child)), std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(StateLock::take(state.path()));
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace migrate::test
