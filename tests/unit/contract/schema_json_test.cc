#include "contract/schema_json.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

Schema shop() {
  Column id;
  id.name = "id";
  id.data_type = "int";
  id.column_type = "int(10) unsigned";
  id.is_unsigned = true;
  id.precision = 10;
  id.scale = 0;
  Column kind;
  kind.name = "ki\"nd";
  kind.data_type = "enum";
  kind.column_type = "enum('a','b''c')";
  kind.nullable = true;
  kind.members = {"a", "b'c"};
  kind.length = 3;
  kind.charset = "utf8mb4";
  kind.collation = "utf8mb4_bin";
  SourceTable t;
  t.name = "t";
  t.columns = {id, kind};
  t.primary_key = {"id"};
  t.keys = {{"k", true, {"ki\"nd", "id"}}, {"hidden", true, {"id"}, true}};
  t.hidden_keys = {{"PRIMARY", true, {"secret", "id"}}};
  t.foreign_keys = {{"f", {"id"}, "other", {"other_id"}}};
  t.estimated_rows = 12345678901;
  Schema schema;
  schema.flavor = Flavor::mariadb;
  schema.version = "10.11.19-MariaDB";
  schema.server_identity = "here";
  schema.database = "shop";
  schema.lower_case_names = true;
  schema.tables = {t};
  return schema;
}

TEST(SchemaJson, ComesBackAsItWas) {
  Schema before = shop();
  auto after = schema_from_json(schema_json(before));
  ASSERT_TRUE(after) << describe(after.error());
  EXPECT_EQ(schema_json(*after), schema_json(before));
  EXPECT_EQ(after->tables[0].digest(), before.tables[0].digest());
  EXPECT_EQ(after->tables[0].columns[1].members, before.tables[0].columns[1].members);
  EXPECT_EQ(after->flavor, Flavor::mariadb);
}

TEST(SchemaJson, RefusesWhatIsCut) {
  std::string json = schema_json(shop());
  auto cut = schema_from_json(std::string_view(json).substr(0, json.size() / 2));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, ErrorKind::cache_corrupt);
}

}  // namespace
}  // namespace migrate
