// Completions for bash, zsh and fish, and the manual page: made from the command line itself, so that they cannot
// differ from it. Entries: print_completions(), print_manual().
#include "cli/completions.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/text.h"
#include "cli/options.h"

namespace migrate {
namespace {

struct Flag {
  std::vector<std::string> names;  // "-f", "--file"
  std::string value;               // "FILE", or empty
  std::string help;
};

struct CommandWords {
  std::string name;
  std::string help;
  std::vector<Flag> flags;
  std::string positional;  // "TARGET"
  std::string positional_help;
};

Flag flag_of(const CLI::Option& option) {
  Flag flag;
  for (const std::string& s : option.get_snames()) flag.names.push_back("-" + s);
  for (const std::string& l : option.get_lnames()) flag.names.push_back("--" + l);
  if (option.get_items_expected_max() > 0)
    flag.value = option.get_type_name().substr(0, option.get_type_name().find(':'));
  flag.help = option.get_description();
  return flag;
}

CommandWords words_of(const CLI::App& app) {
  CommandWords words;
  words.name = app.get_name();
  words.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      words.positional = option->get_type_name();
      words.positional_help = option->get_description();
    } else {
      words.flags.push_back(flag_of(*option));
    }
  }
  return words;
}

struct Words {
  CommandWords common;
  std::vector<CommandWords> commands;
};

Words all_words() {
  Options options;
  auto app = command_line(options);
  Words words;
  words.common = words_of(*app);
  for (const CLI::App* sub : app->get_subcommands([](const CLI::App*) { return true; }))
    words.commands.push_back(words_of(*sub));
  return words;
}

std::string names_of(const std::vector<Flag>& flags) {
  std::vector<std::string> all;
  for (const Flag& f : flags) all.insert(all.end(), f.names.begin(), f.names.end());
  return join(all, " ");
}

std::string quoted(std::string text) { return "'" + replace_all(std::move(text), "'", "'\\''") + "'"; }

void bash(const Words& words) {
  std::vector<std::string> names;
  for (const CommandWords& c : words.commands) names.push_back(c.name);
  printf("# bash completion of migrate: source it, or put it into /etc/bash_completion.d.\n");
  printf("_migrate() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= w\n");
  printf(
      "  case $before in -f|--file) COMPREPLY=($(compgen -f -- \"$word\")); return ;; --color) COMPREPLY=($(compgen -W "
      "'auto always never' -- \"$word\")); return ;; esac\n");
  printf("  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do case $w in %s) command=$w ;; esac; done\n",
         join(names, "|").c_str());
  printf("  case $command in\n");
  for (const CommandWords& c : words.commands) {
    std::string choices = names_of(c.flags) + " " + names_of(words.common.flags);
    if (c.name == "completions") choices += " bash zsh fish";
    printf("    %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n", c.name.c_str(), choices.c_str());
  }
  printf("    *) COMPREPLY=($(compgen -W '%s %s' -- \"$word\")) ;;\n  esac\n}\ncomplete -F _migrate migrate\n",
         join(names, " ").c_str(), names_of(words.common.flags).c_str());
}

std::string zsh_flags(const std::vector<Flag>& flags) {
  std::string out;
  for (const Flag& f : flags) {
    std::string help = replace_all(replace_all(f.help, "[", "("), "]", ")");
    for (const std::string& name : f.names) {
      std::string value = f.value.empty() ? "" : (f.value == "FILE" ? ":file:_files" : ":" + f.value + ":");
      out += " " + quoted(name + "[" + replace_all(help, ":", " -") + "]" + value);
    }
  }
  return out;
}

void zsh(const Words& words) {
  printf(
      "#compdef migrate\n# zsh completion of migrate: put it as _migrate into a folder of $fpath.\n_migrate() {\n  "
      "local -a commands\n  commands=(");
  for (const CommandWords& c : words.commands)
    printf(" %s", quoted(c.name + ":" + replace_all(c.help, ":", " -")).c_str());
  printf(" )\n  _arguments -C%s '1: :->command' '*:: :->rest'\n", zsh_flags(words.common.flags).c_str());
  printf("  case $state in\n    command) _describe command commands ;;\n    rest) case $words[1] in\n");
  for (const CommandWords& c : words.commands) {
    printf("      %s) _arguments%s%s '*: :' ;;\n", c.name.c_str(), zsh_flags(c.flags).c_str(),
           zsh_flags(words.common.flags).c_str());
  }
  printf("    esac ;;\n  esac\n}\n_migrate \"$@\"\n");
}

void fish_flags(const std::vector<Flag>& flags, const std::string& condition) {
  for (const Flag& f : flags) {
    std::string line = "complete -c migrate" + condition;
    for (const std::string& name : f.names)
      line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!f.value.empty()) line += f.value == "FILE" ? " -r -F" : " -x";
    printf("%s -d %s\n", line.c_str(), quoted(f.help).c_str());
  }
}

void fish(const Words& words) {
  printf(
      "# fish completion of migrate: put it into ~/.config/fish/completions/migrate.fish.\ncomplete -c migrate -f\n");
  fish_flags(words.common.flags, "");
  for (const CommandWords& c : words.commands) {
    printf("complete -c migrate -n __fish_use_subcommand -a %s -d %s\n", c.name.c_str(), quoted(c.help).c_str());
    fish_flags(c.flags, " -n '__fish_seen_subcommand_from " + c.name + "'");
  }
  printf("complete -c migrate -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n");
}

