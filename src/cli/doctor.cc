// migrate doctor: looks at everything a build needs, and says what is missing and how to get it. doctor_command().
#include "cloud/doctor.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <set>

#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cloud/table.h"
#include "sql/source_rights.h"

namespace migrate {
namespace {

enum class Level { good, warning, problem };

struct Finding {
  Level level;
  std::string what, found, hint;
};

Finding folder_finding(const std::string& what, const std::string& path, bool dry_run) {
  if (dry_run && !file_exists(path)) return {Level::good, what, "'" + path + "' is not there yet", ""};
  if (auto made = make_folders(path); !made)
    return {Level::problem, what, made.error().message, "make the folder, or give the right to make it"};
  if (access(path.c_str(), W_OK) != 0)
    return {Level::problem, what, "'" + path + "' is not writable", "give the right to write there"};
  struct statvfs disk {};
  if (statvfs(path.c_str(), &disk) != 0)
    return {Level::warning, what, "the free space of '" + path + "' is not known", ""};
  uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  constexpr uint64_t LITTLE = 1'000'000'000;
  return {free < LITTLE ? Level::warning : Level::good, what, path + ", " + human_bytes(free) + " free",
          free < LITTLE ? "make room: checks spill to disk" : ""};
}

std::vector<std::string> tables_read(const Contract& contract) {
  std::set<std::string> names;
  for (const Table& table : contract.tables) {
    for (const Entity& entity : table.entities) {
      names.insert(entity.source_table.text);
      for (const Attribute& attribute : entity.attributes) {
        if (attribute.calculation) names.insert(attribute.calculation->target_table.text);
        if (!attribute.join) continue;
        for (const JoinStep& step : attribute.join->steps) names.insert(step.target_table.text);
      }
    }
  }
  names.erase("");
  return {names.begin(), names.end()};
}

template <class Theirs>
void take(std::vector<Finding>& all, std::vector<Theirs> findings) {
  for (Theirs& f : findings) {
    Level level = f.level == Theirs::Level::good      ? Level::good
                  : f.level == Theirs::Level::warning ? Level::warning
                                                      : Level::problem;
    all.push_back({level, std::move(f.what), std::move(f.found), std::move(f.hint)});
  }
}

const char* word(Level level) {
  return level == Level::good ? "good" : level == Level::warning ? "warning" : "problem";
}

std::string finding_text(const Finding& f, const Terminal& t) {
  Style style = f.level == Level::good ? Style::green : f.level == Level::warning ? Style::yellow : Style::red;
  std::string mark = f.level == Level::good ? "ok  " : f.level == Level::warning ? "look" : "BAD ";
  std::string out = "  " + t.paint(style, mark) + "  " + printable(f.what) + ": " + printable(f.found) + "\n";
  if (!f.hint.empty()) out += "        " + replace_all(printable(f.hint), "\n", "\n        ") + "\n";
  return out;
}

}  // namespace

int doctor_command(const Options& options) {
  Output output(options);
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  const Project& project = inputs->project;
  std::vector<Finding> all;
  all.push_back({Level::good, "project",
                 project.name + ": " + plural(inputs->contract.tables.size(), "table") + " in the contract", ""});
  all.push_back(folder_finding("state", project.state, options.dry_run));
  all.push_back(folder_finding("output", project.out, options.dry_run));
  take(all, examine_source(project, tables_read(inputs->contract)));
  std::vector<TableSpec> specs;
  for (const Table& table : inputs->contract.tables) {
    auto spec = table_spec(table, project.table(table.name.text), project.target);
    if (spec) {
      specs.push_back(std::move(*spec));
    } else {
      all.push_back({Level::problem, "table " + table.name.text, spec.error().message, spec.error().hint});
    }
  }
  take(all, examine_target(project.target, specs, process_env(), &interrupted()));
  if (interrupted()) return output.fail(Error(ErrorKind::interrupted, "doctor was interrupted"));
  size_t problems = 0, warnings = 0;
  for (const Finding& f : all) {
    problems += f.level == Level::problem ? 1 : 0;
    warnings += f.level == Level::warning ? 1 : 0;
    output.text(finding_text(f, output.terminal()));
    output.line(JsonObject()
                    .add("type", "finding")
                    .add("level", word(f.level))
                    .add("what", f.what)
                    .add("found", f.found)
                    .add("hint", f.hint)
                    .str());
  }
  int code = problems > 0 ? EXIT_ERROR : EXIT_DONE;
  output.text(problems + warnings == 0 ? "All is well.\n"
                                       : plural(problems, "problem") + ", " + plural(warnings, "warning") + ".\n");
  output.line(JsonObject()
                  .add("type", "summary")
                  .add("exit_code", code)
                  .add("problems", problems)
                  .add("warnings", warnings)
                  .str());
  return code;
}

}  // namespace migrate
