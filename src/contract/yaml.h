// The project file's YAML as a plain tree with byte offsets. Aliases are written out, within a bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace migrate {

struct YamlMember;

struct YamlValue {
  enum class Kind : uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text;  // of a scalar, quotes and escapes resolved
  size_t offset = 0;
  std::vector<YamlValue> items;
  std::vector<YamlMember> members;
};

struct YamlMember {
  YamlValue key;
  YamlValue value;
};

std::string_view yaml_kind_name(YamlValue::Kind kind);  // "a list"

// One document, UTF-8. Errors (project_syntax) go to `diagnostics`, at their places: not UTF-8, tabs, several
// documents, keys given twice, aliases that expand to more than 10,000 values, nesting over 32.
std::optional<YamlValue> parse_yaml(const std::string& file, std::string_view content, Diagnostics& diagnostics);

// place_at(), without the excerpt where the line might show a password.
Place place_in_project(const std::string& file, std::string_view content, size_t offset);

}  // namespace migrate
