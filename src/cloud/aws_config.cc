// The AWS files and environment: load_aws_config().
#include "cloud/aws_config.h"

#include <cstdlib>

#include "base/file.h"
#include "base/text.h"

namespace migrate {
namespace {

using Sections = std::map<std::string, AwsSection>;

// The files' format: Python's RawConfigParser, with settings below a key that has no value of its own:
//   [profile dev]
//   region = eu-west-1
//   s3 =
//     max_queue_size = 10
Result<Sections> parse_ini(const std::string& text, const std::string& path) {
  Sections sections;
  AwsSection* section = nullptr;
  std::string outer;
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    std::string_view content = trim(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') continue;
    const bool indented = line[0] == ' ' || line[0] == '\t';
    if (content[0] == '[' && !indented) {
      if (content.back() != ']') {
        return Error(ErrorKind::aws_credentials, path + ":" + std::to_string(number) + ": a section without ']'",
                     "mend the file, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE");
      }
      section = &sections[std::string(trim(content.substr(1, content.size() - 2)))];
      outer.clear();
      continue;
    }
    size_t equals = content.find('=');
    if (!section || equals == std::string_view::npos) {
      // The line itself may hold a secret, so it is not shown.
      return Error(ErrorKind::aws_credentials,
                   path + ":" + std::to_string(number) + ": neither a section nor `name = value`",
                   "mend the file, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE");
    }
    std::string key = lower_ascii(trim(content.substr(0, equals)));
    std::string value(trim(content.substr(equals + 1)));
    if (indented && !outer.empty()) {
      (*section)[outer + "." + key] = value;
    } else {
      (*section)[key] = value;
      outer = value.empty() ? key : "";
    }
  }
  return sections;
}

std::string unquoted(std::string_view name) {
  name = trim(name);
  if (name.size() >= 2 && (name[0] == '"' || name[0] == '\'') && name.back() == name[0]) {
    name = name.substr(1, name.size() - 2);
  }
  return std::string(name);
}

// "[profile dev]" → "dev" for the prefix "profile "; "" when the section is another kind.
std::string named(const std::string& section, std::string_view kind) {
  if (!section.starts_with(kind) || section.size() <= kind.size()) return "";
  if (section[kind.size()] != ' ' && section[kind.size()] != '\t') return "";
  return unquoted(std::string_view(section).substr(kind.size()));
}

std::string expand_home(const Env& env, const std::string& path) {
  if (!path.starts_with("~/")) return path;
  return env("HOME").value_or("") + path.substr(1);
}

Result<Sections> read_sections(const std::string& path) {
  if (!file_exists(path)) return Sections();
  TRY(text, read_file(path, 16U << 20));
  return parse_ini(text, path);
}

void choose_profile(AwsConfig& config, const std::string& setting) {
  config.profile = "default";
  if (!setting.empty()) {
    config.profile = setting;
    config.profile_from = "target.profile";
    return;
  }
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (auto value = config.variable(name)) {
      config.profile = *value;
      config.profile_from = name;
      return;
    }
  }
}

}  // namespace

Env process_env() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

std::optional<std::string> AwsConfig::variable(const std::string& name) const {
  auto value = env(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::string AwsConfig::setting(const std::string& key) const {
  auto found = profiles.find(profile);
  if (found == profiles.end()) return "";
  auto value = found->second.find(key);
  return value == found->second.end() ? "" : value->second;
}

std::string AwsConfig::ca_bundle() const {
  if (auto file = variable("AWS_CA_BUNDLE")) return path(*file);
  if (std::string file = setting("ca_bundle"); !file.empty()) return path(file);
  return path(variable("REQUESTS_CA_BUNDLE").value_or(""));
}

std::string AwsConfig::path(const std::string& name) const { return expand_home(env, name); }

Result<AwsConfig> load_aws_config(const std::string& profile_setting, Env env) {
  AwsConfig config;
  config.env = std::move(env);
  choose_profile(config, profile_setting);
  config.config_file = config.path(config.variable("AWS_CONFIG_FILE").value_or("~/.aws/config"));
  config.credentials_file = config.path(config.variable("AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials"));
  TRY(sections, read_sections(config.config_file));
  TRY(credentials, read_sections(config.credentials_file));
  for (auto& [name, section] : sections) {
    if (name == "default")
      config.profiles["default"].merge(section);
    else if (std::string profile = named(name, "profile"); !profile.empty())
      config.profiles[profile] = section;
    else if (std::string session = named(name, "sso-session"); !session.empty())
      config.sso_sessions[session] = section;
    else if (std::string services = named(name, "services"); !services.empty())
      config.services[services] = section;
  }
  config.credentials = credentials;
  // As botocore: a profile's settings in the credentials file go before those in the config file.
  for (const auto& [name, section] : credentials) {
    for (const auto& [key, value] : section) config.profiles[name][key] = value;
  }
  if (!config.profile_from.empty() && config.profiles.count(config.profile) == 0) {
    std::vector<std::string> names;
    for (const auto& [name, section] : config.profiles) names.push_back(name);
    std::string guess = did_you_mean(config.profile, names);
    return Error(ErrorKind::aws_credentials,
                 "profile '" + config.profile + "' (" + config.profile_from + ") is neither in " + config.config_file +
                     " nor in " + config.credentials_file,
                 guess.empty() ? "name one of: " + (names.empty() ? "there is none" : join(names, ", ")) : guess);
  }
  return config;
}

}  // namespace migrate
