// Looking at the target: examine_target().
#include "cloud/doctor.h"

#include <chrono>
#include <cmath>

#include "base/json_write.h"
#include "base/text.h"
#include "cloud/sts.h"

namespace migrate {
namespace {

using Findings = std::vector<TargetFinding>;
using Level = TargetFinding::Level;

constexpr size_t most_tables = 10;
// DynamoDB refuses signatures that are 15 minutes off; a minute is worth a word.
constexpr double notable_skew_seconds = 60;

void problem(Findings& out, const std::string& what, const Error& error) {
  out.push_back(
      {Level::problem, what, error.message, error.hint.empty() ? std::string(error_remedy(error.kind)) : error.hint});
}

std::string short_key(const std::string& access_key_id) {
  return "key …" + access_key_id.substr(access_key_id.size() > 4 ? access_key_id.size() - 4 : 0);
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

bool look_at_credentials(const AwsService& service, Findings& out) {
  auto credentials = service.credentials->get();
  if (!credentials) {
    problem(out, "credentials", credentials.error());
    return false;
  }
  std::string found = short_key((*credentials)->access_key_id) + " from " + (*credentials)->source;
  if ((*credentials)->expires)
    found += ", valid for " + human_duration(std::max(0.0, *(*credentials)->expires - now()));
  out.push_back({Level::good, "credentials", found, ""});
  return true;
}

bool look_at_connection(AwsClient& client, const RetryPolicy& policy, Findings& out) {
  const AwsService& service = client.service();
  auto start = std::chrono::steady_clock::now();
  AwsRequest request;
  request.operation = "ListTables";
  request.body = "{\"Limit\":1}";
  auto answer = call(client, request, "ListTables", policy);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  // ListTables is not among the rights that migrate needs: a refusal shows that somebody is there.
  bool refused_only = !answer && answer.error().kind == ErrorKind::aws_denied &&
                      answer.error().message.find("AccessDenied") != std::string::npos;
  if (!answer && !refused_only) {
    problem(out, "connection", answer.error());
    return false;
  }
  out.push_back({Level::good, "connection", service.endpoint.url + " answers in " + human_duration(seconds), ""});
  return true;
}

void look_at_clock(const AwsClient& client, Findings& out) {
  auto offset = client.clock_offset();
  if (!offset) return;
  double off = std::abs(*offset);
  if (off < notable_skew_seconds) {
    out.push_back({Level::good, "clock", "agrees with the service's", ""});
    return;
  }
  out.push_back(
      {Level::warning, "clock",
       "this machine's clock is " + human_duration(off) + (*offset > 0 ? " behind" : " ahead of") + " the service's",
       "set it (NTP): migrate corrects its own requests, other tools do not"});
}

void look_at_identity(const TargetSettings& target, const AwsService& service, const Env& env, Findings& out) {
  if (!service.endpoint.own) {
    out.push_back({Level::good, "identity", "not asked: the endpoint is not AWS's own", ""});
    return;
  }
  auto config = load_aws_config(target.profile, env);
  auto credentials = service.credentials->get();
  if (!config || !credentials) return;
  auto identity =
      caller_identity(system_credentials(std::move(*config), service.endpoint.region, service.stop), **credentials);
  if (identity)
    out.push_back({Level::good, "identity", identity->arn + " in account " + identity->account, ""});
  else
    out.push_back({Level::warning, "identity", identity.error().message,
                   "STS is not needed to migrate; it only tells who you are"});
}

struct Probe {
  const char* action;
  const char* operation;
  std::string body;
};

// None of these changes anything, whether the table is there or not. The Scans read one item; the others cannot be
// carried out: a key or an item without its key attributes, a table without a key, a query without a condition, a
// change that names none.
std::vector<Probe> probes(const TableSpec& spec, bool there, bool may_make) {
  const std::string table = json_string(spec.name), name = "\"TableName\":" + table;
  const auto statement = [](const std::string& text) {
    return "{\"Statements\":[" + JsonObject().add("Statement", text).raw("Parameters", "[{\"S\":\"\"}]").str() + "]}";
  };
  std::string quoted = "\"" + spec.name + "\"";  // names of tables need no escape
  std::vector<Probe> out = {
      {"GetItem", "GetItem", "{" + name + ",\"Key\":{}}"},
      {"BatchGetItem", "BatchGetItem", "{\"RequestItems\":{" + table + ":{\"Keys\":[{}]}}}"},
      {"PutItem", "PutItem", "{" + name + ",\"Item\":{}}"},
      {"BatchWriteItem", "BatchWriteItem", "{\"RequestItems\":{" + table + ":[{\"PutRequest\":{\"Item\":{}}}]}}"},
      {"UpdateItem", "UpdateItem", "{" + name + ",\"Key\":{}}"},
      {"DeleteItem", "DeleteItem", "{" + name + ",\"Key\":{}}"},
      {"PartiQLInsert", "BatchExecuteStatement", statement(insert_statement(spec.name, {"migrate_probe"}))},
      {"PartiQLUpdate", "BatchExecuteStatement", statement("UPDATE " + quoted + " REMOVE x WHERE migrate_probe=?")},
      {"PartiQLDelete", "BatchExecuteStatement", statement("DELETE FROM " + quoted + " WHERE migrate_probe=?")},
      {"Scan", "Scan", "{" + name + ",\"Limit\":1,\"Select\":\"COUNT\"}"},
      {"Query", "Query", "{" + name + ",\"KeyConditionExpression\":\"\"}"},
  };
  for (const IndexSpec& index : spec.indexes) {
    const std::string of_index = name + ",\"IndexName\":" + json_string(index.name);
    out.push_back({"Scan (index/*)", "Scan", "{" + of_index + ",\"Limit\":1,\"Select\":\"COUNT\"}"});
    out.push_back({"Query (index/*)", "Query", "{" + of_index + ",\"KeyConditionExpression\":\"\"}"});
    break;  // one stands for all
  }
  if (!may_make) return out;
  if (!there)
    out.push_back({"CreateTable", "CreateTable", "{" + name + ",\"KeySchema\":[],\"AttributeDefinitions\":[]}"});
  out.push_back({"UpdateTable", "UpdateTable", "{" + name + "}"});
  if (!spec.ttl.empty()) {
    out.push_back({"DescribeTimeToLive", "DescribeTimeToLive", "{" + name + "}"});
    out.push_back({"UpdateTimeToLive", "UpdateTimeToLive",
                   "{" + name + ",\"TimeToLiveSpecification\":{\"AttributeName\":\"\",\"Enabled\":true}}"});
  }
  if (spec.pitr) {
    out.push_back({"DescribeContinuousBackups", "DescribeContinuousBackups", "{" + name + "}"});
    out.push_back({"UpdateContinuousBackups", "UpdateContinuousBackups", "{" + name + "}"});
  }
  return out;
}

// Rights of docs/operations.md that no harmless request tests: each could be carried out.
std::vector<std::string> untestable(const TableSpec& spec, bool there, bool may_make) {
  std::vector<std::string> out;
  if (may_make && there) out.emplace_back("CreateTable");
  if (may_make && !spec.tags.empty()) out.emplace_back("TagResource");
  out.emplace_back("DeleteTable (only for clean --tables)");
  return out;
}

enum class Right { there, missing, unknown };

Right tested(AwsClient& client, const Probe& probe) {
  AwsRequest request;
  request.operation = probe.operation;
  request.body = probe.body;
  AwsOutcome outcome = client.once(std::move(request));
  switch (outcome.error) {
    case AwsErrorClass::denied:
      return Right::missing;
    case AwsErrorClass::validation:
    case AwsErrorClass::not_found:
    case AwsErrorClass::in_use:
    case AwsErrorClass::conditional_failed:
      return Right::there;
    case AwsErrorClass::none:
      break;
    default:
      return Right::unknown;
  }
  if (std::string_view(probe.operation) != "BatchExecuteStatement") return Right::there;
  auto statements = read_statements(outcome.body, 1, true);
  const bool denied = statements && (*statements)[0].error == AwsErrorClass::denied;
  return denied ? Right::missing : Right::there;
}

void report_rights(AwsClient& client, const TargetSettings& target, const TableSpec& spec, bool there,
                   const std::string& state, Findings& out) {
  std::vector<std::string> allowed, missing;
  std::vector<std::string> untested = untestable(spec, there, target.create_tables);
  for (const Probe& probe : probes(spec, there, target.create_tables)) {
    const Right right = tested(client, probe);
    if (client.service().stopped()) return;
    (right == Right::there ? allowed : right == Right::missing ? missing : untested).emplace_back(probe.action);
  }
  std::string found = state;
  if (!missing.empty()) found += "; not allowed: dynamodb:" + join(missing, ", dynamodb:");
  if (!allowed.empty()) found += "; allowed: " + join(allowed, ", ");
  found += "; not tested: " + join(untested, ", ");
  out.push_back({missing.empty() ? Level::good : Level::problem, "table '" + spec.name + "'", found,
                 missing.empty() ? "" : "allow them on this table (docs/operations.md has the least policy)"});
}

// False when it makes no sense to look at further tables.
bool look_at_table(AwsClient& client, const TargetSettings& target, const TableSpec& spec, const RetryPolicy& policy,
                   Findings& out) {
  auto found = describe_table(client, spec.name, policy);
  if (!found && found.error().kind == ErrorKind::aws_denied) {
    out.push_back({Level::problem, "table '" + spec.name + "'",
                   "cannot be looked at; not allowed: dynamodb:DescribeTable; no other right was tested",
                   "allow it on this table (docs/operations.md has the least policy)"});
    return true;
  }
  if (!found) {
    problem(out, "table '" + spec.name + "'", found.error());
    return false;
  }
  if (!*found && !target.create_tables) {
    out.push_back({Level::problem, "table '" + spec.name + "'", "is not there, and `target.create_tables` is false",
                   std::string(error_remedy(ErrorKind::table_missing))});
    return true;
  }
  report_rights(client, target, spec, found->has_value(), *found ? "is " + (*found)->status : "is not there yet", out);
  return true;
}

}  // namespace

std::vector<TargetFinding> examine_target(const TargetSettings& target, const std::vector<TableSpec>& tables,
                                          const Env& env, const std::atomic<bool>* stop, const RetryPolicy& policy) {
  Findings out;
  auto service = open_dynamodb(target, env, stop);
  if (!service) {
    problem(out, "region and endpoint", service.error());
    return out;
  }
  out.push_back({Level::good, "region and endpoint", (*service)->endpoint.str(), ""});
  if (!look_at_credentials(**service, out)) return out;
  auto client = connect_dynamodb(*service, 1);
  bool reached = look_at_connection(*client, policy, out);
  look_at_clock(*client, out);
  if (!reached) return out;
  look_at_identity(target, **service, env, out);
  for (size_t i = 0; i < tables.size(); ++i) {
    if (i == most_tables) {
      out.push_back({Level::good, "tables", plural(tables.size() - i, "further table") + " not looked at", ""});
      break;
    }
    if ((*service)->stopped() || !look_at_table(*client, target, tables[i], policy, out)) break;
  }
  return out;
}

}  // namespace migrate
