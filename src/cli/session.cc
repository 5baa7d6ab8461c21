// What every command begins with: read_inputs(), open_session(), make_plan().
#include "cli/session.h"

#include "base/file.h"
#include "base/log.h"
#include "contract/read_contract.h"

namespace migrate {

std::optional<Inputs> read_inputs(const Options& options, const Output& output) {
  Diagnostics diagnostics;
  std::optional<Project> project = read_project(options.file, diagnostics);
  std::optional<Contract> contract;
  if (project) contract = read_contract(project->contracts, diagnostics);
  if (project && contract) check_settings(*project, *contract, diagnostics);
  output.report(diagnostics);
  if (!project || !contract || diagnostics.has_errors()) {
    output.done(EXIT_ERROR);
    return std::nullopt;
  }
  return Inputs{std::move(*project), std::move(*contract)};
}

Result<std::unique_ptr<Session>> open_session(Inputs inputs, StateUse use, const Options& options,
                                              const Output& output) {
  auto session = std::make_unique<Session>();
  session->inputs = std::move(inputs);
  const Project& project = session->inputs.project;
  if (use == StateUse::write) {
    CHECK_OK(make_folders(project.state));
    TRY(lock, StateLock::take(project.state));
    session->lock.emplace(std::move(lock));
    TRY(cache, Cache::open(project.state, project.name));
    session->cache = std::move(cache);
  } else {
    TRY(cache, Cache::open_read_only(project.state, project.name));
    session->cache = std::move(cache);
  }
  session->world = std::make_unique<World>(project, session->inputs.contract, *session->cache,
                                           WorldOptions{options.offline, options.adopt, use == StateUse::read});
  Diagnostics diagnostics;
  session->chain = lay_chain(*session->world, diagnostics);
  output.report(diagnostics);
  if (diagnostics.has_errors()) return Error(ErrorKind::graph_duplicate, "the targets cannot be laid out");
  return session;
}

Result<Plan> make_plan(Session& session, const Options& options, const Output& output) {
  PlanOptions plan_options;
  TRY(selected, session.chain->graph.select(options.targets));
  if (!options.targets.empty()) plan_options.selected = std::move(selected);
  plan_options.offline = options.offline;
  plan_options.force = options.always_make;
  plan_options.cancelled = &interrupted();
  if (!options.offline) {
    CHECK_OK(session.world->build_all_views());
    output.report(session.world->problems());
    if (session.world->problems().has_errors()) {
      return Error(ErrorKind::contract_schema,
                   "the contract does not fit the schema of " + session.world->source_name(),
                   "mend what is listed above; nothing was changed");
    }
  }
  TRY(records, session.cache->records());
  return scan_and_plan(session.chain->graph, std::move(records), plan_options);
}

}  // namespace migrate
