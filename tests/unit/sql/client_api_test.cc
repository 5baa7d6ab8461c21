// Debian's client library is libmariadb, but migrate builds with Oracle's libmysqlclient as well. That one is not here
// to compile against, so this looks at the source: outside its #ifdef MARIADB_BASE_VERSION it may use what Oracle's
// "MySQL 8.0 C API Developer Guide" documents, and nothing else.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <set>
#include <string>

namespace migrate {
namespace {

const std::set<std::string> DOCUMENTED = {
    "MYSQL", "MYSQL_RES", "MYSQL_ROW", "mysql_close", "mysql_errno", "mysql_error", "mysql_fetch_lengths",
    "mysql_fetch_row", "mysql_free_result", "mysql_get_ssl_cipher", "mysql_init", "mysql_library_init",
    "mysql_num_fields", "mysql_options", "mysql_real_connect", "mysql_real_escape_string", "mysql_real_query",
    "mysql_server_init", "mysql_store_result", "mysql_thread_id", "mysql_use_result",
    // mysql.h makes mysql_library_init() a macro of mysql_server_init(), which is what the library exports.
    // mysql_options() and its modes. MYSQL_OPT_SSL_ENFORCE and …_VERIFY_SERVER_CERT went with 8.0.
    "MYSQL_OPT_CONNECT_TIMEOUT", "MYSQL_OPT_GET_SERVER_PUBLIC_KEY", "MYSQL_OPT_SSL_CA", "MYSQL_OPT_SSL_CAPATH",
    "MYSQL_OPT_SSL_CERT", "MYSQL_OPT_SSL_KEY", "MYSQL_OPT_SSL_MODE", "MYSQL_SET_CHARSET_NAME", "SSL_MODE_DISABLED",
    "SSL_MODE_PREFERRED", "SSL_MODE_REQUIRED", "SSL_MODE_VERIFY_CA", "SSL_MODE_VERIFY_IDENTITY"};

bool of_a_client(const std::string& word) {
  for (const char* start : {"mysql_", "MYSQL", "mariadb_", "MARIADB_", "my_bool", "SSL_MODE_", "CLIENT_", "CR_"})
    if (word.starts_with(start)) return true;
  return false;
}

// The words of the client library that this source uses where the library is Oracle's.
std::set<std::string> used_with_oracle(std::istream& source) {
  std::set<std::string> words;
  bool mariadb_only = false;
  for (std::string line; std::getline(source, line);) {
    if (line.starts_with("#ifdef MARIADB_BASE_VERSION")) mariadb_only = true;
    if (line.starts_with("#else") || line.starts_with("#endif")) mariadb_only = false;
    if (mariadb_only || line.starts_with("#")) continue;
    line = line.substr(0, line.find("//"));
    std::string word;
    for (char c : line + " ") {
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
        word += c;
        continue;
      }
      if (of_a_client(word)) words.insert(word);
      word.clear();
    }
  }
  return words;
}

TEST(ClientApi, IsOneThatOraclesLibraryHasToo) {
  std::ifstream source(MIGRATE_SOURCE_DIR "/src/sql/connection.cc");
  const auto used = used_with_oracle(source);
  EXPECT_GT(used.size(), 20u) << "connection.cc is where the client library is called";
  for (const std::string& word : used) EXPECT_TRUE(DOCUMENTED.contains(word)) << word;
}

}  // namespace
}  // namespace migrate
