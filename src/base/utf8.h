// Cutting UTF-8 between characters (code points), never inside one.
#pragma once

#include <string>
#include <string_view>

namespace migrate {

// Whether the byte goes on with the character before it.
inline bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// How many bytes the first `characters` take; all of them when there are fewer.
size_t utf8_bytes(std::string_view text, size_t characters);

// At most `bytes` of it, with "…" behind where something was left out.
std::string cut_bytes(std::string_view text, size_t bytes);

// At most `characters` of it, the last of them "…" where something was left out.
std::string cut_characters(std::string_view text, size_t characters);

}  // namespace migrate
