// An OS lock on the state folder that says who holds it and dies with its process.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace migrate {

class StateLock {
 public:
  // Errors: locked, naming the holder's pid, host and since when; cache_io.
  static Result<StateLock> take(const std::string& folder);
  StateLock(StateLock&&) noexcept;
  StateLock& operator=(StateLock&&) noexcept;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace migrate
