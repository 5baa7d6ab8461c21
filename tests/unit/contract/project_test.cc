// The project file, as people write it.
#include "base/file.h"
#include "unit/contract/contract_vocabulary.h"
#include "unit/contract/project_vocabulary.h"

namespace migrate {
namespace {

TEST_F(ProjectFile, HasDefaults) {
  Project p = project(GOOD);
  EXPECT_EQ(p.name, "shop");
  EXPECT_EQ(p.contracts, std::vector<std::string>{folder_ + "/contract.json"});
  EXPECT_EQ(p.source.host, "127.0.0.1");
  EXPECT_EQ(p.source.port, 3306);
  EXPECT_EQ(p.source.tls, TlsMode::preferred);
  EXPECT_EQ(p.views.prefix, "migration_view_");
  EXPECT_EQ(p.out, folder_ + "/out");
  EXPECT_EQ(p.state, folder_ + "/.migrate");
  EXPECT_EQ(p.table("Orders").write, WriteMode::put_if_absent);
}

TEST_F(ProjectFile, HasEveryKey) {
  file("secret", "hunter2\n");
  Project p = project(R"(
version: 1
name: shop
contract: [a.json, /abs/b.json]
source:
  kind: mysql
  host: db.example
  port: 3307
  database: shop
  user: reader
  password_file: secret
  tls: {mode: verify-identity, ca: ca.pem, cert: c.pem, key: k.pem}
  time_zone: "+02:00"
  flavor: mariadb
views: {prefix: mv_, database: views, host: other, user: admin, password: x, apply: never, security: definer}
target:
  kind: dynamodb
  region: eu-central-1
  endpoint: http://127.0.0.1:8000
  profile: staging
  table_prefix: dev-
  create_tables: false
engine: {kind: native}
limits: {connections: 4, write_rate: 1000.5, memory_mb: 256, snapshot_minutes: 5, deletes: 10%}
check: {sample: 1000}
mask: [customers.email, customers.phone]
tables:
  Orders:
    where: "status <> 'draft'"
    write: put-if-absent
    on_conflict: fail
    deletes: keep
    data_version: {watermark: updated_at}
    zero_dates: "null"
    soft_deletes: removed = 0
    check: counts
    billing: {read: 5, write: 10}
    warm_throughput: {read: 12000, write: 4000}
    ttl: expires
    pitr: true
    deletion_protection: true
    sse: aws-managed
    tags: {team: data, "cost center": "42"}
  Shop:
    entities:
      USER: {where: id > 5}
out: results
state: /var/lib/shop
)");
  EXPECT_EQ(p.contracts.back(), "/abs/b.json");
  EXPECT_EQ(p.source.password.reveal(), "hunter2");
  EXPECT_EQ(p.source.tls, TlsMode::verify_identity);
  EXPECT_EQ(p.source.tls_ca, folder_ + "/ca.pem");
  EXPECT_EQ(p.source.flavor, Flavor::mariadb);
  EXPECT_EQ(p.views.apply, ApplyViews::never);
  EXPECT_TRUE(p.views.definer);
  EXPECT_EQ(p.views.password->reveal(), "x");
  EXPECT_EQ(p.target.table_prefix, "dev-");
  EXPECT_FALSE(p.target.create_tables);
  EXPECT_EQ(p.limits.write_rate, 1000.5);
  EXPECT_EQ(p.check.sample, 1000U);
  EXPECT_EQ(p.mask.size(), 2U);
  const TableSettings& orders = p.table("Orders");
  EXPECT_EQ(orders.where, "status <> 'draft'");
  EXPECT_EQ(orders.on_conflict, OnConflict::fail);
  EXPECT_EQ(orders.data_version.column, "updated_at");
  EXPECT_EQ(orders.zero_dates, ZeroDates::null);
  EXPECT_EQ(orders.soft_deletes, SoftDeletes::condition);
  EXPECT_EQ(orders.soft_delete_condition, "removed = 0");
  EXPECT_EQ(orders.check->mode, CheckMode::counts);
  EXPECT_EQ(orders.billing.write, 10U);
  EXPECT_EQ(orders.warm_throughput->second, 4000U);
  EXPECT_EQ(orders.tags.at(1).second, "42");
  EXPECT_EQ(orders.places.at("where").line, 29);
  EXPECT_EQ(p.table("Shop").entity_where.at("USER"), "id > 5");
  EXPECT_EQ(p.state, "/var/lib/shop");
}

// The reference's own example names every key, so it must be read whole.
TEST_F(ProjectFile, ReadsTheExampleOfTheReference) {
  auto page = read_file(MIGRATE_SOURCE_DIR "/docs/project-file.md");
  ASSERT_TRUE(page);
  size_t begin = page->find("```yaml\n") + 8;
  Project p = project(page->substr(begin, page->find("```", begin) - begin));
  EXPECT_EQ(p.source.password.reveal(), "from-a-vault");
  EXPECT_EQ(p.table("Orders").ttl, "expires_at");
  EXPECT_EQ(p.table("Shop").entity_where.at("ORDER"), "total > 0");
}

// Settings are by the contract's names: both files together tell what is misspelt.
TEST_F(ProjectFile, IsCheckedAgainstTheContract) {
  Contract contract = contract_of(R"([{"table": "Orders", "type": "Table", "source_table": "orders", "pk": "id",
    "attributes": {"id": {"type": "N", "source_column": "id"}, "day": {"type": "S", "source_column": "d"}}},
    {"table": "T", "type": "Table", "source_table": "t", "pk": "id", "attributes": {"id": {"type": "N", "source_column": "id"}}}])");
  Diagnostics diagnostics;
  Project p = project(GOOD + "tables:\n  Order: {deletes: keep}\n  Orders: {ttl: day, entities: {X: {where: a}}}\n");
  check_settings(p, contract, diagnostics);
  std::string out;
  for (const Error& e : diagnostics.list) {
    out +=
        std::to_string(e.place.line) + ":" + std::to_string(e.place.column) + " " + e.message + " -> " + e.hint + "\n";
  }
  EXPECT_EQ(out,
            "3:15 the table's name 'T' must have 3 to 255 characters -> rename the table, or change "
            "'target.table_prefix'\n"
            "11:3 the contract has no table 'Order' -> did you mean 'Orders'?\n"
            "12:33 table 'Orders' has no entity 'X' -> write the 'where' at the table itself\n"
            "12:17 'ttl' of table 'Orders' must be an attribute of type N: 'day' is of another type -> its values are "
            "seconds since 1970\n");
}

}  // namespace
}  // namespace migrate
