// Points in time as text.
#pragma once

#include <cstdint>
#include <string>

namespace migrate {

inline constexpr const char* ISO_TIME = "%Y-%m-%dT%H:%M:%SZ";

// As strftime's format says; `local` in the time zone of this machine.
std::string utc_text(int64_t unix_seconds, const char* format = ISO_TIME);
std::string local_text(int64_t unix_seconds, const char* format = "%Y-%m-%d %H:%M:%S");

}  // namespace migrate
