// Making, comparing and deleting tables: describe_table(), ensure_table(), delete_table().
#include "cloud/table.h"

#include <algorithm>

#include "base/json_write.h"
#include "base/log.h"
#include "base/text.h"
#include "cloud/json_answer.h"
#include "cloud/table_request.h"

namespace migrate {
namespace {

std::string on(const std::string& operation, const std::string& table) { return operation + " of '" + table + "'"; }

Result<std::string> ask_table(AwsClient& client, const std::string& operation, const std::string& table,
                              std::string body, bool writes, const RetryPolicy& policy) {
  AwsRequest request;
  request.operation = operation;
  request.body = std::move(body);
  request.writes = writes;
  return call(client, std::move(request), on(operation, table), policy);
}

std::string name_body(const std::string& table) { return JsonObject().add("TableName", table).str(); }

// Each look a little later than the one before: a table takes seconds, an index over a large table half an hour.
class Waiting {
 public:
  Waiting(const WaitOptions& options, std::string table) : options_(options), table_(std::move(table)) {}

  Result<void> pause(const std::string& what) {
    if (waited_ >= options_.at_most_seconds) {
      return Error(ErrorKind::table_status,
                   "table '" + table_ + "' is still " + what + " after " + human_duration(waited_),
                   "wait until it is ACTIVE (the AWS console shows it) and run the same command again");
    }
    if (options_.say && what != said_) options_.say("waiting for table '" + table_ + "': " + what);
    said_ = what;
    if (!wait_before_retry(options_.policy, step_)) {
      return Error(ErrorKind::interrupted, "waiting for table '" + table_ + "' was interrupted");
    }
    waited_ += step_;
    step_ = std::min(step_ * 1.5, 5.0);
    return {};
  }

