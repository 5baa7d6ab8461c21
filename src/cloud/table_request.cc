// Tables as JSON: create_table_body(), add_index_body(), read_table().
#include "cloud/table_request.h"

#include <algorithm>
#include <map>

#include "base/json_write.h"

namespace migrate {
namespace {

std::string key_schema(const KeyAttribute& pk, const std::optional<KeyAttribute>& sk) {
  auto element = [](const KeyAttribute& key, const char* role) {
    return JsonObject().add("AttributeName", key.name).add("KeyType", role).str();
  };
  std::vector<std::string> keys = {element(pk, "HASH")};
  if (sk) keys.push_back(element(*sk, "RANGE"));
  return json_array(keys);
}

std::string throughput(const Billing& billing) {
  return JsonObject()
      .add("ReadCapacityUnits", static_cast<unsigned long long>(billing.read))
      .add("WriteCapacityUnits", static_cast<unsigned long long>(billing.write))
      .str();
}

std::string warm(const std::pair<uint64_t, uint64_t>& units) {
  return JsonObject()
      .add("ReadUnitsPerSecond", static_cast<unsigned long long>(units.first))
      .add("WriteUnitsPerSecond", static_cast<unsigned long long>(units.second))
      .str();
}

JsonObject index_object(const IndexSpec& index, const Billing& billing) {
  JsonObject projection;
  switch (index.projection) {
    case Projection::all:
      projection.add("ProjectionType", "ALL");
      break;
    case Projection::keys_only:
      projection.add("ProjectionType", "KEYS_ONLY");
      break;
    case Projection::include: {
      std::vector<std::string> names;
      for (const std::string& name : index.projected) names.push_back(json_string(name));
      projection.add("ProjectionType", "INCLUDE").raw("NonKeyAttributes", json_array(names));
      break;
    }
  }
  JsonObject out;
  out.add("IndexName", index.name).raw("KeySchema", key_schema(index.pk, index.sk)).raw("Projection", projection.str());
  if (!billing.on_demand) out.raw("ProvisionedThroughput", throughput(billing));
  return out;
}

class AttributeDefinitions {
 public:
  void add(const KeyAttribute& pk, const std::optional<KeyAttribute>& sk) {
    types_[pk.name] = pk.type;
    if (sk) types_[sk->name] = sk->type;
  }
  std::string json() const {
    std::vector<std::string> out;
    for (const auto& [name, type] : types_) {
      out.push_back(JsonObject().add("AttributeName", name).add("AttributeType", std::string(1, type)).str());
    }
    return json_array(out);
  }

