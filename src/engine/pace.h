// How fast the writer may go: a window of requests in flight that follows what the table takes, and a budget of write
// units a second.
#pragma once

#include <chrono>
#include <cstddef>

namespace migrate {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  Pace(double units_per_second, size_t max_in_flight);

  bool may_send(size_t in_flight, Clock::time_point now);
  void sent(double write_units);
  // Seconds until units are there again; 0: they are.
  double wait() const;

  // Additive increase, multiplicative decrease, as TCP does: one more for each window that came back whole, half as
  // many when the table throttles, at most once in a tenth of a second, since one overload answers many requests.
  void succeeded();
  void throttled(Clock::time_point now);
  double window() const { return window_; }

 private:
  void refill(Clock::time_point now);
  const double rate_;
  const double max_window_;
  double window_;
  double units_;
  Clock::time_point refilled_{};
  Clock::time_point slowed_{};
};

}  // namespace migrate
