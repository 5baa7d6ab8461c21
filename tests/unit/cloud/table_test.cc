// From the contract to the table's keys, and what counts as a difference.
#include "cloud/table.h"

#include <gmock/gmock.h>

#include "cloud/table_request.h"

namespace migrate::test {
namespace {

Text text(const std::string& value) {
  Text out;
  out.text = value;
  return out;
}

Table users() {
  Table table;
  table.name = text("Users");
  table.pk = text("id");
  Entity entity;
  for (auto [name, type] :
       {std::pair{"id", AttributeType::N}, {"email", AttributeType::S}, {"tags", AttributeType::SS}}) {
    Attribute attribute;
    attribute.name = text(name);
    attribute.type = type;
    entity.attributes.push_back(attribute);
  }
  table.entities.push_back(entity);
  return table;
}

std::string body_of(const Table& table, const TableSettings& settings = {}) {
  TargetSettings target;
  target.table_prefix = "dev_";
  auto spec = table_spec(table, settings, target);
  return spec ? create_table_body(*spec) : describe(spec.error());
}

TEST(TableSpec, KeysHaveTheirAttributesTypes) {
  EXPECT_EQ(body_of(users()),
            R"({"TableName":"dev_Users","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"N"}],)"
            R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"})");
}

TEST(TableSpec, ComposedAndTemplatedKeysAreText) {
  Table table = users();
  table.pk = text("PK");
  table.sk = text("id#email");
  table.entities[0].pk_template = text("USER#{id}");
  EXPECT_THAT(body_of(table),
              testing::HasSubstr(
                  R"([{"AttributeName":"PK","AttributeType":"S"},{"AttributeName":"id#email","AttributeType":"S"}])"));
}

TEST(TableSpec, CarriesIndexesAndSettings) {
  Table table = users();
  Index index;
  index.name = text("by_email");
  index.pk = text("email");
  index.projection = Projection::include;
  index.projected = {text("tags"), text("id"), text("tags")};
  table.indexes.push_back(index);
  TableSettings settings;
  settings.billing = {false, 5, 6};
  settings.warm_throughput = {100, 200};
  settings.deletion_protection = true;
  settings.sse = "aws-managed";
  settings.tags = {{"team", "data"}};
  std::string body = body_of(table, settings);
  EXPECT_THAT(body, testing::HasSubstr(R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["tags"]})"));
  EXPECT_THAT(
      body,
      testing::HasSubstr(
          R"("BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6})"));
  EXPECT_THAT(body, testing::HasSubstr(R"("WarmThroughput":{"ReadUnitsPerSecond":100,"WriteUnitsPerSecond":200})"));
  EXPECT_THAT(
      body,
      testing::EndsWith(
          R"("DeletionProtectionEnabled":true,"SSESpecification":{"Enabled":true,"SSEType":"KMS"},"Tags":[{"Key":"team","Value":"data"}]})"));
}

TEST(TableSpec, RefusesWhatCannotBeAKey) {
  Table table = users();
  table.pk = text("tags");
  EXPECT_EQ(body_of(table), "error: table 'Users': key 'tags' has type SS\n  hint: a key must be S, N or B\n");
  table.pk = text("nobody");
  EXPECT_EQ(body_of(table),
            "error: table 'Users': no attribute gives the key 'nobody'\n  hint: add an attribute 'nobody', or a "
            "template for it\n");
  table = users();
  table.name = text("Ünsers");
  EXPECT_EQ(body_of(table),
            "error: DynamoDB takes no table named 'dev_Ünsers'\n  hint: a name has 3 to 255 of A-Z a-z 0-9 _ - .; "
            "`target.table_prefix` goes before it\n");
}

// --- differences ---

IndexSpec index_on(Projection projection, std::vector<std::string> projected = {}) {
  IndexSpec index;
  index.name = "by_email";
  index.pk = {"email", 'S'};
  index.projection = projection;
  index.projected = std::move(projected);
  return index;
}

std::string kind_of(const IndexSpec& wanted, const IndexSpec& found) {
  TableSpec spec;
  TableDescription table;
  spec.pk = table.pk = {"id", 'S'};
  spec.indexes = {wanted};
  TableDescription::Index index;
  static_cast<IndexSpec&>(index) = found;
  table.indexes = {index};
  auto differences = compare_table(spec, table);
  if (differences.empty()) return "same";
  return differences[0].kind == DifferenceKind::fatal  ? "fatal"
         : differences[0].kind == DifferenceKind::note ? "note"
                                                       : "mendable";
}

TEST(Compare, AnIndexMustHoldWhatIsWanted) {
  auto all = index_on(Projection::all), keys = index_on(Projection::keys_only);
  auto a = index_on(Projection::include, {"a"}), ab = index_on(Projection::include, {"a", "b"});
  EXPECT_EQ(kind_of(all, all), "same");
  EXPECT_EQ(kind_of(ab, ab), "same");
  EXPECT_EQ(kind_of(all, keys), "fatal");
  EXPECT_EQ(kind_of(ab, a), "fatal");
  EXPECT_EQ(kind_of(a, ab), "note");
  EXPECT_EQ(kind_of(keys, all), "note");
}

TEST(Compare, ALocalIndexIsNoGlobalOne) {
  TableSpec spec;
  TableDescription table;
  spec.pk = table.pk = {"id", 'S'};
  spec.indexes = {index_on(Projection::all)};
  table.local_indexes = {"by_email"};
  EXPECT_EQ(compare_table(spec, table).at(0).str(), "index 'by_email': wanted a global index, found a local index");
}

}  // namespace
}  // namespace migrate::test
