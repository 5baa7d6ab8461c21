// A password, key or token. It has no printed form, no digest and no comparison with text, so it cannot slip into a
// log, a report or the cache by accident; whoever needs the value must write reveal(), which is easy to search for.
#pragma once

#include <string>
#include <utility>

namespace migrate {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace migrate
