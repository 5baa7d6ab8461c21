// Where everything that is said goes: Output.
#include <unistd.h>

#include <cstdio>

#include "base/json_write.h"
#include "cli/display.h"
#include "cli/session.h"

namespace migrate {

Output::Output(const Options& options)
    : terminal_(Terminal::of(STDOUT_FILENO, options.color)),
      errors_(Terminal::of(STDERR_FILENO, options.color)),
      json_(options.json) {
  line(JsonObject().add("type", "version").add("version", MIGRATE_VERSION).add("format", 1).str());
}

void Output::text(const std::string& text) const {
  if (json_) return;
  fputs(text.c_str(), stdout);
  fflush(stdout);
}

void Output::line(const std::string& json) const {
  if (!json_) return;
  printf("%s\n", json.c_str());
  fflush(stdout);
}

void Output::report(const Error& error) const {
  if (json_) return line(error_json(error));
  std::string text = describe(error);
  std::string word = error.warning ? "warning:" : "error:";
  size_t at = text.find(word);
  if (at != std::string::npos)
    text.replace(at, word.size(), errors_.paint(error.warning ? Style::yellow : Style::red, word));
  fputs(text.c_str(), stderr);
}

void Output::report(const Diagnostics& diagnostics) const {
  for (const Error& error : diagnostics.list) report(error);
}

int Output::done(int code) const {
  line(JsonObject().add("type", "summary").add("exit_code", code).str());
  return code;
}

int Output::fail(const Error& error) const {
  report(error);
  return done(exit_code(error));
}

int exit_code(const Error& error) { return error.kind == ErrorKind::interrupted ? EXIT_INTERRUPTED : EXIT_ERROR; }

}  // namespace migrate
