// One map of the project file, read key by key: each accessor complains by itself, at the right place. `${NAME}` and
// `${NAME:-default}` are expanded here; `$${` stands for `${`. Private to the folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/project.h"
#include "contract/yaml.h"

namespace migrate {

struct ProjectReader {
  const std::string& file;
  std::string_view content;
  std::string folder;
  Diagnostics& diagnostics;
  const std::atomic<bool>* stop = nullptr;  // ends a command that is waited for

  Place place(const YamlValue& at) const { return place_in_project(file, content, at.offset); }
  void error(const YamlValue& at, std::string message, std::string hint = {}) const;
  void warn(const YamlValue& at, std::string message, std::string hint = {}) const;
  // The scalar's text with variables in place; nullopt after an error.
  std::optional<std::string> expand(const YamlValue& scalar, const std::string& key) const;
};

class Settings {
 public:
  // `path` is how messages call the map: "source", or "" for the whole file. With no `known`, any key will do.
  Settings(const ProjectReader& reader, const YamlValue& map, std::string path,
           std::initializer_list<std::string_view> known);

  const YamlValue* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  std::string path(std::string_view key) const;  // "source.port"
  const YamlValue& map() const { return map_; }
  const ProjectReader& reader() const { return reader_; }

  std::optional<std::string> text(std::string_view key) const;  // not empty
  std::optional<std::string> required_text(std::string_view key) const;
  std::optional<uint64_t> whole(std::string_view key, uint64_t least, uint64_t most) const;
  std::optional<double> number(std::string_view key, double least, double most) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::string> file_path(std::string_view key) const;  // resolved against the project file's folder
  std::vector<std::pair<std::string, const YamlValue*>> texts(std::string_view key, bool one_will_do) const;
  std::optional<Settings> section(std::string_view key, std::initializer_list<std::string_view> known) const;

  template <class E>
  void word(std::string_view key, E& out, std::initializer_list<std::pair<std::string_view, E>> words) const {
    auto given = text(key);
    if (!given) return;
    std::vector<std::string> known;
    for (const auto& [spelling, value] : words) {
      if (*given == spelling) {
        out = value;
        return;
      }
      known.emplace_back(spelling);
    }
    refuse_word(key, *given, known);
  }

  void error_at(std::string_view key, std::string message, std::string hint = {}) const;
  void refuse_word(std::string_view key, const std::string& given, const std::vector<std::string>& known) const;

 private:
  const YamlValue* scalar(std::string_view key) const;
  void wrong_kind(std::string_view key, const YamlValue& value, std::string_view wanted) const;

  const ProjectReader& reader_;
  const YamlValue& map_;
  std::string path_;
};

template <class T>
void assign(T& out, std::optional<T> value) {
  if (value) out = std::move(*value);
}

// password, password_file or password_command of `settings`: one at most. nullopt when there is none, or after an
// error.
std::optional<Secret> read_password(const Settings& settings);
CheckSetting read_check(const Settings& settings);
void read_tables(const Settings& settings, Project& project);

}  // namespace migrate
