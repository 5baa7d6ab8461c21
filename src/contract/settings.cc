// The accessors of one map of the project file: class Settings.
#include "contract/settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"

namespace migrate {
namespace {

bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

std::optional<double> to_number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  double value = strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string short_number(double value) {
  return value == std::floor(value) ? with_thousands(static_cast<uint64_t>(value)) : std::to_string(value);
}

}  // namespace

void ProjectReader::error(const YamlValue& at, std::string message, std::string hint) const {
  diagnostics.error(ErrorKind::project_value, std::move(message), std::move(hint), place(at));
}

void ProjectReader::warn(const YamlValue& at, std::string message, std::string hint) const {
  diagnostics.warn(ErrorKind::project_value, std::move(message), std::move(hint), place(at));
}

std::optional<std::string> ProjectReader::expand(const YamlValue& scalar, const std::string& key) const {
  const std::string& text = scalar.text;
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      out += "${";
      i += 3;
      continue;
    }
    if (text.compare(i, 2, "${") != 0) {
      out += text[i++];
      continue;
    }
    size_t end = text.find('}', i);
    if (end == std::string::npos) {
      error(scalar, "'" + key + "' has a '${' that is never closed",
            "write ${NAME}, or $${ for the characters themselves");
      return std::nullopt;
    }
    std::string_view inside = std::string_view(text).substr(i + 2, end - i - 2);
    size_t colon = inside.find(":-");
    std::string name(inside.substr(0, colon));
    if (!is_name(name)) {
      error(scalar, "'" + key + "' has a '${' that is not followed by the name of a variable",
            "write ${NAME} or ${NAME:-default}");
      return std::nullopt;
    }
    const char* value = std::getenv(name.c_str());
    if (value == nullptr && colon == std::string_view::npos) {
      error(scalar, "the variable " + name + " is not set", "set it, or write ${" + name + ":-default}");
      return std::nullopt;
    }
    bool use_default = colon != std::string_view::npos && (value == nullptr || *value == '\0');
    out += use_default ? std::string(inside.substr(colon + 2)) : std::string(value);
    i = end + 1;
  }
  return out;
}

Settings::Settings(const ProjectReader& reader, const YamlValue& map, std::string path,
                   std::initializer_list<std::string_view> known)
    : reader_(reader), map_(map), path_(std::move(path)) {
  if (known.size() == 0) return;
  std::vector<std::string> names(known.begin(), known.end());
  for (const YamlMember& member : map.members) {
    const std::string& key = member.key.text;
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    std::string hint = did_you_mean(key, names);
    Place place = reader.place(member.key);
    // Beside a password an unknown key may be a misspelt one.
    if (std::find(names.begin(), names.end(), "password") != names.end()) place.excerpt.clear();
    reader.diagnostics.error(ErrorKind::project_value, "unknown key '" + this->path(key) + "'",
                             hint.empty() ? "known here: " + join(names, ", ") : hint, std::move(place));
  }
}

const YamlValue* Settings::find(std::string_view key) const {
  for (const YamlMember& member : map_.members) {
    if (member.key.text == key) return &member.value;
  }
  return nullptr;
}

std::string Settings::path(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void Settings::error_at(std::string_view key, std::string message, std::string hint) const {
  const YamlValue* value = find(key);
  reader_.error(value != nullptr ? *value : map_, std::move(message), std::move(hint));
}

void Settings::wrong_kind(std::string_view key, const YamlValue& value, std::string_view wanted) const {
  reader_.error(value,
                "'" + path(key) + "' is " + std::string(yaml_kind_name(value.kind)) + ", not " + std::string(wanted),
                value.kind == YamlValue::Kind::null ? "give it a value, or take the key out" : "");
}

const YamlValue* Settings::scalar(std::string_view key) const {
  const YamlValue* value = find(key);
  if (value == nullptr || value->kind == YamlValue::Kind::scalar) return value;
  wrong_kind(key, *value, "a single value");
  return nullptr;
}

std::optional<std::string> Settings::text(std::string_view key) const {
  const YamlValue* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  auto expanded = reader_.expand(*value, path(key));
  if (expanded && trim(*expanded).empty()) {
    reader_.error(*value, "'" + path(key) + "' is empty", "give it a value, or take the key out");
    return std::nullopt;
  }
  return expanded;
}

std::optional<std::string> Settings::required_text(std::string_view key) const {
  if (!has(key)) reader_.error(map_, "'" + path(key) + "' is missing", "add '" + std::string(key) + ": …'");
  return text(key);
}

std::optional<uint64_t> Settings::whole(std::string_view key, uint64_t least, uint64_t most) const {
  auto given = text(key);
  if (!given) return std::nullopt;
  auto value = to_number(*given);
  if (value && *value == std::floor(*value) && *value >= static_cast<double>(least) &&
      *value <= static_cast<double>(most)) {
    return static_cast<uint64_t>(*value);
  }
  error_at(key,
           "'" + path(key) + "' must be a whole number from " + with_thousands(least) + " to " + with_thousands(most));
  return std::nullopt;
}

std::optional<double> Settings::number(std::string_view key, double least, double most) const {
  auto given = text(key);
  if (!given) return std::nullopt;
  auto value = to_number(*given);
  if (value && *value >= least && *value <= most) return value;
  error_at(key, "'" + path(key) + "' must be a number from " + short_number(least) + " to " + short_number(most));
  return std::nullopt;
}

std::optional<bool> Settings::flag(std::string_view key) const {
  auto given = text(key);
  if (!given) return std::nullopt;
  if (*given == "true") return true;
  if (*given == "false") return false;
  error_at(key, "'" + path(key) + "' must be true or false");
  return std::nullopt;
}

std::optional<std::string> Settings::file_path(std::string_view key) const {
  auto given = text(key);
  if (!given) return std::nullopt;
  return resolve_path(reader_.folder, *given);
}

std::vector<std::pair<std::string, const YamlValue*>> Settings::texts(std::string_view key, bool one_will_do) const {
  std::vector<std::pair<std::string, const YamlValue*>> out;
  const YamlValue* value = find(key);
  if (value == nullptr) return out;
  if (one_will_do && value->kind == YamlValue::Kind::scalar) {
    if (auto one = text(key)) out.emplace_back(std::move(*one), value);
    return out;
  }
  if (value->kind != YamlValue::Kind::list) {
    wrong_kind(key, *value, "a list");
    return out;
  }
  for (const YamlValue& item : value->items) {
    if (item.kind != YamlValue::Kind::scalar || trim(item.text).empty()) {
      reader_.error(item, "'" + path(key) + "' holds something that is not a text");
    } else if (auto one = reader_.expand(item, path(key))) {
      out.emplace_back(std::move(*one), &item);
    }
  }
  return out;
}

std::optional<Settings> Settings::section(std::string_view key, std::initializer_list<std::string_view> known) const {
  const YamlValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind == YamlValue::Kind::map) return Settings(reader_, *value, path(key), known);
  wrong_kind(key, *value, "a map of keys and values");
  return std::nullopt;
}

void Settings::refuse_word(std::string_view key, const std::string& given,
                           const std::vector<std::string>& known) const {
  std::string hint = did_you_mean(given, known);
  error_at(key, "'" + path(key) + "' has a value that is not known",
           hint.empty() ? "it is one of: " + join(known, ", ") : hint);
}

}  // namespace migrate
