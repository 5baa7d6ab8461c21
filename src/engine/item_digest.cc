// The digest and the key of an item in DynamoDB's wire format: item_digest(), item_key(). The canonical form is
// documented in docs/items.md, for whoever computes it elsewhere.
#include <blake2.h>
#include <simdjson.h>

#include <algorithm>

#include "engine/base64.h"
#include "engine/item.h"
#include "engine/number.h"

namespace migrate {
namespace {

namespace dom = simdjson::dom;

Error no_attribute_map() {
  return Error(ErrorKind::aws_answer, "an item that came back is no attribute map of DynamoDB's wire format");
}

void append_count(std::string& out, size_t n) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 255);
}

void append_bytes(std::string& out, std::string_view bytes) {
  append_count(out, bytes.size());
  out += bytes;
}

bool canonical_number(std::string_view text, std::string& out) {
  uint64_t size = 0;
  return append_number(text, out, size) == NumberProblem::none;
}

// The plain bytes of a scalar S, N or B.
bool scalar(char type, dom::element value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text)) return false;
  if (type == 'N') return canonical_number(text, out);
  if (type == 'B') return base64_decode(text, out);
  out = text;
  return true;
}

bool append_value(dom::element typed, std::string& out);

bool append_set(char type, dom::element value, std::string& out) {
  dom::array array;
  if (value.get_array().get(array)) return false;
  std::vector<std::string> members;
  for (dom::element e : array) {
    members.emplace_back();
    if (!scalar(type, e, members.back())) return false;
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  out += static_cast<char>(type - 'A' + 'a');
  append_count(out, members.size());
  for (const std::string& m : members) append_bytes(out, m);
  return true;
}

bool append_map(dom::element value, std::string& out, const std::vector<std::string>* only, bool* others) {
  dom::object object;
  if (value.get_object().get(object)) return false;
  size_t passed_over = 0;
  std::vector<std::pair<std::string_view, dom::element>> fields;
  for (dom::key_value_pair field : object) {
    if (only != nullptr && std::find(only->begin(), only->end(), field.key) == only->end()) {
      ++passed_over;
      continue;
    }
    fields.emplace_back(field.key, field.value);
  }
  if (others != nullptr) *others = passed_over > 0;
  std::sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out += 'M';
  append_count(out, fields.size());
  for (const auto& [name, field] : fields) {
    append_bytes(out, name);
    if (!append_value(field, out)) return false;
  }
  return true;
}

bool append_list(dom::element value, std::string& out) {
  dom::array array;
  if (value.get_array().get(array)) return false;
  out += 'L';
  append_count(out, array.size());
  for (dom::element e : array) {
    if (!append_value(e, out)) return false;
  }
  return true;
}

// {"S":"x"} and its kin.
bool append_value(dom::element typed, std::string& out) {
  dom::object object;
  if (typed.get_object().get(object)) return false;
  auto field = object.begin();
  if (!(field != object.end())) return false;
  const std::string_view type = field.key();
  const dom::element value = field.value();
  if (type == "S" || type == "N" || type == "B") {
    std::string bytes;
    if (!scalar(type[0], value, bytes)) return false;
    out += type[0];
    append_bytes(out, bytes);
    return true;
  }
  if (type == "BOOL") {
    bool b = false;
    if (value.get_bool().get(b)) return false;
    out += b ? 'T' : 'F';
    return true;
  }
  if (type == "NULL") {
    out += '0';
    return true;
  }
  if (type == "M") return append_map(value, out, nullptr, nullptr);
  if (type == "L") return append_list(value, out);
  if (type == "SS" || type == "NS" || type == "BS") return append_set(type[0], value, out);
  return false;
}

dom::parser& thread_parser() {
  thread_local dom::parser parser;
  return parser;
}

bool append_key_part(dom::object item, std::string_view name, std::string& out) {
  dom::object typed;
  if (item.at_key(name).get_object().get(typed)) return false;
  auto field = typed.begin();
  if (!(field != typed.end()) || field.key().size() != 1) return false;
  std::string bytes;
  if (!scalar(field.key()[0], field.value(), bytes)) return false;
  append_bytes(out, bytes);
  return true;
}

}  // namespace

Result<Digest> item_digest(std::string_view attribute_map_json, const std::vector<std::string>* only, bool* others) {
  dom::element item;
  std::string form;
  if (thread_parser().parse(attribute_map_json.data(), attribute_map_json.size()).get(item) ||
      !append_map(item, form, only, others)) {
    return no_attribute_map();
  }
  Digest digest;
  blake2b(digest.bytes.data(), form.data(), nullptr, digest.bytes.size(), form.size(), 0);
  return digest;
}

Result<std::string> item_key(std::string_view attribute_map_json, std::string_view pk, std::string_view sk) {
  dom::object item;
  std::string key;
  if (thread_parser().parse(attribute_map_json.data(), attribute_map_json.size()).get_object().get(item) ||
      !append_key_part(item, pk, key) || (!sk.empty() && !append_key_part(item, sk, key))) {
    return no_attribute_map();
  }
  return key;
}

}  // namespace migrate
