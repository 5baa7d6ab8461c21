// The project file, section by section: read_project().
#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/place.h"
#include "base/text.h"
#include "contract/settings.h"

namespace migrate {
namespace {

constexpr uint64_t MOST_PROJECT_BYTES = 4'000'000;

bool made_of(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

// Words that the design knows and this version does not do yet.
bool refuse_later(const Settings& settings, std::string_view key, const std::string& word,
                  std::initializer_list<std::string_view> later, const std::string& now) {
  if (std::find(later.begin(), later.end(), word) == later.end()) return false;
  settings.error_at(key, "'" + word + "' is not in this version of migrate: it comes later",
                    "use '" + settings.path(key) + ": " + now + "'");
  return true;
}

void read_kind(const Settings& settings, std::string& out, const std::string& now) {
  auto kind = settings.text("kind");
  if (!kind || refuse_later(settings, "kind", *kind, {"postgresql"}, now)) return;
  out = *kind;
  if (*kind != now) settings.refuse_word("kind", *kind, {now, "postgresql"});
}

// "+02:00", from -13:59 to +14:00 as the servers take it.
bool is_offset(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
  for (size_t i : {1U, 2U, 4U, 5U}) {
    if (text[i] < '0' || text[i] > '9') return false;
  }
  int minutes = ((text[1] - '0') * 10 + text[2] - '0') * 60 + (text[4] - '0') * 10 + text[5] - '0';
  return text[4] <= '5' && minutes <= (text[0] == '+' ? 14 * 60 : 13 * 60 + 59);
}

void read_time_zone(const Settings& settings, std::string& out) {
  auto zone = settings.text("time_zone");
  if (!zone) return;
  out = *zone;
  bool sign = zone->starts_with('+') || zone->starts_with('-');
  if (sign ? is_offset(*zone) : made_of(*zone, "_/+-") && !equal_ignoring_case(*zone, "system")) return;
  settings.error_at("time_zone", "'" + settings.path("time_zone") + "' is not a time zone",
                    "write an offset from -13:59 to +14:00, such as \"+02:00\", or a name that the server knows, such "
                    "as Europe/Berlin");
}

void read_tls(const Settings& source, SourceSettings& out) {
  auto tls = source.section("tls", {"mode", "ca", "cert", "key"});
  if (!tls) return;
  using M = TlsMode;
  tls->word<M>("mode", out.tls,
               {{"disabled", M::disabled},
                {"preferred", M::preferred},
                {"required", M::required},
                {"verify-ca", M::verify_ca},
                {"verify-identity", M::verify_identity}});
  assign(out.tls_ca, tls->file_path("ca"));
  assign(out.tls_cert, tls->file_path("cert"));
  assign(out.tls_key, tls->file_path("key"));
  if (tls->has("cert") != tls->has("key")) {
    tls->error_at(tls->has("cert") ? "cert" : "key", "'source.tls.cert' and 'source.tls.key' belong together",
                  "give both, or none");
  }
  if (out.tls != M::disabled) return;
  for (std::string_view key : {"ca", "cert"}) {
    if (tls->has(key)) {
      tls->error_at(key, "'" + tls->path(key) + "' is given, but 'source.tls.mode' is disabled",
                    "use mode verify-ca or verify-identity, or take the key out");
    }
  }
}

void read_source(const Settings& root, SourceSettings& out) {
  auto source = root.section("source", {"kind", "host", "socket", "port", "database", "user", "password",
                                        "password_file", "password_command", "tls", "time_zone", "flavor"});
  if (!source) {
    if (!root.has("source")) root.error_at("source", "'source' is missing", "it says which database to read");
    return;
  }
  read_kind(*source, out.kind, "mysql");
  assign(out.host, source->text("host"));
  assign(out.socket, source->file_path("socket"));
  if (auto port = source->whole("port", 1, 65535)) out.port = static_cast<int>(*port);
  for (std::string_view key : {"host", "port"}) {
    if (source->has("socket") && source->has(key)) {
      source->error_at(key, "'" + source->path(key) + "' and 'source.socket' are both given",
                       "keep the socket, or host and port");
    }
  }
  assign(out.database, source->required_text("database"));
  assign(out.user, source->required_text("user"));
  assign(out.password, read_password(*source));
  read_tls(*source, out);
  read_time_zone(*source, out.time_zone);
  Flavor flavor = Flavor::mysql;
  if (source->has("flavor")) {
    source->word<Flavor>("flavor", flavor, {{"mysql", Flavor::mysql}, {"mariadb", Flavor::mariadb}});
    out.flavor = flavor;
  }
}

void read_views(const Settings& root, ViewSettings& out) {
  auto views = root.section("views", {"prefix", "database", "host", "user", "password", "password_file",
                                      "password_command", "apply", "security"});
  if (!views) return;
  assign(out.prefix, views->text("prefix"));
  if (out.prefix.size() > 40) {
    views->error_at("prefix", "'views.prefix' has more than 40 bytes", "names of views have 64 characters at most");
  }
  assign(out.database, views->text("database"));
  if (views->has("host")) out.host = views->text("host");
  if (views->has("user")) out.user = views->text("user");
  out.password = read_password(*views);
  views->word<ApplyViews>("apply", out.apply, {{"auto", ApplyViews::automatic}, {"never", ApplyViews::never}});
  views->word<bool>("security", out.definer, {{"invoker", false}, {"definer", true}});
}

void read_target(const Settings& root, TargetSettings& out) {
  auto target = root.section("target", {"kind", "region", "endpoint", "profile", "table_prefix", "create_tables"});
  if (!target) {
    if (!root.has("target")) root.error_at("target", "'target' is missing", "it says where the tables are");
    return;
  }
  read_kind(*target, out.kind, "dynamodb");
  assign(out.region, target->text("region"));
  if (!made_of(out.region, "-")) target->error_at("region", "'target.region' is not the name of a region");
  assign(out.endpoint, target->text("endpoint"));
  if (!out.endpoint.empty() && !out.endpoint.starts_with("http://") && !out.endpoint.starts_with("https://")) {
    target->error_at("endpoint", "'target.endpoint' is not a URL", "it begins with http:// or https://");
  }
  assign(out.profile, target->text("profile"));
  const YamlValue* prefix = target->find("table_prefix");
  if (prefix != nullptr && !(prefix->kind == YamlValue::Kind::scalar && prefix->text.empty())) {
    assign(out.table_prefix, target->text("table_prefix"));
  }
  if (!made_of(out.table_prefix, "_-.")) {
    target->error_at("table_prefix", "'target.table_prefix' has characters that DynamoDB refuses",
                     "use letters, digits, '_', '-' and '.'");
  }
  assign(out.create_tables, target->flag("create_tables"));
}

void read_engine(const Settings& root, std::string& out) {
  const YamlValue* value = root.find("engine");
  if (value == nullptr) return;
  bool map = value->kind == YamlValue::Kind::map;
  std::optional<Settings> section =
      map ? root.section("engine", {"kind", "role", "script_bucket", "workers"}) : std::optional<Settings>(root);
  std::string_view key = map ? "kind" : "engine";
  auto word = map ? section->required_text(key) : section->text(key);
  if (!word || refuse_later(*section, key, *word, {"spark", "glue"}, "native")) return;
  out = *word;
  if (out != "native") return section->refuse_word(key, out, {"native", "spark", "glue"});
  for (std::string_view other : {"role", "script_bucket", "workers"}) {
    if (map && section->has(other)) {
      section->error_at(other, "'" + section->path(other) + "' is for engine glue, and the engine is native",
                        "take the key out");
    }
  }
}

// "10%", "0.5%", "unlimited".
void read_deletes(const Settings& limits, const std::string& text, std::optional<double>& percent) {
  if (text == "unlimited") {
    percent = std::nullopt;
    return;
  }
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error == std::errc() && std::string_view(rest, static_cast<size_t>(end - rest)) == "%" && number >= 0 &&
      number <= 100) {
    percent = number;
    return;
  }
  limits.error_at("deletes", "'limits.deletes' is a share of a table's items such as 10%, or unlimited",
                  "write 'deletes: 10%'");
}

void read_limits(const Settings& root, Limits& out) {
  auto limits = root.section("limits", {"connections", "write_rate", "memory_mb", "snapshot_minutes", "deletes"});
  if (!limits) return;
  if (auto n = limits->whole("connections", 1, 64)) out.connections = static_cast<int>(*n);
  assign(out.write_rate, limits->number("write_rate", 1, 10'000'000));
  assign(out.memory_mb, limits->whole("memory_mb", 32, 1'000'000));
  assign(out.snapshot_minutes, limits->number("snapshot_minutes", 1, 1'440));
  if (auto deletes = limits->text("deletes")) read_deletes(*limits, *deletes, out.deletes_percent);
}

void read_mask(const Settings& root, std::vector<std::string>& out) {
  for (auto& [text, at] : root.texts("mask", false)) {
    size_t dot = text.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
      root.reader().error(*at, "'mask' names columns as table.column", "write customers.email");
    }
    out.push_back(std::move(text));
  }
}

void read_head(const Settings& root, Project& project) {
  if (!root.has("version")) {
    root.error_at("version", "'version' is missing", "the file begins with 'version: 1'");
  } else if (auto version = root.text("version"); version && *version != "1") {
    root.error_at("version", "this migrate reads version 1 of the project file", "use a newer migrate");
  }
  assign(project.name, root.required_text("name"));
  if (!made_of(project.name, "_-") || project.name.size() > 60) {
    root.error_at("name", "'name' has characters that names of jobs and metrics refuse, or more than 60",
                  "use letters, digits, '_' and '-'");
  }
  if (!root.has("contract")) root.error_at("contract", "'contract' is missing", "it names the file of the mapping");
  auto paths = root.texts("contract", true);
  const YamlValue* list = root.find("contract");
  if (list != nullptr && list->kind == YamlValue::Kind::list && list->items.empty()) {
    root.error_at("contract", "'contract' is an empty list");
  }
  for (const auto& [path, at] : paths) {
    std::string resolved = resolve_path(project.folder, path);
    if (std::find(project.contracts.begin(), project.contracts.end(), resolved) != project.contracts.end()) {
      root.reader().error(*at, "'contract' names the same file twice", "take one out");
    }
    project.contracts.push_back(std::move(resolved));
  }
}

void read_folders(const Settings& root, Project& project) {
  project.out = root.file_path("out").value_or(resolve_path(project.folder, "out"));
  project.state = root.file_path("state").value_or(resolve_path(project.folder, ".migrate"));
  if (project.out == project.state) {
    root.error_at(root.has("state") ? "state" : "out", "'out' and 'state' are one folder",
                  "people look into 'out' and may empty it; the state must stay");
  }
}

}  // namespace

CheckSetting read_check(const Settings& settings) {
  CheckSetting out;
  const YamlValue* value = settings.find("check");
  if (value == nullptr) return out;
  if (value->kind == YamlValue::Kind::map) {
    auto section = settings.section("check", {"sample"});
    out.mode = CheckMode::sample;
    if (!section->has("sample")) settings.error_at("check", "'" + settings.path("check") + "' names no 'sample'");
    assign(out.sample, section->whole("sample", 1, 1'000'000'000));
    return out;
  }
  auto word = settings.text("check");
  if (!word || *word == "full") return out;
  if (*word == "counts") {
    out.mode = CheckMode::counts;
  } else if (*word == "sample") {
    settings.error_at("check", "'" + settings.path("check") + "' does not say how many items to sample",
                      "write {sample: 1000}");
  } else {
    settings.refuse_word("check", *word, {"full", "counts", "sample"});
  }
  return out;
}

std::optional<Project> read_project(const std::string& path, Diagnostics& diagnostics, const std::atomic<bool>* stop) {
  size_t first = diagnostics.list.size();
  int before = diagnostics.count_errors();
  auto content = read_file(path, MOST_PROJECT_BYTES);
  if (!content) {
    Error error = content.error();
    error.message = "the project file cannot be read: " + error.message;
    error.hint = "`migrate init` writes one from a live database; -f FILE names another";
    diagnostics.add(std::move(error));
    return std::nullopt;
  }
  auto tree = parse_yaml(path, *content, diagnostics);
  if (!tree) return std::nullopt;
  std::string_view text = *content;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  ProjectReader reader{path, text, folder_of(path), diagnostics, stop};
  if (tree->kind != YamlValue::Kind::map) {
    diagnostics.error(
        ErrorKind::project_syntax,
        "the project file is " + std::string(yaml_kind_name(tree->kind)) + ", not a map of keys and values",
        "it begins with 'version: 1'", reader.place(*tree));
    return std::nullopt;
  }
  Project project;
  project.file = path;
  project.folder = reader.folder;
  Settings root(reader, *tree, "",
                {"version", "name", "contract", "source", "views", "target", "engine", "limits", "check", "mask",
                 "tables", "out", "state"});
  read_head(root, project);
  read_source(root, project.source);
  read_views(root, project.views);
  read_target(root, project.target);
  read_engine(root, project.engine);
  read_limits(root, project.limits);
  project.check = read_check(root);
  read_mask(root, project.mask);
  read_tables(root, project);
  read_folders(root, project);
  sort_by_place(diagnostics, first);
  if (diagnostics.count_errors() != before) return std::nullopt;
  return project;
}

}  // namespace migrate
