#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace migrate {

// Calls `act` once, on a thread of its own, when `cancelled` becomes true while this lives: for work that waits for
// somebody else's answer and cannot look itself. Both are called without a lock, and no longer once this is gone.
class CancelWatch {
 public:
  CancelWatch(std::function<bool()> cancelled, std::function<void()> act);
  ~CancelWatch();
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace migrate
