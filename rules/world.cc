// One look at the source and shared clients of the target: see world.h.
#include "rules/world.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/cancel_watch.h"
#include "base/text.h"
#include "contract/check_mask.h"
#include "contract/check_watermark.h"
#include "contract/schema_json.h"
#include "sql/convert.h"
#include "sql/read_schema.h"
#include "sql/snapshot.h"

namespace migrate {
namespace {

const char* name_of(ZeroDates z) { return z == ZeroDates::dead ? "dead" : z == ZeroDates::null ? "null" : "text"; }

// Behind a table's name, for those that settings name: "@gtid", "@watermark:".
std::string mark_of(std::string_view name, DataVersionMethod method) {
  return "@" + std::string(name) + (method == DataVersionMethod::watermark ? ":" : "");
}

}  // namespace

Leaf leaf(std::string name, const std::string& text) { return {std::move(name), digest_of("setting", text), text}; }

Leaf order_leaf(const Contract& contract) {
  std::vector<std::string> names;
  for (const Table& table : contract.tables) names.push_back(table.name.text);
  return leaf("order", join(names, ", "));
}

std::string data_name(const DataVersionRequest& request) {
  for (const auto& [name, method] : data_version_methods) {
    if (method == DataVersionMethod::automatic || method != request.setting.method) continue;
    return request.table + mark_of(name, method) + request.setting.column;
  }
  return request.table;
}

std::string table_of_data(const std::string& data_name) {
  for (const auto& [name, method] : data_version_methods) {
    if (method == DataVersionMethod::automatic) continue;
    const size_t at = data_name.rfind(mark_of(name, method));
    if (at != std::string::npos) return data_name.substr(0, at);
  }
  return data_name;
}

World::World(const Project& project, const Contract& contract, Cache& cache, WorldOptions options)
    : project_(project), contract_(contract), cache_(cache), options_(options) {
  for (const Table& table : contract.tables) {
    tables_[table.name.text] = &table;
    views_.try_emplace(table.name.text);
  }
}

World::~World() = default;

const Table* World::find_table(const std::string& name) const {
  auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second;
}

std::vector<Leaf> World::mapping_settings(const std::string& name) const {
  const TableSettings& t = project_.table(name);
  std::vector<Leaf> out;
  if (!t.where.empty()) out.push_back(leaf("where", t.where));
  for (const auto& [entity, where] : t.entity_where) out.push_back(leaf("where of " + entity, where));
  if (t.zero_dates != ZeroDates::dead) out.push_back(leaf("zero_dates", name_of(t.zero_dates)));
  if (t.soft_deletes == SoftDeletes::keep) out.push_back(leaf("soft_deletes", "keep"));
  if (t.soft_deletes == SoftDeletes::condition) out.push_back(leaf("soft_deletes", t.soft_delete_condition));
  return out;
}

std::vector<Leaf> World::view_settings() const {
  const ViewSettings& v = project_.views;
  std::vector<Leaf> out = {leaf("project", project_.name), leaf("source.time_zone", project_.source.time_zone),
                           leaf("views.prefix", v.prefix)};
  if (!v.database.empty()) out.push_back(leaf("views.database", v.database));
  if (v.definer) out.push_back(leaf("views.security", "definer"));
  return out;
}

std::string World::source_name() const {
  const SourceSettings& s = project_.source;
  return s.kind + " " + s.user + "@" + (s.socket.empty() ? s.host + ":" + std::to_string(s.port) : s.socket) + "/" +
         s.database;
}

Result<SqlConnection*> World::reader() {
  if (reader_ == nullptr) {
    TRY(opened, open_session(project_.source));
    reader_ = std::move(opened);
  }
  return reader_.get();
}

Result<SqlConnection*> World::view_maker() {
  if (view_connection_ == nullptr) {
    // As the connection that looks at views: what the server shows of one follows the session's sql_mode.
    TRY(opened, open_session(migrate::view_connection(project_)));
    view_connection_ = std::move(opened);
  }
  return view_connection_.get();
}

Result<World::Borrowed> World::view_connection() {
  std::unique_lock lock(view_mutex_);
  if (view_connection_ != nullptr && !view_connection_->execute("DO 0")) view_connection_.reset();  // it was lost
  TRY(connection, view_maker());
  return Borrowed{connection, std::move(lock)};
}

Result<std::vector<ViewStatement>> World::statements(const std::string& table) {
  TRY(schema, this->schema());
  TRY(views, this->views(table));
  return view_statements(*views, project_, schema->flavor);
}

// On the connection that is there anyway, where views are made under the same account in the same place: a handshake is
// the longest part of a build that finds nothing to do.
Result<std::vector<SeenView>> World::observe(const std::vector<std::string>& names) {
  const ViewSettings& views = project_.views;
  if (views.host || views.user || views.password || !views.database.empty()) {
    TRY(connection, view_maker());
    return observe_views(*connection, names);
  }
  std::lock_guard guard(source_mutex_);
  TRY(connection, reader());
  return observe_views(*connection, names);
}

Result<std::map<std::string, SeenView>> World::look_at_views() {
  std::vector<std::string> names;
  for (const Table& table : contract_.tables) {
    auto statements = this->statements(table.name.text);
    if (!statements) continue;  // the table's own target says why
    for (const ViewStatement& statement : *statements) names.push_back(statement.view_name);
  }
  TRY(seen, observe(names));
  std::map<std::string, SeenView> out;
  for (SeenView& view : seen) {
    std::string name = view.name;
    out.emplace(std::move(name), std::move(view));
  }
  return out;
}

Result<const SeenView*> World::seen_view(const std::string& view_name) {
  std::lock_guard guard(view_mutex_);
  if (!seen_views_) seen_views_.emplace(look_at_views());
  if (!*seen_views_) return seen_views_->error();
  auto found = (*seen_views_)->find(view_name);
  if (found == (*seen_views_)->end())
    return Error(ErrorKind::internal, "the view '" + view_name + "' was not looked at");
  return &found->second;
}

Result<const Schema*> World::schema() {
  std::lock_guard guard(source_mutex_);
  if (!schema_) schema_.emplace(read_or_recall_schema());
  if (!*schema_) return schema_->error();
  return &**schema_;
}

// What the cache remembers is for plan --offline, and for tables that are to be told apart from new ones.
Result<Schema> World::read_or_recall_schema() {
  TRY(remembered, cache_.fact("schema"));
  if (options_.offline) {
    if (!remembered) {
      return Error(ErrorKind::usage, "the schema of " + source_name() + " has never been read",
                   "run `migrate build` once: it remembers the schema");
    }
    return schema_from_json(*remembered);
  }
  TRY(connection, reader());
  TRY(schema, read_schema(*connection));
  if (!options_.read_only) {
    std::string json = schema_json(schema);
    if (!remembered || *remembered != json) CHECK_OK(cache_.put_fact("schema", json));
  }
  return schema;
}

Result<std::vector<RowText>> World::query(const std::string& sql, const std::function<bool()>& cancelled) {
  const auto ask = [&](SqlConnection& connection) {
    const CancelWatch watch(cancelled, [&] { connection.cancel(); });
    return connection.query(sql);
  };
  std::lock_guard guard(source_mutex_);
  TRY(connection, reader());
  auto rows = ask(*connection);
  if (rows || rows.error().kind != ErrorKind::source_lost) return rows;
  // The server was restarted, or closed what was idle while rows were read over other connections.
  reader_.reset();
  TRY(fresh, reader());
  return ask(*fresh);
}

std::string World::table_name(const std::string& written) {
  auto known = schema();
  const SourceTable* table = known ? (*known)->table(written) : nullptr;
  return table != nullptr ? table->name : written;
}

// What a method does not see, only those who chose it do without: so it never reaches another target table's runs.
DataVersionRequest World::version_request(const std::string& name, const std::string& source_table) {
  const Table* table = find_table(name);
  const DataVersionSetting& setting = project_.table(name).data_version;
  if (table == nullptr || setting.method == DataVersionMethod::automatic) return {source_table, {}};
  for (const Entity& entity : table->entities) {
    if (table_name(entity.source_table.text) == source_table) return {source_table, setting};
  }
  return {source_table, {}};
}

Result<const DataVersion*> World::version(const std::string& data_name) {
  TRY(schema, this->schema());
  std::lock_guard guard(source_mutex_);
  if (!versions_) versions_.emplace(read_versions(*schema));
  if (!*versions_) return versions_->error();
  auto found = (*versions_)->find(data_name);
  if (found == (*versions_)->end())
    return Error(ErrorKind::internal, "no data version was asked for '" + data_name + "'");
  if (!found->second) return found->second.error();
  return &*found->second;
}

Result<const DataVersion*> World::final_version(const std::string& data_name) {
  TRY(first, version(data_name));
  TRY(schema, this->schema());
  std::lock_guard guard(source_mutex_);
  if (first->settles_in == 0 || options_.read_only || waited_for_versions_) return first;
  waited_for_versions_ = true;
  double wait = 0;
  for (const auto& [name, version] : **versions_) wait = std::max(wait, version ? version->settles_in : 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait);
  while (std::chrono::steady_clock::now() < end && !(options_.stop && *options_.stop))
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  TRY(again, read_versions(*schema));
  // Into the same nodes: others may hold what version() gave them.
  for (auto& [name, version] : again) {
    Result<DataVersion>& known = (*versions_)->at(name);
    if (known && version) *known = std::move(*version);
  }
  return first;
}

// The column of a watermark is looked up where the setting stands: the server would name neither.
Result<void> World::check_request(const DataVersionRequest& request, const Schema& schema) const {
  if (request.setting.method != DataVersionMethod::watermark) return {};
  Diagnostics wrong;
  for (const Table& table : contract_.tables) {
    const bool reads = std::any_of(table.entities.begin(), table.entities.end(), [&](const Entity& entity) {
      const SourceTable* source = schema.table(entity.source_table.text);
      return source != nullptr && source->name == request.table;
    });
    const SourceTable* source = schema.table(request.table);
    const bool there = source == nullptr || source->column(request.setting.column) != nullptr;
    if (!reads || there || project_.table(table.name.text).data_version.column != request.setting.column) continue;
    check_watermark(project_, table, schema, wrong);
  }
  if (!wrong.list.empty()) return wrong.list.front();
  return {};
}

// A table that is missing has no version: view-sql says where the contract names it.
Result<World::Versions> World::read_versions(const Schema& schema) {
  TRY(connection, reader());
  Versions out;
  std::vector<DataVersionRequest> requests;
  for (const auto& [name, request] : version_requests_) {
    if (auto checked = check_request(request, schema); !checked)
      out.emplace(data_name(request), checked.error());
    else
      requests.push_back(request);
  }
  TRY(versions, read_each_data_version(*connection, requests));
  for (size_t i = 0; i < versions.size(); ++i) out.emplace(data_name(requests[i]), std::move(versions[i]));
  return out;
}

Result<const TableViews*> World::views(const std::string& name) {
  TRY(schema, this->schema());
  const Table* table = find_table(name);
  if (table == nullptr) return Error(ErrorKind::internal, "no table '" + name + "' in the contract");
  std::lock_guard guard(views_mutex_);
  Built& built = views_[name];
  if (!built.done) {
    Diagnostics diagnostics;
    built.views = migrate::build_views(contract_, *table, *schema, project_, diagnostics);
    for (Error& e : diagnostics.list) {
      if (!e.warning && !built.error) built.error = e;
      problems_.add(std::move(e));
    }
    built.done = true;
  }
  if (!built.views)
    return built.error.value_or(Error(ErrorKind::contract_schema, "the views of table '" + name + "' cannot be made"));
  return &*built.views;
}

Result<void> World::build_views(const std::set<std::string>& tables) {
  TRY(known, schema());
  {
    std::lock_guard guard(source_mutex_);
    TRY(connection, reader());
    CHECK_OK(probe_time_zone(*connection, project_.source.time_zone));
  }
  for (const Table& table : contract_.tables) {
    if (tables.count(table.name.text) == 0) continue;
    (void)views(table.name.text);  // errors are in problems()
    std::lock_guard guard(views_mutex_);
    check_watermark(project_, table, *known, problems_);
  }
  std::lock_guard guard(views_mutex_);
  check_mask(project_, *known, problems_);
  return {};
}

Result<TableSpec> World::table_spec(const std::string& name) const {
  const Table* table = find_table(name);
  if (table == nullptr) return Error(ErrorKind::internal, "no table '" + name + "' in the contract");
  return migrate::table_spec(*table, project_.table(name), project_.target);
}

std::string World::target_name() const {
  auto opened = service();
  if (!opened) return "dynamodb " + project_.target.region + " " + project_.target.endpoint;
  return "dynamodb " + (*opened)->endpoint.str();
}

Result<std::shared_ptr<const AwsService>> World::open_service() const {
  return open_dynamodb(project_.target, process_env(), options_.stop);
}

Result<std::shared_ptr<const AwsService>> World::service() const {
  std::lock_guard guard(target_mutex_);
  if (!service_) service_.emplace(open_service());
  if (!*service_) return service_->error();
  return **service_;
}

Result<std::shared_ptr<AwsClient>> World::borrow_client() {
  TRY(service, this->service());
  std::unique_ptr<AwsClient> client;
  {
    std::lock_guard guard(target_mutex_);
    if (!idle_clients_.empty()) {
      client = std::move(idle_clients_.back());
      idle_clients_.pop_back();
    }
  }
  if (client == nullptr) client = connect_dynamodb(service, CLIENT_CONNECTIONS);
  return std::shared_ptr<AwsClient>(client.release(), [this](AwsClient* returned) {
    std::lock_guard guard(target_mutex_);
    idle_clients_.emplace_back(returned);
  });
}

}  // namespace migrate
