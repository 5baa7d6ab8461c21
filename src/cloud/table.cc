// Making, comparing and deleting tables: describe_table(), ensure_table(), delete_table().
#include "cloud/table.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

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
  return call(client, request, on(operation, table), policy);
}

std::string place_of(const AwsClient& client, const std::string& table) {
  return "table '" + table + "' at " + client.service().endpoint.str();
}

// A request that changes something outside, when the service has answered. "accepted": the service goes on by itself.
template <class T>
void audit_request(const AwsClient& client, std::string_view what, const std::string& table, const Result<T>& answer,
                   std::string_view outcome = "accepted") {
  if (answer) return audit(what, place_of(client, table), outcome);
  audit(what, place_of(client, table), "failed", {{"error", answer.error().message}});
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

constexpr std::string_view inaccessible = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";

bool archived(const TableDescription& table) { return table.status == "ARCHIVED" || table.status == "ARCHIVING"; }

Error status_error(const TableDescription& table) {
  std::string hint = "wait until it is ACTIVE and run the same command again";
  if (archived(table)) {
    hint =
        "DynamoDB archived the table because its KMS key could not be used for days: restore it from its backup, or "
        "delete it and let migrate make it anew";
  } else if (table.status == inaccessible) {
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
    const bool again = !answer && answer.error().kind == ErrorKind::table_status;
    if (!again) audit_request(client, "add index '" + index.name + "'", spec.name, answer);
    if (!answer && !again) return answer.error();
    CHECK_OK(waiting.pause("adding index '" + index.name + "'"));
  }
}

// The settings that CreateTable has no place for, and those that a table of ours lost or never got.
Result<void> apply_settings(AwsClient& client, const TableSpec& spec, EnsuredTable& out, const WaitOptions& options) {
  const RetryPolicy& policy = options.policy;
  auto change = [&](const std::string& operation, std::string body, const std::string& what) -> Result<void> {
    auto answer = ask_table(client, operation, spec.name, std::move(body), true, policy);
    audit_request(client, what, spec.name, answer, "done");
    if (!answer) return answer.error();
    out.changed.push_back(what);
    return {};
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
      CHECK_OK(change("UpdateTimeToLive", std::move(body), "set ttl to '" + spec.ttl + "'"));
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
      CHECK_OK(change("UpdateContinuousBackups", std::move(body), "turn point-in-time recovery on"));
    }
  }
  if (spec.deletion_protection && !out.table.deletion_protection) {
    std::string body = JsonObject().add("TableName", spec.name).add("DeletionProtectionEnabled", true).str();
    CHECK_OK(change("UpdateTable", std::move(body), "turn deletion protection on"));
    TRY(ready, wait_until_active(client, spec.name, false, options));
    out.table = std::move(ready);
  }
  return {};
}

// By the service's clock, as far as its last answer told it.
double service_time(const AwsClient& client) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count() + client.clock_offset().value_or(0);
}

// One creation, attempt by attempt: whether it is ours depends on what became of each.
class Creation {
 public:
  Creation(AwsClient& client, const TableSpec& spec, const CreationLog& log, const WaitOptions& options)
      : client_(client),
        spec_(spec),
        log_(log),
        policy_(with_stop(options.policy, client.service())),
        waiting_(options, spec.name) {
    request_.operation = "CreateTable";
    request_.body = create_table_body(spec);
    request_.writes = true;
  }

  Result<void> accept(const TableDescription& table) {
    if (accepted_ || !log_.accepted) return {};
    accepted_ = true;
    return log_.accepted(table);
  }

