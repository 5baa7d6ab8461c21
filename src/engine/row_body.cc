// Rows while keys are sorted: see row_body.h.
#include "engine/row_body.h"

#include "engine/bytes.h"

namespace migrate {

void append_source_key(std::string& out, const EntityView& view, const RowView& row) {
  for (size_t i = 0; i < view.row_key.size(); ++i) {
    const std::string_view text = row[view.columns.size() + i].value_or(std::string_view());
    const auto length = static_cast<uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&length), sizeof length).append(text);
  }
}

void append_row_body(std::string& out, uint32_t chunk, std::string_view source_key) {
  append_leb128(out, chunk);
  append_counted(out, source_key);
}

void append_row_item(std::string& out, const Item::Part* begin, const Item::Part* end, std::string_view json) {
  out += '\1';
  append_leb128(out, static_cast<uint32_t>(end - begin));
  for (const Item::Part* part = begin; part != end; ++part) {
    append_leb128(out, part->column);
    append_leb128(out, part->begin);
    append_leb128(out, part->end);
  }
  out += json;
}

void append_no_row_item(std::string& out) { out += '\0'; }

bool read_row_body(std::string_view body, RowBody& out) {
  out.parts.clear();
  out.json = {};
  out.has_item = false;
  if (!take_leb128(body, out.chunk) || body.size() < 5) return false;
  const size_t length = take_count(body);
  if (body.size() < length + 1) return false;
  out.source_key = body.substr(0, length);
  const char form = body[length];
  body.remove_prefix(length + 1);
  if (form == 0) return body.empty();
  uint32_t count = 0;
  if (form != 1 || !take_leb128(body, count) || count > body.size() / 3) return false;
  out.parts.resize(count);
  for (Item::Part& part : out.parts) {
    if (!take_leb128(body, part.column) || !take_leb128(body, part.begin) || !take_leb128(body, part.end)) return false;
  }
  for (const Item::Part& part : out.parts) {
    if (part.begin > part.end || part.end > body.size()) return false;
  }
  out.has_item = true;
  out.json = body;
  return true;
}

}  // namespace migrate
