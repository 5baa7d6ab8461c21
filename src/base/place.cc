// From a byte offset to a place that people can find: place_at(), sort_by_place().
#include "base/place.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "base/utf8.h"

namespace migrate {
namespace {

constexpr size_t EXCERPT = 200;  // bytes; a minified contract is one line of megabytes

// The part of `line` around byte `at`, cut between characters, with "…" where something was left out.
void cut_excerpt(Place& place, std::string_view line, size_t at) {
  size_t from = at > EXCERPT / 2 ? at - EXCERPT / 2 : 0;
  size_t to = std::min(line.size(), from + EXCERPT);
  while (from > 0 && continues_character(line[from])) --from;
  while (to < line.size() && continues_character(line[to])) ++to;
  std::string_view left = from > 0 ? "…" : "";
  place.excerpt.append(left).append(line.substr(from, to - from)).append(to < line.size() ? "…" : "");
  place.caret = static_cast<int>(utf8_length(left) + utf8_length(line.substr(from, at - from)) + 1);
}

}  // namespace

Place place_at(const std::string& file, std::string_view content, size_t offset) {
  offset = std::min(offset, content.size());
  Place place;
  place.file = file;
  place.line = 1 + static_cast<int>(std::count(content.begin(), content.begin() + static_cast<long>(offset), '\n'));
  size_t start = offset == 0 ? std::string_view::npos : content.rfind('\n', offset - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  std::string_view line = content.substr(start, content.find('\n', offset) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  size_t at = std::min(offset - start, line.size());
  place.column = static_cast<int>(utf8_length(line.substr(0, at))) + 1;
  if (line.size() > EXCERPT) {
    cut_excerpt(place, line, at);
  } else {
    place.excerpt = line;
  }
  return place;
}

void sort_by_place(Diagnostics& diagnostics, size_t first) {
  std::stable_sort(diagnostics.list.begin() + static_cast<long>(first), diagnostics.list.end(),
                   [](const Error& a, const Error& b) {
                     return std::tie(a.place.file, a.place.line, a.place.column) <
                            std::tie(b.place.file, b.place.line, b.place.column);
                   });
}

}  // namespace migrate
