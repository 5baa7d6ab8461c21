// read_schema(), server_identity(): information_schema, one query for all tables of each of its parts.
// Columns of these results are taken by position: MySQL 8 labels them in capitals, MariaDB as they were written.
#include "sql/read_schema.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <unordered_map>

#include "base/text.h"

namespace migrate {
namespace {

using TablesByName = std::unordered_map<std::string, SourceTable*>;

std::optional<uint64_t> number(const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  return std::strtoull(value->c_str(), nullptr, 10);
}

std::optional<int> small_number(const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  return std::atoi(value->c_str());
}

// enum('a','it''s','c\\d') → a, it's, c\d. Both servers double the quote and write \\ \n \r \0 in this text.
std::vector<std::string> parse_members(std::string_view type) {
  std::vector<std::string> members;
  size_t at = type.find('(');
  while (at != std::string_view::npos && at < type.size()) {
    if (type[at] != '\'') {
      ++at;
      continue;
    }
    std::string member;
    for (++at; at < type.size(); ++at) {
      if (type[at] == '\'' && (at + 1 >= type.size() || type[at + 1] != '\'')) break;
      if (type[at] == '\'') ++at;
      if (type[at] == '\\' && at + 1 < type.size()) {
        const char escaped = type[++at];
        member += escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped == '0' ? '\0' : escaped;
      } else {
        member += type[at];
      }
    }
    members.push_back(std::move(member));
    ++at;
  }
  return members;
}

Column column_of(const RowText& row) {
  Column column;
  column.name = text_at(row, 1);
  column.data_type = lower_ascii(text_at(row, 2));
  column.column_type = text_at(row, 3);
  column.nullable = text_at(row, 4) == "YES";
  column.length = number(row[5]);
  column.precision = small_number(row[6]);
  column.scale = small_number(row[7]);
  column.time_precision = small_number(row[8]);
  column.charset = text_at(row, 9);
  column.collation = text_at(row, 10);
  column.generated = !text_at(row, 11).empty();
  if (column.data_type == "enum" || column.data_type == "set") {
    column.members = parse_members(column.column_type);
  } else {
    const std::string type = lower_ascii(column.column_type);
    column.is_unsigned = type.find(" unsigned") != std::string::npos;
    column.zerofill = type.find(" zerofill") != std::string::npos;
  }
  column.is_json = column.data_type == "json";
  return column;
}

// What one read needs: the connection, and which tables.
struct Reader {
  SqlConnection& connection;
  std::string database;
  std::string filter;  // " AND TABLE_NAME IN (…)", or empty
  TablesByName tables;

  SourceTable* table(const RowText& row) const {
    const auto found = tables.find(text_at(row, 0));
    return found == tables.end() ? nullptr : found->second;
  }

  Result<std::vector<RowText>> rows(const std::string& columns, const std::string& from,
                                    const std::string& schema_column, const std::string& rest) const {
    return connection.query("SELECT " + columns + " FROM information_schema." + from + " WHERE " + schema_column +
                            " = " + connection.quote(database) + filter + rest);
  }

  Result<void> columns() const {
    TRY(found, rows("TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH, "
                    "NUMERIC_PRECISION, "
                    "NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME, GENERATION_EXPRESSION",
                    "COLUMNS", "TABLE_SCHEMA", " ORDER BY TABLE_NAME, ORDINAL_POSITION"));
    for (const RowText& row : found)
      if (SourceTable* t = table(row)) t->columns.push_back(column_of(row));
    return {};
  }

  // MariaDB's JSON is an alias of LONGTEXT with this check, by which it is known again.
  Result<void> json_checks() const {
    if (connection.flavor() != Flavor::mariadb) return {};
    TRY(found, rows("TABLE_NAME, CHECK_CLAUSE", "CHECK_CONSTRAINTS", "CONSTRAINT_SCHEMA",
                    " AND CHECK_CLAUSE LIKE 'json_valid(%'"));
    for (const RowText& row : found) {
      SourceTable* t = table(row);
      if (!t) continue;
      const std::string clause = text_at(row, 1);
      for (Column& column : t->columns)
        if (column.data_type == "longtext" && clause == "json_valid(`" + replace_all(column.name, "`", "``") + "`)")
          column.is_json = true;
    }
    return {};
  }

  Result<void> keys() const {
    const std::string ignored = connection.flavor() == Flavor::mysql ? "IS_VISIBLE = 'NO'" : "IGNORED = 'YES'";
    TRY(found, rows("TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE, " + ignored, "STATISTICS",
                    "TABLE_SCHEMA", " ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"));
    for (size_t i = 0; i < found.size();) {
      size_t end = i;
      while (end < found.size() && found[end][0] == found[i][0] && found[end][1] == found[i][1]) ++end;
      if (SourceTable* t = table(found[i])) add_key(*t, found, i, end);
      i = end;
    }
    return {};
  }

