// read_data_versions(), read_each_data_version(): has a table changed since we read it?
//
// THE PROBLEM. A table that changed and is called unchanged is a lost row; one that is called changed and did not costs
// a read. So `auto` may err to one side only, and says "unknown" where it cannot prove itself right.
//
// THE IDEA. InnoDB keeps two facts of each table:
//   U, information_schema.TABLES.UPDATE_TIME, in whole seconds, set for each table that a committing transaction wrote,
//      foreign keys' cascades and partitions included. It is in memory only: NULL after a restart, and after the table
//      left InnoDB's dictionary cache.
//   I, the ids in INNODB_TABLES (MariaDB: INNODB_SYS_TABLES) of the table and its partitions. Whatever puts other rows
//      under a name without writing them gives new ids or moves ids: TRUNCATE (after which MariaDB keeps U and
//      CREATE_TIME as they were), RENAME, EXCHANGE and DROP PARTITION, IMPORT TABLESPACE, an ALTER TABLE that copies.
// The token is (server, engine, I, U). It is right if, once it was recorded, no commit can leave the same U behind.
//
// WHY IT IS RIGHT. What second does a commit write?
//   MySQL: the second in which it commits. If the server's clock C was past U when we looked (C and U come from one
//   statement, whose start C is), every later commit writes a second >= C > U. Two seconds between them also cover the
//   instant between the commit's reading of the clock and its being seen.
//   MariaDB: the second in which the transaction *began* (seen here, with 10.11: a transaction open for three seconds
//   leaves U three seconds in the past). So a later commit can leave U behind if, and only if, its transaction had
//   begun in second U and was still open when we looked. INNODB_TRX lists the open ones with the second of their
//   beginning (from a copy up to 0.1 s old, which the two seconds cover as well); one of them that began in U makes the
//   look unsettled.
// A look that is not settled is good for comparing with a record (whose own look was settled: then no later commit
// leaves its U), and is never recorded.
// Rows that are read after the look: a commit that is in U but not yet visible would be missed. snapshot.cc looks while
// it holds LOCK TABLES … READ, which no transaction that wrote the tables survives; where it may not lock, the two
// seconds are the margin on MySQL, and on MariaDB the transaction is still listed.
//
// WHERE U IS NULL nothing says whether the table was written and then left the cache. There the only exact statement is
// about all of InnoDB: the counter of transaction ids (SHOW ENGINE INNODB STATUS) and the second in which the server
// started. Every transaction that writes takes an id when it begins to and some when they commit, so while no other
// transaction is open, an unchanged counter in one life of the server means that nothing at all was written.
// sql_log_bin = 0 does not hide from it, as it does from GTIDs, which is why `auto` never uses those. The counter of
// MariaDB starts again from what is on disk, hence the start of the server in this token.
//
// WHAT IS ASSUMED: the server's clock is not set back to the very second of an earlier commit; nobody swaps the files
// of a running server. Another server (failover) has another identity, and all is read again. Without the PROCESS right
// neither I nor the transactions can be seen, and every version is unknown. So it is of other engines: MyISAM's and
// Aria's times are those of files, whose writes may be delayed. And of views.
#include "sql/data_version.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "base/text.h"
#include "sql/print.h"
#include "sql/read_schema.h"

namespace migrate {
namespace {

constexpr int SCHEME_VERSION = 1;
constexpr long long SETTLED_AFTER = 2;  // seconds, see above

DataVersion unknown(const std::string& table, std::string why) {
  DataVersion version;
  version.table = table;
  version.display = std::move(why);
  return version;
}

// All that is asked of the server once, for all tables.
struct Look {
  SqlConnection& connection;
  std::string identity;
  std::string database;
  bool lower_case_names = false;

