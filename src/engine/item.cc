// A row becomes an item: ItemMaker::make().
#include "engine/item.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "base/utf8.h"
#include "engine/base64.h"
#include "engine/bytes.h"
#include "engine/collection.h"
#include "engine/number.h"

namespace migrate {
namespace {

constexpr std::array<std::string_view, dead_letter_codes> code_names = {
    "conversion",       "zero_date",     "number_range",   "key_empty",
    "key_too_long",     "duplicate_key", "item_too_large", "collection_truncated",
    "nesting_too_deep", "conflict",      "refused"};

// What the view found, told in words.
std::string_view view_reason(DeadLetterCode code) {
  switch (code) {
    case DeadLetterCode::conversion:
      return "the source's value cannot be converted to the attribute's type";
    case DeadLetterCode::zero_date:
      return "a zero or partial date is no point in time; `zero_dates` of the table says what else to do";
    case DeadLetterCode::number_range:
      return "the number is outside what DynamoDB holds";
    case DeadLetterCode::collection_truncated:
      return "the server cut the collection: it is longer than its max_allowed_packet, or than 64 MB";
    case DeadLetterCode::duplicate_key:
      return "a join finds more than one row where one is meant";
    case DeadLetterCode::nesting_too_deep:
      return "DynamoDB takes 32 levels of maps and lists";
    default:
      return "the view marked the row";
  }
}

DeadLetterCode code_of(std::string_view name) {
  const auto found = std::find(code_names.begin(), code_names.end(), name);
  return found == code_names.end() ? DeadLetterCode::conversion
                                   : static_cast<DeadLetterCode>(found - code_names.begin());
}

// A FLOAT stands in the text as its exact double between two marks; the opening mark twice is that byte itself. False
// when what is between is no number.
bool print_floats(std::string_view text, std::string& out) {
  out.clear();
  for (size_t open = text.find(FLOAT_OPEN); open != std::string_view::npos; open = text.find(FLOAT_OPEN)) {
    if (text.substr(open + 1, 1) == std::string_view(&FLOAT_OPEN, 1)) {
      out += text.substr(0, open + 1);
      text.remove_prefix(open + 2);
      continue;
    }
    const size_t close = text.find(FLOAT_CLOSE, open);
    if (close == std::string_view::npos) return false;
    out += text.substr(0, open);
    if (!append_float(text.substr(open + 1, close - open - 1), out)) return false;
    text.remove_prefix(close + 1);
  }
  out += text;
  return true;
}

std::string shorten(std::string_view text) {
  constexpr size_t limit = 100;
  return printable(cut_bytes(text, limit));
}

// What no item can hold is not built: a value may be as large as the server's max_allowed_packet. (Documents have a
// limit of their own, as their text may be longer than the item.)
bool beyond_an_item(AttributeType type, size_t bytes) {
  const bool scalar = type == AttributeType::S || type == AttributeType::B || type == AttributeType::N;
  return scalar && bytes > max_item_size;
}

std::vector<std::string> column_names(const EntityView& view) {
  std::vector<std::string> out;
  for (const ViewColumn& column : view.columns) out.push_back(column.name);
  return out;
}

bool utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace

std::string_view dead_letter_code(DeadLetterCode code) { return code_names[static_cast<size_t>(code)]; }

ItemMaker::ItemMaker(const TableViews& table, const EntityView& view)
    : table_(&table), view_(&view), form_(column_names(view)) {
  for (size_t i = 0; i < view.columns.size(); ++i) {
    const ViewColumn& column = view.columns[i];
    std::string opening;
    append_escaped(opening, column.name);
    opening += ':';
    openings_.push_back(std::move(opening));
    if (column.name == table.pk) pk_ = static_cast<int>(i);
    if (!table.sk.empty() && column.name == table.sk) sk_ = static_cast<int>(i);
  }
}

ItemMaker::Put ItemMaker::fail(size_t column, DeadLetterCode code, std::string reason, std::string_view value) {
  DeadLetter letter;
  letter.attribute = view_->columns[column].name;
  letter.code = code;
  letter.reason = std::move(reason);
  letter.value = shorten(value);
  problems_.push_back(std::move(letter));
  return Put::dead;
}

void ItemMaker::check_key(size_t column, std::string_view value) {
  const int c = static_cast<int>(column);
  const bool sort = c == sk_ || view_->columns[column].sort_key;
  if (value.empty()) {
    fail(column, DeadLetterCode::key_empty,
         c == pk_ || c == sk_ ? "a key attribute may not be empty" : "a key attribute of an index may not be empty");
  } else if (const size_t limit = sort ? max_sk_bytes : max_pk_bytes; value.size() > limit) {
    fail(column, DeadLetterCode::key_too_long,
         "the key has " + std::to_string(value.size()) + " bytes, DynamoDB takes " + std::to_string(limit), value);
  }
}

ItemMaker::Put ItemMaker::put_number(size_t column, std::string_view text, Item& item) {
  item.json += "{\"N\":\"";
  const size_t begin = item.json.size();
  switch (append_number(text, item.json, item.size)) {
    case NumberProblem::not_a_number:
      return fail(column, DeadLetterCode::conversion, "the text is no number", text);
    case NumberProblem::out_of_range:
      return fail(column, DeadLetterCode::number_range,
                  "DynamoDB holds 38 significant digits, from 1E-130 to below 1E+126", text);
    case NumberProblem::none:
      break;
  }
  if (static_cast<int>(column) == pk_) pk_bytes_.assign(item.json, begin);
  if (static_cast<int>(column) == sk_) sk_bytes_.assign(item.json, begin);
  form_.scalar(column, 'N', std::string_view(item.json).substr(begin));
  item.json += "\"}";
  return Put::present;
}

ItemMaker::Put ItemMaker::put_text(size_t column, std::string_view text, Item& item) {
  if (!utf8(text)) return fail(column, DeadLetterCode::conversion, "the text is not valid UTF-8; type B would hold it");
  if (view_->columns[column].key) check_key(column, text);
  if (static_cast<int>(column) == pk_) pk_bytes_ = text;
  if (static_cast<int>(column) == sk_) sk_bytes_ = text;
  form_.scalar(column, 'S', text);
  item.json += "{\"S\":";
  append_escaped(item.json, text);
  item.json += '}';
  item.size += text.size();
  return Put::present;
}

ItemMaker::Put ItemMaker::put_collection(size_t column, std::string_view text, Item& item) {
  const AttributeType type = view_->columns[column].type;
  bool absent = false;
  const size_t begin = item.json.size();
  switch (append_collection(type, text, item.json, item.size, absent)) {
    case CollectionProblem::none:
      if (absent) return Put::absent;
      form_.typed_json(column, std::string_view(item.json).substr(begin));
      return Put::present;
    case CollectionProblem::not_json:
      return fail(column, DeadLetterCode::conversion, "the text is not valid JSON", text);
    case CollectionProblem::wrong_shape:
      return fail(column, DeadLetterCode::conversion,
                  std::string("type ") + std::string(type_name(type)) + " is made from a JSON " +
                      (type == AttributeType::M ? "object" : "array"),
                  text);
    case CollectionProblem::bad_member:
      return fail(column, DeadLetterCode::conversion,
                  "a member of the array cannot stand in a set of type " + std::string(type_name(type)), text);
    case CollectionProblem::out_of_range:
      return fail(column, DeadLetterCode::number_range,
                  "it holds a number outside 38 significant digits, 1E-130 to below 1E+126", text);
    case CollectionProblem::too_deep:
      return fail(column, DeadLetterCode::nesting_too_deep, std::string(view_reason(DeadLetterCode::nesting_too_deep)));
  }
  return Put::absent;
}

ItemMaker::Put ItemMaker::put_value(size_t column, std::string_view text, Item& item) {
  const ViewColumn& c = view_->columns[column];
  if (text.size() > max_text_size) {
    return fail(column, DeadLetterCode::item_too_large,
                "its text has " + std::to_string(text.size()) + " bytes, DynamoDB takes items of 409600");
  }
  if (c.has_floats && text.find(FLOAT_OPEN) != std::string_view::npos) {
    if (!print_floats(text, scratch_)) return fail(column, DeadLetterCode::conversion, "the FLOAT is no number", text);
    text = scratch_;
  }
  switch (c.type) {
    case AttributeType::S:
      return put_text(column, text, item);
    case AttributeType::N:
      return put_number(column, text, item);
    case AttributeType::BOOL:
      if (text != "0" && text != "1") return fail(column, DeadLetterCode::conversion, "the text is no boolean", text);
      form_.constant(column, text == "1" ? 'T' : 'F');
      item.json += text == "1" ? "{\"BOOL\":true}" : "{\"BOOL\":false}";
      item.size += 1;
      return Put::present;
    case AttributeType::B:
      if (c.key) check_key(column, text);
      if (static_cast<int>(column) == pk_) pk_bytes_ = text;
      if (static_cast<int>(column) == sk_) sk_bytes_ = text;
      form_.scalar(column, 'B', text);
      item.json += "{\"B\":\"";
      append_base64(item.json, text);
      item.json += "\"}";
      item.size += text.size();
      return Put::present;
    case AttributeType::Null:
      form_.constant(column, '0');
      item.json += "{\"NULL\":true}";
      item.size += 1;
      return Put::present;
    default:
      return put_collection(column, text, item);
  }
}

// `[{"attribute": "a", "code": "conversion"}, …]`, as the view lists what SQL could not convert.
void ItemMaker::read_errors(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get_array().get(list)) {
    problems_.emplace_back();
    problems_.back().reason = "the view's migrate_error is not the list it should be";
    problems_.back().value = shorten(json);
    return;
  }
  for (simdjson::dom::element entry : list) {
    std::string_view attribute, code;
    if (entry["code"].get_string().get(code)) continue;
    if (entry["attribute"].get_string().get(attribute)) attribute = {};
    DeadLetter letter;
    letter.attribute = attribute;
    letter.code = code_of(code);
    letter.reason = view_reason(letter.code);
    problems_.push_back(std::move(letter));
  }
}

NamedTexts ItemMaker::source_key(const RowView& row) const {
  NamedTexts out;
  for (size_t i = 0; i < view_->row_key.size(); ++i) {
    const RowKeyColumn& column = view_->row_key[i];
    const auto& value = row[view_->columns.size() + i];
    out.emplace_back(column.column, !value ? "" : column.binary ? "0x" + to_hex(*value) : printable(*value));
  }
  return out;
}

NamedTexts ItemMaker::target_key(const RowView& row) const {
  NamedTexts out;
  for (int c : {pk_, sk_}) {
    if (c < 0 || !row[static_cast<size_t>(c)]) continue;
    const ViewColumn& column = view_->columns[static_cast<size_t>(c)];
    const std::string_view text = *row[static_cast<size_t>(c)];
    std::string shown;
    if (column.type == AttributeType::B) {
      append_base64(shown, text);
    } else if (!column.has_floats || !print_floats(text, shown)) {
      shown = text;
    }
    out.emplace_back(column.name, shown.size() > max_pk_bytes ? shorten(shown)
                                  : utf8(shown)               ? shown
                                                              : printable(shown));
  }
  return out;
}

bool ItemMaker::make(const RowView& row, Item& item, std::vector<DeadLetter>& dead) {
  const size_t columns = view_->columns.size();
  item.json = "{";
  item.key.clear();
  item.parts.clear();
  item.size = 0;
  pk_bytes_.clear();
  sk_bytes_.clear();
  problems_.clear();
  form_.begin();
  if (const auto& errors = row[columns + view_->row_key.size()]) read_errors(*errors);
  const size_t seen_by_view = problems_.size();
  bool whole = true;
  for (size_t i = 0; i < columns; ++i) {
    const ViewColumn& column = view_->columns[i];
    if (!row[i] && column.type != AttributeType::Null) {
      const bool told = std::any_of(problems_.begin(), problems_.begin() + static_cast<long>(seen_by_view),
                                    [&](const DeadLetter& d) { return d.attribute == column.name; });
      const bool table_key = static_cast<int>(i) == pk_ || static_cast<int>(i) == sk_;
      if (table_key && !told) fail(i, DeadLetterCode::key_empty, "a key attribute may not be NULL");
      continue;
    }
    if (item.size > max_item_size || (row[i] && beyond_an_item(column.type, row[i]->size()))) {
      if (row[i] && column.key) check_key(i, *row[i]);
      whole = false;
      item.size += row[i] ? row[i]->size() : 0;
      continue;
    }
    const size_t start = item.json.size();
    const uint64_t size = item.size;
    if (start > 1) item.json += ',';
    item.json += openings_[i];
    const size_t begin = item.json.size();
    if (put_value(i, row[i].value_or(std::string_view()), item) == Put::present) {
      item.size += column.name.size();
      item.parts.push_back(
          {static_cast<uint32_t>(i), static_cast<uint32_t>(begin), static_cast<uint32_t>(item.json.size())});
    } else {
      item.json.resize(start);
      item.size = size;
    }
  }
  item.json += '}';
  if (!pk_bytes_.empty()) append_counted(item.key, pk_bytes_);
  if (!pk_bytes_.empty() && sk_ >= 0) {
    if (sk_bytes_.empty()) {
      item.key.clear();
    } else {
      append_counted(item.key, sk_bytes_);
    }
  }
  if (problems_.empty() && item.size > max_item_size) {
    problems_.emplace_back();
    problems_.back().code = DeadLetterCode::item_too_large;
    problems_.back().reason = std::string("the item has ") + (whole ? "" : "some ") + std::to_string(item.size) +
                              " bytes, DynamoDB takes 409600";
  }
  if (problems_.empty()) {
    item.digest = form_.digest();
    return true;
  }
  for (DeadLetter& letter : problems_) {
    letter.table = table_->table;
    letter.entity = view_->entity;
    letter.source_key = source_key(row);
    letter.key = target_key(row);
    dead.push_back(std::move(letter));
  }
  return false;
}

std::vector<std::string> attribute_names(const TableViews& views) {
  std::set<std::string> names;
  for (const EntityView& entity : views.entities) {
    for (const ViewColumn& column : entity.columns) names.insert(column.name);
  }
  return {names.begin(), names.end()};
}

std::string canonical_key(AttributeType pk_type, std::string_view pk, const AttributeType* sk_type,
                          std::string_view sk) {
  std::string out;
  const auto part = [&](AttributeType type, std::string_view text) {
    if (type != AttributeType::N) {
      append_counted(out, text);
      return true;
    }
    std::string number;
    uint64_t size = 0;
    if (append_number(text, number, size) != NumberProblem::none) return false;
    append_counted(out, number);
    return true;
  };
  if (!part(pk_type, pk) || (sk_type != nullptr && !part(*sk_type, sk))) return {};
  return out;
}

std::string canonical_key(const TableViews& table, const EntityView& view, std::string_view pk, std::string_view sk) {
  std::string printed[2];
  for (const ViewColumn& column : view.columns) {
    const bool is_pk = column.name == table.pk;
    if (!column.has_floats || !(is_pk || column.name == table.sk)) continue;
    std::string_view& text = is_pk ? pk : sk;
    std::string& out = printed[is_pk ? 0 : 1];
    if (!print_floats(text, out)) return {};
    text = out;
  }
  return canonical_key(table.pk_type, pk, table.sk.empty() ? nullptr : &table.sk_type, sk);
}

}  // namespace migrate
