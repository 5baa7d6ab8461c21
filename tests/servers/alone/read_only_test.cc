// A source server that takes no writes: a replica, or one in maintenance.
#include <gmock/gmock.h>

#include "support/project.h"

namespace migrate::test {
namespace {

class ReadOnly : public testing::TestWithParam<std::string> {
 protected:
  ReadOnly() {
    db.exec("CREATE TABLE parts (sku VARCHAR(10) PRIMARY KEY); INSERT INTO parts VALUES ('a1'); CREATE USER " + user +
            "@'%' IDENTIFIED BY 'pw'; GRANT ALL PRIVILEGES ON `" + db.name() + "`.* TO " + user + "@'%'");
    project.contract = R"({"tables": [{"table": "Parts", "type": "single-entity", "source_table": "parts", "pk": "sku",
      "attributes": [{"name": "sku", "type": "S", "source_table": "parts", "source_column": "sku"}],
      "satisfies": [], "estimated_item_size_bytes": 50}]})";
    project.source["user"] = user;
    project.source["password"] = "pw";
    db.exec("SET GLOBAL read_only = 1");
  }
  ~ReadOnly() override { db.exec("SET GLOBAL read_only = 0; DROP USER " + user + "@'%'"); }

  ScratchDatabase db = GetParam() == "mysql" ? mysql_db() : mariadb_db();
  std::string user = unique_name("e2e");
  Project project{db};
};
INSTANTIATE_TEST_SUITE_P(, ReadOnly, testing::Values("mariadb", "mysql"), [](const auto& i) { return i.param; });

TEST_P(ReadOnly, server_is_named_with_the_way_out_and_needs_no_more_than_views) {
  const Ran examined = project.migrate("doctor");
  EXPECT_EQ(examined.code, 1) << examined.all();
  EXPECT_TRUE(examined.says("read-only server: ")) << examined.all();
  EXPECT_TRUE(examined.says("name the primary in `views.host`, or set `views.apply: never`")) << examined.all();

  const Ran refused = project.migrate("build");
  EXPECT_EQ(refused.code, 1) << refused.all();
  EXPECT_TRUE(refused.says("read-only") || refused.says("read_only")) << refused.all();
  EXPECT_TRUE(refused.says("views.apply: never")) << refused.all();

  db.exec(project.file("out/views.sql"));
  project.more = "views: {apply: never}\n";
  EXPECT_FALSE(project.migrate("doctor").says("read-only server"));
  const Ran ran = project.migrate("build");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(project.items("Parts"), "sku='a1'\n");
}

}  // namespace
}  // namespace migrate::test
