// JSON with byte offsets, on simdjson's on-demand parser: parse_json(). Numbers are taken as raw tokens, because
// simdjson would turn them into 64-bit integers and doubles. When simdjson refuses the text, json_locate says where.
#include "base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>

#include "base/json_locate.h"
#include "base/place.h"
#include "base/text.h"

namespace migrate {

namespace ondemand = simdjson::ondemand;

class JsonReader {
 public:
  JsonReader(const JsonInput& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {}

  std::optional<JsonDocument> run() {
    if (!check_bytes()) return std::nullopt;
    document_.input_ = input_.text;
    // simdjson reads up to SIMDJSON_PADDING bytes behind the end: hence the copy.
    simdjson::padded_string padded(input_.text);
    base_ = padded.data();
    bool read = [&] {
      ondemand::parser parser;
      ondemand::document document;
      return parser.iterate(padded).get(document) == simdjson::SUCCESS && root(document);
    }();
    if (!read) {
      if (!reported_) report_fault();
      return std::nullopt;
    }
    return std::move(document_);
  }

 private:
  bool fail(size_t offset, std::string message, std::string hint = {}) {
    reported_ = true;
    diagnostics_.error(input_.kind, std::move(message), std::move(hint), place_at(input_.name, input_.text, offset));
    return false;
  }

  bool check_bytes() {
    std::string_view text = input_.text;
    if (text.size() > input_.max_bytes) {
      reported_ = true;
      Place place;
      place.file = input_.name;
      diagnostics_.error(input_.kind,
                         "the JSON has " + with_thousands(text.size()) + " bytes; at most " +
                             with_thousands(input_.max_bytes) + " are read",
                         "split it into several files", std::move(place));
      return false;
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
      return fail(0, "the file starts with a byte order mark, which JSON does not allow",
                  "save it as UTF-8 without byte order mark");
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
      return fail(0, "the file is UTF-16, by its first two bytes", "save it as UTF-8 without byte order mark");
    }
    if (!simdjson::validate_utf8(text.data(), text.size())) {
      size_t at = first_invalid_utf8(text);
      return fail(at, "byte 0x" + to_hex(text.substr(at, 1)) + " is not UTF-8", "save the file as UTF-8");
    }
    return true;
  }

  void report_fault() {
    JsonFault fault = locate_json_fault(input_.text);
    if (fault.message.empty()) fault.message = "the JSON cannot be read";
    fail(fault.offset, fault.message, fault.hint);
  }

  bool root(ondemand::document& document) {
    ondemand::json_type type;
    if (document.type().get(type) != simdjson::SUCCESS) return false;
    if (type != ondemand::json_type::array && type != ondemand::json_type::object) {
      JsonFault fault = locate_json_fault(input_.text);
      if (!fault.message.empty()) return false;
      return fail(0, "the JSON is a single value: an object or a list is expected");
    }
    ondemand::value v;
    if (document.get_value().get(v) != simdjson::SUCCESS || !value(v, 1)) return false;
    // Behind the last bracket nothing but blanks: simdjson leaves that to the caller.
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  size_t offset_of(std::string_view token) const { return static_cast<size_t>(token.data() - base_); }

  bool value(ondemand::value& v, int depth) {
    std::string_view token = v.raw_json_token();
    if (token.empty()) return false;
    size_t offset = offset_of(token);
    if (depth > input_.max_depth) {
      return fail(offset, "values are nested more than " + std::to_string(input_.max_depth) + " deep here");
    }
    if (document_.nodes_.size() > 2 * input_.max_values) {
      return fail(offset, "the JSON has more than " + with_thousands(input_.max_values) + " values",
                  "split it into several files");
    }
    switch (token.front()) {
      case '{':
        return object(v, offset, depth);
      case '[':
        return array(v, offset, depth);
      case '"': {
        std::string_view text;
        if (v.get_string().get(text) != simdjson::SUCCESS) return false;
        string(offset, text);
        return true;
      }
      default:
        return scalar(offset, trim(token));
    }
  }

  uint32_t add(JsonKind kind, size_t offset) {
    auto index = static_cast<uint32_t>(document_.nodes_.size());
    document_.nodes_.push_back({kind, false, static_cast<uint32_t>(offset), index + 1, 0, 0});
    return index;
  }

  bool scalar(size_t offset, std::string_view token) {
    JsonKind kind = JsonKind::number;
    if (token == "true" || token == "false") {
      kind = JsonKind::boolean;
    } else if (token == "null") {
      kind = JsonKind::null;
    } else if (!is_json_number(token)) {
      return false;
    }
    auto& node = document_.nodes_[add(kind, offset)];
    node.text = static_cast<uint32_t>(offset);
    node.length = static_cast<uint32_t>(token.size());
    return true;
  }

  // `text` is what simdjson made of the string that opens at `offset`. Every escape makes a text shorter than it is
  // written, so equal bytes up to the closing quote mean that there was none.
  void string(size_t offset, std::string_view text) {
    auto& node = document_.nodes_[add(JsonKind::string, offset)];
    node.length = static_cast<uint32_t>(text.size());
    size_t begin = offset + 1;
    node.unescaped = input_.text.substr(begin, text.size()) != text || input_.text[begin + text.size()] != '"';
    node.text = static_cast<uint32_t>(node.unescaped ? document_.unescaped_.size() : begin);
    if (node.unescaped) document_.unescaped_ += text;
  }

  bool array(ondemand::value& v, size_t offset, int depth) {
    uint32_t self = add(JsonKind::array, offset);
    ondemand::array items;
    if (v.get_array().get(items) != simdjson::SUCCESS) return false;
    uint32_t count = 0;
    for (auto&& item : items) {
      ondemand::value child;
      if (std::move(item).get(child) != simdjson::SUCCESS || !value(child, depth + 1)) return false;
      ++count;
    }
    close(self, count);
    return true;
  }

  bool object(ondemand::value& v, size_t offset, int depth) {
    uint32_t self = add(JsonKind::object, offset);
    ondemand::object members;
    if (v.get_object().get(members) != simdjson::SUCCESS) return false;
    uint32_t count = 0;
    for (auto&& member : members) {
      ondemand::field field;
      if (std::move(member).get(field) != simdjson::SUCCESS) return false;
      size_t key_offset = static_cast<size_t>(field.key().raw() - base_) - 1;
      std::string_view key;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      string(key_offset, key);
      ondemand::value child = field.value();
      if (!value(child, depth + 1)) return false;
      ++count;
    }
    close(self, count);
    check_keys(self);
    return true;
  }

  void close(uint32_t self, uint32_t count) {
    document_.nodes_[self].length = count;
    document_.nodes_[self].next = static_cast<uint32_t>(document_.nodes_.size());
  }

  void check_keys(uint32_t self) {
    keys_.clear();
    for (JsonMember member : JsonValue(&document_, self).members()) {
      keys_.emplace_back(member.key(), member.key_node.offset());
    }
    std::sort(keys_.begin(), keys_.end());
    for (size_t i = 1; i < keys_.size(); ++i) {
      const auto& [key, offset] = keys_[i];
      if (key != keys_[i - 1].first || ++duplicates_ > 20) continue;  // each costs a walk over the text
      int line = place_at("", input_.text, keys_[i - 1].second).line;
      fail(offset, "the key '" + printable(key) + "' is given twice, first in line " + std::to_string(line),
           "keep one of the two");
    }
  }

  const JsonInput& input_;
  Diagnostics& diagnostics_;
  JsonDocument document_;
  const char* base_ = nullptr;
  bool reported_ = false;
  int duplicates_ = 0;
  std::vector<std::pair<std::string_view, size_t>> keys_;
};

std::string_view json_kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "a list";
    case JsonKind::object:
      return "an object";
  }
  return "";
}

JsonValue JsonDocument::root() const { return {this, 0}; }

std::string_view JsonValue::text() const {
  const auto& n = node();
  if (n.kind == JsonKind::array || n.kind == JsonKind::object) return {};
  return (n.unescaped ? std::string_view(document_->unescaped_) : document_->input_).substr(n.text, n.length);
}

size_t JsonValue::size() const { return is(JsonKind::array) || is(JsonKind::object) ? node().length : 0; }

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  for (JsonMember member : members()) {
    if (member.key() == key) return member.value;
  }
  return std::nullopt;
}

JsonValue::Range<JsonValue> JsonValue::items() const {
  return is(JsonKind::array) ? Range<JsonValue>(first_child(), next()) : Range<JsonValue>(*this, *this);
}

JsonValue::Range<JsonMember> JsonValue::members() const {
  return is(JsonKind::object) ? Range<JsonMember>(first_child(), next()) : Range<JsonMember>(*this, *this);
}

std::optional<JsonDocument> parse_json(const JsonInput& input, Diagnostics& diagnostics) {
  return JsonReader(input, diagnostics).run();
}

}  // namespace migrate
