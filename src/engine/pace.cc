// The writer's pace: see pace.h.
#include "engine/pace.h"

#include <algorithm>

namespace migrate {

Pace::Pace(double units_per_second, size_t max_in_flight)
    : rate_(units_per_second),
      max_window_(static_cast<double>(max_in_flight)),
      window_(std::min(8.0, max_window_)),
      units_(rate_ / 10) {}

void Pace::refill(Clock::time_point now) {
  if (refilled_ != Clock::time_point()) {
    const double seconds = std::chrono::duration<double>(now - refilled_).count();
    // What was not used is kept for a fifth of a second: enough to be smooth, too little for a burst.
    units_ = std::min(units_ + seconds * rate_, rate_ / 5);
  }
  refilled_ = now;
}

bool Pace::may_send(size_t in_flight, Clock::time_point now) {
  refill(now);
  return units_ > 0 && static_cast<double>(in_flight) < window_;
}

void Pace::sent(double write_units) { units_ -= write_units; }

double Pace::wait() const { return units_ > 0 ? 0 : -units_ / rate_ + 1e-4; }

void Pace::succeeded() { window_ = std::min(max_window_, window_ + 1 / window_); }

void Pace::throttled(Clock::time_point now) {
  if (slowed_ != Clock::time_point() && now - slowed_ < std::chrono::milliseconds(100)) return;
  slowed_ = now;
  window_ = std::max(1.0, window_ / 2);
}

}  // namespace migrate
