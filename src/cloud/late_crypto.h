// OpenSSL's libcrypto, loaded when the first request is signed; CMakeLists.txt knows its soname.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/late_library.h"

namespace migrate {

#define MIGRATE_CRYPTO(name) MIGRATE_LATE_FUNCTION(MIGRATE_LIBCRYPTO, name)
MIGRATE_CRYPTO(EVP_Digest)
MIGRATE_CRYPTO(EVP_MD_fetch)
MIGRATE_CRYPTO(EVP_sha1)
MIGRATE_CRYPTO(HMAC)
#undef MIGRATE_CRYPTO

}  // namespace migrate
