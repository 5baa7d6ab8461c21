#pragma once

#include <atomic>

namespace migrate {

// A function of a shared library that is loaded when one of its functions is first called.
//
// Why: libcurl, libmariadb and OpenSSL bring thirty libraries. Loading them takes three times as long as all the rest
// of a `plan --offline` that finds nothing to do, and that needs none of them (bench/README.md).
//
// As with libraries loaded at the start, one that is missing ends the process, with exit code 127 and the loader's
// words.
void* late_function(const char* library, const char* name);

// Function: a pointer to function, variadic ones too.
template <typename Function>
class LateFunction {
 public:
  constexpr LateFunction(const char* library, const char* name) : library_(library), name_(name) {}

  template <typename... Arguments>
  auto operator()(Arguments... arguments) const {
    Function function = found_.load(std::memory_order_acquire);
    if (!function) {
      function = reinterpret_cast<Function>(late_function(library_, name_));
      found_.store(function, std::memory_order_release);
    }
    return function(arguments...);
  }

 private:
  const char* library_;
  const char* name_;
  mutable std::atomic<Function> found_{nullptr};
};

}  // namespace migrate

// Within namespace migrate: a name that hides the library's own, so that calls read as if it were linked.
#define MIGRATE_LATE_FUNCTION(library, name) inline const LateFunction<decltype(&::name)> name{library, #name};
