// A DynamoDB table as the contract wants it: made, or compared with what is there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/dynamodb.h"
#include "contract/model.h"

namespace migrate {

struct KeyAttribute {
  std::string name;
  char type = 'S';  // S, N, B
  bool operator==(const KeyAttribute&) const = default;
};

struct IndexSpec {
  std::string name;
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
  Projection projection = Projection::all;
  std::vector<std::string> projected;  // sorted; include only
};

struct TableSpec {
  std::string name;  // with table_prefix
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
  std::vector<IndexSpec> indexes;
  Billing billing;
  std::optional<std::pair<uint64_t, uint64_t>> warm_throughput;
  std::string ttl;
  bool pitr = false;
  bool deletion_protection = false;
  std::string sse;
  std::vector<std::pair<std::string, std::string>> tags;
};
// Errors: contract_value (a key whose attribute is not S, N or B, or a name that DynamoDB does not take).
Result<TableSpec> table_spec(const Table& table, const TableSettings& settings, const TargetSettings& target);

// What DescribeTable says.
struct TableDescription {
  std::string name;
  std::string status;  // ACTIVE, CREATING, UPDATING, DELETING, ARCHIVING, ARCHIVED, …
  std::string arn;
  std::string id;       // TableId; empty where the service has none
  std::string created;  // CreationDateTime as the service prints it
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
  struct Index : IndexSpec {
    std::string status;
  };
  std::vector<Index> indexes;
  std::vector<std::string> local_indexes;
  bool on_demand = true;
  uint64_t read = 0, write = 0;  // provisioned
  bool deletion_protection = false;
  uint64_t item_count = 0;  // hours old: never to be counted with
  uint64_t size_bytes = 0;
  std::string sse;  // the KMS key's ARN, "aws-managed" or ""
};
// nullopt when there is no such table.
Result<std::optional<TableDescription>> describe_table(AwsClient& client, const std::string& name,
                                                       const RetryPolicy& policy = {});

// Errors: table_status, of a table that nobody can use before somebody acts: archived, or without its KMS key.
Result<void> check_not_shut(const TableDescription& table);

// What must agree for records of this table to hold: endpoint or ARN, name, and which creation of it.
std::string table_identity(const TableDescription& table, const Endpoint& endpoint);

enum class DifferenceKind {
  fatal,     // other keys, an index of the same name with other keys or a smaller projection
  mendable,  // an index that is missing: ensure_table adds it
  note       // what does not matter to reading and writing: an index that the contract does not name, billing
};
struct TableDifference {
  std::string what;    // "sort key", "index 'by_email'", "billing"
  std::string wanted;  // "sk (S)"
  std::string found;   // "none"
  DifferenceKind kind = DifferenceKind::fatal;

  std::string str() const;  // "sort key: wanted sk (S), found none"
};
std::vector<TableDifference> compare_table(const TableSpec& spec, const TableDescription& found);

struct WaitOptions {
  double at_most_seconds = 1800;                     // an index over a large table takes that long
  RetryPolicy policy;                                // its `cancelled` and `sleep` are obeyed while waiting
  std::function<void(const std::string& line)> say;  // progress: "waiting for table 'Users': CREATING"
};

// What may be done to a table.
struct TableRights {
  bool create = true;  // false: it must be there, and fit
  bool ours = false;   // migrate made it: settings that it lacks (ttl, pitr, deletion protection) are set
};

// When a CreateTable of ours may have made a table, by the service's clock, in seconds since 1970.
struct CreationWindow {
  double from = 0, until = 0;
  bool holds(const TableDescription& table) const;
  std::string str() const;
  static std::optional<CreationWindow> parse(std::string_view text);
};
// What the caller keeps of a creation, so that it knows its own table again: the process may be killed, and the answer
// lost, at any moment. An error ends ensure_table.
struct CreationLog {
  std::function<Result<void>(const CreationWindow&)> asking = {};      // before each CreateTable
  std::function<Result<void>(const TableDescription&)> accepted = {};  // it made this table, which may not be ACTIVE
  std::function<Result<void>()> refused = {};                          // none of them made anything
};

struct EnsuredTable {
  TableDescription table;
  bool created = false;
  std::vector<std::string> changed;  // "added index 'by_email'", "set ttl to 'expires'"
  std::vector<std::string> notes;    // differences that do not matter
};
// Makes the table and waits until it is ACTIVE; or compares, and adds the indexes that are missing, one at a time. What
// is changed is audited here, when the service has accepted or refused it.
// Errors: table_missing, table_differs (all differences in one), table_status, aws_*, interrupted.
Result<EnsuredTable> ensure_table(AwsClient& client, const TableSpec& spec, const TableRights& rights = {},
                                  const WaitOptions& options = {}, const CreationLog& log = {});

// Only for `clean --tables`. Waits until it is gone; no such table is success.
// Errors: table_status (deletion protection, being changed), aws_*.
Result<void> delete_table(AwsClient& client, const std::string& name, const WaitOptions& options = {});

}  // namespace migrate
