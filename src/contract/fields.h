// One JSON object of a contract, read member by member: each accessor complains by itself, at the right place, and
// returns something harmless, so that one walk gathers all errors.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "contract/model.h"

namespace migrate {

// A contract that is wrong throughout says so often enough with these: each costs a walk over the text.
inline constexpr size_t MOST_PROBLEMS = 500;

void report(const Contract& contract, Diagnostics& diagnostics, const Text& at, std::string message, std::string hint,
            bool warning = false);

// What every reader of one file needs.
struct FileReader {
  const Contract& contract;
  uint32_t file;
  Diagnostics& diagnostics;

  Text place_of(JsonValue value) const { return {std::string(), file, static_cast<uint32_t>(value.offset())}; }
  Text text(JsonValue value) const { return {std::string(value.text()), file, static_cast<uint32_t>(value.offset())}; }
  void error(JsonValue at, std::string message, std::string hint = {}) const;
  void warn(JsonValue at, std::string message, std::string hint = {}) const;
};

enum class Need { required, optional };
enum class Blank { refused, allowed };  // whether "" will do

class Fields {
 public:
  // `what` and `name` are how messages call the object: attribute 'email'. A key that is not `known` but nearly so is
  // an error, another one a warning.
  Fields(const FileReader& reader, JsonValue object, std::string_view what, std::string_view name,
         std::initializer_list<std::string_view> known);

  JsonValue object() const { return object_; }
  bool has(std::string_view key) const { return object_.find(key).has_value(); }
  // Like has(), but JSON null counts as absent.
  bool given(std::string_view key) const;
  std::string called() const;                      // "attribute 'email'"
  std::string called(std::string_view key) const;  // "'type' of attribute 'email'"
  Text at() const { return {std::string(), reader_.file, static_cast<uint32_t>(object_.offset())}; }

  Text text(std::string_view key, Need need = Need::optional, Blank blank = Blank::refused) const;
  // A list of strings; with `one_will_do` a single string counts as a list of one.
  std::vector<Text> texts(std::string_view key, Need need = Need::optional, bool one_will_do = false) const;
  std::optional<JsonValue> list(std::string_view key, Need need = Need::optional) const;
  std::optional<JsonValue> child(std::string_view key, Need need = Need::optional) const;  // an object
  bool flag(std::string_view key) const;

  // One of a closed set of words.
  template <class E>
  std::optional<E> choice(std::string_view key, std::initializer_list<std::pair<std::string_view, E>> words,
                          Need need = Need::required) const {
    Text word = text(key, need);
    if (word.empty()) return std::nullopt;
    std::vector<std::string> known;
    for (const auto& [spelling, value] : words) {
      if (word.text == spelling) return value;
    }
    for (const auto& [spelling, value] : words) known.emplace_back(spelling);
    refuse_word(key, word, known);
    return std::nullopt;
  }

  void error(std::string message, std::string hint = {}) const {
    reader_.error(object_, std::move(message), std::move(hint));
  }
  void error_at(std::string_view key, std::string message, std::string hint = {}) const;
  void warn_at(std::string_view key, std::string message, std::string hint = {}) const;
  const FileReader& reader() const { return reader_; }

 private:
  std::optional<JsonValue> find(std::string_view key, Need need, JsonKind kind) const;
  void wrong_kind(std::string_view key, JsonValue value, std::string_view wanted) const;
  void refuse_word(std::string_view key, const Text& word, const std::vector<std::string>& known) const;

  const FileReader& reader_;
  JsonValue object_;
  std::string_view what_;
  std::string_view name_;
  std::vector<std::string> meant_;  // known keys that a misspelt one was probably meant to be: not missing then
};

}  // namespace migrate