// roff: a leading dot or quote would be a request, and a hyphen is to stay one (man-pages(7)).
std::string roff(std::string_view text) {
  std::string out = replace_all(replace_all(std::string(text), "\\", "\\e"), "-", "\\-");
  if (out.starts_with('.') || out.starts_with('\'')) out = "\\&" + out;
  return out;
}

void roff_flags(const std::vector<Flag>& flags) {
  for (const Flag& f : flags) {
    std::vector<std::string> names;
    for (const std::string& n : f.names)
      names.push_back("\\fB" + roff(n) + "\\fR" + (f.value.empty() ? "" : " \\fI" + roff(f.value) + "\\fR"));
    printf(".TP\n%s\n%s\n", join(names, ", ").c_str(), roff(f.help).c_str());
  }
}

// docs/project-file.md in short; a test compares the keys.
constexpr const char* PROJECT_KEYS = R"(version: 1
name: NAME                     goes into names of reports and metrics
contract: FILE                 or a list of files
source:
  kind: mysql                  MySQL or MariaDB
  host, port, or socket        127.0.0.1, 3306
  database, user
  password                     or password_file, or password_command
  tls                          {mode, ca, cert, key}; mode: disabled, preferred,
                               required, verify-ca, verify-identity
  time_zone                    what DATETIME columns mean: "+00:00"
  flavor                       mysql, mariadb: of views.sql before a connection
views:
  prefix, database             migration_view_, the source's
  host, user, password         (password_file, password_command) who makes them
  apply                        auto; never: a DBA runs out/views.sql
  security                     invoker, definer
target:
  kind: dynamodb
  region, endpoint, profile    else those of the AWS configuration
  table_prefix                 goes before each table's name
  create_tables                true; false: they must exist and fit
engine: native
limits:
  connections                  to the source: 2
  write_rate                   write units a second, each table: 40000
  memory_mb, snapshot_minutes  128, 10
  deletes                      10%: more stop a build; unlimited
check                          full, counts, {sample: N}
mask                           [table.column]: digests wherever people read
tables: {NAME: settings}       by the contract's name
  where, entities              the rows to take
  write                        put-if-absent, overwrite
  on_conflict                  keep, fail, overwrite
  deletes                      propagate, keep
  data_version                 auto, checksum, gtid, always, {watermark: COLUMN}
  zero_dates                   dead, "null", text
  soft_deletes                 exclude, keep, an SQL condition
  check                        as above
  billing                      on-demand, {read: N, write: N}
  warm_throughput              {read: N, write: N}
  ttl                          an attribute of type N
  pitr, deletion_protection    false
  sse                          aws-managed, or a KMS key
  tags                         {KEY: VALUE}
out, state                     folders: out, .migrate
)";

}  // namespace

void print_completions(const std::string& shell) {
  Words words = all_words();
  if (shell == "bash") return bash(words);
  if (shell == "zsh") return zsh(words);
  fish(words);
}

void print_manual() {
  Words words = all_words();
  printf(".TH MIGRATE 1 \"\" \"migrate %s\" \"User Commands\"\n.SH NAME\nmigrate \\- %s\n", MIGRATE_VERSION,
         roff(words.common.help).c_str());
  printf(".SH SYNOPSIS\n.B migrate\n.I COMMAND\n[\\fIFLAG\\fR ...] [\\fITARGET\\fR ...]\n.SH DESCRIPTION\n");
  printf(
      "A project file says what the target tables must hold; a graph of content\\-hashed targets says how to get "
      "there; a cache remembers what is already true. "
      "\\fBmigrate plan\\fR shows what would be made and why, \\fBmigrate build\\fR makes it.\n.SH COMMANDS\n");
  for (const CommandWords& c : words.commands) {
    printf(".SS migrate %s%s\n%s.\n", roff(c.name).c_str(),
           c.positional.empty() ? "" : (" [" + roff(c.positional) + "]").c_str(), roff(c.help).c_str());
    if (!c.positional.empty())
      printf(".TP\n\\fI%s\\fR\n%s\n", roff(c.positional).c_str(), roff(c.positional_help).c_str());
    roff_flags(c.flags);
  }
  printf(".SH COMMON FLAGS\n");
  roff_flags(words.common.flags);
  printf(
      ".SH EXIT STATUS\n.TP\n0\nDone, or nothing to do.\n.TP\n1\nAn error.\n.TP\n2\n\\fBplan "
      "\\-\\-detailed\\-exitcode\\fR found changes.\n"
      ".TP\n3\nFinished, with dead letters, conflicts or a failed check.\n.TP\n130\nInterrupted.\n");
  printf(
      ".SH PROJECT FILE\nYAML; ${NAME} and ${NAME:\\-default} in values are environment variables. What follows a key "
      "is its "
      "meaning, its values, or its default.\n.PP\n.nf\n");
  for (const std::string& line : split(PROJECT_KEYS, '\n')) printf("%s\n", roff(line).c_str());
  printf(
      ".fi\n.SH FILES\n.TP\n.I migrate.yaml\nThe project file.\n.TP\n.I .migrate/\nState: the cache and its "
      "lock.\n.TP\n.I "
      "out/\nviews.sql, report/, dead\\-letters/, logs/.\n");
}

}  // namespace migrate
