// utc_text(), local_text().
#include "base/time.h"

#include <ctime>

namespace migrate {
namespace {

std::string text(const tm& parts, const char* format) {
  char buffer[128];
  return std::string(buffer, strftime(buffer, sizeof buffer, format, &parts));
}

}  // namespace

std::string utc_text(int64_t unix_seconds, const char* format) {
  const time_t t = unix_seconds;
  tm parts{};
  gmtime_r(&t, &parts);
  return text(parts, format);
}

std::string local_text(int64_t unix_seconds, const char* format) {
  const time_t t = unix_seconds;
  tm parts{};
  localtime_r(&t, &parts);
  return text(parts, format);
}

}  // namespace migrate
