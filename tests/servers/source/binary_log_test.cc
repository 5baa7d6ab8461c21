// Where the position of the binary log says less than it seems to: servers of their own, as their settings are
// everybody's.
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "source_support.h"
#include "sql/data_version.h"

namespace migrate::test {
namespace {

class OwnServer {
 public:
  OwnServer(const std::string& kind, const std::string& options) : kind_(kind) {
    run("start", " " + kind, options.empty() ? "" : upper_ascii(kind) + "_EXTRA='" + options + "' ");
  }
  ~OwnServer() {
    run("stop", "", "");
    std::filesystem::remove_all(folder_);
  }
  ScratchDatabase database() const {
    ServerAddress address = kind_ == "mysql" ? mysql_server() : mariadb_server();
    address.port = std::atoi(must(read_file(folder_ + "/" + kind_ + ".port")).c_str());
    address.socket = folder_ + "/" + kind_ + ".sock";
    return ScratchDatabase(address);
  }

 private:
  void run(const std::string& command, const std::string& more, const std::string& environment) const {
    const std::string line =
        environment + MIGRATE_SOURCE_DIR "/tests/support/servers.sh " + command + " " + folder_ + more;
    EXPECT_EQ(std::system(line.c_str()), 0) << line;
  }
  static std::string upper_ascii(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }
  std::string kind_;
  std::string folder_ = (std::filesystem::temp_directory_path() / unique_name("own-servers")).string();
};

DataVersion position(SqlConnection& connection) {
  return must(read_data_versions(connection, {{"t", {DataVersionMethod::gtid, ""}}}))[0];
}

// gtid_executed keeps what it had when gtid_mode was turned off, and moves no more: any version made of it would call
// every table unchanged for ever.
TEST(BinaryLog, of_a_mysql_server_whose_gtid_mode_was_turned_off) {
  const OwnServer server("mysql", "");
  ScratchDatabase db = server.database();
  db.exec("CREATE TABLE t (id INT PRIMARY KEY)");
  auto connection = connect(db);
  const DataVersion numbered = position(*connection);
  EXPECT_FALSE(numbered.ahead_of_reads);
  for (const char* mode : {"ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"})
    db.exec(std::string("SET GLOBAL gtid_mode = ") + mode);
  EXPECT_NE(db.text("SELECT @@GLOBAL.gtid_executed"), "\n") << "the story";
  const DataVersion before = position(*connection);
  db.exec("INSERT INTO t VALUES (1)");
  const DataVersion after = position(*connection);
  EXPECT_NE(before.digest, after.digest);
  EXPECT_NE(before.digest, numbered.digest);
  EXPECT_TRUE(before.ahead_of_reads);
  EXPECT_EQ(after.display.rfind("binary log at binlog.", 0), 0u) << after.display;

  db.exec("CREATE USER poor@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON *.* TO poor@'%'");
  SourceSettings s = settings_of(db);
  s.user = "poor";
  s.password = Secret("pw");
  auto poor = must(SqlConnection::open(s));
  EXPECT_EQ(
      position(*poor).display,
      "without gtid_mode = ON, and the account may not ask for the binary log's position (GRANT REPLICATION CLIENT "
      "ON *.*)");
}

// gtid_slave_pos stays from the days as a replica; without a binary log nothing moves.
TEST(BinaryLog, of_a_mariadb_server_that_writes_none) {
  const OwnServer server("mariadb", "--skip-log-bin");
  ScratchDatabase db = server.database();
  db.exec("CREATE TABLE t (id INT PRIMARY KEY); SET GLOBAL gtid_slave_pos = '0-1-5'");
  auto connection = connect(db);
  const DataVersion version = position(*connection);
  EXPECT_FALSE(version.known);
  EXPECT_EQ(version.display, "the server writes no binary log (log_bin is OFF)");
}

}  // namespace
}  // namespace migrate::test
