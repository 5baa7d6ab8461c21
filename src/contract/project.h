// The project file migrate.yaml: the settings as plain values. docs/project-file.md lists every key; read_project()
// reads and checks them, and reports all errors at their places in one go.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "contract/schema.h"

namespace migrate {

enum class TlsMode { disabled, preferred, required, verify_ca, verify_identity };

struct SourceSettings {
  std::string kind = "mysql";
  std::string host = "127.0.0.1";
  std::string socket;  // takes the place of host and port
  int port = 3306;
  std::string database;
  std::string user;
  Secret password;
  TlsMode tls = TlsMode::preferred;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;
  std::string time_zone = "+00:00";  // what DATETIME columns mean: an offset, or a name that the server knows
  std::optional<Flavor> flavor;      // only for views.sql before the first connection
};

enum class ApplyViews { automatic, never };

struct ViewSettings {
  std::string prefix = "migration_view_";
  std::string database;  // empty: the source's
  std::optional<std::string> host;
  std::optional<std::string> user;
  std::optional<Secret> password;
  ApplyViews apply = ApplyViews::automatic;
  bool definer = false;  // SQL SECURITY DEFINER
};

struct TargetSettings {
  std::string kind = "dynamodb";
  std::string region;    // empty: from the environment or profile
  std::string endpoint;  // empty: AWS_ENDPOINT_URL_DYNAMODB, the profile's, or the region's own
  std::string profile;
  std::string table_prefix;
  bool create_tables = true;
};

struct Limits {
  int connections = 2;        // to the source
  double write_rate = 40000;  // write units a second, each table
  uint64_t memory_mb = 128;
  double snapshot_minutes = 10;
  std::optional<double> deletes_percent = 10;  // nullopt: unlimited
};

enum class WriteMode { put_if_absent, overwrite };
enum class OnConflict { keep, fail, overwrite };
enum class Deletes { propagate, keep };
enum class ZeroDates { dead, null, text };
enum class SoftDeletes { exclude, keep, condition };
enum class DataVersionMethod { automatic, checksum, gtid, watermark, always };
enum class CheckMode { full, sample, counts };

// As a project file, a plan and the names of data targets have them.
inline const std::initializer_list<std::pair<std::string_view, DataVersionMethod>> data_version_methods = {
    {"auto", DataVersionMethod::automatic},
    {"checksum", DataVersionMethod::checksum},
    {"gtid", DataVersionMethod::gtid},
    {"always", DataVersionMethod::always},
    {"watermark", DataVersionMethod::watermark}};

struct DataVersionSetting {
  DataVersionMethod method = DataVersionMethod::automatic;
  std::string column;  // watermark
};

struct CheckSetting {
  CheckMode mode = CheckMode::full;
  uint64_t sample = 0;
};

struct Billing {
  bool on_demand = true;
  uint64_t read = 0;  // provisioned units
  uint64_t write = 0;
};

// `tables:` of the project file, by the contract's name of the table.
struct TableSettings {
  std::string where;  // SQL, on the source table's columns
  std::map<std::string, std::string> entity_where;
  WriteMode write = WriteMode::put_if_absent;
  OnConflict on_conflict = OnConflict::keep;
  Deletes deletes = Deletes::propagate;
  DataVersionSetting data_version;
  ZeroDates zero_dates = ZeroDates::dead;
  SoftDeletes soft_deletes = SoftDeletes::exclude;
  std::string soft_delete_condition;  // SQL for the rows that live
  std::optional<CheckSetting> check;
  Billing billing;
  std::optional<std::pair<uint64_t, uint64_t>> warm_throughput;  // read, write units a second
  std::string ttl;                                               // attribute
  bool pitr = false;
  bool deletion_protection = false;
  std::string sse;  // "", "aws-managed" or a KMS key
  std::vector<std::pair<std::string, std::string>> tags;
  // Where each key given stands: "where", "entities.Order", "entities.Order.where", …; "" is the table's own name.
  std::map<std::string, Place> places;
};

struct Project {
  std::string file;    // migrate.yaml, as named
  std::string folder;  // that relative paths start from
  std::string name;
  std::vector<std::string> contracts;  // resolved paths
  SourceSettings source;
  ViewSettings views;
  TargetSettings target;
  std::string engine = "native";
  Limits limits;
  CheckSetting check;
  std::vector<std::string> mask;  // "customers.email"
  std::map<std::string, TableSettings> tables;
  std::string out;    // resolved
  std::string state;  // resolved; .migrate beside the file

  const TableSettings& table(const std::string& name) const;  // the defaults where the file says nothing
};

// Errors, all in one go, in `diagnostics`: project-syntax, project-value, io. Warnings too. nullopt when there is any
// error.
std::optional<Project> read_project(const std::string& path, Diagnostics& diagnostics,
                                    const std::atomic<bool>* stop = nullptr);

struct Contract;
// What only both files together can tell: settings of tables and entities that the contract does not have, a `ttl` that
// is no number, names that are too short or too long with their prefix.
void check_settings(const Project& project, const Contract& contract, Diagnostics& diagnostics);

}  // namespace migrate
