// A row of a view on its way to an item: checked, sized and written as the JSON of DynamoDB's wire format, in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "sql/connection.h"
#include "sql/view.h"

namespace migrate {

// Why a row cannot become an item; the closed list of design.md.
enum class DeadLetterCode {
  conversion,
  zero_date,
  number_range,
  key_empty,
  key_too_long,
  duplicate_key,
  item_too_large,
  collection_truncated,
  nesting_too_deep,
  conflict,
  refused
};
std::string_view dead_letter_code(DeadLetterCode code);  // "key_empty"

struct DeadLetter {
  std::string table;
  std::string entity;
  std::vector<std::pair<std::string, std::string>> source_key;  // column → text
  std::vector<std::pair<std::string, std::string>> key;         // attribute → text, as far as it could be built
  std::string attribute;
  DeadLetterCode code = DeadLetterCode::conversion;
  std::string reason;
};

// An item: its attributes as JSON of the wire format, {"id":{"S":"1"},…}, in the view's column order, absent ones left
// out.
struct Item {
  std::string json;   // the attribute map
  std::string key;    // pk and sk as canonical bytes: equal exactly when DynamoDB calls the keys equal
  uint64_t size = 0;  // as DynamoDB counts it
  // Where each present attribute's value stands in `json`, for statements with parameters.
  struct Part {
    uint32_t column;      // index into EntityView::columns
    uint32_t begin, end;  // of the value: {"S":"1"}
  };
  std::vector<Part> parts;
};

// Reads the columns of `view` from `row`. Gives the item, or fills `dead` (one dead letter for each problem of the
// row).
bool make_item(const TableViews& table, const EntityView& view, const RowView& row, Item& item,
               std::vector<DeadLetter>& dead);

// BLAKE2b-128 over the canonical form of an item's attributes (docs/items.md): what Spark computes too, so that items
// of all engines, and items read back, are compared by digest. Order of attributes, of set members and spelling of
// numbers (1.0, 1) do not matter.
// Errors: aws_answer when the JSON is no attribute map.
Result<Digest> item_digest(std::string_view attribute_map_json);

}  // namespace migrate
