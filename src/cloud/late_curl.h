// libcurl, loaded at the first request; CMakeLists.txt knows its soname.
#pragma once

#include <curl/curl.h>

#include "base/late_library.h"

namespace migrate {

#define MIGRATE_CURL(name) MIGRATE_LATE_FUNCTION(MIGRATE_LIBCURL, name)
MIGRATE_CURL(curl_global_init)
MIGRATE_CURL(curl_easy_cleanup)
MIGRATE_CURL(curl_easy_getinfo)
MIGRATE_CURL(curl_easy_init)
MIGRATE_CURL(curl_easy_setopt)
MIGRATE_CURL(curl_easy_strerror)
MIGRATE_CURL(curl_multi_add_handle)
MIGRATE_CURL(curl_multi_cleanup)
MIGRATE_CURL(curl_multi_info_read)
MIGRATE_CURL(curl_multi_init)
MIGRATE_CURL(curl_multi_perform)
MIGRATE_CURL(curl_multi_poll)
MIGRATE_CURL(curl_multi_remove_handle)
MIGRATE_CURL(curl_multi_setopt)
MIGRATE_CURL(curl_multi_wakeup)
MIGRATE_CURL(curl_slist_append)
MIGRATE_CURL(curl_slist_free_all)
#undef MIGRATE_CURL

}  // namespace migrate
