// A project that `migrate init` wrote from a live database builds as it is.
#include "shop.h"

namespace migrate::test {
namespace {

class Init : public OnBothServers {
 protected:
  Init() {
    const ServerAddress& server = db.server();
    project.env["MIGRATE_PASSWORD"] = server.password;
    project.env["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb_endpoint();
    line = "init mysql://" + server.user + "@" + server.host + ":" + std::to_string(server.port) + "/" + db.name();
  }
  // The tables' names go to DynamoDB as they are: they carry the project's prefix, which its end looks for.
  std::string table(const std::string& name) const { return "`" + project.prefix + name + "`"; }

  Project project{db};
  std::string line;
};
ON_BOTH_SERVERS(Init);

TEST_P(Init, writes_a_project_that_builds_whatever_the_columns_are) {
  const bool mysql = GetParam() == "mysql";
  db.exec("SET time_zone = '+03:00'");  // what the TIMESTAMP below is given in
  db.exec(
      "CREATE TABLE " + table("types") +
      " (id BIGINT UNSIGNED PRIMARY KEY, ti TINYINT, flag TINYINT(1), si SMALLINT, mi MEDIUMINT, i INT UNSIGNED,"
      " zf INT(6) ZEROFILL, de DECIMAL(20,4), big DECIMAL(60,10), fl FLOAT, db DOUBLE, b1 BIT(1), b9 BIT(9), da DATE,"
      " dt DATETIME(3), ts TIMESTAMP NULL, tm TIME(2), yr YEAR, ch CHAR(5), vc VARCHAR(50), tx TEXT,"
      " la VARCHAR(20) CHARACTER SET latin1, bi BINARY(4), vb VARBINARY(10), bl BLOB, en ENUM('a','b c'),"
      " se SET('x','y'), js JSON, ge GEOMETRY, gn INT GENERATED ALWAYS AS (si + 1) VIRTUAL" +
      std::string(mysql ? "" : ", uu UUID, ip INET6") + ")");
  db.exec(
      "INSERT INTO " + table("types") +
      " (id, ti, flag, si, mi, i, zf, de, big, fl, db, b1, b9, da, dt, ts, tm, yr, ch, vc, tx, la, bi, vb, bl, en, se, "
      "js, ge) VALUES (18446744073709551615, -128, 2, -7, 8, 4294967295, 42, 1.5, 1.5, 0.1, 1e100, b'1', b'100000001', "
      "'2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56', '-01:02:03.5', 2024, 'ab', 'ünï 😀', 'text', "
      "'€', 'ab', x'00ff', x'01', 'b c', 'x,y', '{\"k\": [1, null]}', ST_GeomFromText('POINT(1 2)')), "
      "(0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
      "'', '', NULL, NULL, NULL, NULL, NULL, '', NULL, NULL)");
  if (!mysql)
    db.exec("UPDATE " + table("types") + " SET uu = '12345678-9abc-1def-8234-56789abcdef0', ip = '::1' WHERE id > 0");
  db.exec("CREATE TABLE " + table("pairs") +
          " (a INT, `b c` VARCHAR(10), `select` DATE, v INT, PRIMARY KEY (a, `b c`, `select`)); INSERT INTO " +
          table("pairs") + " VALUES (1, 'x', '2024-01-01', 5), (1, 'y', '2024-01-01', 6)");
  db.exec("CREATE TABLE " + table("unique") + " (u INT NOT NULL UNIQUE, v TEXT); INSERT INTO " + table("unique") +
          " VALUES (1, 'one'); CREATE TABLE " + table("keyless") + " (v INT); CREATE TABLE " + table("empty") +
          " (id INT PRIMARY KEY); CREATE TABLE " + table("deleted") +
          " (id INT PRIMARY KEY, deleted_at DATETIME NOT NULL); INSERT INTO " + table("deleted") +
          " VALUES (1, '2024-01-01')");

  const Ran init = project.migrate(line);
  ASSERT_EQ(init.code, 0) << init.all();
  EXPECT_THAT(init.err, HasSubstr("keyless' has no primary key"));
  EXPECT_THAT(init.out, HasSubstr("5 tables"));
  EXPECT_THAT(project.file("migrate.yaml"), Not(HasSubstr(db.server().password)));
  const Ran ran = project.migrate("build");
  ASSERT_EQ(ran.code, 0) << ran.all() << project.file("out/dead-letters/" + project.prefix + "types.jsonl");
  EXPECT_EQ(project.items("pairs"),
            "a=1 b c#select='x#2024-01-01' b c='x' select='2024-01-01' v=5\n"
            "a=1 b c#select='y#2024-01-01' b c='y' select='2024-01-01' v=6\n");
  EXPECT_EQ(project.items("unique"), "u=1 v='one'\n");
  EXPECT_EQ(project.items("empty"), "");
  EXPECT_EQ(project.items("deleted"), "deleted_at='2024-01-01T00:00:00Z' id=1\n");
  EXPECT_EQ(project.items("types"),
            "b1=true b9=257 bi=b'YWIAAA==' big='1.5000000000' bl=b'AQ==' ch='ab' da='2024-02-29' db=1" +
                std::string(100, '0') +
                " de=1.5 dt='2024-02-29T12:34:56.789Z' en='b c' fl=0.1 flag=2 ge='POINT(1 2)' gn=-6 i=4294967295"
                " id=18446744073709551615" +
                (mysql ? "" : " ip='::1'") +
                " js='{\"k\": [1, null]}' la='€' mi=8 se=<x, y> si=-7 ti=-128 tm='-01:02:03.50'"
                " ts='2024-02-29T09:34:56Z' tx='text'" +
                (mysql ? "" : " uu='12345678-9abc-1def-8234-56789abcdef0'") +
                " vb=b'AP8=' vc='ünï 😀' yr=2024 zf=42\n"
                "id=0 tx='' vc=''\n");
}

TEST_P(Init, writes_a_project_that_builds_whatever_the_columns_are_called) {
  db.exec("CREATE TABLE " + table("done") + " (id INT PRIMARY KEY, migrate_done INT, `#` INT); INSERT INTO " +
          table("done") + " VALUES (1, 2, 3); CREATE TABLE " + table("marks") +
          " (a INT, `b#x` INT, c INT, PRIMARY KEY (a, `b#x`, c)); INSERT INTO " + table("marks") +
          " VALUES (1, 2, 3); CREATE TABLE " + table("hash") +
          " (`b#x` INT, `migrate_` INT, PRIMARY KEY (`b#x`, `migrate_`)); "
          "INSERT INTO " +
          table("hash") + " VALUES (1, 2)");
  const Ran init = project.migrate(line);
  ASSERT_EQ(init.code, 0) << init.all();
  EXPECT_THAT(init.err, HasSubstr("the column 'migrate_done' becomes the attribute '_migrate_done'"));
  const Ran ran = project.migrate("build");
  ASSERT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(project.items("done"), "#=3 _migrate_done=2 id=1\n");
  EXPECT_EQ(project.items("marks"), "a=1 b_x#c='2#3' b_x=2 c=3\n");
  EXPECT_EQ(project.items("hash"), "_migrate_=2 b#x=1\n");
}

TEST_P(Init, overwrites_nothing_and_takes_no_password_on_the_command_line) {
  db.exec("CREATE TABLE " + table("one") + " (id INT PRIMARY KEY)");
  ASSERT_EQ(project.migrate(line).code, 0);
  project.write("contract.json", "mine");
  const Ran again = project.migrate(line);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("--force"));
  EXPECT_EQ(project.file("contract.json"), "mine");
  const Ran secret = project.migrate("init mysql://root:pa55@127.0.0.1/" + db.name());
  EXPECT_EQ(secret.code, 1);
  EXPECT_THAT(secret.err, HasSubstr("MIGRATE_PASSWORD"));
  EXPECT_THAT(secret.all(), Not(HasSubstr("pa55")));
}

}  // namespace
}  // namespace migrate::test
