// Calls into rules: a rule that throws in spite of its contract fails its target, not the program.
#pragma once

#include <atomic>
#include <exception>
#include <string>

#include "base/result.h"

namespace migrate {

// What MakeContext::cancelled points to where nobody cancels.
inline const std::atomic<bool> kNever = false;

template <class Call>
auto call_rule(const std::string& id, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& e) {
    return Error(ErrorKind::internal, "the rule of '" + id + "' failed unexpectedly: " + e.what());
  }
}

}  // namespace migrate
