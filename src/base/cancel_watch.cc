#include "base/cancel_watch.h"

namespace migrate {

CancelWatch::CancelWatch(std::function<bool()> cancelled, std::function<void()> act) {
  if (!cancelled) return;
  thread_ = std::thread([this, cancelled = std::move(cancelled), act = std::move(act)] {
    constexpr std::chrono::milliseconds between{50};  // of the 5 s in which Ctrl-C must end things
    std::unique_lock lock(mutex_);
    while (!over_) {
      lock.unlock();
      if (cancelled()) return act();
      lock.lock();
      changed_.wait_for(lock, between, [this] { return over_; });
    }
  });
}

CancelWatch::~CancelWatch() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace migrate
