// Codes, remedies and the printed form of errors: describe().
#include "base/result.h"

#include "base/text.h"

namespace migrate {

std::string_view error_code(ErrorKind kind) {
  switch (kind) {
#define MIGRATE_ERROR(name, code, remedy) \
  case ErrorKind::name:                   \
    return code;
#include "base/errors.def"
#undef MIGRATE_ERROR
  }
  return "internal";
}

std::string_view error_remedy(ErrorKind kind) {
  switch (kind) {
#define MIGRATE_ERROR(name, code, remedy) \
  case ErrorKind::name:                   \
    return remedy;
#include "base/errors.def"
#undef MIGRATE_ERROR
  }
  return "";
}

std::string Place::str() const {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (line > 0 && column > 0) out += ":" + std::to_string(column);
  return out;
}

void Diagnostics::error(ErrorKind kind, std::string message, std::string hint, Place place) {
  list.emplace_back(kind, std::move(message), std::move(hint), std::move(place));
}

void Diagnostics::warn(ErrorKind kind, std::string message, std::string hint, Place place) {
  list.emplace_back(kind, std::move(message), std::move(hint), std::move(place));
  list.back().warning = true;
}

int Diagnostics::count_errors() const {
  int n = 0;
  for (const Error& e : list) n += e.warning ? 0 : 1;
  return n;
}

bool Diagnostics::has_errors() const { return count_errors() > 0; }

std::string describe(const Error& error) {
  std::string out;
  if (!error.place.file.empty()) out += error.place.str() + ": ";
  out += error.warning ? "warning: " : "error: ";
  out += printable(error.message) + "\n";
  if (error.place.known() && !error.place.excerpt.empty()) {
    std::string_view line = error.place.excerpt;
    out += "    " + printable(line) + "\n";
    if (int caret = error.place.caret > 0 ? error.place.caret : error.place.column; caret > 0) {
      // A tab in the excerpt is printed as a blank by printable(), so one column is one cell for all but wide
      // characters.
      out += "    " + std::string(static_cast<size_t>(caret - 1), ' ') + "^\n";
    }
  }
  std::string_view hint =
      error.hint.empty() && !error.warning ? error_remedy(error.kind) : std::string_view(error.hint);
  if (!hint.empty()) out += "  hint: " + printable(hint) + "\n";
  return out;
}

std::string describe(const Diagnostics& diagnostics) {
  std::string out;
  for (const Error& e : diagnostics.list) out += describe(e);
  return out;
}

}  // namespace migrate
