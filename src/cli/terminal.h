// What the terminal can do, and the few styles used. Elsewhere than on a terminal nothing but plain text is printed.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace migrate {

enum class Style { plain, bold, dim, red, green, yellow, cyan };

class Terminal {
 public:
  // `color`: auto, always, never. auto: a terminal, TERM is not dumb, NO_COLOR (no-color.org) is unset or empty.
  static Terminal of(int descriptor, std::string_view color);

  std::string paint(Style style, std::string_view text) const;
  bool live() const { return live_; }  // a display may move the cursor
  bool color() const { return color_; }
  int height() const;  // in rows, now; 24 where unknown

 private:
  int descriptor_ = 1;
  bool live_ = false;
  bool color_ = false;
};

// While lines are drawn the terminal does not wrap them. A process that ends just then turns that on again.
inline std::atomic<bool> wrapping_is_off{false};
inline constexpr std::string_view WRAPPING_ON = "\033[?7h";

// Filled up with spaces to so many cells.
std::string pad(const std::string& text, size_t width);
std::string pad_left(const std::string& text, size_t width);

// "█████▍    " of `cells` cells for a part of 0…1.
std::string bar(double part, int cells);

}  // namespace migrate
