// The command line over CLI11: parse_command_line() and command_line().
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "cli/session.h"

namespace migrate {
namespace {

struct CommandLine {
  CLI::App& app;
  Options& options;

  CLI::App* command(const std::string& name, Command value, const std::string& help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->callback([this_options = &options, value] { this_options->command = value; });
    sub->fallthrough();
    return sub;
  }
  void targets(CLI::App* sub) {
    sub->add_option("targets", options.targets,
                    "Targets, e.g. run:Users; +x: and what it needs; x+: and what depends on it; globs. None: all")
        ->type_name("TARGET");
  }
};

void add_common(CLI::App& app, Options& o) {
  app.add_option("-f,--file", o.file, "The project file")->type_name("FILE")->capture_default_str();
  app.add_option("-j,--jobs", o.jobs, "Targets made at once")->type_name("N")->check(CLI::Range(1, 256));
  app.add_flag("-k,--keep-going", o.keep_going, "After a failure, go on with what does not depend on it");
  app.add_flag("--json", o.json, "One JSON object a line on stdout");
  app.add_flag("--dry-run", o.dry_run, "Say what would be done, and do nothing");
  app.add_flag("-y,--yes", o.yes, "Ask nothing");
  app.add_flag("-v,--verbose", o.verbose, "Say more; twice: debug");
  app.add_option("--color", o.color, "auto, always or never; NO_COLOR is obeyed")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

}  // namespace

std::unique_ptr<CLI::App> command_line(Options& o) {
  auto app = std::make_unique<CLI::App>("Moves relational data the way a build system builds software.", "migrate");
  app->set_version_flag("--version", std::string("migrate ") + MIGRATE_VERSION);
  app->set_help_all_flag("--help-all", "Help of every command");
  app->require_subcommand(1);
  add_common(*app, o);
  CommandLine line{*app, o};

  CLI::App* build =
      line.command("build", Command::build, "Make what is out of date: views, tables, rows, checks, report");
  line.targets(build);
  build->add_flag("-B,--always-make", o.always_make, "Make it all again");
  build->add_flag("--adopt", o.adopt, "Take over views of the same name that migrate did not make");
  build
      ->add_option("--allow-deletes", o.allow_deletes,
                   "So many items of a table may be removed, whatever `limits.deletes` says")
      ->type_name("N");

  CLI::App* plan = line.command("plan", Command::plan, "Show what build would make, and why");
  line.targets(plan);
  plan->add_flag("-B,--always-make", o.always_make, "As if all were to be made again");
  plan->add_flag("--adopt", o.adopt, "As build --adopt");
  plan->add_flag("--offline", o.offline, "Look at files and cache only");
  plan->add_flag("--detailed-exitcode", o.detailed_exitcode, "Exit with 2 when there is something to do");

  CLI::App* clean =
      line.command("clean", Command::clean, "Take views down; with --tables also tables that migrate made");
  line.targets(clean);
  clean->add_flag("--tables", o.tables,
                  "Also the data tables that migrate made, that hold nothing else and are not protected");
  clean->add_flag("--dead", o.dead, "Only what the contract no longer names");

  CLI::App* init = line.command("init", Command::init, "Write migrate.yaml and a first contract from a live database");
  init->add_option("source", o.init_source, "mysql://USER@HOST:PORT/DATABASE; the password comes from MIGRATE_PASSWORD")
      ->type_name("URL")
      ->required();
  init->add_flag("--force", o.force, "Overwrite files that are there");

  CLI::App* status = line.command("status", Command::status, "Show what is recorded of each target");
  line.targets(status);
  CLI::App* explain = line.command("explain", Command::explain, "Say why a target is, or is not, up to date");
  line.targets(explain);
  explain->add_flag("--offline", o.offline, "Look at files and cache only");
  CLI::App* graph = line.command("graph", Command::graph, "Print the graph of targets");
  line.targets(graph);
  graph->add_option("--format", o.format, "text, dot or svg")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "dot", "svg"}));
  CLI::App* check = line.command("check", Command::check, "Compare source and target now, whatever is recorded");
  line.targets(check);
  check->add_option("--seed", o.seed, "Draw a sample again: the seed that an earlier check printed")->type_name("N");
  line.command("report", Command::report, "Write the report again from what is recorded");
  CLI::App* history = line.command("history", Command::history, "List the last runs");
  history->add_option("-n,--count", o.count, "How many")->type_name("N")->check(CLI::Range(1, 100000));
  line.command("doctor", Command::doctor, "Look at servers, rights, time zones, TLS, region, disk and clocks");
  CLI::App* completions = line.command("completions", Command::completions, "Print completions for a shell");
  completions->add_option("shell", o.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  line.command("man", Command::man, "Print the manual page");
  return app;
}

ParsedLine parse_command_line(int argc, char** argv) {
  ParsedLine parsed;
  parsed.options.jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency() * 2, 2U, 16U));
  auto app = command_line(parsed.options);
  // `migrate help build` is what people type first.
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app->parse(words);
  } catch (const CLI::ParseError& e) {
    if (json && e.get_exit_code() != 0) {
      parsed.options.json = true;
      parsed.exit_code =
          Output(parsed.options).fail(Error(ErrorKind::usage, e.what(), "`migrate help` lists commands and flags"));
      return parsed;
    }
    int code = app->exit(e);
    parsed.exit_code = code == 0 ? 0 : 1;
  }
  return parsed;
}

}  // namespace migrate
