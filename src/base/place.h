// From a byte offset to line, column and excerpt.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace migrate {

// The place of byte `offset` (at most content.size(), which is the end of the file). Takes time in proportion to
// `offset`: call it for errors only.
Place place_at(const std::string& file, std::string_view content, size_t offset);

// The problems from index `first` on, in the order of their places: people read a file from top to bottom.
void sort_by_place(Diagnostics& diagnostics, size_t first);

}  // namespace migrate