  bool mariadb() const { return connection.flavor() == Flavor::mariadb; }
  std::string fold(const std::string& name) const { return lower_case_names ? lower_ascii(name) : name; }
  DigestBuilder token(std::string_view method, const std::string& table) const {
    DigestBuilder digest("data-version", SCHEME_VERSION);
    digest.text("method", method).text("server", identity).text("database", database).text("table", table);
    return digest;
  }
};

Result<Look> begin_look(SqlConnection& connection) {
  CHECK_OK(connection.execute(connection.flavor() == Flavor::mysql
                                  ? "SET SESSION time_zone = '+00:00', information_schema_stats_expiry = 0"
                                  : "SET SESSION time_zone = '+00:00'"));
  Look look{connection, {}, {}, false};
  TRY(identity, server_identity(connection));
  look.identity = std::move(identity);
  TRY(rows, connection.query("SELECT DATABASE(), @@lower_case_table_names"));
  look.database = text_at(rows[0], 0);
  look.lower_case_names = text_at(rows[0], 1) != "0";
  return look;
}

// --- auto ---

struct TableFacts {
  std::string engine;
  bool view = false;
  std::string created;
  std::optional<long long> updated;  // U
  std::string updated_text;
};

struct InnodbFacts {
  long long now = 0;                                 // C
  std::map<std::string, TableFacts> tables;          // by folded name
  std::map<std::string, std::set<std::string>> ids;  // I
  std::string missing_right;                         // empty: all could be seen
  // From SHOW ENGINE INNODB STATUS, which tells the counter first and the transactions after it.
  std::string counter;                                 // of transaction ids; empty: it could not be seen
  std::vector<std::pair<long long, long long>> begun;  // the open transactions: each began between these seconds
  bool list_complete = false;
};

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// InnoDB names tables as files: we@0060ird is we`ird ("Mapping of Identifiers to File Names" in MySQL's manual). Names
// with the short codes for letters of some alphabets stay as they are, match no table, and leave it without ids.
std::string decode_file_name(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const std::string hex(name.substr(i + 1, 4));
    char* end = nullptr;
    const unsigned long code = name[i] == '@' && hex.size() == 4 ? std::strtoul(hex.c_str(), &end, 16) : 0;
    if (end && *end == '\0' && code > 0) {
      append_utf8(out, static_cast<unsigned>(code));
      i += 4;
    } else {
      out += name[i];
    }
  }
  return out;
}

Result<void> read_tables(const Look& look, const std::vector<std::string>& names, InnodbFacts& facts) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(look.connection.quote(name));
  TRY(rows,
      look.connection.query("SELECT TABLE_NAME, ENGINE, TABLE_TYPE, CREATE_TIME, UNIX_TIMESTAMP(UPDATE_TIME), "
                            "UPDATE_TIME, UNIX_TIMESTAMP() FROM "
                            "information_schema.TABLES WHERE TABLE_SCHEMA = " +
                            look.connection.quote(look.database) + " AND TABLE_NAME IN (" + join(quoted, ", ") + ")"));
  for (const RowText& row : rows) {
    TableFacts& table = facts.tables[look.fold(text_at(row, 0))];
    table.engine = text_at(row, 1);
    table.view = text_at(row, 2) == "VIEW";
    table.created = text_at(row, 3);
    if (row[4]) table.updated = std::atoll(row[4]->c_str());
    table.updated_text = text_at(row, 5);
    facts.now = std::atoll(text_at(row, 6).c_str());
  }
  return {};
}

Result<void> read_ids(const Look& look, InnodbFacts& facts) {
  const bool plain = std::all_of(look.database.begin(), look.database.end(),
                                 [](char c) { return std::isalnum(static_cast<unsigned char>(c)); });
  const std::string where = plain ? " WHERE NAME LIKE " + look.connection.quote(look.database + "/%") : "";
  TRY(rows, look.connection.query("SELECT NAME, TABLE_ID FROM information_schema." +
                                  std::string(look.mariadb() ? "INNODB_SYS_TABLES" : "INNODB_TABLES") + where));
  for (const RowText& row : rows) {
    const std::string& name = *row[0];
    const size_t slash = name.find('/');
    if (slash == std::string::npos || look.fold(decode_file_name(name.substr(0, slash))) != look.fold(look.database))
      continue;
    std::string_view table = std::string_view(name).substr(slash + 1);
    table = table.substr(0, std::min(table.find("#P#"), table.find("#p#")));
    // A partition's id goes with its name, as two partitions may change places.
    facts.ids[look.fold(decode_file_name(table))].insert(name + "=" + text_at(row, 1));
  }
  return {};
}

