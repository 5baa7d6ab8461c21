// Items as people read them in a check's findings: key_text(), differing_attributes() and their kin.
#include <simdjson.h>
#include <xxhash.h>

#include <algorithm>

#include "base/json_write.h"
#include "base/utf8.h"
#include "engine/check_work.h"

namespace migrate::checking {
namespace {

namespace dom = simdjson::dom;
constexpr size_t shown_bytes = 200;

// A parser of the thread's own; what it gives is valid until the thread parses again.
std::optional<dom::object> parse_item(std::string_view json) {
  thread_local dom::parser parser;
  dom::object item;
  if (parser.parse(json.data(), json.size()).get_object().get(item)) return std::nullopt;
  return item;
}

// Attribute → JSON of its value.
std::map<std::string, std::string> attribute_values(std::string_view json) {
  std::map<std::string, std::string> values;
  if (const auto item = parse_item(json)) {
    for (const dom::key_value_pair field : *item) values.emplace(field.key, simdjson::minify(field.value));
  }
  return values;
}

std::string one_attribute(const std::string& name, const std::string& value) {
  return "{" + json_string(name) + ":" + value + "}";
}

bool equal_values(const std::string& name, const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  const auto one = item_digest(one_attribute(name, a));
  const auto other = item_digest(one_attribute(name, b));
  return one.ok() && other.ok() && *one == *other;
}

}  // namespace

Digest key_digest(std::string_view canonical_key) {
  const XXH128_hash_t hash = XXH3_128bits(canonical_key.data(), canonical_key.size());
  XXH128_canonical_t form;
  XXH128_canonicalFromHash(&form, hash);
  Digest digest;
  std::copy(std::begin(form.digest), std::end(form.digest), digest.bytes.begin());
  return digest;
}

uint32_t holding_indexes(std::string_view item_json, const std::vector<IndexSpec>& indexes) {
  if (indexes.empty()) return 0;
  const auto item = parse_item(item_json);
  if (!item) return 0;
  uint32_t mask = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const bool pk = !item->at_key(indexes[i].pk.name).error();
    const bool sk = !indexes[i].sk || !item->at_key(indexes[i].sk->name).error();
    if (pk && sk) mask |= 1U << i;
  }
  return mask;
}

std::string key_map(std::string_view item_json, const std::vector<std::string>& names) {
  const auto values = attribute_values(item_json);
  std::string out = "{";
  for (const std::string& name : names) {
    const auto at = values.find(name);
    if (at == values.end()) return {};
    if (out.size() > 1) out += ',';
    out += json_string(name) + ":" + at->second;
  }
  return out + "}";
}

std::string key_text(std::string_view item_json, const TableViews& views, const Masking& masking) {
  const auto item = parse_item(item_json);
  std::string out;
  for (const std::string* name : {&views.pk, &views.sk}) {
    if (name->empty() || !item) continue;
    dom::object typed;
    if (item->at_key(*name).get_object().get(typed)) continue;
    std::string_view value;
    for (const dom::key_value_pair field : typed) {
      if (field.value.get_string().get(value)) value = "?";
    }
    if (!out.empty()) out += ", ";
    out += *name + "=" + (masking.hides_attribute(*name) ? masking.mask(value) : cut_bytes(value, shown_bytes));
  }
  return out;
}

std::string source_key_text(const EntityView& entity, const NamedTexts& key, const Masking& masking) {
  std::string out;
  for (const auto& [column, value] : key) {
    if (!out.empty()) out += ", ";
    out += entity.source_table + "." + column + "=";
    out += masking.hides_column(column) ? masking.mask(value) : cut_bytes(value, shown_bytes);
  }
  return out.empty() ? entity.source_table : out;
}

std::vector<Discrepancy::Attribute> differing_attributes(std::string_view expected_json, std::string_view found_json,
                                                         const std::vector<std::string>& only, const Masking& masking) {
  const auto expected = attribute_values(expected_json);
  const auto found = attribute_values(found_json);
  std::vector<Discrepancy::Attribute> out;
  for (const std::string& name : only) {
    const auto e = expected.find(name), f = found.find(name);
    Discrepancy::Attribute a{name, e == expected.end() ? "" : e->second, f == found.end() ? "" : f->second};
    if (equal_values(name, a.expected, a.found)) continue;
    for (std::string* text : {&a.expected, &a.found}) {
      if (!text->empty()) *text = masking.hides_attribute(name) ? masking.mask(*text) : cut_bytes(*text, shown_bytes);
    }
    out.push_back(std::move(a));
  }
  return out;
}

}  // namespace migrate::checking
