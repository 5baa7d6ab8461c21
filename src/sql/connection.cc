// SqlConnection: MySQL and MariaDB over the C API that both client libraries share.
//
// TLS. What the two client libraries understand by their options differs, and both have a way to fall back in silence:
//   libmariadb 3.3: MYSQL_OPT_SSL_ENFORCE only *offers* TLS; a server without it gets a plain connection. Giving a CA
//   makes OpenSSL verify the chain; MYSQL_OPT_SSL_VERIFY_SERVER_CERT adds the host's name, and refuses plain servers.
//   libmysqlclient 8: MYSQL_OPT_SSL_MODE says all of it, and is obeyed before the password is sent.
// So libmariadb gets the password only when TLS is up (password_after_tls.h). And after connecting the cipher in use is
// looked at: a connection that should be encrypted and is not is closed.
#include "sql/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <cctype>
#include <mutex>

#include "base/text.h"
#include "base/utf8.h"
#include "sql/late_mysql.h"
#include "sql/password_after_tls.h"
#include "sql/server_words.h"

// In the place of OpenSSL's. libmariadb 3.3 calls it for each connection that is given no CA and then verifies nothing
// against what it loads (ma_openssl.c, ma_tls_set_certs), and parsing Debian's bundle takes longer than the whole of a
// build that finds nothing to do. Without it nothing is trusted that was not named: modes that verify name their CA. Of
// what is loaded here only libmariadb calls it; libcurl names its bundle (SSL_CTX_load_verify_locations).
extern "C" int SSL_CTX_set_default_verify_paths(void*) { return 1; }

