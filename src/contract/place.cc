// Lines and columns of the contract's texts: Contract::place().
#include "base/place.h"

#include "contract/model.h"

namespace migrate {
namespace {

// Where byte `inside` of a string's value stands in the file: escapes are longer than what they mean.
size_t raw_offset(std::string_view content, size_t quote, size_t inside) {
  size_t i = quote + 1;
  while (inside > 0 && i < content.size() && content[i] != '"') {
    size_t written = 1;
    size_t meant = 1;
    if (content[i] == '\\' && i + 1 < content.size() && content[i + 1] == 'u') {
      unsigned long unit = strtoul(std::string(content.substr(i + 2, 4)).c_str(), nullptr, 16);
      bool pair = unit >= 0xD800 && unit <= 0xDBFF;
      written = pair ? 12 : 6;
      meant = pair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    } else if (content[i] == '\\') {
      written = 2;
    }
    if (meant > inside) break;
    inside -= meant;
    i += written;
  }
  return i;
}

}  // namespace

Place Contract::place(const Text& text) const {
  if (text.file >= sources.size()) return {};
  const Source& source = *sources[text.file];
  return place_at(source.path, source.content, text.offset);
}

Place Contract::place(const Text& text, size_t offset_inside) const {
  if (text.file >= sources.size()) return {};
  const Source& source = *sources[text.file];
  bool string = text.offset < source.content.size() && source.content[text.offset] == '"';
  return place_at(source.path, source.content,
                  string ? raw_offset(source.content, text.offset, offset_inside) : text.offset + offset_inside);
}

}  // namespace migrate
