// The password of a connection that must be encrypted, kept from libmariadb until it is.
#pragma once

#include "base/secret.h"

struct st_mysql;

namespace migrate {

// libmariadb 3.3 refuses a server without TLS only where it also checks the host's name; else it logs in, with the
// password in the clear if the server asks for that. So it is given no password, and first an authentication plugin of
// ours, which sends the user's name alone: that makes TLS, verified as the options say. When it is up the plugin hands
// the password over, and the server, which has no such plugin, asks for the account's own ("Authentication Method
// Switch" in MySQL's and MariaDB's protocol).
class PasswordAfterTls {
 public:
  PasswordAfterTls(st_mysql* mysql, const Secret& password);  // before mysql_real_connect(), with "" as the password
  ~PasswordAfterTls();
  PasswordAfterTls(const PasswordAfterTls&) = delete;
  PasswordAfterTls& operator=(const PasswordAfterTls&) = delete;
  bool without_tls() const { return without_tls_; }  // why mysql_real_connect() failed

 private:
  friend struct AfterTls;
  const Secret& password_;
  bool without_tls_ = false;
};

}  // namespace migrate
