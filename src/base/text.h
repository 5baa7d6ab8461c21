// Small text helpers that several folders need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migrate {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower_ascii(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII
std::string replace_all(std::string text, std::string_view from, std::string_view to);

bool valid_utf8(std::string_view bytes);
// The offset of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates), or npos.
size_t first_invalid_utf8(std::string_view bytes);
size_t utf8_length(std::string_view text);  // in code points

// For messages and terminals: control characters and invalid UTF-8 are replaced, so that no input can move a cursor.
std::string printable(std::string_view text);

// The candidate nearest to `name` by edit distance (ignoring ASCII case), or "" when none is near enough to be meant.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);
// "did you mean 'email'?" or ""; the form every hint uses.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

// 1234567 → "1,234,567".
std::string with_thousands(uint64_t n);
// 1536 → "1.5 KB"; decimal units, as disks and AWS count.
std::string human_bytes(uint64_t bytes);
// 0.0123 → "12 ms", 75 → "1 m 15 s".
std::string human_duration(double seconds);
// "1 row", "2 rows".
std::string plural(uint64_t n, std::string_view noun);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);  // what to_hex gave; nothing of any other text
std::string base64_encode(std::string_view bytes);

}  // namespace migrate