namespace migrate {

struct CloseConnection {
  void operator()(MYSQL* mysql) const { mysql_close(mysql); }
};
using Handle = std::unique_ptr<MYSQL, CloseConnection>;

namespace {

constexpr unsigned CONNECT_TIMEOUT_SECONDS = 10;
constexpr int PROBE_AFTER_SECONDS = 30, PROBE_EVERY_SECONDS = 10, PROBES = 3;
constexpr size_t STATEMENT_EXCERPT = 200;

std::string peer_of(const SourceSettings& s) {
  const std::string where = s.socket.empty() ? s.host + ":" + std::to_string(s.port) : s.socket;
  return s.user + "@" + where + (s.database.empty() ? "" : "/" + s.database);
}

const char* null_if_empty(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

bool verifies(TlsMode mode) { return mode == TlsMode::verify_ca || mode == TlsMode::verify_identity; }

bool must_encrypt(TlsMode mode) { return mode == TlsMode::required || verifies(mode); }

// A unix socket is not worth encrypting unless somebody insists.
TlsMode effective_mode(const SourceSettings& s) {
  return s.tls == TlsMode::preferred && !s.socket.empty() ? TlsMode::disabled : s.tls;
}

// Debian's trust store, in the place that OpenSSL calls its default; the variable is OpenSSL's own.
std::string system_ca_folder() {
  const char* folder = std::getenv("SSL_CERT_DIR");
  return folder && *folder ? folder : "/etc/ssl/certs";
}

void set_tls(MYSQL* mysql, const SourceSettings& s) {
  const TlsMode mode = effective_mode(s);
  if (mode != TlsMode::disabled) {
    if (!s.tls_cert.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CERT, s.tls_cert.c_str());
    if (!s.tls_key.empty()) mysql_options(mysql, MYSQL_OPT_SSL_KEY, s.tls_key.c_str());
  }
  if (verifies(mode)) {
    if (s.tls_ca.empty())
      mysql_options(mysql, MYSQL_OPT_SSL_CAPATH, system_ca_folder().c_str());
    else
      mysql_options(mysql, MYSQL_OPT_SSL_CA, s.tls_ca.c_str());
  }
#ifdef MARIADB_BASE_VERSION
  my_bool yes = 1;
  if (mode != TlsMode::disabled) mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
  if (mode == TlsMode::verify_identity) mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
#else
  unsigned value = mode == TlsMode::disabled    ? SSL_MODE_DISABLED
                   : mode == TlsMode::preferred ? SSL_MODE_PREFERRED
                   : mode == TlsMode::required  ? SSL_MODE_REQUIRED
                   : mode == TlsMode::verify_ca ? SSL_MODE_VERIFY_CA
                                                : SSL_MODE_VERIFY_IDENTITY;
  mysql_options(mysql, MYSQL_OPT_SSL_MODE, &value);
  // caching_sha2_password without TLS encrypts the password with the server's key; libmariadb asks for it by itself.
  bool get_key = true;
  mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &get_key);
#endif
}

Error connect_error(const SourceSettings& s, unsigned code, const std::string& text) {
  const std::string what = "cannot connect to " + peer_of(s) + ": " + text + " (" + std::to_string(code) + ")";
  switch (code) {
    case 1045:
    case 1698:
    case 1862:
    case 1820:
    case 3118:
    case 4151:
    case 1130:
    case 1251:
    case 2059:
      return {ErrorKind::source_auth, what,
              code == 1130 ? "the server does not let this host in: CREATE USER '" + s.user + "'@'…' for it"
              : s.password.empty()
                  ? "no password is set: give `source.password`, password_file or password_command"
                  : "check `source.user` and `source.password`, and that the account may come from here"};
    case 1044:
      return {ErrorKind::source_rights, what,
              "GRANT SELECT, SHOW VIEW ON `" + s.database + "`.* TO '" + s.user + "'@'…'"};
    case 1049:
      return {ErrorKind::source_connect, what, "check `source.database`: SHOW DATABASES lists those that exist"};
    case 1040:
    case 1203:
    case 1226:
      return {ErrorKind::source_connect, what, "lower `limits.connections`, or raise max_connections of the server"};
    case 2005:
      return {ErrorKind::source_connect, what, "check `source.host`: the name does not resolve"};
    case 2002:
    case 2003:
      return {ErrorKind::source_connect, what,
              s.socket.empty()
                  ? "check `source.host` and `source.port`, and that the server is up and reachable from here"
                  : "check `source.socket`, and that the server is up"};
    case 2026:
      // A server, or a proxy before it, that goes down in the middle of the handshake: no word about certificates.
      if (what.find("unexpected eof") != std::string::npos || what.find("reset by peer") != std::string::npos) {
        return {ErrorKind::source_connect, what,
                "check that the server is up, and that nothing between here and there ends connections"};
      }
      return {ErrorKind::source_tls, what, "check `source.tls`: mode, ca, and the name in the server's certificate"};
    case 3159:
      return {ErrorKind::source_tls, what,
              "the server takes encrypted connections only: set `source.tls.mode: required`"};
    default:
      return {ErrorKind::source_connect, what};
  }
}

// A network that drops everything without a word would be noticed after two hours. A read time-out is no answer: a
// query may think for minutes before its first row; the server's kernel answers probes meanwhile.
void watch_network(MYSQL* mysql) {
#ifdef MARIADB_BASE_VERSION
  const auto fd = static_cast<int>(mysql_get_socket(mysql));
#else
  const auto fd = static_cast<int>(mysql->net.fd);
#endif
  const auto set = [fd](int level, int option, int value) {
    (void)setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, PROBE_AFTER_SECONDS);
  set(IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EVERY_SECONDS);
  set(IPPROTO_TCP, TCP_KEEPCNT, PROBES);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 1000 * (PROBE_AFTER_SECONDS + PROBES * PROBE_EVERY_SECONDS));
}

Result<Handle> connect(const SourceSettings& s) {
  static std::once_flag library;
  std::call_once(library, [] { mysql_server_init(0, nullptr, nullptr); });  // the name behind mysql_library_init()
  Handle mysql(mysql_init(nullptr));
  if (!mysql) return Error(ErrorKind::internal, "out of memory in mysql_init");
  unsigned timeout = CONNECT_TIMEOUT_SECONDS;
  mysql_options(mysql.get(), MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
  mysql_options(mysql.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  set_tls(mysql.get(), s);
  const bool encrypted = must_encrypt(effective_mode(s));
  const char* password = s.password.reveal().c_str();
  bool plain = false;
#ifdef MARIADB_BASE_VERSION
  std::optional<PasswordAfterTls> withheld;
  if (encrypted) {
    withheld.emplace(mysql.get(), s.password);
    password = "";
  }
#endif
  const bool connected =
      mysql_real_connect(mysql.get(), s.socket.empty() ? s.host.c_str() : nullptr, s.user.c_str(), password,
                         null_if_empty(s.database), s.socket.empty() ? static_cast<unsigned>(s.port) : 0,
                         null_if_empty(s.socket), 0) != nullptr;
#ifdef MARIADB_BASE_VERSION
  plain = withheld && withheld->without_tls();
#endif
  if (connected) plain = encrypted && mysql_get_ssl_cipher(mysql.get()) == nullptr;
  if (plain)
    return Error(ErrorKind::source_tls, "cannot connect to " + peer_of(s) + ": the server offers no TLS",
                 "set up TLS on the server, or `source.tls.mode: preferred` if the network is to be trusted");
  if (!connected) return connect_error(s, mysql_errno(mysql.get()), mysql_error(mysql.get()));
  if (s.socket.empty()) watch_network(mysql.get());
  return mysql;
}

// "10.11.19-MariaDB-log" → 101119.
int parse_version(std::string_view text) {
  int parts[3] = {0, 0, 0};
  size_t at = 0;
  for (int& part : parts) {
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])))
      part = part * 10 + (text[at++] - '0');
    if (at >= text.size() || text[at] != '.') break;
    ++at;
  }
  return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

