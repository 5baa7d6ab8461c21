// What read_schema() says of tables made by hand, as text.
#include "sql/read_schema.h"

#include "base/text.h"
#include "source_support.h"

namespace migrate::test {
namespace {

std::string text_of(const Column& c) {
  std::string out = c.name + " " + c.data_type;
  if (c.is_json) out += " json!";
  if (c.is_unsigned) out += " unsigned";
  if (c.zerofill) out += " zerofill";
  if (c.nullable) out += " null";
  if (c.generated) out += " generated";
  if (c.length && !c.is_json && c.members.empty()) out += " length=" + std::to_string(*c.length);
  if (c.data_type == "decimal") out += " " + std::to_string(*c.precision) + "," + std::to_string(*c.scale);
  if (c.time_precision) out += " time=" + std::to_string(*c.time_precision);
  for (const std::string& member : c.members) out += " [" + printable(member) + "]";
  return out + "\n";
}

std::string columns_of(const SourceTable& table) {
  std::string out;
  for (const Column& c : table.columns) out += text_of(c);
  return out;
}

std::string keys_of(const SourceTable& table) {
  std::string out = "primary(" + join(table.primary_key, ",") + ")";
  for (const Key& key : table.keys)
    out += std::string(key.ignored ? " ignored" : "") + (key.unique ? " unique " : " key ") + key.name + "(" +
           join(key.columns, ",") + ")";
  return out;
}

class ReadSchema : public OnBothServers {
 protected:
  SourceTable table(const std::string& name) {
    Schema schema = must(read_schema(*connect(db), {name}));
    if (schema.tables.size() != 1) throw std::runtime_error(std::to_string(schema.tables.size()) + " tables " + name);
    return schema.tables[0];
  }
};
BOTH_SERVERS(ReadSchema);

TEST_P(ReadSchema, types) {
  db.exec(
      "CREATE TABLE t (id INT UNSIGNED NOT NULL, z INT(5) ZEROFILL, d DECIMAL(10,3), v VARCHAR(20), b VARBINARY(16), "
      "dt DATETIME(3), j JSON, g INT AS (1) VIRTUAL, dflt TIMESTAMP DEFAULT CURRENT_TIMESTAMP, l LONGTEXT, bits "
      "BIT(7))");
  EXPECT_EQ(columns_of(table("t")),
            "id int unsigned\n"
            "z int unsigned zerofill null\n"
            "d decimal null 10,3\n"
            "v varchar null length=20\n"
            "b varbinary null length=16\n"
            "dt datetime null time=3\n" +
                std::string(GetParam() == Server::mariadb ? "j longtext json! null\n" : "j json json! null\n") +
                "g int null generated\n" +
                "dflt timestamp null time=0\n"
                "l longtext null length=4294967295\n"
                "bits bit null\n");
}

TEST_P(ReadSchema, members_of_enums_and_sets_unescaped) {
  db.exec(
      "CREATE TABLE t (e ENUM('a', 'it''s', 'b,c', 'x\\\\y', 'l\\nm', '(', 'ü') NOT NULL, s SET('p', 'q''')  NOT "
      "NULL)");
  EXPECT_EQ(columns_of(table("t")),
            "e enum [a] [it's] [b,c] [x\\y] [l" + printable("\n") + "m] [(] [ü]\ns set [p] [q']\n");
}

TEST_P(ReadSchema, keys_and_prefixes) {
  db.exec(
      "CREATE TABLE t (a INT, b VARCHAR(50), c TEXT, d INT NOT NULL, PRIMARY KEY (d, a), UNIQUE u (a, b(10)), UNIQUE w "
      "(b), "
      "KEY k (a, c(5)), KEY only_prefix (c(5)), FULLTEXT f (c))");
  EXPECT_EQ(keys_of(table("t")), "primary(d,a) key k(a) key u(a) unique w(b)");
}

TEST_P(ReadSchema, keys_that_the_server_ignores_are_marked) {
  const std::string ignored = GetParam() == Server::mysql ? " INVISIBLE" : " IGNORED";
  db.exec("CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL, c INT, UNIQUE u (b)" + ignored + ", KEY k (c)" + ignored +
          ", KEY l (c))");
  EXPECT_EQ(keys_of(table("t")), "primary(a) ignored key k(c) key l(c) ignored unique u(b)");
}

TEST_P(ReadSchema, foreign_keys) {
  db.exec(
      "CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b)); CREATE TABLE c (x INT, y INT, z INT PRIMARY KEY, parent INT, "
      "CONSTRAINT up FOREIGN KEY (x, y) REFERENCES p (a, b), CONSTRAINT self FOREIGN KEY (parent) REFERENCES c (z))");
  SourceTable c = table("c");
  std::string out;
  for (const ForeignKey& f : c.foreign_keys)
    out += f.name + "(" + join(f.columns, ",") + ")->" + f.target_table + "(" + join(f.target_columns, ",") + ") ";
  EXPECT_EQ(out, "self(parent)->c(z) up(x,y)->p(a,b) ");
}

TEST_P(ReadSchema, odd_names_views_and_absent_tables) {
  db.exec(
      "CREATE TABLE `we``ird 'name\" ü` (`select` INT PRIMARY KEY, `a``b` JSON); CREATE VIEW v AS SELECT 1 AS one; "
      "CREATE TABLE Plain (i INT)");
  Schema schema = must(read_schema(*connect(db), {"we`ird 'name\" ü", "v", "plain", "nothing"}));
  ASSERT_EQ(schema.tables.size(), 2u) << "Plain is not plain on a server that tells cases apart";
  EXPECT_TRUE(schema.tables[0].is_view);
  EXPECT_EQ(schema.tables[1].columns[1].name, "a`b");
  EXPECT_TRUE(schema.tables[1].columns[1].is_json);
  EXPECT_EQ(must(read_schema(*connect(db))).tables.size(), 3u);
  EXPECT_EQ(schema.database, db.name());
  EXPECT_EQ(schema.flavor, GetParam() == Server::mariadb ? Flavor::mariadb : Flavor::mysql);
  EXPECT_FALSE(schema.server_identity.empty());
}

TEST_P(ReadSchema, estimates_are_not_a_day_old) {
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  EXPECT_EQ(table("t").estimated_rows, 0u);
  db.exec("INSERT INTO t VALUES (1), (2), (3); ANALYZE TABLE t");
  EXPECT_EQ(table("t").estimated_rows, 3u);
}

}  // namespace
}  // namespace migrate::test
