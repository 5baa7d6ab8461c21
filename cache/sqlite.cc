// SQLite's C API as values and Results: see sqlite.h.
#include "cache/sqlite.h"

#include <sqlite3.h>

#include <cstring>
#include <utility>

#include "base/text.h"

namespace migrate {
namespace {

// A process that is killed while it holds SQLite's lock frees it at once, so five seconds are long.
constexpr int kBusyMilliseconds = 5000;

Error sqlite_error(sqlite3* db, int code, const std::string& path) {
  std::string said = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return corrupt_cache(path, said);
    case SQLITE_FULL:
      return Error(ErrorKind::cache_io, "cannot write the cache '" + path + "': its disk is full",
                   "make room and run the same command again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorKind::cache_io, "the cache '" + path + "' is in use by another program: " + said,
                   "end the program that has it open, and run the same command again");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return Error(ErrorKind::cache_io, "cannot write the cache '" + path + "': " + said,
                   "give the user that runs migrate write rights to the folder and the file, or set `state:` to a "
                   "folder that can be written");
    default:
      return Error(ErrorKind::cache_io, "cannot use the cache '" + path + "': " + said);
  }
}

}  // namespace

Error corrupt_cache(const std::string& path, const std::string& what) {
  return Error(ErrorKind::cache_corrupt, "the cache '" + path + "' is damaged: " + printable(what),
               "move '" + path +
                   "' away, with the files beside it that begin with its name, and run the same command "
                   "again: what is right in the world is recognised by comparing");
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::text(std::string_view value) {
  sqlite3_bind_text64(statement_, ++at_, value.data() != nullptr ? value.data() : "", value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::blob(std::string_view value) {
  sqlite3_bind_blob64(statement_, ++at_, value.data() != nullptr ? value.data() : "", value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::integer(int64_t value) {
  sqlite3_bind_int64(statement_, ++at_, value);
  return *this;
}

Statement& Statement::real(double value) {
  sqlite3_bind_double(statement_, ++at_, value);
  return *this;
}

Result<bool> Statement::step() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(db_, code, *path_);
}

Result<void> Statement::done() {
  auto row = step();
  if (!row) return row.error();
  return {};
}

std::string_view Statement::bytes_at(int column) const {
  // sqlite3_column_bytes must follow the call that converts: https://sqlite.org/c3ref/column_blob.html
  const void* data = sqlite3_column_blob(statement_, column);
  auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return data != nullptr ? std::string_view(static_cast<const char*>(data), size) : std::string_view();
}

int64_t Statement::integer_at(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real_at(int column) const { return sqlite3_column_double(statement_, column); }

Result<Database> Database::open(const std::string& path, Access access) {
  int flags = SQLITE_OPEN_NOMUTEX;
  switch (access) {
    case Access::read_only:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case Access::read_write:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Access::create:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
    case Access::memory:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
      break;
  }
  sqlite3* db = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  Database database(db, path);
  if (code != SQLITE_OK) return sqlite_error(db, code, path);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyMilliseconds);
  return database;
}

Result<Database> Database::open_image(const std::string& path, FileImage image) {
  TRY(database, open(path, Access::memory));
  // Bytes 18 and 19 say that there may be a log. A database in memory has none, and SQLite refuses to look for one:
  // https://sqlite.org/c3ref/deserialize.html
  if (image.size() > 19) image.data()[18] = image.data()[19] = 1;
  auto size = static_cast<sqlite3_int64>(image.size());
  int code = sqlite3_deserialize(database.db_, "main", image.data(), size, size, SQLITE_DESERIALIZE_READONLY);
  database.image_ = std::move(image);
  if (code != SQLITE_OK) return sqlite_error(database.db_, code, path);
  return database;
}

Database::Database(Database&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)),
      path_(std::move(other.path_)),
      prepared_(std::move(other.prepared_)),
      image_(std::move(other.image_)) {}

Database::~Database() {
  for (auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

bool Database::read_only() const { return sqlite3_db_readonly(db_, "main") == 1; }

Result<void> Database::run(std::string_view sql) {
  int code = sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(db_, code, *path_);
  return {};
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt*& statement = prepared_[sql];
  if (statement == nullptr) {
    int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      // A table that should be there and is not: the file holds something else than the schema that its meta table
      // names.
      if ((code & 0xff) == SQLITE_ERROR) return corrupt_cache(*path_, sqlite3_errmsg(db_));
      return sqlite_error(db_, code, *path_);
    }
  }
  return Statement(db_, statement, path_.get());
}

void Database::rollback() { sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }

Result<void> Database::copy_from(Database& other) {
  sqlite3_backup* backup = sqlite3_backup_init(db_, "main", other.db_, "main");
  if (backup == nullptr) return sqlite_error(db_, sqlite3_errcode(db_), other.path());
  sqlite3_backup_step(backup, -1);
  if (int code = sqlite3_backup_finish(backup); code != SQLITE_OK) return sqlite_error(nullptr, code, other.path());
  return {};
}

}  // namespace migrate
