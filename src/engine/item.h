// A row of a view on its way to an item: checked, sized and written as the JSON of DynamoDB's wire format, in one pass.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "engine/item_form.h"
#include "sql/connection.h"
#include "sql/view.h"

namespace migrate {

// Why a row cannot become an item; the closed list of docs/items.md.
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
inline constexpr size_t dead_letter_codes = 11;
std::string_view dead_letter_code(DeadLetterCode code);  // "key_empty"

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct DeadLetter {
  std::string table;
  std::string entity;
  NamedTexts source_key;  // column → text
  NamedTexts key;         // attribute → text, as far as it could be built
  std::string attribute;
  DeadLetterCode code = DeadLetterCode::conversion;
  std::string reason;  // never holds a value of the row
  std::string value;   // of the attribute, cut to 100 bytes; empty when there is none. May have to be masked.
};

// An item: its attributes as JSON of the wire format, {"id":{"S":"1"},…}, in the view's column order, absent ones left
// out.
struct Item {
  std::string json;   // the attribute map
  std::string key;    // pk and sk as canonical bytes: equal exactly when DynamoDB calls the keys equal
  uint64_t size = 0;  // as DynamoDB counts it
  Digest digest;      // item_digest() of `json`
  // Where each present attribute's value stands in `json`, for statements with parameters.
  struct Part {
    uint32_t column;      // index into EntityView::columns
    uint32_t begin, end;  // of the value: {"S":"1"}
  };
  std::vector<Part> parts;
};

inline constexpr uint64_t max_item_size = 409600;  // 409,600 bytes pass
// Of one attribute as the view gives it: JSON with blanks and escapes is longer than what it holds, but not so much.
inline constexpr uint64_t max_text_size = 16 << 20;
inline constexpr size_t max_pk_bytes = 2048;
inline constexpr size_t max_sk_bytes = 1024;

// Makes items of one entity's rows; not thread-safe, cheap to copy. `table` and `view` must outlive it.
class ItemMaker {
 public:
  ItemMaker(const TableViews& table, const EntityView& view);
  // Reads the columns of the view from `row`, which has migrate_key_1…n and migrate_error behind them. Fills `item`
  // (whose memory is used again), or adds one dead letter for each problem of the row and returns false.
  // Of a dead row `item.key` is set as well if its key could be built, else empty.
  bool make(const RowView& row, Item& item, std::vector<DeadLetter>& dead);
  // Position of the key attributes among the view's columns; -1: none.
  int pk_column() const { return pk_; }
  int sk_column() const { return sk_; }
  NamedTexts source_key(const RowView& row) const;
  NamedTexts target_key(const RowView& row) const;

 private:
  enum class Put { present, absent, dead };
  Put put_value(size_t column, std::string_view text, Item& item);
  Put put_number(size_t column, std::string_view text, Item& item);
  Put put_text(size_t column, std::string_view text, Item& item);
  Put put_collection(size_t column, std::string_view text, Item& item);
  Put fail(size_t column, DeadLetterCode code, std::string reason, std::string_view value = {});
  void check_key(size_t column, std::string_view value);
  void read_errors(std::string_view json);

  const TableViews* table_;
  const EntityView* view_;
  std::vector<std::string> openings_;  // `"name":{"S":`
  int pk_ = -1, sk_ = -1;
  ItemForm form_;
  std::string scratch_, pk_bytes_, sk_bytes_;
  std::vector<DeadLetter> problems_;  // of the row at hand
};

// What the contract gives to items of the table, of any entity, sorted: by these an item in the table is compared. What
// else it holds is the application's.
std::vector<std::string> attribute_names(const TableViews& views);

// Canonical bytes of a key from the texts of its attributes, as Item::key has them; empty when a number is none.
std::string canonical_key(AttributeType pk_type, std::string_view pk, const AttributeType* sk_type,
                          std::string_view sk);
// The same from the texts that a view gives.
std::string canonical_key(const TableViews& table, const EntityView& view, std::string_view pk, std::string_view sk);
// The same from an attribute map. Errors: aws_answer when it has no such key.
Result<std::string> item_key(std::string_view attribute_map_json, std::string_view pk, std::string_view sk);

// BLAKE2b-128 over the canonical form of an item's attributes (docs/items.md): what Spark computes too, so that items
// of all engines, and items read back, are compared by digest. Order of attributes, of set members and spelling of
// numbers (1.0, 1) do not matter. With `only`, attributes of other names are passed over; `others`, where given, is set
// to whether there were any.
// Errors: aws_answer when the JSON is no attribute map.
Result<Digest> item_digest(std::string_view attribute_map_json, const std::vector<std::string>* only = nullptr,
                           bool* others = nullptr);

}  // namespace migrate