 private:
  const WaitOptions& options_;
  std::string table_;
  std::string said_;
  double waited_ = 0;
  double step_ = 0.1;
};

Error status_error(const TableDescription& table) {
  std::string hint = "wait until it is ACTIVE and run the same command again";
  if (table.status == "ARCHIVED" || table.status == "ARCHIVING") {
    hint =
        "DynamoDB archived the table because its KMS key could not be used for days: restore it from its backup, or "
        "delete it and let migrate make it anew";
  } else if (table.status == "INACCESSIBLE_ENCRYPTION_CREDENTIALS") {
    hint = "give DynamoDB access to the table's KMS key again";
  }
  return Error(ErrorKind::table_status, "table '" + table.name + "' is " + table.status, std::move(hint));
}

// Waits until the table and its indexes are there to be used.
Result<TableDescription> wait_until_active(AwsClient& client, const std::string& name, bool indexes_too,
                                           const WaitOptions& options) {
  Waiting waiting(options, name);
  for (;;) {
    TRY(found, describe_table(client, name, options.policy));
    std::string what = "not there yet";
    if (found) {
      // An UPDATING table takes reads and writes; only one that a new index is added to must be waited for.
      bool usable = found->status == "ACTIVE" || (found->status == "UPDATING" && !indexes_too);
      what = found->status;
      if (usable && indexes_too) {
        for (const auto& index : found->indexes) {
          if (index.status == "ACTIVE") continue;
          usable = false;
          what = "index '" + index.name + "' is " + index.status;
        }
      }
      if (usable) return std::move(*found);
      bool on_its_way = found->status == "CREATING" || found->status == "UPDATING" || found->status == "ACTIVE";
      if (!on_its_way) return status_error(*found);
    }
    CHECK_OK(waiting.pause(what));
  }
}

Result<void> wait_until_gone(AwsClient& client, const std::string& name, const WaitOptions& options) {
  Waiting waiting(options, name);
  for (;;) {
    TRY(found, describe_table(client, name, options.policy));
    if (!found) return {};
    if (found->status != "DELETING") return status_error(*found);
    CHECK_OK(waiting.pause("DELETING"));
  }
}

Error differs_error(const TableSpec& spec, const std::vector<TableDifference>& differences) {
  std::vector<std::string> lines;
  for (const TableDifference& d : differences) {
    if (d.kind == DifferenceKind::fatal) lines.push_back(d.str());
  }
  return Error(ErrorKind::table_differs,
               "table '" + spec.name + "' is not what the contract asks for: " + join(lines, "; "));
}

Result<void> add_index(AwsClient& client, const TableSpec& spec, const IndexSpec& index, const TableDescription& table,
                       const WaitOptions& options) {
  Billing billing;
  billing.on_demand = table.on_demand;
  billing.read = table.read;
  billing.write = table.write;
  const std::string body = add_index_body(spec.name, index, billing);
  Waiting waiting(options, spec.name);
  for (;;) {
    // DynamoDB adds one index at a time, and refuses another while the table is UPDATING.
    TRY(ready, wait_until_active(client, spec.name, true, options));
    bool there =
        std::any_of(ready.indexes.begin(), ready.indexes.end(), [&](const auto& i) { return i.name == index.name; });
    if (there) return {};
    auto answer = ask_table(client, "UpdateTable", spec.name, body, true, options.policy);
    if (answer) {
      audit("add index", "index '" + index.name + "' of table '" + spec.name + "' at " + client.service().endpoint.url,
            "started");
    } else if (answer.error().kind != ErrorKind::table_status) {
      return answer.error();
    }
    CHECK_OK(waiting.pause("adding index '" + index.name + "'"));
  }
}

// The settings that CreateTable has no place for, and those that a table of ours lost or never got.
Result<void> apply_settings(AwsClient& client, const TableSpec& spec, EnsuredTable& out, const WaitOptions& options) {
  const RetryPolicy& policy = options.policy;
  auto changed = [&](const std::string& what) {
    out.changed.push_back(what);
    audit("change table", "table '" + spec.name + "' at " + client.service().endpoint.url, what);
  };
  if (!spec.ttl.empty()) {
    TRY(text, ask_table(client, "DescribeTimeToLive", spec.name, name_body(spec.name), false, policy));
    auto json = JsonAnswer::parse(text);
    std::string status = json ? (*json)["TimeToLiveDescription"]["TimeToLiveStatus"].text() : "";
    std::string attribute = json ? (*json)["TimeToLiveDescription"]["AttributeName"].text() : "";
    bool enabled = status == "ENABLED" || status == "ENABLING";
    if (enabled && attribute != spec.ttl) {
      out.notes.push_back("ttl: wanted " + spec.ttl + ", found " + attribute +
                          " (DynamoDB changes it once an hour at most: turn it off by hand first)");
    } else if (!enabled) {
      std::string setting = JsonObject().add("AttributeName", spec.ttl).add("Enabled", true).str();
      std::string body = JsonObject().add("TableName", spec.name).raw("TimeToLiveSpecification", setting).str();
      TRY(done, ask_table(client, "UpdateTimeToLive", spec.name, body, true, policy));
      changed("set ttl to '" + spec.ttl + "'");
    }
  }
  if (spec.pitr) {
    TRY(text, ask_table(client, "DescribeContinuousBackups", spec.name, name_body(spec.name), false, policy));
    auto json = JsonAnswer::parse(text);
    bool enabled =
        json &&
        (*json)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"].text() ==
            "ENABLED";
    if (!enabled) {
      std::string setting = JsonObject().add("PointInTimeRecoveryEnabled", true).str();
      std::string body =
          JsonObject().add("TableName", spec.name).raw("PointInTimeRecoverySpecification", setting).str();
      TRY(done, ask_table(client, "UpdateContinuousBackups", spec.name, body, true, policy));
      changed("turned point-in-time recovery on");
    }
  }
  if (spec.deletion_protection && !out.table.deletion_protection) {
    std::string body = JsonObject().add("TableName", spec.name).add("DeletionProtectionEnabled", true).str();
    TRY(done, ask_table(client, "UpdateTable", spec.name, body, true, policy));
    changed("turned deletion protection on");
    TRY(ready, wait_until_active(client, spec.name, false, options));
    out.table = std::move(ready);
  }
  return {};
}

// nullopt: somebody else made it in the meantime. CreateTable is refused when the table is there, and also while too
// many others are being made (LimitExceededException).
Result<std::optional<TableDescription>> create_table(AwsClient& client, const TableSpec& spec,
                                                     const WaitOptions& options) {
  const std::string body = create_table_body(spec);
  Waiting waiting(options, spec.name);
  for (;;) {
    auto answer = ask_table(client, "CreateTable", spec.name, body, true, options.policy);
    if (answer) break;
    if (answer.error().kind != ErrorKind::table_status) return answer.error();
    TRY(found, describe_table(client, spec.name, options.policy));
    if (found) return std::optional<TableDescription>();
    CHECK_OK(waiting.pause("waiting for other tables to be made"));
  }
  audit("create table", "table '" + spec.name + "' at " + client.service().endpoint.url, "started");
  TRY(table, wait_until_active(client, spec.name, true, options));
  return std::optional<TableDescription>(std::move(table));
}

}  // namespace

Result<std::optional<TableDescription>> describe_table(AwsClient& client, const std::string& name,
                                                       const RetryPolicy& policy) {
  auto answer = ask_table(client, "DescribeTable", name, name_body(name), false, policy);
  if (!answer && answer.error().kind == ErrorKind::table_missing) return std::optional<TableDescription>();
  if (!answer) return answer.error();
  auto json = JsonAnswer::parse(*answer);
  if (!json)
    return Error(ErrorKind::aws_answer, on("DescribeTable", name) + " was answered by something that is not JSON");
  TRY(table, read_table((*json)["Table"]));
  return std::optional<TableDescription>(std::move(table));
}

Result<EnsuredTable> ensure_table(AwsClient& client, const TableSpec& spec, const TableRights& rights,
                                  const WaitOptions& options) {
  EnsuredTable out;
  TRY(found, describe_table(client, spec.name, options.policy));
  if (found && found->status == "DELETING") {
    CHECK_OK(wait_until_gone(client, spec.name, options));
    found = std::nullopt;
  }
  if (!found && !rights.create) {
    return Error(ErrorKind::table_missing, "table '" + spec.name + "' is not at " + client.service().endpoint.str());
  }
  if (!found) {
    TRY(created, create_table(client, spec, options));
    out.created = created.has_value();
    found = std::move(created);
  }
  if (!found || found->status != "ACTIVE") {
    TRY(ready, wait_until_active(client, spec.name, false, options));
    found = std::move(ready);
  }
  out.table = std::move(*found);

  std::vector<TableDifference> differences = compare_table(spec, out.table);
  if (std::any_of(differences.begin(), differences.end(),
                  [](const auto& d) { return d.kind == DifferenceKind::fatal; })) {
    return differs_error(spec, differences);
  }
  for (const TableDifference& d : differences) {
    if (d.kind == DifferenceKind::note) out.notes.push_back(d.str());
  }
  for (const IndexSpec& index : spec.indexes) {
    bool there = std::any_of(out.table.indexes.begin(), out.table.indexes.end(),
                             [&](const auto& i) { return i.name == index.name; });
    if (there) continue;
    if (!rights.create) {
      return Error(ErrorKind::table_differs,
                   "table '" + spec.name + "' has no index '" + index.name + "', and `target.create_tables` is false",
                   "add the index by hand, or set `target.create_tables: true`");
    }
    CHECK_OK(add_index(client, spec, index, out.table, options));
    out.changed.push_back("added index '" + index.name + "'");
  }
  if (!out.changed.empty()) {
    TRY(ready, wait_until_active(client, spec.name, true, options));
    out.table = std::move(ready);
  }
  if (out.created || rights.ours) CHECK_OK(apply_settings(client, spec, out, options));
  return out;
}

Result<void> delete_table(AwsClient& client, const std::string& name, const WaitOptions& options) {
  TRY(found, describe_table(client, name, options.policy));
  if (!found) return {};
  if (found->deletion_protection) {
    return Error(
        ErrorKind::table_status, "table '" + name + "' has deletion protection",
        "turn it off by hand (`aws dynamodb update-table --no-deletion-protection-enabled`) if it may really go");
  }
  if (found->status != "DELETING") {
    auto answer = ask_table(client, "DeleteTable", name, name_body(name), true, options.policy);
    if (!answer && answer.error().kind == ErrorKind::table_missing) return {};
    if (!answer) return answer.error();
    audit("delete table", "table '" + name + "' at " + client.service().endpoint.url, "started");
  }
  return wait_until_gone(client, name, options);
}

}  // namespace migrate