 private:
  std::map<std::string, char> types_;
};

struct Keys {
  KeyAttribute pk;
  std::optional<KeyAttribute> sk;
};

Keys read_keys(const JsonAnswer& object, const std::map<std::string, char>& types) {
  Keys keys;
  for (const JsonAnswer& element : object["KeySchema"].items()) {
    std::string name = element["AttributeName"].text();
    auto type = types.find(name);
    KeyAttribute key{name, type == types.end() ? 'S' : type->second};
    if (element["KeyType"].text() == "HASH")
      keys.pk = key;
    else
      keys.sk = key;
  }
  return keys;
}

TableDescription::Index read_index(const JsonAnswer& json, const std::map<std::string, char>& types) {
  TableDescription::Index index;
  Keys keys = read_keys(json, types);
  index.name = json["IndexName"].text();
  index.status = json["IndexStatus"].text();
  index.pk = keys.pk;
  index.sk = keys.sk;
  std::string projection = json["Projection"]["ProjectionType"].text();
  index.projection = projection == "ALL"         ? Projection::all
                     : projection == "KEYS_ONLY" ? Projection::keys_only
                                                 : Projection::include;
  for (const JsonAnswer& name : json["Projection"]["NonKeyAttributes"].items()) index.projected.push_back(name.text());
  std::sort(index.projected.begin(), index.projected.end());
  return index;
}

}  // namespace

std::string create_table_body(const TableSpec& spec) {
  AttributeDefinitions definitions;
  definitions.add(spec.pk, spec.sk);
  std::vector<std::string> indexes;
  for (const IndexSpec& index : spec.indexes) {
    definitions.add(index.pk, index.sk);
    JsonObject object = index_object(index, spec.billing);
    if (spec.warm_throughput) object.raw("WarmThroughput", warm(*spec.warm_throughput));
    indexes.push_back(object.str());
  }
  JsonObject out;
  out.add("TableName", spec.name).raw("AttributeDefinitions", definitions.json());
  out.raw("KeySchema", key_schema(spec.pk, spec.sk));
  out.add("BillingMode", spec.billing.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
  if (!spec.billing.on_demand) out.raw("ProvisionedThroughput", throughput(spec.billing));
  if (!indexes.empty()) out.raw("GlobalSecondaryIndexes", json_array(indexes));
  if (spec.warm_throughput) out.raw("WarmThroughput", warm(*spec.warm_throughput));
  if (spec.deletion_protection) out.add("DeletionProtectionEnabled", true);
  if (!spec.sse.empty()) {
    JsonObject sse;
    sse.add("Enabled", true).add("SSEType", "KMS");
    if (spec.sse != "aws-managed") sse.add("KMSMasterKeyId", spec.sse);
    out.raw("SSESpecification", sse.str());
  }
  if (!spec.tags.empty()) {
    std::vector<std::string> tags;
    for (const auto& [key, value] : spec.tags) tags.push_back(JsonObject().add("Key", key).add("Value", value).str());
    out.raw("Tags", json_array(tags));
  }
  return out.str();
}

std::string add_index_body(const std::string& table, const IndexSpec& index, const Billing& billing) {
  AttributeDefinitions definitions;
  definitions.add(index.pk, index.sk);
  std::string create = JsonObject().raw("Create", index_object(index, billing).str()).str();
  return JsonObject()
      .add("TableName", table)
      .raw("AttributeDefinitions", definitions.json())
      .raw("GlobalSecondaryIndexUpdates", "[" + create + "]")
      .str();
}

Result<TableDescription> read_table(const JsonAnswer& table) {
  std::map<std::string, char> types;
  for (const JsonAnswer& attribute : table["AttributeDefinitions"].items()) {
    std::string type = attribute["AttributeType"].text();
    types[attribute["AttributeName"].text()] = type.empty() ? '?' : type[0];
  }
  TableDescription out;
  Keys keys = read_keys(table, types);
  out.name = table["TableName"].text();
  out.status = table["TableStatus"].text();
  out.arn = table["TableArn"].text();
  out.id = table["TableId"].text();
  out.created = table["CreationDateTime"].scalar();
  out.pk = keys.pk;
  out.sk = keys.sk;
  for (const JsonAnswer& index : table["GlobalSecondaryIndexes"].items())
    out.indexes.push_back(read_index(index, types));
  // DescribeTable promises no order; another one is no other table.
  std::sort(out.indexes.begin(), out.indexes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const JsonAnswer& index : table["LocalSecondaryIndexes"].items()) {
    out.local_indexes.push_back(index["IndexName"].text());
  }
  out.read = table["ProvisionedThroughput"]["ReadCapacityUnits"].number();
  out.write = table["ProvisionedThroughput"]["WriteCapacityUnits"].number();
  // Tables from before on-demand billing have no BillingModeSummary.
  out.on_demand = table["BillingModeSummary"]["BillingMode"].text() == "PAY_PER_REQUEST";
  out.deletion_protection = table["DeletionProtectionEnabled"].truth();
  out.item_count = table["ItemCount"].number();
  out.size_bytes = table["TableSizeBytes"].number();
  if (table["SSEDescription"]["Status"].text() == "ENABLED") {
    out.sse = table["SSEDescription"]["KMSMasterKeyArn"].text();
    if (out.sse.empty()) out.sse = "aws-managed";
  }
  if (out.name.empty() || out.status.empty() || out.pk.name.empty()) {
    return Error(ErrorKind::aws_answer, "a table's description has no name, status or key");
  }
  return out;
}

}  // namespace migrate
