// Tables on DynamoDB Local: made, recognised, compared, mended, deleted.
#include "cloud/table.h"

#include <gmock/gmock.h>

#include "servers/cloud/support.h"

namespace migrate::test {
namespace {

IndexSpec index_named(const std::string& name, const std::string& pk, char type = 'S') {
  IndexSpec index;
  index.name = name;
  index.pk = {pk, type};
  return index;
}

struct Tables : testing::Test {
  std::unique_ptr<AwsClient> client = client_of(dynamodb_endpoint());
  TableSpec spec = spec_named(unique_name("table"));

  EnsuredTable ensure(TableRights rights = {}) {
    auto out = ensure_table(*client, spec, rights, wait_options());
    if (!out) {
      ADD_FAILURE() << describe(out.error());
      return {};
    }
    return *out;
  }
  std::string refusal(TableRights rights = {}) {
    auto out = ensure_table(*client, spec, rights, wait_options());
    return out ? "no error" : replace_name(describe(out.error()));
  }
  std::string replace_name(std::string text) {
    for (auto [from, to] :
         {std::pair{spec.name, std::string("T")}, {client->service().endpoint.url, std::string("URL")}}) {
      for (size_t i = text.find(from); i != std::string::npos; i = text.find(from)) text.replace(i, from.size(), to);
    }
    return text;
  }
  void TearDown() override {
    auto gone = delete_table(*client, spec.name, wait_options());
    EXPECT_TRUE(gone.ok()) << describe(gone.error());
  }
};

TEST_F(Tables, AreMadeOnceAndRecognised) {
  spec.sk = KeyAttribute{"at", 'N'};
  spec.indexes = {index_named("by_email", "email")};
  EnsuredTable first = ensure();
  EXPECT_TRUE(first.created);
  EXPECT_EQ(first.table.status, "ACTIVE");
  EXPECT_TRUE(first.table.on_demand);
  EnsuredTable second = ensure();
  EXPECT_FALSE(second.created);
  EXPECT_THAT(second.changed, testing::IsEmpty());
  EXPECT_THAT(second.notes, testing::IsEmpty());
  EXPECT_EQ(table_identity(first.table, client->service().endpoint),
            table_identity(second.table, client->service().endpoint));
}

TEST_F(Tables, MadeAgainAreAnotherIdentity) {
  std::string before = table_identity(ensure().table, client->service().endpoint);
  ASSERT_TRUE(delete_table(*client, spec.name, wait_options()).ok());
  EXPECT_NE(before, table_identity(ensure().table, client->service().endpoint));
}

TEST_F(Tables, WithOtherKeysAreRefusedWithAllDifferences) {
  spec.sk = KeyAttribute{"at", 'N'};
  spec.indexes = {index_named("by_email", "email")};
  ensure();
  spec.pk = {"user_id", 'S'};
  spec.sk = std::nullopt;
  spec.indexes = {index_named("by_email", "email", 'N')};
  EXPECT_EQ(refusal(),
            "error: table 'T' is not what the contract asks for: partition key: wanted user_id (S), found id (S); "
            "sort key: wanted none, found at (N); index 'by_email': wanted keys email (N); projection all, found keys "
            "email (S); projection all\n"
            "  hint: give the contract's table another name (`target.table_prefix`), or change the table by hand\n");
}

TEST_F(Tables, GetMissingIndexesOneAfterTheOther) {
  ensure();
  spec.indexes = {index_named("by_email", "email"), index_named("by_age", "age", 'N')};
  spec.indexes[1].projection = Projection::include;
  spec.indexes[1].projected = {"name"};
  EnsuredTable mended = ensure();
  EXPECT_THAT(mended.changed, testing::ElementsAre("added index 'by_email'", "added index 'by_age'"));
  EXPECT_THAT(ensure().changed, testing::IsEmpty());
}

TEST_F(Tables, NoteWhatDoesNotMatter) {
  spec.indexes = {index_named("by_email", "email")};
  ensure();
  spec.indexes.clear();
  spec.billing.on_demand = false;
  spec.billing.read = spec.billing.write = 5;
  EXPECT_THAT(ensure().notes,
              testing::ElementsAre("index 'by_email': wanted none, found keys email (S); projection all",
                                   "billing: wanted provisioned, 5 read and 5 write units, found on-demand"));
}

TEST_F(Tables, ThatMustBeThereAndAreNotAreAnError) {
  TableRights look_only;
  look_only.create = false;
  EXPECT_EQ(refusal(look_only),
            "error: table 'T' is not at us-east-1 (target.region), URL (target.endpoint)\n"
            "  hint: create the table, or set `target.create_tables: true`\n");
}

TEST_F(Tables, TakeProvisionedBillingAndTimeToLive) {
  spec.billing.on_demand = false;
  spec.billing.read = 7;
  spec.billing.write = 9;
  spec.ttl = "expires";
  spec.indexes = {index_named("by_email", "email")};
  EnsuredTable made = ensure();
  EXPECT_FALSE(made.table.on_demand);
  EXPECT_EQ(made.table.write, 9u);
  EXPECT_THAT(made.changed, testing::ElementsAre("set ttl to 'expires'"));
  TableRights ours;
  ours.ours = true;
  EXPECT_THAT(ensure(ours).changed, testing::IsEmpty());
}

TEST_F(Tables, GoOnlyWithoutDeletionProtection) {
  spec.deletion_protection = true;
  EXPECT_TRUE(ensure().table.deletion_protection);
  auto kept = delete_table(*client, spec.name, wait_options());
  ASSERT_FALSE(kept.ok());
  EXPECT_THAT(replace_name(kept.error().message), testing::HasSubstr("table 'T' has deletion protection"));
  AwsRequest off;
  off.operation = "UpdateTable";
  off.body = "{\"TableName\":\"" + spec.name + "\",\"DeletionProtectionEnabled\":false}";
  ASSERT_TRUE(client->once(off).ok());
}

}  // namespace
}  // namespace migrate::test
