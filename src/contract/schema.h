// The live schema of the source, as information_schema tells it; read by sql/read_schema.h, checked against by contract
// and sql.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace migrate {

enum class Flavor { mysql, mariadb };

struct Column {
  std::string name;
  std::string data_type;  // information_schema DATA_TYPE in lower case: "int", "varchar", "decimal", "json", "uuid", …
  std::string column_type;  // the full type: "int(10) unsigned zerofill", "enum('a','b')", "bit(1)"
  bool nullable = false;
  bool is_unsigned = false;
  bool zerofill = false;
  bool is_json = false;  // MySQL's JSON, or MariaDB's longtext with CHECK (json_valid(`c`))
  bool generated = false;
  std::optional<uint64_t> length;  // characters, for texts; bytes, for binary
  std::optional<int> precision;    // numbers
  std::optional<int> scale;
  std::optional<int> time_precision;  // fractional digits of TIME, DATETIME, TIMESTAMP
  std::string charset;                // empty for what is not text
  std::string collation;
  std::vector<std::string> members;  // of ENUM and SET, unescaped, in order
};

struct Key {
  std::string name;
  bool unique = false;
  std::vector<std::string> columns;  // in order; whole columns only, a prefix part ends the list
  // IGNORED, INVISIBLE: the server finds no rows by it, and to force it is an error; what it keeps unique stays unique.
  bool ignored = false;
};

struct ForeignKey {
  std::string name;
  std::vector<std::string> columns;
  std::string target_table;
  std::vector<std::string> target_columns;
};

struct SourceTable {
  std::string name;
  bool is_view = false;
  std::vector<Column> columns;
  std::vector<std::string> primary_key;  // empty: none
  std::vector<Key> keys;                 // without the primary key
  // Unique keys, the primary one too, of which the account may not see every column: nothing can be told by them.
  std::vector<Key> hidden_keys;
  std::vector<ForeignKey> foreign_keys;
  uint64_t estimated_rows = 0;  // TABLE_ROWS: an estimate, never part of a digest
  uint64_t estimated_bytes = 0;

  const Column* column(std::string_view name_any_case) const;  // as MySQL matches column names: in any case
  // The columns that tell rows apart: the primary key, else the first unique key without NULLs by which
  // the server finds rows, else empty.
  std::vector<std::string> row_key() const;
  bool unique_on(const std::vector<std::string>& columns) const;  // some key's columns are all among these
  Digest digest() const;                                          // everything but the estimates
};

struct Schema {
  Flavor flavor = Flavor::mysql;
  std::string version;          // "8.0.15", "10.11.19-MariaDB"
  std::string server_identity;  // server_uuid, or on MariaDB server_uid/hostname:port:server_id
  std::string database;
  bool lower_case_names = false;    // lower_case_table_names != 0: table names match in any case
  std::vector<SourceTable> tables;  // by name

  const SourceTable* table(std::string_view name) const;
};

}  // namespace migrate
