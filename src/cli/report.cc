// migrate report: writes the report again from what is recorded. report_command().
#include "report/report.h"

#include "base/file.h"
#include "base/json_write.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/session.h"
#include "rules/gather_report.h"

namespace migrate {

int report_command(const Options& options) {
  Output output(options);
  std::optional<Inputs> inputs = read_inputs(options, output);
  if (!inputs) return EXIT_ERROR;
  Options offline = options;
  offline.offline = true;
  auto session = open_session(std::move(*inputs), StateUse::read, offline, output);
  if (!session) return output.fail(session.error());
  auto records = (*session)->cache->records();
  if (!records) return output.fail(records.error());
  auto failures = recorded_failures(*(*session)->cache);
  if (!failures) return output.fail(failures.error());
  auto data = gather_report(*(*session)->world, *records, *failures);
  if (!data) return output.fail(data.error());
  std::string folder = report_folder((*session)->inputs.project);
  if (options.dry_run) {
    output.text("Would write " + folder + "/index.html, report.md and report.json.\n");
    output.line(JsonObject().add("type", "summary").add("exit_code", EXIT_DONE).add("folder", folder).str());
    return EXIT_DONE;
  }
  if (auto made = make_folders(folder); !made) return output.fail(made.error());
  if (auto written = write_report(*data, folder); !written) return output.fail(written.error());
  output.text("Wrote " + folder + "/index.html, report.md and report.json.\n");
  output.line(JsonObject().add("type", "summary").add("exit_code", EXIT_DONE).add("folder", folder).str());
  return EXIT_DONE;
}

}  // namespace migrate
