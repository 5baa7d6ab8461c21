// examine_source(): every question that a source answers before a build, each asked so that one failure hides no other.
#include "sql/source_rights.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <set>

#include "base/text.h"
#include "sql/apply_views.h"
#include "sql/connection.h"

namespace migrate {
namespace {

using Level = SourceFinding::Level;
using Findings = std::vector<SourceFinding>;

constexpr double SKEW_SECONDS = 5;

void add(Findings& findings, Level level, std::string what, std::string found, std::string hint = {}) {
  findings.push_back({level, std::move(what), std::move(found), std::move(hint)});
}

std::string one(SqlConnection& connection, const std::string& sql) {
  auto rows = connection.query(sql);
  return rows && !rows->empty() && !(*rows)[0].empty() ? (*rows)[0][0].value_or("") : "";
}

// 'user'@'host' as a GRANT wants it.
std::string account(SqlConnection& connection) {
  const std::string name = one(connection, "SELECT CURRENT_USER()");
  const size_t at = name.rfind('@');
  if (at == std::string::npos) return name;
  return connection.quote(name.substr(0, at)) + "@" + connection.quote(name.substr(at + 1));
}

// The database of a grant is a LIKE pattern: `my\_shop` or `shop%`.
bool like(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '%') return like(pattern.substr(1), name) || (!name.empty() && like(pattern, name.substr(1)));
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  if (name.empty() || (pattern[escaped] != name[0] && (escaped || pattern[0] != '_'))) return false;
  return like(pattern.substr(escaped ? 2 : 1), name.substr(1));
}

// Rights on everything and on one database, from the account's grants and those of its active roles.
struct Rights {
  std::set<std::string> names;
  bool has(const std::string& right) const { return names.count("ALL PRIVILEGES") || names.count(right); }
};

void read_grant(const std::string& line, const std::string& database, Rights& rights) {
  const size_t on = line.find(" ON "), to = line.find(" TO ", on == std::string::npos ? 0 : on);
  if (line.rfind("GRANT ", 0) != 0 || on == std::string::npos || to == std::string::npos) return;
  const std::string object = line.substr(on + 4, to - on - 4);
  bool ours = object == "*.*";
  if (!ours && object.size() > 4 && object[0] == '`' && object.compare(object.size() - 3, 3, "`.*") == 0)
    ours = like(replace_all(object.substr(1, object.size() - 4), "``", "`"), database);
  if (!ours) return;
  for (const std::string& right : split(line.substr(6, on - 6), ',')) {
    // ALL on one database holds no rights that only exist for the whole server.
    const std::string name(trim(right));
    if (name == "ALL PRIVILEGES" && object != "*.*")
      rights.names.insert({"SELECT", "LOCK TABLES", "CREATE VIEW", "SHOW VIEW", "DROP"});
    else
      rights.names.insert(name);
  }
}

Rights read_rights(SqlConnection& connection, const std::string& database) {
  std::vector<std::string> statements = {"SHOW GRANTS"};
  const std::string role = one(connection, "SELECT CURRENT_ROLE()");
  if (!role.empty() && role != "NONE")
    statements.push_back(connection.flavor() == Flavor::mysql ? "SHOW GRANTS FOR CURRENT_USER() USING " + role
                                                              : "SHOW GRANTS FOR CURRENT_ROLE");
  Rights rights;
  for (const std::string& statement : statements)
    if (auto rows = connection.query(statement))
      for (const RowText& row : *rows) read_grant(row[0].value_or(""), database, rights);
  return rights;
}

void need(Findings& findings, SqlConnection& connection, const Rights& rights, const std::vector<std::string>& wanted,
          const std::string& where, Level level, const std::string& what, const std::string& without) {
  std::vector<std::string> missing;
  for (const std::string& right : wanted)
    if (!rights.has(right)) missing.push_back(right);
  if (missing.empty()) {
    add(findings, Level::good, what, join(wanted, ", ") + " on " + where);
    return;
  }
  add(findings, level, what, "no " + join(missing, ", ") + " on " + where + ": " + without,
      "GRANT " + join(missing, ", ") + " ON " + where + " TO " + account(connection));
}

std::string database_object(const std::string& database) { return "`" + replace_all(database, "`", "``") + "`.*"; }

void examine_server(Findings& findings, SqlConnection& connection, const SourceSettings& source) {
  const std::string product = connection.flavor() == Flavor::mariadb ? "MariaDB " : "MySQL ";
  add(findings, Level::good, "source", product + connection.version() + " at " + connection.peer());
  if (connection.tls())
    add(findings, Level::good, "encryption",
        "the connection is encrypted" +
            std::string(source.tls == TlsMode::verify_identity || source.tls == TlsMode::verify_ca
                            ? ", and the server's certificate is verified"
                            : ", and the server's certificate is not verified"));
  else
    add(findings, source.socket.empty() && source.tls != TlsMode::disabled ? Level::warning : Level::good, "encryption",
        source.socket.empty() ? "the connection is not encrypted" : "a unix socket, not encrypted",
        source.socket.empty() && source.tls != TlsMode::disabled
            ? "set up TLS on the server and `source.tls.mode: required`"
            : "");
}

void examine_time(Findings& findings, SqlConnection& connection, const std::string& zone) {
  const std::string server = one(connection, "SELECT CONCAT(@@GLOBAL.time_zone, ' (', @@system_time_zone, ')')");
  const bool offset = !zone.empty() && (zone[0] == '+' || zone[0] == '-');
  const bool known =
      offset ||
      !one(connection, "SELECT CONVERT_TZ('2020-01-01 00:00:00', " + connection.quote(zone) + ", '+00:00')").empty();
  if (known)
    add(findings, Level::good, "time zone", "DATETIME means " + zone + "; the server's own zone is " + server);
  else
    add(findings, Level::problem, "time zone", "the server does not know the zone '" + zone + "'",
        "load the zones (mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql), or give `source.time_zone` as an "
        "offset such as +01:00");
  const double theirs = std::atof(one(connection, "SELECT UNIX_TIMESTAMP(NOW(6))").c_str());
  const double ours = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double skew = std::abs(theirs - ours);
  add(findings, skew > SKEW_SECONDS ? Level::warning : Level::good, "source clock",
      human_duration(skew) + " apart from this machine's", skew > SKEW_SECONDS ? "let NTP set both clocks" : "");
}

void examine_tables(Findings& findings, SqlConnection& connection, const std::vector<std::string>& tables) {
  std::vector<std::string> problems;
  for (const std::string& table : tables) {
    Result<void> read = connection.execute("SELECT 1 FROM `" + replace_all(table, "`", "``") + "` LIMIT 0");
    if (!read)
      problems.push_back("'" + table + "'" + (read.error().kind == ErrorKind::source_rights ? "" : " (not there?)"));
  }
  const std::string database = one(connection, "SELECT DATABASE()");
  if (problems.empty())
    add(findings, Level::good, "right to read",
        tables.empty() ? "no tables were asked for" : plural(tables.size(), "table") + " can be read");
  else
    add(findings, Level::problem, "right to read", "cannot read " + join(problems, ", "),
        "GRANT SELECT ON " + database_object(database) + " TO " + account(connection));
}

void examine_versions(Findings& findings, SqlConnection& connection, const Rights& rights) {
  need(findings, connection, rights, {"LOCK TABLES"}, database_object(one(connection, "SELECT DATABASE()")),
       Level::warning, "right to lock", "tables are read by one connection instead of several");
  need(findings, connection, rights, {"PROCESS"}, "*.*", Level::warning, "right to know what changed",
       "`data_version: auto` cannot tell unchanged tables, so builds read them again");
}

void examine_views(Findings& findings, SqlConnection& connection, const ViewSettings& views) {
  const std::string database = one(connection, "SELECT DATABASE()");
  const Rights rights = read_rights(connection, database);
  if (views.apply == ApplyViews::never) {
    need(findings, connection, rights, {"SHOW VIEW"}, database_object(database), Level::warning, "right to see views",
         "drift of a view's text goes unseen");
    return;
  }
  need(findings, connection, rights, {"CREATE VIEW", "SHOW VIEW", "DROP"}, database_object(database), Level::problem,
       "right to make views", "or set `views.apply: never` and let a DBA run out/views.sql");
  if (one(connection, "SELECT @@GLOBAL.read_only") == "1" && !rights.has("SUPER") && !rights.has("READ_ONLY ADMIN"))
    add(findings, Level::problem, "read-only server", connection.peer() + " is read-only: no view can be made there",
        "name the primary in `views.host`, or set `views.apply: never`");
}

}  // namespace

std::vector<SourceFinding> examine_source(const Project& project, const std::vector<std::string>& tables) {
  Findings findings;
  auto source = SqlConnection::open(project.source);
  if (!source) {
    const Error& error = source.error();
    add(findings, Level::problem, "source", error.message,
        error.hint.empty() ? std::string(error_remedy(error.kind)) : error.hint);
    return findings;
  }
  examine_server(findings, **source, project.source);
  examine_time(findings, **source, project.source.time_zone);
  examine_tables(findings, **source, tables);
  examine_versions(findings, **source, read_rights(**source, project.source.database));

  auto views = SqlConnection::open(view_connection(project));
  if (!views)
    add(findings, Level::problem, "views", views.error().message,
        views.error().hint.empty() ? std::string(error_remedy(views.error().kind)) : views.error().hint);
  else
    examine_views(findings, **views, project.views);
  return findings;
}

}  // namespace migrate
