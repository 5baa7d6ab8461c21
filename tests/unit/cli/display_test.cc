// What people read, as text.
#include "cli/display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/completions.h"
#include "cli/options.h"
#include "engine/run_facts.h"
#include "fake_rule.h"

namespace migrate {
namespace {

using test::World;

Terminal plain() { return Terminal::of(1, "never"); }

TEST(PlanText, ShowsWhatHasAnEffectAndWhy) {
  World world;
  Plan plan = world.plan();
  EXPECT_EQ(plan_text(plan, {}, plain(), false),
            "  will  view:Users  was never built\n"
            "  will  run:Users   was never built\n"
            "\n"
            "Plan: 2 to make, 0 up to date.\n");
}

TEST(PlanText, ShowsEverythingWhenAsked) {
  World world;
  Plan plan = world.plan();
  EXPECT_NE(plan_text(plan, {}, plain(), true).find("mapping:Users"), std::string::npos);
}

TEST(PlanText, ShowsAnErrorWithItsRemedyAndWhatWaitsForIt) {
  World world;
  world.view.fails_ = true;
  Plan plan = world.plan();
  EXPECT_EQ(plan_text(plan, {}, plain(), false),
            "  fail  view:Users  \n"
            "error: no server\n"
            "  hint: start it\n"
            "  wait  run:Users   needs view:Users\n"
            "\n"
            "Plan: 0 to make, 1 failed, 1 waiting for those, 0 up to date.\n");
}

TEST(PlanText, AddsUpTheEstimates) {
  World world;
  Plan plan = world.plan();
  Estimate e;
  e.items = 1000;
  e.bytes = 2000000;
  e.write_units = 2000;
  e.dollars = 1.5;
  e.seconds = 90;
  e.from = "the server's row estimate";
  std::string text = plan_text(plan, {{{"Users", e}, {"Orders", e}}, {"a note"}}, plain(), false);
  EXPECT_NE(text.find("  Users          1,000      2.0 MB         2,000      $1.50    1 m 30 s\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("  all            2,000      4.0 MB         4,000      $3.00    3 m 00 s\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("from the server's row estimate;"), std::string::npos) << text;
  EXPECT_NE(text.find("\n\n  a note\n\nPlan:"), std::string::npos) << text;
}

TEST(PlainDisplay, PrintsLinesWithoutControlCodes) {
  World world;
  Plan plan = world.plan();
  testing::internal::CaptureStdout();
  {
    auto display = make_display(scope_of(plan, 0), plain());
    TargetResult result;
    result.outcome = Outcome::made;
    result.seconds = 1.25;
    result.open_problems = 2;
    const Target& run = *plan.graph->find("run:Users");
    display->started(run);
    display->finished(run, result);
    display->started(*plan.graph->find("mapping:Users"));
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "making   run:Users\nmade     run:Users  1.2 s, 2 open problems\n");
}

TEST(JsonLines, HoldStateReasonsAndErrors) {
  World world;
  Plan plan = world.plan();
  auto view = plan.graph->index(*plan.graph->find("view:Users"));
  EXPECT_EQ(
      target_json(plan, view, nullptr),
      R"({"type":"target","target":"view:Users","dirty":"will","reasons":[{"kind":"never_built","input":"","was":"","now":"","caused_by":""}]})");
  Place place;
  place.file = "c.json";
  place.line = 3;
  place.column = 7;
  Error error(ErrorKind::contract_value, "no \"x\"", "write y", place);
  EXPECT_EQ(
      error_json(error),
      R"({"type":"error","code":"contract-value","file":"c.json","line":3,"column":7,"message":"no \"x\"","hint":"write y"})");
}

TEST(JsonLines, OfARunAndACheckHaveTheNumberOfItems) {
  World world;
  Plan plan = world.plan();
  TargetResult result;
  result.outcome = Outcome::made;
  TableRun run;
  run.written = 40;
  run.present = 2;
  result.facts = run_facts(run);
  EXPECT_THAT(target_json(plan, plan.graph->index(*plan.graph->find("run:Users")), &result),
              testing::HasSubstr("\"items\":42"));
  result.facts = "{}";
  EXPECT_THAT(target_json(plan, plan.graph->index(*plan.graph->find("view:Users")), &result),
              testing::Not(testing::HasSubstr("items")));
}

TEST(Terminal, PaintsOnlyWhenAsked) {
  EXPECT_EQ(Terminal::of(1, "never").paint(Style::red, "x"), "x");
  EXPECT_EQ(Terminal::of(1, "always").paint(Style::red, "x"), "\033[31mx\033[0m");
}

TEST(Bar, FillsInEighths) {
  EXPECT_EQ(bar(0, 4), "    ");
  EXPECT_EQ(bar(0.5, 4), "██  ");
  EXPECT_EQ(bar(1.0 / 32, 4), "▏   ");
  EXPECT_EQ(bar(7, 2), "██");
}

std::string captured(const std::function<void()>& print) {
  testing::internal::CaptureStdout();
  print();
  return testing::internal::GetCapturedStdout();
}

TEST(Completions, NameEveryCommandInEveryShell) {
  const char* commands[] = {"build", "plan",  "clean",  "init",    "status", "explain",
                            "graph", "check", "report", "history", "doctor", "completions"};
  for (const char* shell : {"bash", "zsh", "fish"}) {
    std::string text = captured([&] { print_completions(shell); });
    for (const char* command : commands) EXPECT_NE(text.find(command), std::string::npos) << shell << " " << command;
    EXPECT_NE(text.find("keep-going"), std::string::npos) << shell;
  }
}

// What the shell offers for a command line that begins so, a word a line.
std::string offers(const std::string& shell, const std::string& script) {
  const std::string path = testing::TempDir() + "completions." + shell;
  if (!write_file(path, captured([&] { print_completions(shell); }))) return "cannot write " + path;
  testing::internal::CaptureStdout();
  const int code = system((shell + " -c '. " + path + "; " + script + "' 2>&1").c_str());
  fflush(stdout);
  const std::string said = testing::internal::GetCapturedStdout();
  return code == 0 ? said : "exit code " + std::to_string(code) + ": " + said;
}

TEST(Completions, WorkInBash) {
  const std::string begins = "COMP_CWORD=1; COMP_WORDS=(migrate pl); _migrate; printf \"%s\\n\" \"${COMPREPLY[@]}\"";
  EXPECT_EQ(offers("bash", begins), "plan\n");
}

TEST(Completions, WorkInFish) {
  EXPECT_THAT(offers("fish", "complete -C \"migrate pl\""), testing::StartsWith("plan"));
  EXPECT_THAT(offers("fish", "complete -C \"migrate build --keep\""), testing::StartsWith("--keep-going"));
}

// zsh completes at a terminal only: that it reads the function and knows what it is for is as far as this goes.
TEST(Completions, AreReadByZsh) {
  const std::string path = testing::TempDir() + "_migrate";
  ASSERT_TRUE(write_file(path, captured([&] { print_completions("zsh"); })));
  EXPECT_EQ(system(("zsh -n " + path).c_str()), 0);
}

TEST(Manual, DescribesEveryCommandAndItsFlags) {
  std::string text = captured(print_manual);
  for (const char* part :
       {".SS migrate build", ".SS migrate plan", "\\-\\-detailed\\-exitcode", "\\-\\-adopt", ".SH EXIT STATUS"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

ParsedLine parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "migrate");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

TEST(CommandLine, ReadsFlagsBeforeAndAfterTheCommand) {
  ParsedLine line = parsed({"-f", "a.yaml", "build", "-k", "--json", "+run:Users", "view:*"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_EQ(line.options.command, Command::build);
  EXPECT_EQ(line.options.file, "a.yaml");
  EXPECT_TRUE(line.options.keep_going);
  EXPECT_TRUE(line.options.json);
  EXPECT_EQ(line.options.targets, (std::vector<std::string>{"+run:Users", "view:*"}));
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parsed({"plan", "--bogus"}).exit_code, 1);
  EXPECT_EQ(parsed({}).exit_code, 1);
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace migrate
