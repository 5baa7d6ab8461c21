// A row's checksum: XXH3-64 over its other columns in the order of the schema, each as 8 bytes of length, little
// endian, and its bytes; integers and reals as their 8 bytes, little endian (a real as IEEE 754).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace migrate {

class RowChecksum {
 public:
  RowChecksum& text(std::string_view value);
  RowChecksum& integer(int64_t value);
  RowChecksum& real(double value);
  int64_t finish();  // and starts anew

 private:
  std::string bytes_;
};

}  // namespace migrate
