// utf8_bytes(), cut_bytes(), cut_characters().
#include "base/utf8.h"

namespace migrate {

size_t utf8_bytes(std::string_view text, size_t characters) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!continues_character(text[at]) && characters-- == 0) break;
  }
  return at;
}

std::string cut_bytes(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && continues_character(text[bytes])) --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

std::string cut_characters(std::string_view text, size_t characters) {
  if (utf8_bytes(text, characters) == text.size()) return std::string(text);
  return std::string(text.substr(0, utf8_bytes(text, characters - 1))) + "…";
}

}  // namespace migrate
