// SQLite's C API as values and Results, for the files of this folder only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/digest.h"
#include "base/result.h"
#include "cache/image.h"

struct sqlite3;
struct sqlite3_stmt;

namespace migrate {

// One run of a prepared statement: bind, step, read columns. Resets itself, so that no read transaction stays open.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement, const std::string* path)
      : db_(db), statement_(statement), path_(path) {}
  Statement(Statement&& other) noexcept
      : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)), path_(other.path_), at_(other.at_) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& text(std::string_view value);  // the bound bytes must outlive the statement
  Statement& blob(std::string_view value);
  Statement& digest(const Digest& value) { return blob(value.view()); }
  Statement& integer(int64_t value);
  Statement& real(double value);
  Result<bool> step();  // true: a row
  Result<void> done();  // steps a statement that gives no rows

  std::string_view bytes_at(int column) const;  // valid until the next step
  std::string string_at(int column) const { return std::string(bytes_at(column)); }
  int64_t integer_at(int column) const;
  double real_at(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  const std::string* path_;
  int at_ = 0;
};

class Database {
 public:
  enum class Access { read_only, read_write, create, memory };

  static Result<Database> open(const std::string& path, Access access);
  // Over the bytes of a file; it cannot be written. `path` is for messages.
  static Result<Database> open_image(const std::string& path, FileImage image);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

  const std::string& path() const { return *path_; }
  bool read_only() const;
  Result<void> run(std::string_view sql);  // one or more statements without parameters
  // `sql` is a literal: statements are prepared once and kept by its address.
  Result<Statement> prepare(const char* sql);
  Result<void> begin() { return run("BEGIN IMMEDIATE"); }
  Result<void> commit() { return run("COMMIT"); }
  void rollback();
  // The whole content, into this database.
  Result<void> copy_from(Database& other);

 private:
  explicit Database(sqlite3* db, std::string path) : db_(db), path_(std::make_unique<std::string>(std::move(path))) {}

  sqlite3* db_;
  std::unique_ptr<std::string> path_;
  std::unordered_map<const char*, sqlite3_stmt*> prepared_;
  FileImage image_;
};

Error corrupt_cache(const std::string& path, const std::string& what);

}  // namespace migrate