// "---TRANSACTION 2089, ACTIVE (PREPARED) 3 sec"; the report is cut where it is over 1 MB.
Result<void> read_transactions(const Look& look, InnodbFacts& facts) {
  TRY(rows, look.connection.query("SHOW ENGINE INNODB STATUS"));
  TRY(clock, look.connection.query("SELECT UNIX_TIMESTAMP()"));
  const long long after = std::atoll(text_at(clock[0], 0).c_str());
  const std::string report = rows.empty() ? "" : text_at(rows[0], 2);
  const std::string_view label = "Trx id counter ";
  const size_t start = report.find(label);
  if (start == std::string::npos) return {};
  const size_t digits = start + label.size();
  facts.counter = report.substr(digits, report.find_first_not_of("0123456789", digits) - digits);
  facts.list_complete = report.find("truncated", start) == std::string::npos;
  const std::string_view active = ", ACTIVE";
  for (size_t at = report.find(active, start); at != std::string::npos; at = report.find(active, at + 1)) {
    const long long age =
        std::atoll(report.c_str() + std::min(report.find_first_of("0123456789\n", at), report.size()));
    facts.begun.emplace_back(facts.now - age - 1, after - age);
  }
  return {};
}

Result<InnodbFacts> read_innodb(const Look& look, const std::vector<std::string>& names) {
  InnodbFacts facts;
  CHECK_OK(read_tables(look, names, facts));
  Result<void> seen = read_ids(look, facts);
  if (seen) seen = read_transactions(look, facts);  // last, so that what began before the look is in it
  if (!seen && seen.error().kind != ErrorKind::source_rights) return seen.error();
  if (!seen)
    facts.missing_right = "needs the PROCESS right (GRANT PROCESS ON *.* TO CURRENT_USER) to tell that nothing changed";
  return facts;
}

// A transaction that had an id below the counter and is not ended is in the list that follows it.
Result<DataVersion> nothing_at_all(const Look& look, const std::string& table, const InnodbFacts& facts) {
  const std::string status = look.mariadb() ? "information_schema.GLOBAL_STATUS" : "performance_schema.global_status";
  auto start = look.connection.query("SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE FROM " + status +
                                     " WHERE VARIABLE_NAME = 'Uptime'");
  if (!start && start.error().kind != ErrorKind::source_rights) return start.error();
  if (facts.counter.empty() || !start || start->empty())
    return unknown(table,
                   "has no update time, as after a restart, and the server's transaction counter cannot be seen");
  DataVersion version;
  version.table = table;
  version.known = version.whole_server = true;
  version.settled = facts.begun.empty() && facts.list_complete;
  DigestBuilder digest = look.token("nothing-at-all", table);
  for (const std::string& id : facts.ids.at(table)) digest.text("id", id);
  version.digest = digest.text("start", text_at((*start)[0], 0)).text("counter", facts.counter).finish();
  version.display = "no update time; transaction counter " + facts.counter + " of the whole server";
  return version;
}

