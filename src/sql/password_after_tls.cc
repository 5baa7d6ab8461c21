// PasswordAfterTls: see the header. libmysqlclient needs nothing of it (MYSQL_OPT_SSL_MODE).
#include "sql/password_after_tls.h"

#include "sql/late_mysql.h"

#ifdef MARIADB_BASE_VERSION
#include <mysql/plugin_auth.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

namespace migrate {
namespace {

// Of the connection that this thread opens: mysql_real_connect() calls plugins within itself, and gives them nothing of
// its caller's.
thread_local PasswordAfterTls* being_opened = nullptr;

}  // namespace

struct AfterTls {
  static int authenticate(MYSQL_PLUGIN_VIO* vio, st_mysql* mysql) {
    const bool offered = (mysql->server_capabilities & CLIENT_SSL) != 0;
    if (being_opened != nullptr && !offered) being_opened->without_tls_ = true;
    if (being_opened == nullptr || !offered) return CR_ERROR;
    if (vio->write_packet(vio, nullptr, 0) != 0) return CR_ERROR;
    if (mysql_get_ssl_cipher(mysql) == nullptr) return CR_ERROR;
    std::free(mysql->passwd);  // as mysql_close() frees it
    mysql->passwd = strdup(being_opened->password_.reveal().c_str());
    return mysql->passwd == nullptr ? CR_ERROR : CR_OK;
  }
};

namespace {

constexpr const char* PLUGIN_NAME = "migrate_after_tls";

// mysql/client_plugin.h of libmariadb has this with its numbers, and includes what Debian does not ship.
struct AuthenticationPlugin {
  MYSQL_CLIENT_PLUGIN_HEADER
  int (*authenticate_user)(MYSQL_PLUGIN_VIO* vio, st_mysql* mysql);
};
constexpr int AUTHENTICATION_PLUGIN = 2;
constexpr unsigned INTERFACE_VERSION = 0x0100;

void register_plugin(st_mysql* mysql) {
  static AuthenticationPlugin plugin{};
  plugin.type = AUTHENTICATION_PLUGIN;
  plugin.interface_version = INTERFACE_VERSION;
  plugin.name = PLUGIN_NAME;
  plugin.authenticate_user = AfterTls::authenticate;
  mysql_client_register_plugin(mysql, reinterpret_cast<st_mysql_client_plugin*>(&plugin));
}

}  // namespace

PasswordAfterTls::PasswordAfterTls(st_mysql* mysql, const Secret& password) : password_(password) {
  static std::once_flag registered;
  std::call_once(registered, register_plugin, mysql);
  mysql_options(mysql, MYSQL_DEFAULT_AUTH, PLUGIN_NAME);
  being_opened = this;
}

PasswordAfterTls::~PasswordAfterTls() { being_opened = nullptr; }

}  // namespace migrate
#endif
