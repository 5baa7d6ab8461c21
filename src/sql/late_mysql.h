// The client library of MariaDB or of MySQL, loaded at the first connection; CMakeLists.txt knows its soname. These are
// the functions that both libraries have: https://dev.mysql.com/doc/c-api/8.0/en/c-api-functions.html
#pragma once

#include <mysql.h>

#include "base/late_library.h"

namespace migrate {

#define MIGRATE_MYSQL(name) MIGRATE_LATE_FUNCTION(MIGRATE_LIBMYSQL, name)
MIGRATE_MYSQL(mysql_close)
MIGRATE_MYSQL(mysql_errno)
MIGRATE_MYSQL(mysql_error)
MIGRATE_MYSQL(mysql_fetch_lengths)
MIGRATE_MYSQL(mysql_fetch_row)
MIGRATE_MYSQL(mysql_free_result)
MIGRATE_MYSQL(mysql_get_ssl_cipher)
MIGRATE_MYSQL(mysql_init)
MIGRATE_MYSQL(mysql_num_fields)
MIGRATE_MYSQL(mysql_options)
MIGRATE_MYSQL(mysql_real_connect)
MIGRATE_MYSQL(mysql_real_escape_string)
MIGRATE_MYSQL(mysql_real_query)
MIGRATE_MYSQL(mysql_server_init)
MIGRATE_MYSQL(mysql_store_result)
MIGRATE_MYSQL(mysql_thread_id)
MIGRATE_MYSQL(mysql_use_result)
#ifdef MARIADB_BASE_VERSION
MIGRATE_MYSQL(mysql_client_register_plugin)
MIGRATE_MYSQL(mysql_get_socket)
#endif
#undef MIGRATE_MYSQL

}  // namespace migrate
