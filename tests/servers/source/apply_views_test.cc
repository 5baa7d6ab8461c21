// Views on real servers: made, seen again, put right, refused.
#include "sql/apply_views.h"

#include <gmock/gmock.h>

#include "source_support.h"
#include "sql/snapshot.h"

namespace migrate::test {
namespace {

ViewStatement statement(const std::string& name, const std::string& value, const std::string& project = "shop") {
  return {name,
          "CREATE OR REPLACE SQL SECURITY INVOKER VIEW `" + name + "` AS SELECT CAST(id AS CHAR) AS `id`, " + value +
              " AS `v`, 'migrate:" + project + ":" + digest_of("view", value).hex() + "' AS `migrate_mark` FROM t",
          "of a test",
          {"id", "v", "migrate_mark"}};
}

std::string outcome(const Result<std::vector<SeenView>>& result) {
  return result ? "ok" : std::string(error_code(result.error().kind)) + ": " + result.error().message;
}

class Views : public OnBothServers {
 protected:
  Views() { db.exec("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)"); }
  SourceSettings settings = settings_of(db);
  std::unique_ptr<SqlConnection> connection = must(open_session(settings));
  ApplyOptions options{"shop", ApplyViews::automatic, false};

  Result<std::vector<SeenView>> apply(const std::vector<ViewStatement>& statements) {
    return apply_views(*connection, statements, options);
  }
  SeenView see(const std::string& name) { return must(observe_views(*connection, {name}))[0]; }
  std::string problem(const std::vector<ViewStatement>& statements) {  // without the peer's address
    const std::string text = outcome(apply(statements));
    const size_t peer = text.find("root@"), end = text.find(db.name());
    return peer == std::string::npos ? text : text.substr(0, peer) + text.substr(end + db.name().size() + 2);
  }
};
BOTH_SERVERS(Views);

TEST_P(Views, are_made_seen_again_and_replaced) {
  EXPECT_EQ(see("a").kind, SeenView::Kind::absent);
  auto made = must(apply({statement("a", "'x'"), statement("b", "id + 1")}));
  EXPECT_TRUE(made[0].marked_by("shop"));
  EXPECT_FALSE(made[0].marked_by("sho"));
  EXPECT_EQ(made[0].digest, see("a").digest);
  auto again = must(apply({statement("a", "'x'"), statement("b", "id + 2")}));
  EXPECT_EQ(again[0].digest, made[0].digest) << "the same statement gives the same observation";
  EXPECT_NE(again[1].digest, made[1].digest);
  EXPECT_EQ(db.text("SELECT v FROM b"), "3\n");
}

TEST_P(Views, drift_is_seen_and_mended) {
  const auto made = must(apply({statement("a", "'x'")}));
  db.exec(
      "ALTER SQL SECURITY INVOKER VIEW a AS SELECT CAST(id AS CHAR) AS id, 'y' AS v, 'migrate:shop:hand-edited' AS "
      "migrate_mark FROM t");
  EXPECT_NE(see("a").digest, made[0].digest);
  EXPECT_TRUE(see("a").marked_by("shop"));
  EXPECT_EQ(must(apply({statement("a", "'x'")}))[0].digest, made[0].digest);
  db.exec("DROP VIEW a");
  EXPECT_NE(see("a").digest, made[0].digest);
}

TEST_P(Views, of_others_are_refused_before_anything_is_made) {
  db.exec("CREATE VIEW a AS SELECT 1 AS one; CREATE TABLE c (id INT)");
  must(apply_views(*connection, {statement("other", "1", "blog")}, {"blog", ApplyViews::automatic, false}));
  EXPECT_EQ(problem({statement("z", "1"), statement("a", "1"), statement("other", "1"), statement("c", "1")}),
            "view-foreign: view 'a' has no mark of migrate; view 'other' is of project 'blog'; 'c' is a table");
  EXPECT_EQ(see("z").kind, SeenView::Kind::absent);
  options.adopt = true;
  EXPECT_EQ(problem({statement("a", "1"), statement("other", "1")}), "ok");
  EXPECT_EQ(problem({statement("c", "1")}), "view-foreign: 'c' is a table");
  EXPECT_TRUE(see("a").marked_by("shop"));
}

TEST_P(Views, never_only_looks) {
  options.apply = ApplyViews::never;
  EXPECT_EQ(problem({statement("a", "1")}), "view-drift: view 'a' is not there");
  db.exec(statement("a", "1").create);
  EXPECT_EQ(problem({statement("a", "1")}), "ok");
  EXPECT_EQ(problem({statement("a", "2"), statement("b", "1")}),
            "view-drift: view 'a' is an older one, or somebody changed it; view 'b' is not there");
}

TEST_P(Views, columns_are_verified) {
  ViewStatement wrong = statement("a", "1");
  wrong.columns = {"id", "w", "migrate_mark"};
  EXPECT_EQ(problem({wrong}),
            "view-drift: view 'a' has columns id, v, migrate_mark instead of columns id, w, migrate_mark");
}

TEST_P(Views, odd_names) {
  const auto made = must(apply({statement("se lect", "1")}));
  EXPECT_TRUE(made[0].marked_by("shop"));
  must(drop_view(*connection, "se lect", "shop"));
  EXPECT_EQ(see("se lect").kind, SeenView::Kind::absent);
}

TEST_P(Views, are_dropped_only_when_ours) {
  must(apply({statement("a", "1")}));
  db.exec("CREATE VIEW b AS SELECT 1 AS one");
  must(drop_view(*connection, "a", "shop"));
  must(drop_view(*connection, "a", "shop"));
  EXPECT_EQ(drop_view(*connection, "b", "shop").error().kind, ErrorKind::view_foreign);
  EXPECT_EQ(drop_view(*connection, "t", "shop").error().kind, ErrorKind::view_foreign);
  EXPECT_EQ(see("b").kind, SeenView::Kind::view);
}

TEST_P(Views, missing_rights_are_named) {
  must(apply({statement("a", "1")}));
  must(apply_views(*connection, {statement("other", "1", "blog")}, {"blog", ApplyViews::automatic, false}));
  const std::string user = unique_name("u"), at = user + "@'%'";
  db.exec("CREATE USER " + at + " IDENTIFIED BY 'pw'; GRANT SELECT ON `" + db.name() + "`.* TO " + at);
  settings.user = user;
  settings.password = Secret("pw");
  auto poor = must(SqlConnection::open(settings));
  const SeenView blind = must(observe_views(*poor, {"a"}))[0];
  EXPECT_EQ(blind.blind(), "its text cannot be seen, so drift cannot: GRANT SHOW VIEW on it");
  auto refused = apply_views(*poor, {statement("b", "1")}, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::source_rights);
  EXPECT_EQ(refused.error().hint.substr(0, 42), "GRANT CREATE VIEW, SHOW VIEW, DROP ON the ")
      << describe(refused.error());
  // Its text is hidden, and its rows tell whose it is: none, and nobody knows.
  options.apply = ApplyViews::never;
  EXPECT_EQ(outcome(apply_views(*poor, {statement("a", "1")}, options)), "ok");
  EXPECT_THAT(outcome(apply_views(*poor, {statement("a", "2")}, options)), testing::HasSubstr("is an older one"));
  const std::string foreign = outcome(apply_views(*poor, {statement("other", "1")}, options));
  EXPECT_THAT(foreign, testing::StartsWith("view-foreign: "));
  EXPECT_THAT(foreign, testing::HasSubstr("view 'other' is of project 'blog' (its text cannot be seen"));
  EXPECT_EQ(drop_view(*poor, "other", "shop").error().kind, ErrorKind::view_foreign);
  db.exec("DELETE FROM t");
  EXPECT_EQ(drop_view(*poor, "a", "shop").error().kind, ErrorKind::view_foreign);
  db.exec("DROP USER " + at);
}

}  // namespace
}  // namespace migrate::test