Result<DataVersion> automatic(const Look& look, const InnodbFacts& facts, const std::string& name) {
  const std::string folded = look.fold(name);
  const auto found = facts.tables.find(folded);
  if (found == facts.tables.end()) return unknown(name, "the table is not there, or the account may not see it");
  const TableFacts& table = found->second;
  if (table.view) return unknown(name, "is a view: what it reads is not followed");
  if (!equal_ignoring_case(table.engine, "InnoDB"))
    return unknown(name, "is of engine " + table.engine + ", which does not tell exactly when it was written");
  if (!facts.missing_right.empty()) return unknown(name, facts.missing_right);
  const auto ids = facts.ids.find(folded);
  if (ids == facts.ids.end()) return unknown(name, "its InnoDB table id was not found");
  if (!table.updated) {
    TRY(version, nothing_at_all(look, folded, facts));
    version.table = name;
    return version;
  }
  DataVersion version;
  version.table = name;
  version.known = true;
  const long long age = facts.now - *table.updated;
  bool open_since = look.mariadb() && !facts.list_complete;
  for (const auto& [from, upto] : facts.begun)
    open_since = open_since || (look.mariadb() && from <= *table.updated && *table.updated <= upto);
  version.settled = age >= SETTLED_AFTER && !open_since;
  if (age < SETTLED_AFTER && age > -SETTLED_AFTER) version.settles_in = static_cast<double>(SETTLED_AFTER - age);
  DigestBuilder digest = look.token("update-time", folded);
  for (const std::string& id : ids->second) digest.text("id", id);
  version.digest = digest.number("updated", *table.updated).text("created", table.created).finish();
  version.display = "update time " + table.updated_text;
  return version;
}

// --- the methods that are asked for ---

struct LogPosition {
  std::string text;
  std::string missing;          // why there is none
  bool ahead_of_reads = false;  // may count a commit that no reader sees yet
};

// The numbers of transactions, where each one that is committed gets one: MySQL gives none without gtid_mode = ON or
// without a log, and MariaDB none without a log, while what is in gtid_executed and gtid_slave_pos from other times
// stays. MySQL puts a number into gtid_executed when its transaction can be seen (WAIT_FOR_EXECUTED_GTID_SET stands on
// that). nullopt: this server's log has no such numbers.
std::optional<LogPosition> transaction_numbers(const Look& look, std::map<std::string, std::string>& server) {
  if (look.mariadb()) return LogPosition{server["gtid_binlog_pos"] + "/" + server["gtid_slave_pos"], "", true};
  if (server["gtid_mode"] != "ON") return std::nullopt;
  return LogPosition{replace_all(server["gtid_executed"], "\n", ""), "", false};
}

// Where the binary log is. GTIDs can be read by everybody; the file's position needs REPLICATION CLIENT.
Result<LogPosition> log_position(const Look& look) {
  TRY(variables, look.connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'gtid_mode', "
                                       "'gtid_executed', 'gtid_binlog_pos', 'gtid_slave_pos', 'log_slave_updates', "
                                       "'log_replica_updates', 'wsrep_on')"));
  std::map<std::string, std::string> server;
  for (const RowText& row : variables) server[lower_ascii(text_at(row, 0))] = text_at(row, 1);
  if (server["log_bin"] != "ON") return LogPosition{"", "the server writes no binary log (log_bin is OFF)", false};
  const bool logs_updates = server["log_slave_updates"] == "ON" || server["log_replica_updates"] == "ON";
  if (server["wsrep_on"] == "ON" && !logs_updates)
    return LogPosition{"", "the other nodes of the cluster write what this one does not log (log_slave_updates is OFF)",
                       false};
  if (auto numbers = transaction_numbers(look, server)) return std::move(*numbers);
  if (!logs_updates)
    return LogPosition{"", "without gtid_mode = ON and log_slave_updates the log does not have all that is written",
                       false};
  auto rows = look.connection.query(look.connection.version_number() >= 80400 ? "SHOW BINARY LOG STATUS"
                                                                              : "SHOW MASTER STATUS");
  if (!rows && rows.error().kind != ErrorKind::source_rights) return rows.error();
  if (!rows || rows->empty()) {
    return LogPosition{"",
                       "without gtid_mode = ON, and the account may not ask for the binary log's position (GRANT "
                       "REPLICATION CLIENT ON *.*)",
                       false};
  }
  return LogPosition{text_at((*rows)[0], 0) + ":" + text_at((*rows)[0], 1), "", true};
}

