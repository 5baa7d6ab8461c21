// The chain of targets over a contract, a project and a schema that the cache remembers: nothing outside is asked.
#include "rules/chain.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "contract/read_contract.h"
#include "contract/schema_json.h"

namespace migrate::test {
namespace {

// Orders is made of orders' rows; Customers of customers' rows, and joins orders.
constexpr const char* CONTRACT = R"({"tables": [
  {"table": "Orders", "type": "single-entity", "source_table": "Orders", "pk": "id",
   "attributes": [{"name": "id", "type": "N", "source_table": "Orders", "source_column": "id"}],
   "satisfies": [], "estimated_item_size_bytes": 10},
  {"table": "Customers", "type": "single-entity", "source_table": "customers", "pk": "id",
   "attributes": [
    {"name": "id", "type": "N", "source_table": "customers", "source_column": "id"},
    {"name": "orders", "type": "N", "source_table": "ORDERS", "source_column": "id",
     "calculation": {"type": "aggregate", "target_table": "ORDERS", "join_condition": "ORDERS.customer_id = customers.id",
                     "operation": "COUNT", "select_column": "ORDERS.id"}}],
   "satisfies": [], "estimated_item_size_bytes": 10}]})";

class ChainTest : public testing::Test {
 protected:
  ChainTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "migrate-chain-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    for (const char* name : {"customers", "orders"}) {
      SourceTable table;
      table.name = name;
      schema.tables.push_back(table);
    }
    schema.lower_case_names = true;
  }
  ~ChainTest() override { std::filesystem::remove_all(folder_); }

  // What the runs need of data: "Orders: data:orders\n".
  std::string data_of_runs(const std::string& text_of_contract = CONTRACT, bool built_before = true) {
    auto cache = Cache::open(folder_ + "/state", "test");
    EXPECT_TRUE(cache) << describe(cache.error());
    EXPECT_TRUE(!built_before || (*cache)->put_fact("schema", schema_json(schema)).ok());
    Diagnostics diagnostics;
    auto contract = parse_contract({std::make_shared<Source>(Source{"contract.json", text_of_contract})}, diagnostics);
    EXPECT_TRUE(contract) << describe(diagnostics);
    World world(project, *contract, **cache, WorldOptions{.offline = true});
    auto chain = lay_chain(world, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << describe(diagnostics);
    std::string text;
    for (const Target& target : chain->graph.targets()) {
      if (!target.id.starts_with("run:")) continue;
      text += target.name + ":";
      for (TargetIndex need : target.needs) {
        const std::string& id = chain->graph.target(need).id;
        if (id.starts_with("data:")) text += " " + id;
      }
      text += "\n";
    }
    return text;
  }

  Schema schema;
  Project project;

 private:
  std::string folder_;
};

// With lower_case_table_names=1 the versions that a snapshot has are named as the schema names the tables, and found no
// input of the contract's spelling: the version that the plan saw was recorded.
TEST_F(ChainTest, NamesSourceTablesAsTheSchemaDoes) {
  EXPECT_EQ(data_of_runs(), "Orders: data:orders\nCustomers: data:customers data:orders\n");
}

// A watermark does not see deletes. Where one table chose it, all that read the same source table missed them.
TEST_F(ChainTest, KeepsAMethodToTheTableThatChoseIt) {
  project.tables["Orders"].data_version = {DataVersionMethod::watermark, "updated_at"};
  project.tables["Customers"].data_version = {DataVersionMethod::checksum, ""};
  EXPECT_EQ(data_of_runs(),
            "Orders: data:orders@watermark:updated_at\nCustomers: data:customers@checksum data:orders\n");
}

// A self-join that names no table reads what a foreign key leads to: which one, only the schema tells.
TEST_F(ChainTest, IsLaidBeforeTheSchemaIsKnown) {
  EXPECT_EQ(data_of_runs(R"({"tables": [
  {"table": "Staff", "type": "single-entity", "source_table": "staff", "pk": "id",
   "attributes": [{"name": "id", "type": "N", "source_table": "staff", "source_column": "id"},
    {"name": "boss", "type": "S", "source_table": "staff", "source_column": "name",
     "join": {"type": "self-join", "join_alias": "b", "join_condition": "staff.boss_id = b.id", "select_column": "b.name"}}],
   "satisfies": [], "estimated_item_size_bytes": 10}]})",
                         false),
            "Staff: data:staff\n");
}

}  // namespace
}  // namespace migrate::test
