// The digest and the key of an item in DynamoDB's wire format, or of one that is being made: item_digest(), item_key(),
// ItemForm. The canonical form is documented in docs/items.md, for whoever computes it elsewhere.
#include <blake2.h>
#include <simdjson.h>

#include <algorithm>

#include "engine/base64.h"
#include "engine/bytes.h"
#include "engine/item.h"
#include "engine/item_form.h"
#include "engine/number.h"

namespace migrate {
namespace {

namespace dom = simdjson::dom;

Error no_attribute_map() {
  return Error(ErrorKind::aws_answer, "an item that came back is no attribute map of DynamoDB's wire format");
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
  for (const std::string& m : members) append_counted(out, m);
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
    append_counted(out, name);
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
    append_counted(out, bytes);
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

Digest blake2b_128(std::string_view bytes) {
  Digest digest;
  blake2b(digest.bytes.data(), bytes.data(), nullptr, digest.bytes.size(), bytes.size(), 0);
  return digest;
}

bool append_key_part(dom::object item, std::string_view name, std::string& out) {
  dom::object typed;
  if (item.at_key(name).get_object().get(typed)) return false;
  auto field = typed.begin();
  if (!(field != typed.end()) || field.key().size() != 1) return false;
  std::string bytes;
  if (!scalar(field.key()[0], field.value(), bytes)) return false;
  append_counted(out, bytes);
  return true;
}

}  // namespace

ItemForm::ItemForm(const std::vector<std::string>& names) : values_(names.size()) {
  for (size_t i = 0; i < names.size(); ++i) {
    sorted_.push_back(i);
    opening_.emplace_back();
    append_counted(opening_.back(), names[i]);
  }
  std::sort(sorted_.begin(), sorted_.end(), [&](size_t a, size_t b) { return names[a] < names[b]; });
}

void ItemForm::begin() {
  bytes_.clear();
  std::fill(values_.begin(), values_.end(), Value{});
  present_ = 0;
}

void ItemForm::open(size_t i) {
  values_[i].begin = bytes_.size();
  ++present_;
}

void ItemForm::scalar(size_t i, char type, std::string_view plain) {
  open(i);
  bytes_ += type;
  append_counted(bytes_, plain);
  values_[i].end = bytes_.size();
}

void ItemForm::constant(size_t i, char form) {
  open(i);
  bytes_ += form;
  values_[i].end = bytes_.size();
}

bool ItemForm::typed_json(size_t i, std::string_view json) {
  open(i);
  dom::element typed;
  if (thread_parser().parse(json.data(), json.size()).get(typed) || !append_value(typed, bytes_)) return false;
  values_[i].end = bytes_.size();
  return true;
}

Digest ItemForm::digest() {
  whole_ = "M";
  append_count(whole_, present_);
  for (const size_t i : sorted_) {
    const Value& value = values_[i];
    if (value.end == 0) continue;
    whole_ += opening_[i];
    whole_.append(bytes_, value.begin, value.end - value.begin);
  }
  return blake2b_128(whole_);
}

Result<Digest> item_digest(std::string_view attribute_map_json, const std::vector<std::string>* only, bool* others) {
  dom::element item;
  std::string form;
  if (thread_parser().parse(attribute_map_json.data(), attribute_map_json.size()).get(item) ||
      !append_map(item, form, only, others)) {
    return no_attribute_map();
  }
  return blake2b_128(form);
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