// Servers that speak the protocol and are something else.
const char* other_product(const std::string& version) {
  for (const char* name : {"TiDB", "OceanBase", "Vitess", "SingleStore", "MemSQL", "Doris", "StarRocks"})
    if (lower_ascii(version).find(lower_ascii(name)) != std::string::npos) return name;
  return nullptr;
}

ErrorKind kind_of(unsigned code) {
  switch (code) {
    case 1044:
    case 1045:
    case 1142:
    case 1143:
    case 1227:
    case 1290:
    case 1345:
    case 1370:
    case 1410:
    case 1419:
    case 1836:
      return ErrorKind::source_rights;
    case 1053:
    case 1152:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1184:
    case 1927:
    case 4031:
    case 2006:
    case 2013:
    case 2055:
    case 2026:  // TLS ended without a farewell, as it does when the server dies
      return ErrorKind::source_lost;
    default:
      return ErrorKind::source_query;
  }
}

std::string hint_of(unsigned code) {
  switch (code) {
    case 1290:
    case 1836:
      return "the server is read-only: give `views.host` of the primary, or set `views.apply: never` and let a DBA run "
             "out/views.sql there";
    case 1146:
    case 1054:
    case 1356:
    case 1412:
      return "the schema changed under our feet, or the account may not see all of it: run `migrate plan` to look "
             "again";
    case 1205:
      return "another session holds a lock: look at SHOW PROCESSLIST, then run the same command again";
    case 1449:
      return "the account that defined the view is gone: run `migrate build` to make the views again";
    default:
      return {};
  }
}

}  // namespace

struct SqlConnection::State {
  SourceSettings settings;
  Handle mysql;
  Flavor flavor = Flavor::mysql;
  std::string version;
  int version_number = 0;
  uint64_t thread_id = 0;
  bool tls = false;
  unsigned last_error = 0;
  std::atomic<bool> cancelled{false};

  Error failure(std::string_view sql) {
    last_error = mysql_errno(mysql.get());
    constexpr unsigned QUERY_INTERRUPTED = 1317;
    if (last_error == QUERY_INTERRUPTED && cancelled) return {ErrorKind::interrupted, "cancelled: " + excerpt(sql)};
    return {kind_of(last_error),
            peer_of(settings) + ": " + words_without_values(last_error, mysql_error(mysql.get())) + " (" +
                std::to_string(last_error) + ") in: " + excerpt(sql),
            hint_of(last_error)};
  }

  static std::string excerpt(std::string_view statement) {
    return printable(cut_bytes(statement_without_values(statement), STATEMENT_EXCERPT));
  }

  Result<void> send(std::string_view sql) {
    last_error = 0;
    if (mysql_real_query(mysql.get(), sql.data(), sql.size()) != 0) return failure(sql);
    return {};
  }
};

SqlConnection::SqlConnection() : state_(std::make_unique<State>()) {}
SqlConnection::~SqlConnection() = default;

