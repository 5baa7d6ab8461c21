// The accessors of one JSON object of a contract: class Fields.
#include "contract/fields.h"

#include <algorithm>

#include "base/text.h"

namespace migrate {

void report(const Contract& contract, Diagnostics& diagnostics, const Text& at, std::string message, std::string hint,
            bool warning) {
  if (diagnostics.list.size() >= MOST_PROBLEMS) return;
  Error error(ErrorKind::contract_value, std::move(message), std::move(hint), contract.place(at));
  error.warning = warning;
  diagnostics.add(std::move(error));
}

void FileReader::error(JsonValue at, std::string message, std::string hint) const {
  report(contract, diagnostics, place_of(at), std::move(message), std::move(hint), false);
}

void FileReader::warn(JsonValue at, std::string message, std::string hint) const {
  report(contract, diagnostics, place_of(at), std::move(message), std::move(hint), true);
}

Fields::Fields(const FileReader& reader, JsonValue object, std::string_view what, std::string_view name,
               std::initializer_list<std::string_view> known)
    : reader_(reader), object_(object), what_(what), name_(name) {
  for (JsonMember member : object.members()) {
    if (reader.diagnostics.list.size() >= MOST_PROBLEMS) break;
    std::string_view key = member.key();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string meant = nearest(key, {known.begin(), known.end()});
    if (meant.empty()) {
      reader.warn(member.key_node, called() + ": the key '" + std::string(key) + "' is not read");
    } else {
      reader.error(member.key_node, called() + " has the unknown key '" + std::string(key) + "'",
                   "did you mean '" + meant + "'?");
      meant_.push_back(std::move(meant));
    }
  }
}

std::string Fields::called() const {
  if (!name_.empty()) return std::string(what_) + " '" + std::string(name_) + "'";
  bool has_article = what_.starts_with("the ") || what_.starts_with("a ");
  return (has_article ? "" : "this ") + std::string(what_);
}

std::string Fields::called(std::string_view key) const { return "'" + std::string(key) + "' of " + called(); }

bool Fields::given(std::string_view key) const {
  auto value = object_.find(key);
  return value && !value->is(JsonKind::null);
}

void Fields::wrong_kind(std::string_view key, JsonValue value, std::string_view wanted) const {
  reader_.error(
      value, called(key) + " is " + std::string(json_kind_name(value.kind())) + ", not " + std::string(wanted),
      value.is(JsonKind::number) && wanted == "a string" ? "write \"" + std::string(value.text()) + "\"" : "");
}

std::optional<JsonValue> Fields::find(std::string_view key, Need need, JsonKind kind) const {
  auto value = object_.find(key);
  if (!value) {
    if (need == Need::required && std::find(meant_.begin(), meant_.end(), key) == meant_.end()) {
      error(called() + " has no '" + std::string(key) + "'", "add \"" + std::string(key) + "\"");
    }
    return std::nullopt;
  }
  if (value->is(kind)) return value;
  wrong_kind(key, *value, json_kind_name(kind));
  return std::nullopt;
}

Text Fields::text(std::string_view key, Need need, Blank blank) const {
  auto value = find(key, need, JsonKind::string);
  if (!value) return {};
  if (blank == Blank::refused && trim(value->text()).empty()) {
    reader_.error(*value, called(key) + " is empty");
    return {};
  }
  return reader_.text(*value);
}

std::vector<Text> Fields::texts(std::string_view key, Need need, bool one_will_do) const {
  if (auto value = object_.find(key); one_will_do && value && !value->is(JsonKind::array)) {
    Text one = text(key, need);
    return one.empty() ? std::vector<Text>{} : std::vector<Text>{std::move(one)};
  }
  std::vector<Text> out;
  auto value = find(key, need, JsonKind::array);
  if (!value) return out;
  for (JsonValue item : value->items()) {
    if (!item.is(JsonKind::string)) {
      reader_.error(item,
                    called(key) + " holds " + std::string(json_kind_name(item.kind())) + " where a string belongs");
    } else if (trim(item.text()).empty()) {
      reader_.error(item, called(key) + " holds an empty string");
    } else {
      out.push_back(reader_.text(item));
    }
  }
  if (need == Need::required && value->size() == 0) reader_.error(*value, called(key) + " is empty");
  return out;
}

std::optional<JsonValue> Fields::list(std::string_view key, Need need) const {
  return find(key, need, JsonKind::array);
}

std::optional<JsonValue> Fields::child(std::string_view key, Need need) const {
  return find(key, need, JsonKind::object);
}

bool Fields::flag(std::string_view key) const {
  auto value = find(key, Need::optional, JsonKind::boolean);
  return value && value->boolean();
}

void Fields::refuse_word(std::string_view key, const Text& word, const std::vector<std::string>& known) const {
  std::string hint = did_you_mean(word.text, known);
  error_at(key, called(key) + " is '" + word.text + "', which is not known",
           hint.empty() ? "it is one of: " + join(known, ", ") : hint);
}

void Fields::error_at(std::string_view key, std::string message, std::string hint) const {
  reader_.error(object_.find(key).value_or(object_), std::move(message), std::move(hint));
}

void Fields::warn_at(std::string_view key, std::string message, std::string hint) const {
  reader_.warn(object_.find(key).value_or(object_), std::move(message), std::move(hint));
}

}  // namespace migrate