  // False: somebody else made the table in the meantime.
  Result<bool> ask() {
    for (int failures = 1;;) {
      if (policy_.cancelled()) return give_up(interrupted());
      const double now = service_time(client_);
      if (log_.asking) CHECK_OK(log_.asking({began_.value_or(now), now + request_.timeout_seconds}));
      const AwsOutcome outcome = attempt(client_, request_, on("CreateTable", spec_.name), ++asked_, policy_.cancelled);
      if (outcome.ok()) {
        // The answer describes the table; where it does not, the first look at it must do.
        auto json = JsonAnswer::parse(outcome.body);
        auto table = read_table(json ? (*json)["TableDescription"] : JsonAnswer());
        if (table) CHECK_OK(accept(*table));
        return true;
      }
      if (outcome.error == AwsErrorClass::in_use) {
        TRY(settled, look(now));
        if (settled) return *settled;
        continue;
      }
      const bool stopped = outcome.error == AwsErrorClass::interrupted;
      const bool uncertain =
          stopped || outcome.error == AwsErrorClass::ambiguous || outcome.error == AwsErrorClass::garbage;
      if (uncertain && !began_) began_ = now;
      if (stopped) return give_up(interrupted());
      if (failures >= attempts_for(policy_, outcome.error)) {
        return give_up(aws_error(outcome, on("CreateTable", spec_.name), client_.service()));
      }
      if (!back_off(policy_, outcome.error, failures)) return give_up(interrupted());
      ++failures;
    }
  }

 private:
  Error interrupted() const {
    return Error(ErrorKind::interrupted, on("CreateTable", spec_.name) + " was interrupted");
  }

  Error give_up(Error error) {
    if (began_ || !log_.refused) return error;  // it may have been made all the same: the next build looks
    auto noted = log_.refused();
    return noted ? error : noted.error();
  }

  // CreateTable is refused when the table is there (true: by an attempt of ours whose answer was lost), and also while
  // too many others are being made (LimitExceededException; nullopt: ask again).
  Result<std::optional<bool>> look(double now) {
    TRY(found, describe_table(client_, spec_.name, policy_));
    if (!found) {
      CHECK_OK(waiting_.pause("waiting for other tables to be made"));
      return std::optional<bool>();
    }
    const bool ours = began_ && CreationWindow{*began_, now}.holds(*found);
    if (ours) CHECK_OK(accept(*found));
    if (!ours && log_.refused) CHECK_OK(log_.refused());
    return std::optional(ours);
  }

  AwsClient& client_;
  const TableSpec& spec_;
  const CreationLog& log_;
  const RetryPolicy policy_;
  Waiting waiting_;
  AwsRequest request_;
  int asked_ = 0;
  bool accepted_ = false;
  std::optional<double> began_;  // of the first attempt that may have made it
};

// nullopt: somebody else made it in the meantime.
Result<std::optional<TableDescription>> create_table(AwsClient& client, const TableSpec& spec, const CreationLog& log,
                                                     const WaitOptions& options) {
  Creation creation(client, spec, log, options);
  auto made = creation.ask();
  if (!made || *made) audit_request(client, "create table", spec.name, made);
  if (!made) return made.error();
  if (!*made) return std::optional<TableDescription>();
  TRY(table, wait_until_active(client, spec.name, true, options));
  CHECK_OK(creation.accept(table));
  return std::optional<TableDescription>(std::move(table));
}

}  // namespace

Result<void> check_not_shut(const TableDescription& table) {
  if (archived(table) || table.status == inaccessible) return status_error(table);
  return {};
}

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
                                  const WaitOptions& options, const CreationLog& log) {
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
    TRY(created, create_table(client, spec, log, options));
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
  if (out.created || rights.ours) {
    CHECK_OK(apply_settings(client, spec, out, options));
  } else if (!spec.ttl.empty() || spec.pitr || spec.deletion_protection) {
    out.notes.emplace_back("ttl, pitr and deletion_protection are set only on tables that migrate made: this is none");
  }
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
    if (!answer && answer.error().kind == ErrorKind::table_status) {
      // Refused, because it is being changed; or an earlier attempt, whose answer was lost, had done it.
      TRY(now, describe_table(client, name, options.policy));
      if (!now) return {};
      if (now->status == "DELETING") answer = std::string();
    }
    audit_request(client, "delete table", name, answer);
    if (!answer) return answer.error();
  }
  return wait_until_gone(client, name, options);
}

}  // namespace migrate
