// What an account sees that may read some columns of a table only.
#include <gmock/gmock.h>

#include "base/text.h"
#include "servers/sql/views_support.h"

namespace migrate::test {
namespace {

using testing::HasSubstr;

class Rights : public Views {
 protected:
  ~Rights() override { db.exec("DROP USER IF EXISTS " + user); }

  void be_granted(const std::string& columns, const std::string& table) {
    db.exec("CREATE USER " + user + " IDENTIFIED BY 'pw'; GRANT SELECT (" + columns + ") ON `" + db.name() + "`." +
            table + " TO " + user);
    SourceSettings settings = settings_of(db);
    settings.user = user.substr(0, user.find('@'));
    settings.password = Secret("pw");
    connection = must(SqlConnection::open(settings));
  }

  std::string user = unique_name("u") + "@'%'";
};
BOTH_SERVERS(Rights);

TEST_P(Rights, a_key_of_columns_that_are_not_granted_does_not_count) {
  db.exec(
      "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL, name VARCHAR(50), tag INT NOT NULL, "
      "UNIQUE of_tag (tag, id)); INSERT INTO users VALUES (1, 'a@x', 'A', 7), (2, 'b@x', 'B', 7)");
  be_granted("email, name, tag", "users");
  const std::string text =
      R"({"tables": [{"table": "T", "type": "single-entity", "source_table": "users", "pk": "email", "satisfies": [],
          "estimated_item_size_bytes": 1, "attributes": [)" +
      attribute("email", "S", "users", "email") + "," + attribute("name", "S", "users", "name") + "]}]}";
  auto tables = build(text);
  ASSERT_FALSE(diagnostics.has_errors()) << describe(diagnostics);
  const EntityView& entity = tables.at(0).entities.at(0);
  EXPECT_TRUE(entity.row_key.empty()) << "there is no key that the account sees whole";
  EXPECT_FALSE(entity.key_is_unique);
  EXPECT_EQ(rows(entity, ordered(entity) + " ORDER BY 1"), "email=a@x  name=A\nemail=b@x  name=B\n");
  // MariaDB does not even say that there are such keys.
  if (schema.flavor == Flavor::mysql) {
    EXPECT_THAT(describe(diagnostics), HasSubstr("does not see every column of the unique key PRIMARY (id) of table "
                                                 "'users', so its rows are not read by it"));
    EXPECT_THAT(describe(diagnostics), HasSubstr("GRANT SELECT ON `" + db.name() + "`.`users` TO the account"));
  }
}

TEST_P(Rights, another_key_that_is_granted_whole_takes_its_place) {
  db.exec("CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL UNIQUE)");
  be_granted("email", "users");
  auto tables = build(
      R"({"tables": [{"table": "T", "type": "single-entity", "source_table": "users", "pk": "email", "satisfies": [],
          "estimated_item_size_bytes": 1, "attributes": [)" +
      attribute("email", "S", "users", "email") + "]}]}");
  ASSERT_FALSE(diagnostics.has_errors()) << describe(diagnostics);
  const EntityView& entity = tables.at(0).entities.at(0);
  EXPECT_EQ(entity.row_key_index, "email");
  EXPECT_TRUE(entity.key_is_unique);
}

}  // namespace
}  // namespace migrate::test
