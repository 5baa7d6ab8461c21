// What the terminal can do: see terminal.h.
#include "cli/terminal.h"

#include "base/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace migrate {
namespace {

const char* code(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\033[1m";
    case Style::dim:
      return "\033[2m";
    case Style::red:
      return "\033[31m";
    case Style::green:
      return "\033[32m";
    case Style::yellow:
      return "\033[33m";
    case Style::cyan:
      return "\033[36m";
  }
  return "";
}

bool set_in_environment(const char* name) {
  const char* value = getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Terminal Terminal::of(int descriptor, std::string_view color) {
  Terminal t;
  t.descriptor_ = descriptor;
  const char* term = getenv("TERM");
  bool dumb = term == nullptr || std::string_view(term) == "dumb";
  t.live_ = isatty(descriptor) != 0 && !dumb;
  t.color_ = color == "always" || (color == "auto" && t.live_ && !set_in_environment("NO_COLOR"));
  return t;
}

std::string Terminal::paint(Style style, std::string_view text) const {
  if (!color_ || style == Style::plain) return std::string(text);
  return code(style) + std::string(text) + "\033[0m";
}

int Terminal::height() const {
  winsize size{};
  if (ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
  return 24;
}

std::string pad(const std::string& text, size_t width) {
  const size_t cells = utf8_length(text);
  return cells < width ? text + std::string(width - cells, ' ') : text;
}

std::string pad_left(const std::string& text, size_t width) {
  const size_t cells = utf8_length(text);
  return cells < width ? std::string(width - cells, ' ') + text : text;
}

std::string bar(double part, int cells) {
  static const char* const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  auto filled = static_cast<int>(std::lround(std::clamp(part, 0.0, 1.0) * cells * 8));
  std::string out;
  for (int i = 0; i < filled / 8; ++i) out += "█";
  out += eighths[filled % 8];
  for (int i = (filled + 7) / 8; i < cells; ++i) out += " ";
  return out;
}

}  // namespace migrate