Result<std::unique_ptr<SqlConnection>> SqlConnection::open(const SourceSettings& settings) {
  TRY(mysql, connect(settings));
  std::unique_ptr<SqlConnection> connection(new SqlConnection);
  State& state = *connection->state_;
  state.settings = settings;
  state.mysql = std::move(mysql);
  state.thread_id = mysql_thread_id(state.mysql.get());
  state.tls = mysql_get_ssl_cipher(state.mysql.get()) != nullptr;
  // Asked for in SQL: the greeting's version may be a proxy's, or wear MariaDB's old prefix "5.5.5-".
  TRY(rows, connection->query("SELECT VERSION()"));
  if (rows.empty() || !rows[0][0])
    return Error(ErrorKind::source_version, peer_of(settings) + " does not tell its version");
  state.version = *rows[0][0];
  state.version_number = parse_version(state.version);
  state.flavor = lower_ascii(state.version).find("mariadb") != std::string::npos ? Flavor::mariadb : Flavor::mysql;
  const bool mariadb = state.flavor == Flavor::mariadb;
  const char* other = other_product(state.version);
  if (other || state.version_number < (mariadb ? 100600 : 80014))
    return Error(ErrorKind::source_version, peer_of(settings) + " is " +
                                                (other     ? other
                                                 : mariadb ? "MariaDB"
                                                           : "MySQL") +
                                                " " + state.version +
                                                (other ? ", which is not supported" : ", which is too old"));
  return connection;
}

Result<void> SqlConnection::execute(std::string_view sql) {
  CHECK_OK(state_->send(sql));
  if (MYSQL_RES* result = mysql_store_result(state_->mysql.get())) mysql_free_result(result);
  if (mysql_errno(state_->mysql.get()) != 0) return state_->failure(sql);
  return {};
}

Result<std::vector<RowText>> SqlConnection::query(std::string_view sql) {
  std::vector<RowText> rows;
  CHECK_OK(stream(sql, [&](const RowView& view) {
    RowText& row = rows.emplace_back();
    row.reserve(view.size());
    for (const auto& value : view) row.push_back(value ? std::optional<std::string>(*value) : std::nullopt);
    return true;
  }));
  return rows;
}

Result<void> SqlConnection::stream(std::string_view sql, const std::function<bool(const RowView&)>& row) {
  CHECK_OK(state_->send(sql));
  MYSQL* mysql = state_->mysql.get();
  MYSQL_RES* result = mysql_use_result(mysql);
  if (!result) {
    if (mysql_errno(mysql) != 0) return state_->failure(sql);
    return {};  // a statement without rows
  }
  // Freeing reads what is left of the result from the wire, so that the connection stays usable.
  std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> owner(result, [](MYSQL_RES* r) { mysql_free_result(r); });
  const unsigned columns = mysql_num_fields(result);
  RowView view(columns);
  while (MYSQL_ROW values = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    for (unsigned i = 0; i < columns; ++i) {
      if (values[i])
        view[i] = std::string_view(values[i], lengths[i]);
      else
        view[i].reset();
    }
    if (!row(view)) return {};
  }
  // The end and a broken connection both give no row.
  if (mysql_errno(mysql) != 0) return state_->failure(sql);
  return {};
}

std::string SqlConnection::quote(std::string_view text) {
  std::string out(text.size() * 2 + 3, '\'');
  const unsigned long length = mysql_real_escape_string(state_->mysql.get(), out.data() + 1, text.data(), text.size());
  out.resize(length + 1);
  return out + "'";
}

Flavor SqlConnection::flavor() const { return state_->flavor; }
const std::string& SqlConnection::version() const { return state_->version; }
int SqlConnection::version_number() const { return state_->version_number; }
uint64_t SqlConnection::thread_id() const { return state_->thread_id; }
std::string SqlConnection::peer() const { return peer_of(state_->settings); }
bool SqlConnection::tls() const { return state_->tls; }
int SqlConnection::last_error() const { return static_cast<int>(state_->last_error); }

void SqlConnection::cancel() {
  state_->cancelled = true;
  SourceSettings settings = state_->settings;
  settings.database.clear();
  auto killer = connect(settings);
  if (!killer) return;
  const std::string sql = "KILL QUERY " + std::to_string(state_->thread_id);
  mysql_real_query(killer->get(), sql.data(), sql.size());
}

}  // namespace migrate
