// Where a password comes from: read_password(). What a command prints is never shown, not even when it fails.
#include "base/file.h"
#include "base/text.h"
#include "contract/settings.h"
#include "contract/shell_output.h"

namespace migrate {
namespace {

constexpr size_t MOST_PASSWORD_BYTES = 64 * 1024;
constexpr auto PATIENCE = std::chrono::seconds(60);

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::optional<Secret> from_file(const Settings& settings) {
  auto path = settings.file_path("password_file");
  if (!path) return std::nullopt;
  auto content = read_file(*path, MOST_PASSWORD_BYTES);
  if (content) return Secret(without_newline(std::move(*content)));
  settings.error_at("password_file", "'" + settings.path("password_file") + "': " + content.error().message);
  return std::nullopt;
}

// The command is the shell's to expand: a variable's text pasted into it could be more than one word.
std::optional<Secret> from_command(const Settings& settings) {
  const YamlValue* command = settings.find("password_command");
  std::string key = settings.path("password_command");
  if (command->kind != YamlValue::Kind::scalar || trim(command->text).empty()) {
    settings.error_at("password_command", "'" + key + "' is not a command");
    return std::nullopt;
  }
  auto output = shell_output(command->text, PATIENCE, settings.reader().stop);
  if (output && !without_newline(*output).empty()) return Secret(without_newline(std::move(*output)));
  settings.error_at("password_command",
                    "the command of '" + key + "' " + (output ? "printed nothing" : output.error().message),
                    "run it by hand: it must print the password and nothing else");
  return std::nullopt;
}

}  // namespace

std::optional<Secret> read_password(const Settings& settings) {
  std::vector<std::string> given;
  for (std::string_view key : {"password", "password_file", "password_command"}) {
    if (settings.has(key)) given.emplace_back(key);
  }
  if (given.empty()) return std::nullopt;
  if (given.size() > 1) {
    settings.error_at(given[1],
                      "'" + settings.path(given[0]) + "' and '" + settings.path(given[1]) + "' are both given",
                      "keep one of them");
    return std::nullopt;
  }
  if (given[0] == "password_file") return from_file(settings);
  if (given[0] == "password_command") return from_command(settings);
  const YamlValue* value = settings.find("password");
  if (value->kind == YamlValue::Kind::list || value->kind == YamlValue::Kind::map) {
    settings.error_at("password", "'" + settings.path("password") + "' is not a single value");
    return std::nullopt;
  }
  auto text = settings.reader().expand(*value, settings.path("password"));
  return text ? std::optional<Secret>(Secret(std::move(*text))) : std::nullopt;
}

}  // namespace migrate