Result<DataVersion> by_position(const Look& look, const std::string& table) {
  TRY(position, log_position(look));
  if (!position.missing.empty()) return unknown(table, position.missing);
  DataVersion version;
  version.table = table;
  version.known = version.settled = version.whole_server = true;
  version.ahead_of_reads = position.ahead_of_reads;
  version.digest = look.token("gtid", table).text("position", position.text).finish();
  const std::string& text = position.text;
  version.display = "binary log at " + (text.size() > 60 ? "…" + text.substr(text.size() - 60) : text);
  return version;
}

Result<DataVersion> by_checksum(const Look& look, const std::string& table) {
  TRY(rows, look.connection.query("CHECKSUM TABLE " + quote_name(table)));
  if (rows.empty() || !rows[0][1]) return unknown(table, "the server gives no checksum of it");
  DataVersion version;
  version.table = table;
  version.known = version.settled = true;
  // Not of the server: a checksum is of the rows, wherever they are.
  version.digest =
      DigestBuilder("data-version-checksum", SCHEME_VERSION).text("table", table).text("sum", *rows[0][1]).finish();
  version.display = "checksum " + *rows[0][1];
  return version;
}

Result<DataVersion> by_watermark(const Look& look, const std::string& table, const std::string& column) {
  TRY(rows, look.connection.query("SELECT CAST(MAX(" + quote_name(column) + ") AS CHAR) FROM " + quote_name(table)));
  DataVersion version;
  version.table = table;
  version.known = version.settled = true;
  version.digest = look.token("watermark", table)
                       .text("column", column)
                       .text(rows[0][0] ? "max" : "none", text_at(rows[0], 0))
                       .finish();
  version.display = "highest " + column + ": " + rows[0][0].value_or("none, the table is empty");
  return version;
}

Result<DataVersion> read_one(const Look& look, const InnodbFacts& facts, const DataVersionRequest& request) {
  switch (request.setting.method) {
    case DataVersionMethod::automatic:
      return automatic(look, facts, request.table);
    case DataVersionMethod::checksum:
      return by_checksum(look, request.table);
    case DataVersionMethod::gtid:
      return by_position(look, request.table);
    case DataVersionMethod::watermark:
      return by_watermark(look, request.table, request.setting.column);
    case DataVersionMethod::always:
      break;
  }
  return unknown(request.table, "is read in every build, as its setting says");
}

}  // namespace

bool reads_rows(DataVersionMethod method) {
  return method == DataVersionMethod::checksum || method == DataVersionMethod::watermark;
}

Observation DataVersion::seen(const std::optional<Digest>& recorded) const {
  if (!known) return Observation::unknown(display);
  if (whole_server && recorded != digest)
    return Observation::unknown("something on the server was written: " + display);
  return Observation::seen(digest, display);
}

Observation DataVersion::to_record() const {
  if (!known) return Observation::unknown(display);
  if (!settled) return Observation::unknown("was being written when it was read: " + display);
  return Observation::seen(digest, display);
}

Result<std::vector<Result<DataVersion>>> read_each_data_version(SqlConnection& connection,
                                                                const std::vector<DataVersionRequest>& requests) {
  std::vector<Result<DataVersion>> versions;
  if (requests.empty()) return versions;
  TRY(look, begin_look(connection));
  std::vector<std::string> automatics;
  for (const DataVersionRequest& request : requests)
    if (request.setting.method == DataVersionMethod::automatic) automatics.push_back(request.table);
  InnodbFacts facts;
  if (!automatics.empty()) {
    TRY(read, read_innodb(look, automatics));
    facts = std::move(read);
  }
  for (const DataVersionRequest& request : requests) {
    versions.push_back(read_one(look, facts, request));
    if (!versions.back() && versions.back().error().kind == ErrorKind::source_lost) return versions.back().error();
  }
  return versions;
}

Result<std::vector<DataVersion>> read_data_versions(SqlConnection& connection,
                                                    const std::vector<DataVersionRequest>& requests) {
  TRY(read, read_each_data_version(connection, requests));
  std::vector<DataVersion> versions;
  for (Result<DataVersion>& version : read) {
    if (!version) return version.error();
    versions.push_back(std::move(*version));
  }
  return versions;
}

}  // namespace migrate