  static void add_key(SourceTable& table, const std::vector<RowText>& rows, size_t begin, size_t end) {
    const std::string type = text_at(rows[begin], 5);
    if (type == "FULLTEXT" || type == "SPATIAL" || type == "RTREE" || type == "VECTOR")
      return;  // finds no equal values
    Key key;
    key.name = text_at(rows[begin], 1);
    key.unique = text_at(rows[begin], 2) == "0";
    key.ignored = text_at(rows[begin], 6) == "1";
    const bool primary = key.name == "PRIMARY";
    for (size_t i = begin; i < end; ++i) {
      // A part that is a prefix, or an expression (no column), ends the list; what is left of a unique key is not
      // unique. A primary key is: rows that differ in a prefix differ in the whole column.
      if (!rows[i][3] || (rows[i][4] && !primary)) {
        key.unique = false;
        break;
      }
      key.columns.push_back(*rows[i][3]);
    }
    // With grants on columns MySQL lists keys of columns that it does not list; MariaDB leaves such keys out.
    const auto hidden = [&](const std::string& name) { return table.column(name) == nullptr; };
    if (std::any_of(key.columns.begin(), key.columns.end(), hidden)) {
      if (key.unique) table.hidden_keys.push_back(std::move(key));
      return;
    }
    if (primary)
      table.primary_key = std::move(key.columns);
    else if (!key.columns.empty())
      table.keys.push_back(std::move(key));
  }

  // Those that point into another database are left out: the contract cannot name their tables.
  Result<void> foreign_keys() const {
    TRY(found, rows("TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME",
                    "KEY_COLUMN_USAGE", "TABLE_SCHEMA",
                    " AND REFERENCED_TABLE_SCHEMA = " + connection.quote(database) +
                        " ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"));
    for (const RowText& row : found) {
      SourceTable* t = table(row);
      if (!t) continue;
      if (t->foreign_keys.empty() || t->foreign_keys.back().name != text_at(row, 1))
        t->foreign_keys.push_back({text_at(row, 1), {}, text_at(row, 3), {}});
      t->foreign_keys.back().columns.push_back(text_at(row, 2));
      t->foreign_keys.back().target_columns.push_back(text_at(row, 4));
    }
    return {};
  }
};

std::string in_list(SqlConnection& connection, const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(connection.quote(name));
  return " AND TABLE_NAME IN (" + join(quoted, ", ") + ")";
}

}  // namespace

Result<std::string> server_identity(SqlConnection& connection) {
  if (connection.flavor() == Flavor::mysql) {
    TRY(uuid, connection.query("SELECT @@GLOBAL.server_uuid"));
    return text_at(uuid[0], 0);
  }
  TRY(rows,
      connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uid', 'hostname', 'port', 'server_id')"));
  std::unordered_map<std::string, std::string> values;
  for (const RowText& row : rows) values[text_at(row, 0)] = text_at(row, 1);
  // MariaDB's server_uid (10.6.19, 10.11.9) digests hardware address and port, and is the same on a container's clone.
  return values["server_uid"] + "/" + values["hostname"] + ":" + values["port"] + ":" + values["server_id"];
}

Result<Schema> read_schema(SqlConnection& connection, const std::vector<std::string>& tables) {
  // MySQL 8 keeps estimates of table sizes for a day.
  if (connection.flavor() == Flavor::mysql)
    CHECK_OK(connection.execute("SET SESSION information_schema_stats_expiry = 0"));
  TRY(server, connection.query("SELECT DATABASE(), @@lower_case_table_names"));
  Schema schema;
  schema.flavor = connection.flavor();
  schema.version = connection.version();
  TRY(identity, server_identity(connection));
  schema.server_identity = std::move(identity);
  schema.database = text_at(server[0], 0);
  schema.lower_case_names = text_at(server[0], 1) != "0";

  Reader reader{connection, schema.database, tables.empty() ? "" : in_list(connection, tables), {}};
  std::set<std::string> wanted;
  for (const std::string& name : tables) wanted.insert(schema.lower_case_names ? lower_ascii(name) : name);
  TRY(found, reader.rows("TABLE_NAME, TABLE_TYPE, TABLE_ROWS, DATA_LENGTH", "TABLES", "TABLE_SCHEMA", ""));
  for (const RowText& row : found) {
    const std::string name = text_at(row, 0), type = text_at(row, 1);
    // information_schema compares names in any case, the server's tables need not.
    if (!wanted.empty() && !wanted.count(schema.lower_case_names ? lower_ascii(name) : name)) continue;
    if (type == "SEQUENCE") continue;
    SourceTable& table = schema.tables.emplace_back();
    table.name = name;
    table.is_view = type == "VIEW" || type == "SYSTEM VIEW";
    table.estimated_rows = number(row[2]).value_or(0);
    table.estimated_bytes = number(row[3]).value_or(0);
  }
  std::sort(schema.tables.begin(), schema.tables.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (SourceTable& table : schema.tables) reader.tables[table.name] = &table;

  CHECK_OK(reader.columns());
  CHECK_OK(reader.json_checks());
  CHECK_OK(reader.keys());
  CHECK_OK(reader.foreign_keys());
  return schema;
}

}  // namespace migrate
