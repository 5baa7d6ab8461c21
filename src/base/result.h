// What can go wrong, and how it travels: an Error names the thing, what was wrong, where, and what to do next.
// Functions return Result<T>; exceptions never cross a folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace migrate {

enum class ErrorKind {
#define MIGRATE_ERROR(name, code, remedy) name,
#include "base/errors.def"
#undef MIGRATE_ERROR
};

// "contract-syntax"; what `--json` prints as `code`, and the heading in docs/errors.md.
std::string_view error_code(ErrorKind kind);
// What to do in general; an Error's own hint says it in particular.
std::string_view error_remedy(ErrorKind kind);

// A place in a file that people wrote. Lines and columns start at 1 and 0 means unknown; columns count UTF-8 code
// points.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string excerpt;  // the line itself, for the caret; cut to 200 bytes around the column
  int caret = 0;        // the column inside the excerpt, where that was cut; else 0, and `column` is it

  std::string str() const;  // "contract.json:3:7"
  bool known() const { return line > 0; }
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::string hint;  // empty: error_remedy(kind)
  Place place;
  bool warning = false;

  Error() = default;
  Error(ErrorKind k, std::string m, std::string h = {}, Place p = {})
      : kind(k), message(std::move(m)), hint(std::move(h)), place(std::move(p)) {}
};

// As a compiler prints it, several lines, no colour:
//   contract.json:3:7: error: unknown column 'emial' of table 'users'
//       "source_column": "emial"
//                         ^
//   hint: did you mean 'email'?
std::string describe(const Error& error);

// All problems of one input, gathered so that they are shown in one go.
struct Diagnostics {
  std::vector<Error> list;

  void error(ErrorKind kind, std::string message, std::string hint = {}, Place place = {});
  void warn(ErrorKind kind, std::string message, std::string hint = {}, Place place = {});
  void add(Error e) { list.push_back(std::move(e)); }
  bool has_errors() const;
  int count_errors() const;
};
std::string describe(const Diagnostics& diagnostics);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : value_(std::in_place_index<1>, std::move(error)) {}
  template <class U>
  requires std::is_convertible_v<U, T> &&(!std::is_same_v<std::decay_t<U>, T>)&&(
      !std::is_same_v<std::decay_t<U>, Error>)&&(!std::is_same_v<std::decay_t<U>, Result<T>>)Result(U&& value)
      : value_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool ok() const { return value_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() & { return std::get<0>(value_); }
  const T& operator*() const& { return std::get<0>(value_); }
  T&& operator*() && { return std::get<0>(std::move(value_)); }
  T* operator->() { return &std::get<0>(value_); }
  const T* operator->() const { return &std::get<0>(value_); }
  const Error& error() const { return std::get<1>(value_); }
  Error& error() { return std::get<1>(value_); }

 private:
  std::variant<T, Error> value_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const { return error_; }
  Error& error() { return error_; }

 private:
  Error error_;
  bool ok_ = true;
};

// TRY(name, expression): `auto name = *expression`, or return its error. CHECK_OK(expression): or return its error.
#define MIGRATE_CONCAT_(a, b) a##b
#define MIGRATE_CONCAT(a, b) MIGRATE_CONCAT_(a, b)
#define TRY(name, expression) TRY_(MIGRATE_CONCAT(try_, __LINE__), name, expression)
#define TRY_(temporary, name, expression)              \
  auto temporary = (expression);                       \
  if (!temporary) return std::move(temporary).error(); \
  auto name = std::move(*temporary)
#define CHECK_OK(expression)                                                                              \
  do {                                                                                                    \
    if (auto check_ok_result = (expression); !check_ok_result) return std::move(check_ok_result).error(); \
  } while (false)

}  // namespace migrate
