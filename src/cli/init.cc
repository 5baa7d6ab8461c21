// migrate init: writes migrate.yaml and a first contract from a live database. init_command().
#include <charconv>
#include <cstdlib>

#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/first_contract.h"
#include "cli/session.h"
#include "sql/read_schema.h"

namespace migrate {
namespace {

Error bad_url(const std::string& what) {
  return Error(ErrorKind::usage, "the source URL " + what,
               "write mysql://USER@HOST:PORT/DATABASE, and give the password in MIGRATE_PASSWORD");
}

// mysql://user@host:port/database. A password in it would be in the process list and the shell's history: refused.
Result<SourceSettings> source_from_url(std::string_view url) {
  SourceSettings source;
  bool mysql = url.starts_with("mysql://");
  if (!mysql && !url.starts_with("mariadb://")) return bad_url("does not start with mysql:// or mariadb://");
  url.remove_prefix(url.find("://") + 3);
  size_t slash = url.find('/');
  if (slash == std::string_view::npos || slash + 1 == url.size()) return bad_url("names no database");
  source.database = url.substr(slash + 1);
  std::string_view authority = url.substr(0, slash);
  size_t at = authority.rfind('@');
  if (at == std::string_view::npos || at == 0) return bad_url("names no user");
  source.user = authority.substr(0, at);
  if (source.user.find(':') != std::string::npos) return bad_url("must not hold a password");
  authority.remove_prefix(at + 1);
  size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos) {
    std::string_view digits = authority.substr(colon + 1);
    auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), source.port);
    if (code != std::errc() || end != digits.data() + digits.size() || source.port < 1 || source.port > 65535)
      return bad_url("has a port that is not one");
    authority = authority.substr(0, colon);
  }
  if (!authority.empty()) source.host = authority;
  const char* password = getenv("MIGRATE_PASSWORD");
  if (password != nullptr) source.password = Secret(password);
  return source;
}

std::string file_json(const std::string& path, const std::string& text) {
  return JsonObject().add("type", "file").add("path", path).add("text", text).str();
}

}  // namespace

int init_command(const Options& options) {
  Output output(options);
  auto source = source_from_url(options.init_source);
  if (!source) return output.fail(source.error());
  std::string contract_file = resolve_path(folder_of(options.file), "contract.json");
  for (const std::string& path : {options.file, contract_file}) {
    if (file_exists(path) && !options.force) {
      return output.fail(Error(ErrorKind::usage, "'" + path + "' is there already",
                               "remove it, or repeat with --force to overwrite it"));
    }
  }
  auto connection = SqlConnection::open(*source);
  if (!connection) return output.fail(connection.error());
  auto schema = read_schema(**connection);
  if (!schema) return output.fail(schema.error());
  FirstProject first = first_project(*schema, *source);
  for (const std::string& note : first.notes)
    output.report([&] {
      Error warning(ErrorKind::contract_schema, note);
      warning.warning = true;
      return warning;
    }());
  if (first.tables == 0) {
    return output.fail(Error(ErrorKind::contract_schema,
                             "the database '" + source->database + "' has no table that could be migrated",
                             "check the database's name and the user's rights"));
  }
  if (options.dry_run) {
    output.text(first.project + "\n" + first.contract);
    output.line(file_json(options.file, first.project));
    output.line(file_json(contract_file, first.contract));
    output.line(JsonObject().add("type", "summary").add("exit_code", EXIT_DONE).add("tables", first.tables).str());
    return EXIT_DONE;
  }
  if (auto written = write_file(contract_file, first.contract); !written) return output.fail(written.error());
  if (auto written = write_file(options.file, first.project); !written) return output.fail(written.error());
  output.text("Wrote " + options.file + " and " + contract_file + ": " + plural(first.tables, "table") +
              ".\nNext: look at them, set target.region or target.endpoint, then `migrate plan`.\n");
  output.line(JsonObject().add("type", "summary").add("exit_code", EXIT_DONE).add("tables", first.tables).str());
  return EXIT_DONE;
}

}  // namespace migrate
