// What the terminal can do, and the few styles used. Elsewhere than on a terminal nothing but plain text is printed.
#pragma once

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
  int width() const;  // in columns, now; 100 where unknown

 private:
  int descriptor_ = 1;
  bool live_ = false;
  bool color_ = false;
};

// "█████▍    " of `cells` cells for a part of 0…1.
std::string bar(double part, int cells);

}  // namespace migrate
