// The list form, as authors write it.
#include "unit/contract/contract_vocabulary.h"

namespace migrate {
namespace {

TEST(ListForm, IsReadIntoTheModel) {
  Contract c = contract_of(R"([
  {"table": "Orders", "type": "Table", "source_table": "orders", "pk": "customer_id", "sk": "day#id",
   "gsis": [{"name": "by_status", "pk": "status", "sk": "day", "projection": "KEYS_ONLY"}],
   "attributes": {
     "id": {"type": "N", "source_column": "id"},
     "customer_id": {"type": "N", "source_column": "customer_id"},
     "day": {"type": "S", "source_column": "created"},
     "status": {"type": "S", "source_column": "status"},
     "email": {"type": "S", "source_table": "customers", "source_column": "email", "denormalized": true,
               "join": {"local_column": "customer_id", "source_column": "id"}}},
   "satisfies": ["orders of a customer"], "estimated_item_size_bytes": 200},
  {"table": "Orders", "type": "GSI", "source_table": "orders", "pk": "email", "sk": "day#id",
   "attributes": {"email": {"type": "S", "source_column": "email"}}}
])");
  ASSERT_EQ(c.tables.size(), 1U);
  const Table& t = c.tables[0];
  EXPECT_EQ(t.name.text, "Orders");
  EXPECT_FALSE(t.multi_entity);
  EXPECT_EQ(t.sk.text, "day#id");
  EXPECT_EQ(t.satisfies[0].text, "orders of a customer");
  EXPECT_EQ(t.estimated_item_size, 200);
  ASSERT_EQ(t.indexes.size(), 2U);
  EXPECT_EQ(t.indexes[0].name.text, "by_status");
  EXPECT_EQ(t.indexes[0].projection, Projection::keys_only);
  EXPECT_EQ(t.indexes[1].name.text, "email-day-id-index");
  ASSERT_EQ(t.entities.size(), 1U);
  ASSERT_EQ(t.entities[0].attributes.size(), 5U);
  const Attribute& email = t.entities[0].attributes[4];
  EXPECT_TRUE(email.denormalized);
  ASSERT_TRUE(email.join);
  const JoinStep& step = email.join->steps.at(0);
  EXPECT_EQ(step.target_table.text, "customers");
  EXPECT_EQ(step.select.text, "email");
  EXPECT_TRUE(step.conditions.empty());
  EXPECT_EQ(step.pairs.at(0).first.text, "customer_id");
  EXPECT_EQ(step.pairs.at(0).second.text, "id");
}

}  // namespace
}  // namespace migrate
