#include "base/cancel_watch.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/wait.h"

namespace migrate::test {
namespace {

TEST(CancelWatch, ActsOnceWhenItIsTime) {
  std::atomic<bool> cancelled = false;
  std::atomic<int> acts = 0;
  {
    const CancelWatch watch([&] { return cancelled.load(); }, [&] { ++acts; });
    cancelled = true;
    ASSERT_TRUE(wait_until([&] { return acts == 1; }));
  }
  EXPECT_EQ(acts, 1);
}

TEST(CancelWatch, NeitherLooksNorActsOnceItIsGone) {
  std::atomic<int> acts = 0;
  {
    const CancelWatch watch([] { return false; }, [&] { ++acts; });
  }
  {
    const CancelWatch watch(nullptr, [&] { ++acts; });
  }
  EXPECT_EQ(acts, 0);
}

}  // namespace
}  // namespace migrate::test
