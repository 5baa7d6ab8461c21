// Requests to DynamoDB: open_dynamodb(), connect_dynamodb(), the bodies, and the blocking calls.
#include "cloud/dynamodb.h"

#include "base/json_write.h"
#include "base/text.h"
#include "cloud/json_answer.h"

namespace migrate {
namespace {

AwsRequest request(std::string operation, std::string body, bool writes) {
  AwsRequest out;
  out.operation = std::move(operation);
  out.body = std::move(body);
  out.writes = writes;
  return out;
}

void append_names(std::string& body, const std::map<std::string, std::string>& names) {
  if (names.empty()) return;
  body += ",\"ExpressionAttributeNames\":{";
  for (const auto& [name, meaning] : names) {
    append_json_string(body, name);
    body += ':';
    append_json_string(body, meaning);
    body += ',';
  }
  body.back() = '}';
}

void append_page_options(std::string& body, const std::string& index, bool consistent, uint32_t limit,
                         const std::string& start_key) {
  if (!index.empty()) {
    body += ",\"IndexName\":";
    append_json_string(body, index);
  } else if (consistent) {
    body += ",\"ConsistentRead\":true";
  }
  if (limit > 0) body += ",\"Limit\":" + std::to_string(limit);
  if (!start_key.empty()) body += ",\"ExclusiveStartKey\":" + start_key;
}

}  // namespace

Result<std::shared_ptr<const AwsService>> open_dynamodb(const TargetSettings& target, Env env,
                                                        const std::atomic<bool>* stop) {
  TRY(config, load_aws_config(target.profile, std::move(env)));
  TRY(endpoint, resolve_endpoint("dynamodb", target.region, target.endpoint, config));
  auto service = std::make_shared<AwsService>();
  service->name = "dynamodb";
  service->target_prefix = "DynamoDB_20120810";
  service->json_version = "1.0";
  service->ca_bundle = config.ca_bundle();
  service->endpoint = std::move(endpoint);
  service->credentials =
      std::make_shared<CredentialsProvider>(system_credentials(std::move(config), service->endpoint.region, stop));
  service->stop = stop;
  return std::shared_ptr<const AwsService>(std::move(service));
}

std::unique_ptr<AwsClient> connect_dynamodb(std::shared_ptr<const AwsService> service, size_t connections) {
  auto http = make_http_client(connections, service->ca_bundle);
  return std::make_unique<AwsClient>(std::move(service), std::move(http));
}

AwsRequest put_if_absent(std::string_view table, std::string_view pk_name, std::string_view item) {
  std::string body;
  body.reserve(item.size() + table.size() + pk_name.size() + 128);
  body += "{\"TableName\":";
  append_json_string(body, table);
  body += ",\"ConditionExpression\":\"attribute_not_exists(#k)\",\"ExpressionAttributeNames\":{\"#k\":";
  append_json_string(body, pk_name);
  body += "},\"Item\":";
  body += item;
  body += '}';
  return request("PutItem", std::move(body), true);
}

AwsRequest batch_write(std::string_view table, const std::vector<std::string_view>& items) {
  std::string body;
  size_t size = table.size() + 64;
  for (std::string_view item : items) size += item.size() + 32;
  body.reserve(size);
  body += "{\"RequestItems\":{";
  append_json_string(body, table);
  body += ":[";
  for (std::string_view item : items) {
    if (body.back() != '[') body += ',';
    body += "{\"PutRequest\":{\"Item\":";
    body += item;
    body += "}}";
  }
  body += "]}}";
  return request("BatchWriteItem", std::move(body), true);
}

// PartiQL for DynamoDB: names of tables in double quotes, names of attributes in a map in single quotes, a quote inside
// written twice.
std::string insert_statement(std::string_view table, const std::vector<std::string_view>& attributes) {
  std::string out = "INSERT INTO \"" + replace_all(std::string(table), "\"", "\"\"") + "\" VALUE {";
  for (std::string_view name : attributes) {
    if (out.back() != '{') out += ',';
    out += "'" + replace_all(std::string(name), "'", "''") + "':?";
  }
  return out + "}";
}

AwsRequest batch_statements(const std::vector<Statement>& statements, bool writes) {
  std::string body;
  size_t size = 32;
  for (const Statement& s : statements) size += s.text.size() + s.parameters.size() + 96;
  body.reserve(size);
  body += "{\"Statements\":[";
  for (const Statement& s : statements) {
    if (body.back() != '[') body += ',';
    body += "{\"Statement\":";
    append_json_string(body, s.text);
    if (!s.parameters.empty()) {
      body += ",\"Parameters\":[";
      body += s.parameters;
      body += ']';
    }
    if (s.returns_old) body += ",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"";
    body += '}';
  }
  body += "]}";
  return request("BatchExecuteStatement", std::move(body), writes);
}

AwsRequest batch_get(std::string_view table, const std::vector<std::string_view>& keys) {
  std::string body = "{\"RequestItems\":{";
  append_json_string(body, table);
  body += ":{\"ConsistentRead\":true,\"Keys\":[";
  for (std::string_view key : keys) {
    if (body.back() != '[') body += ',';
    body += key;
  }
  body += "]}}}";
  return request("BatchGetItem", std::move(body), false);
}

AwsRequest get_item(std::string_view table, std::string_view key) {
  std::string body = "{\"TableName\":";
  append_json_string(body, table);
  body += ",\"ConsistentRead\":true,\"Key\":";
  body += key;
  body += '}';
  return request("GetItem", std::move(body), false);
}

AwsRequest scan(const ScanRequest& scan) {
  std::string body = "{\"TableName\":";
  append_json_string(body, scan.table);
  append_page_options(body, scan.index, scan.consistent, scan.limit, scan.start_key);
  if (scan.segments > 1) {
    body += ",\"Segment\":" + std::to_string(scan.segment) + ",\"TotalSegments\":" + std::to_string(scan.segments);
  }
  if (scan.count_only) body += ",\"Select\":\"COUNT\"";
  if (!scan.projection.empty()) {
    body += ",\"ProjectionExpression\":";
    append_json_string(body, scan.projection);
  }
  append_names(body, scan.names);
  body += '}';
  return request("Scan", std::move(body), false);
}

AwsRequest query(const QueryRequest& query) {
  std::string body = "{\"TableName\":";
  append_json_string(body, query.table);
  append_page_options(body, query.index, query.consistent, query.limit, query.start_key);
  body += ",\"KeyConditionExpression\":";
  append_json_string(body, query.condition);
  append_names(body, query.names);
  if (!query.values.empty()) {
    body += ",\"ExpressionAttributeValues\":{";
    for (const auto& [name, value] : query.values) {
      append_json_string(body, name);
      body += ':' + value + ',';
    }
    body.back() = '}';
  }
  body += '}';
  return request("Query", std::move(body), false);
}

Result<std::vector<std::string>> list_tables(AwsClient& client, const RetryPolicy& policy) {
  std::vector<std::string> names;
  std::string start;
  do {
    std::string body = start.empty() ? "{}" : "{\"ExclusiveStartTableName\":" + json_string(start) + "}";
    TRY(answer, call(client, request("ListTables", std::move(body), false), "ListTables", policy));
    auto json = JsonAnswer::parse(answer);
    if (!json || !(*json)["TableNames"].exists()) {
      return Error(ErrorKind::aws_answer, client.service().endpoint.url + " answered ListTables without a list");
    }
    for (const JsonAnswer& name : (*json)["TableNames"].items()) names.push_back(name.text());
    start = (*json)["LastEvaluatedTableName"].text();
  } while (!start.empty());
  return names;
}

Result<std::string> fetch_item(AwsClient& client, std::string_view table, std::string_view key,
                               const RetryPolicy& policy) {
  TRY(answer, call(client, get_item(table, key), "GetItem of '" + std::string(table) + "'", policy));
  TRY(item, read_item(answer));
  return std::string(item);
}

}  // namespace migrate
