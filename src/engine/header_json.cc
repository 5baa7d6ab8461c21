// JSON headers: read_header_json().
#include "engine/header_json.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace migrate {

std::string key_attribute_json(const KeyAttribute& attribute) {
  return JsonObject().add("name", attribute.name).add("type", std::string_view(&attribute.type, 1)).str();
}

std::string names_json(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(json_string(name));
  return json_array(quoted);
}

bool whole_number(JsonValue value, uint32_t& n) {
  const std::string_view digits = value.text();
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return value.is(JsonKind::number) && end.ec == std::errc() && end.ptr == digits.data() + digits.size();
}

void HeaderReader::damaged(const std::string& what) {
  if (!error) error = Error(ErrorKind::manifest_damaged, "'" + path_ + "' is damaged: " + what);
}

void HeaderReader::newer(const std::string& what) {
  if (!error) error = Error(ErrorKind::manifest_version, "'" + path_ + "' " + what);
}

std::optional<JsonValue> HeaderReader::member(JsonValue object, std::string_view name) {
  auto found = object.find(name);
  if (!found) damaged("its header has no `" + std::string(name) + "`");
  return found;
}

std::string HeaderReader::text(JsonValue object, std::string_view name) {
  const auto found = member(object, name);
  if (found && !found->is(JsonKind::string)) damaged("`" + std::string(name) + "` of its header is no text");
  return found ? std::string(found->text()) : "";
}

void HeaderReader::version(JsonValue root, const HeaderKind& kind) {
  const auto found = member(root, "version");
  if (!found) return;
  uint32_t n = 0;
  if (!whole_number(*found, n) || n < 1) {
    damaged("`version` of its header is no version");
  } else if (n > static_cast<uint32_t>(kind.version)) {
    newer("is a " + std::string(kind.what) + " of version " + std::to_string(n) + ", and this migrate reads up to " +
          std::to_string(kind.version));
  }
}

KeyAttribute HeaderReader::key_attribute(JsonValue value) {
  KeyAttribute found;
  found.name = text(value, "name");
  const std::string type = text(value, "type");
  if (type == "S" || type == "N" || type == "B") {
    found.type = type[0];
  } else {
    damaged("a key attribute of its header has no type that keys can have");
  }
  only(value, {"name", "type"});
  return found;
}

std::vector<std::string> HeaderReader::names(JsonValue value, const std::string& which) {
  std::vector<std::string> all;
  if (!value.is(JsonKind::array)) damaged(which + " of its header is no list");
  for (const JsonValue name : value.items()) {
    if (!name.is(JsonKind::string)) damaged(which + " of its header holds more than names");
    all.emplace_back(name.text());
  }
  return all;
}

void HeaderReader::only(JsonValue object, std::initializer_list<std::string_view> known) {
  for (const JsonMember m : object.members()) {
    if (std::find(known.begin(), known.end(), m.key()) == known.end()) {
      newer("has a header with `" + printable(m.key()) + "`, which this migrate does not know");
    }
  }
}

Result<void> read_header_json(std::string_view json, const std::string& path, const HeaderKind& kind,
                              const std::function<void(HeaderReader&, JsonValue root)>& take) {
  Diagnostics diagnostics;
  const auto document = parse_json({json, path, ErrorKind::manifest_damaged}, diagnostics);
  if (!document || diagnostics.has_errors()) {
    return Error(ErrorKind::manifest_damaged,
                 "'" + path + "' is damaged: its header is no JSON: " + diagnostics.list.front().message);
  }
  HeaderReader reader(path);
  if (reader.text(document->root(), "what") != kind.what) reader.damaged("it is no " + std::string(kind.what));
  reader.version(document->root(), kind);
  take(reader, document->root());
  if (reader.error) return std::move(*reader.error);
  return {};
}

}  // namespace migrate
