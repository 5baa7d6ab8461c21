// Why a text is not JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace migrate {

struct JsonFault {
  size_t offset = 0;
  std::string message;  // empty: the text is JSON
  std::string hint;
};

// The first place where `text` breaks RFC 8259, and why. simdjson says fast that a text is wrong, but not where (an
// unclosed string, a stray comma); this slow walk says it, and runs only then.
JsonFault locate_json_fault(std::string_view text);

// RFC 8259, section 6.
bool is_json_number(std::string_view token);

}  // namespace migrate
