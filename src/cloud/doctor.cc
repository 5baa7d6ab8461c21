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
  auto answer = call(client, std::move(request), "ListTables", policy);
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
  auto identity = caller_identity(system_credentials(std::move(*config), service.endpoint.region), **credentials);
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

// None of these can be carried out: a key or an item without its key attributes, a table without a key.
std::vector<Probe> probes(const std::string& table) {
  const std::string name = "\"TableName\":" + json_string(table);
  std::string insert = JsonObject()
                           .add("Statement", insert_statement(table, {"migrate_probe"}))
                           .raw("Parameters", "[{\"S\":\"\"}]")
                           .str();
  return {
      {"dynamodb:GetItem", "GetItem", "{" + name + ",\"Key\":{}}"},
      {"dynamodb:BatchGetItem", "BatchGetItem", "{\"RequestItems\":{" + json_string(table) + ":{\"Keys\":[{}]}}}"},
      {"dynamodb:PutItem", "PutItem", "{" + name + ",\"Item\":{}}"},
      {"dynamodb:BatchWriteItem", "BatchWriteItem",
       "{\"RequestItems\":{" + json_string(table) + ":[{\"PutRequest\":{\"Item\":{}}}]}}"},
      {"dynamodb:PartiQLInsert", "BatchExecuteStatement", "{\"Statements\":[" + insert + "]}"},
      {"dynamodb:Scan", "Scan", "{" + name + ",\"Limit\":1,\"Select\":\"COUNT\"}"},
  };
}

bool is_denied(AwsClient& client, const Probe& probe) {
  AwsRequest request;
  request.operation = probe.operation;
  request.body = probe.body;
  AwsOutcome outcome = client.once(std::move(request));
  if (outcome.error == AwsErrorClass::denied) return true;
  if (!outcome.ok() || std::string_view(probe.operation) != "BatchExecuteStatement") return false;
  auto statements = read_statements(outcome.body, 1, true);
  return statements && (*statements)[0].error == AwsErrorClass::denied;
}

void report_rights(const std::string& table, const std::vector<std::string>& missing, const std::string& state,
                   Findings& out) {
  const std::string what = "table '" + table + "'";
  if (missing.empty()) {
    out.push_back({Level::good, what, state + "; the rights are there", ""});
  } else {
    out.push_back({Level::problem, what, state + "; not allowed: " + join(missing, ", "),
                   "allow them on this table (docs/operations.md has the least policy)"});
  }
}

// False when it makes no sense to look at further tables.
bool look_at_table(AwsClient& client, const TargetSettings& target, const std::string& table, const RetryPolicy& policy,
                   Findings& out) {
  auto found = describe_table(client, table, policy);
  std::vector<std::string> missing;
  if (!found && found.error().kind == ErrorKind::aws_denied) {
    report_rights(table, {"dynamodb:DescribeTable"}, "cannot be looked at", out);
    return true;
  }
  if (!found) {
    problem(out, "table '" + table + "'", found.error());
    return false;
  }
  if (!*found) {
    if (!target.create_tables) {
      out.push_back({Level::problem, "table '" + table + "'", "is not there, and `target.create_tables` is false",
                     std::string(error_remedy(ErrorKind::table_missing))});
      return true;
    }
    Probe create{"dynamodb:CreateTable", "CreateTable",
                 "{\"TableName\":" + json_string(table) + ",\"KeySchema\":[],\"AttributeDefinitions\":[]}"};
    if (is_denied(client, create)) missing.push_back(create.action);
    report_rights(table, missing, "is not there yet", out);
    return true;
  }
  for (const Probe& probe : probes(table)) {
    if (is_denied(client, probe)) missing.push_back(probe.action);
  }
  report_rights(table, missing, "is " + (*found)->status, out);
  return true;
}

}  // namespace

std::vector<TargetFinding> examine_target(const TargetSettings& target, const std::vector<TableSpec>& tables, Env env,
                                          const RetryPolicy& policy) {
  Findings out;
  auto service = open_dynamodb(target, env);
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
    if (!look_at_table(*client, target, tables[i].name, policy, out)) break;
  }
  return out;
}

}  // namespace migrate
