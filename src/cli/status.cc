// migrate status and history: what the cache remembers. status_command(), history_command().
#include "base/json_write.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace migrate {
namespace {

struct Opened {
  std::unique_ptr<Session> session;
  int code = EXIT_DONE;
};

// These commands look at files and cache only.
Opened open_for_reading(const Options& options, const Output& output) {
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return {nullptr, EXIT_ERROR};
  Options offline = options;
  offline.offline = true;
  auto session = open_session(std::move(*inputs), StateUse::read, offline, output);
  if (!session) return {nullptr, output.fail(session.error())};
  return {std::move(*session), EXIT_DONE};
}

}  // namespace

int status_command(const Options& options) {
  Output output(options);
  Opened opened = open_for_reading(options, output);
  if (!opened.session) return opened.code;
  auto selected = opened.session->chain->graph.select(options.targets);
  if (!selected) return output.fail(selected.error());
  auto records = opened.session->cache->records();
  if (!records) return output.fail(records.error());
  uint64_t open = 0;
  size_t width = 0;
  for (TargetIndex i : *selected) width = std::max(width, utf8_length(opened.session->chain->graph.target(i).id));
  for (TargetIndex i : *selected) {
    const Target& target = opened.session->chain->graph.target(i);
    const Record* record = records->find(target.id);
    if (record != nullptr) open += record->open_problems;
    if (output.json()) {
      JsonObject line;
      line.add("type", "target").add("target", target.id).add("recorded", record != nullptr);
      if (record != nullptr) {
        line.add("finished_at", record->finished_at)
            .add("seconds", record->seconds)
            .add("open_problems", record->open_problems)
            .add("run", record->run);
        if (!record->facts.empty()) line.raw("facts", record->facts);
      }
      output.line(line.str());
      continue;
    }
    if (target.rule->pure() && options.verbose == 0) continue;
    std::string text = "  " + pad(target.id, width) + "  ";
    if (record == nullptr) {
      text += output.terminal().paint(Style::dim, "never made");
    } else {
      text += local_text(record->finished_at) + "  " + pad(human_duration(record->seconds), 10);
      if (record->open_problems > 0)
        text += "  " + output.terminal().paint(Style::yellow, plural(record->open_problems, "open problem"));
    }
    output.text(text + "\n");
  }
  if (open > 0) output.text(plural(open, "open problem") + ": migrate report lists them.\n");
  output.line(JsonObject().add("type", "summary").add("exit_code", EXIT_DONE).add("open_problems", open).str());
  return EXIT_DONE;
}

int history_command(const Options& options) {
  Output output(options);
  Opened opened = open_for_reading(options, output);
  if (!opened.session) return opened.code;
  auto runs = opened.session->cache->runs(static_cast<size_t>(options.count));
  if (!runs) return output.fail(runs.error());
  for (const RunRecord& run : *runs) {
    std::string end = run.finished_at == 0 ? "did not end by itself"
                                           : "exit " + std::to_string(run.exit_code) + " after " +
                                                 human_duration(static_cast<double>(run.finished_at - run.started_at));
    output.text("  " + pad(run.id, 24) + "  " + local_text(run.started_at) + "  " + pad(run.command, 8) + "  " +
                pad(run.who, 20) + "  " + end + "\n");
    output.line(JsonObject()
                    .add("type", "run")
                    .add("id", run.id)
                    .add("started_at", run.started_at)
                    .add("finished_at", run.finished_at)
                    .add("command", run.command)
                    .add("who", run.who)
                    .add("exit_code", run.exit_code)
                    .str());
  }
  if (runs->empty()) output.text("No runs yet.\n");
  return output.done(EXIT_DONE);
}

}  // namespace migrate
