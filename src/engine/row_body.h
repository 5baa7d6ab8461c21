// What a later run keeps of a row while keys are sorted: where the row was read, its source key, and where it may have
// to be written, its item. Stored: chunk (LEB128), source key (4 bytes count, big endian, and its bytes); then for an
// item 1, the number of its parts and for each column, begin and end (LEB128), and its JSON; else 0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/item.h"

namespace migrate {

struct RowBody {
  uint32_t chunk = 0;           // as whoever reads the rows numbers them
  std::string_view source_key;  // as Block has it
  bool has_item = false;
  std::vector<Item::Part> parts;
  std::string_view json;
};

// The row key's texts, each with its length (4 bytes, as the machine has them) before it: what dead letters name.
void append_source_key(std::string& out, const EntityView& view, const RowView& row);
void append_row_body(std::string& out, uint32_t chunk, std::string_view source_key);
void append_row_item(std::string& out, const Item::Part* begin, const Item::Part* end, std::string_view json);
void append_no_row_item(std::string& out);
// False: it is none that was written.
bool read_row_body(std::string_view body, RowBody& out);

}  // namespace migrate
