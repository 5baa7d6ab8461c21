// migrate clean: lists what it would remove, asks, and removes it. clean_command().
#include <unistd.h>

#include <iostream>

#include "base/json_write.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/run_log.h"
#include "cli/session.h"
#include "graph/clean.h"

namespace migrate {
namespace {

bool removable(const std::string& id, bool tables) {
  return id.starts_with("view:") || (tables && id.starts_with("table:"));
}

bool is_view(const CleanItem& item) { return item.id.starts_with("view:"); }

// What is to be removed, in order; views and tables that the contract names, or those that it no longer does.
Result<std::vector<CleanItem>> items_of(Session& session, const Options& options) {
  if (options.dead) {
    TRY(records, session.cache->records());
    std::vector<CleanItem> items = session.chain->dead_items(records);
    std::erase_if(items, [&](const CleanItem& item) { return item.id.starts_with("table:") && !options.tables; });
    return items;
  }
  TRY(selected, session.chain->graph.select(options.targets));
  std::erase_if(selected, [&](TargetIndex i) { return !removable(session.chain->graph.target(i).id, options.tables); });
  return clean_items(session.chain->graph, selected);
}

// What is not there any more needs no removing.
Result<std::vector<CleanItem>> still_there(std::vector<CleanItem> items, Cache& cache, bool dead) {
  std::vector<CleanItem> out;
  for (CleanItem& item : items) {
    TRY(record, cache.record(item.id));
    if (!dead) {
      TRY(now, item.rule->observe(item.name, record ? &*record : nullptr));
      if (now.kind == Observation::Kind::absent) continue;
    }
    out.push_back(std::move(item));
  }
  return out;
}

bool agreed(size_t count) {
  printf("Remove %s? Only 'yes' will do: ", plural(count, "thing").c_str());
  fflush(stdout);
  std::string answer;
  return std::getline(std::cin, answer) && trim(answer) == "yes";
}

std::string summary_json(int code, const char* what, size_t count) {
  return JsonObject().add("type", "summary").add("exit_code", code).add(what, count).str();
}

// From here on there are side effects: they are logged, and belong to a run.
int remove_all(Session& session, const std::vector<CleanItem>& items, const Options& options, const Output& output) {
  RunRecord run = start_run(session.inputs.project, options, "clean");
  if (auto begun = session.cache->begin_run(run); !begun) return output.fail(begun.error());
  const CleanSummary cleaned = clean(items, *session.cache, &interrupted());
  int code = cleaned.results.size() < items.size() ? EXIT_INTERRUPTED : EXIT_DONE;
  size_t removed = 0;
  for (const CleanResult& result : cleaned.results) {
    if (result.error) {
      code = exit_code(*result.error);
      output.report(*result.error);
    } else {
      ++removed;
      output.text("removed   " + printable(result.item.id) + "\n");
      output.line(JsonObject().add("type", "removed").add("target", result.item.id).str());
    }
  }
  if (cleaned.cache_error) return output.fail(*cleaned.cache_error);
  auto ended = finish_run(*session.cache, run, code, summary_json(code, "removed", removed));
  if (!ended) return output.fail(ended.error());
  output.line(run.facts);
  return code;
}

}  // namespace

int clean_command(const Options& options) {
  Output output(options);
  watch_interrupts();
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  auto session = open_session(std::move(*inputs), options.dry_run ? StateUse::read : StateUse::write, options, output);
  if (!session) return output.fail(session.error());
  auto items = items_of(**session, options);
  if (!items) return output.fail(items.error());
  auto found = still_there(std::move(*items), *(*session)->cache, options.dead);
  if (!found) return output.fail(found.error());
  // A DBA has made them, and nobody else has to drop them.
  if ((*session)->inputs.project.views.apply == ApplyViews::never && std::erase_if(*found, is_view) > 0) {
    const std::string note = "views stay: with `views.apply: never` they are a DBA's to drop";
    output.text("  " + note + "\n");
    output.line(JsonObject().add("type", "note").add("message", note).str());
  }
  const std::vector<CleanItem>& there = *found;
  if (there.empty()) {
    output.text("Nothing to remove.\n");
    output.line(summary_json(EXIT_DONE, "removed", 0));
    return EXIT_DONE;
  }
  for (const CleanItem& item : there) {
    output.text("  remove  " + printable(item.id) + "\n");
    output.line(JsonObject().add("type", "remove").add("target", item.id).str());
  }
  if (options.dry_run) {
    output.line(summary_json(EXIT_DONE, "to_remove", there.size()));
    return EXIT_DONE;
  }
  if (!options.yes && (output.json() || isatty(STDIN_FILENO) == 0)) {
    return output.fail(Error(ErrorKind::usage, "nobody is there to ask", "repeat with --yes to remove what is listed"));
  }
  if (!options.yes && !agreed(there.size())) {
    output.text("Nothing was removed.\n");
    return EXIT_ERROR;
  }
  return remove_all(**session, there, options, output);
}

}  // namespace migrate
