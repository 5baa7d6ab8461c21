// What `migrate doctor` says of a source, as text.
#include "sql/source_rights.h"

#include "base/text.h"
#include "source_support.h"

namespace migrate::test {
namespace {

class Doctor : public OnBothServers {
 protected:
  std::string user = unique_name("u");
  Project project;

  Doctor() {
    db.exec("CREATE TABLE t (id INT); CREATE USER " + user + "@'%' IDENTIFIED BY 'pw'");
    project.source = settings_of(db);
    project.source.user = user;
    project.source.password = Secret("pw");
  }
  ~Doctor() { db.exec("DROP USER " + user + "@'%'"); }

  // Those that are not good, with what is volatile replaced.
  std::string complaints(const std::vector<std::string>& tables = {"t"}) {
    std::string out;
    for (const SourceFinding& f : examine_source(project, tables))
      if (f.level != SourceFinding::Level::good)
        out += (f.level == SourceFinding::Level::problem ? "problem " : "warning ") + f.what + ": " + f.found + " → " +
               f.hint + "\n";
    return replace_all(replace_all(out, db.name(), "DB"), user, "USER");
  }
};
BOTH_SERVERS(Doctor);

TEST_P(Doctor, every_right_that_is_missing_is_named_with_its_grant) {
  db.exec("GRANT DELETE ON `" + db.name() + "`.* TO " + user + "@'%'");
  EXPECT_EQ(complaints(),
            "problem right to read: cannot read 't' → GRANT SELECT ON `DB`.* TO 'USER'@'%'\n"
            "warning right to lock: no LOCK TABLES on `DB`.*: tables are read by one connection instead of several → "
            "GRANT LOCK TABLES ON `DB`.* TO 'USER'@'%'\n"
            "warning right to know what changed: no PROCESS on *.*: `data_version: auto` cannot tell unchanged tables, "
            "so builds read them again → GRANT PROCESS ON *.* TO 'USER'@'%'\n"
            "problem right to make views: no CREATE VIEW, SHOW VIEW, DROP on `DB`.*: or set `views.apply: never` and "
            "let a DBA run out/views.sql → GRANT CREATE VIEW, SHOW VIEW, DROP ON `DB`.* TO 'USER'@'%'\n");
  db.exec("GRANT SELECT, LOCK TABLES, CREATE VIEW, SHOW VIEW, DROP ON `" + replace_all(db.name(), "_", "\\_") +
          "`.* TO " + user + "@'%'; GRANT PROCESS ON *.* TO " + user + "@'%'");
  EXPECT_EQ(complaints(), "");
}

TEST_P(Doctor, rights_may_come_by_a_role) {
  const std::string role = unique_name("r");
  db.exec("CREATE ROLE " + role + "; GRANT ALL PRIVILEGES ON `" + db.name() + "`.* TO " + role + "; GRANT " + role +
          " TO " + user + "@'%'; GRANT PROCESS ON *.* TO " + user + "@'%'; " +
          (GetParam() == Server::mysql ? "SET DEFAULT ROLE " + role + " TO " + user + "@'%'"
                                       : "SET DEFAULT ROLE " + role + " FOR " + user + "@'%'"));
  EXPECT_EQ(complaints(), "");
  db.exec("DROP ROLE " + role);
}

TEST_P(Doctor, a_source_that_cannot_be_reached_and_a_zone_that_is_unknown) {
  db.exec("GRANT ALL PRIVILEGES ON *.* TO " + user + "@'%'");
  project.source.time_zone = "Mars/Olympus";
  EXPECT_EQ(complaints().substr(0, 67), "problem time zone: the server does not know the zone 'Mars/Olympus'");
  project.source.time_zone = "Europe/Berlin";
  EXPECT_EQ(complaints({"t", "gone"}),
            "problem right to read: cannot read 'gone' (not there?) → GRANT SELECT ON `DB`.* TO 'USER'@'%'\n");
  project.source.password = Secret("wrong");
  EXPECT_NE(complaints().find("problem source: cannot connect to USER@127.0.0.1:"), std::string::npos) << complaints();
}

}  // namespace
}  // namespace migrate::test
