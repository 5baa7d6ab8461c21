// What every command begins with: read_inputs(), open_session(), make_plan().
#include "cli/session.h"

#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/log.h"
#include "contract/read_contract.h"

namespace migrate {
namespace {

// Two projects of one name in one state folder would take each other's targets for dead, so the file counts too: as
// seen from the state folder, because both may be moved together.
std::string identity(const Project& project) {
  namespace fs = std::filesystem;
  std::error_code none;  // a path that cannot be resolved stays as it is
  const fs::path file = fs::weakly_canonical(fs::absolute(project.file, none), none);
  const fs::path state = fs::weakly_canonical(fs::absolute(project.state, none), none);
  return project.name + " in " + file.lexically_relative(state).string();
}

// The tables whose views are made for what is selected, and for what that needs. Nothing selected: all.
std::set<std::string> tables_with_views(const Graph& graph, const std::vector<TargetIndex>& selected) {
  std::set<std::string> tables;
  std::vector<bool> seen(graph.targets().size());
  std::vector<TargetIndex> open = selected.empty() ? graph.order() : selected;
  while (!open.empty()) {
    const TargetIndex i = open.back();
    open.pop_back();
    if (seen[i]) continue;
    seen[i] = true;
    const Target& target = graph.target(i);
    if (target.rule->kind() == "view-sql") tables.insert(target.name);
    open.insert(open.end(), target.needs.begin(), target.needs.end());
  }
  return tables;
}

}  // namespace

std::optional<Inputs> read_inputs(const Options& options, const Output& output) {
  Diagnostics diagnostics;
  std::optional<Project> project = read_project(options.file, diagnostics, &interrupted());
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
    TRY(cache, Cache::open(project.state, identity(project)));
    session->cache = std::move(cache);
  } else {
    TRY(cache, Cache::open_read_only(project.state, identity(project)));
    session->cache = std::move(cache);
  }
  session->world = std::make_unique<World>(
      project, session->inputs.contract, *session->cache,
      WorldOptions{options.offline, options.adopt, use == StateUse::read, &interrupted(), options.allow_deletes});
  Diagnostics diagnostics;
  session->chain = lay_chain(*session->world, diagnostics);
  if (diagnostics.has_errors()) {
    Error last = std::move(diagnostics.list.back());
    diagnostics.list.pop_back();
    output.report(diagnostics);
    return last;
  }
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
    CHECK_OK(session.world->build_views(tables_with_views(session.chain->graph, plan_options.selected)));
    output.report(session.world->problems());
    // With -k only what needs the views of these tables fails.
    if (session.world->problems().has_errors() && !options.keep_going) {
      return Error(ErrorKind::contract_schema,
                   "the contract does not fit the schema of " + session.world->source_name(),
                   "mend what is listed above; nothing was changed");
    }
  }
  TRY(records, session.cache->records());
  return scan_and_plan(session.chain->graph, std::move(records), plan_options);
}

}  // namespace migrate
