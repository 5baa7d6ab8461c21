// What all rules share while one command runs: the project, the contract, and one look at the source, taken once and in
// set-based queries however many targets ask. Thread-safe but for the constructor.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "cache/cache.h"
#include "cloud/dynamodb.h"
#include "cloud/table.h"
#include "contract/model.h"
#include "contract/project.h"
#include "graph/rule.h"
#include "sql/apply_views.h"
#include "sql/connection.h"
#include "sql/data_version.h"
#include "sql/view.h"

namespace migrate {

Leaf leaf(std::string name, const std::string& text);  // a setting that people wrote: shown as it is
Leaf order_leaf(const Contract& contract);             // of the tables: what lists them follows it

struct WorldOptions {
  bool offline = false;                     // the schema is what the cache remembers, and nothing outside is asked
  bool adopt = false;                       // views of others are taken over
  bool read_only = false;                   // nothing is written to the cache
  const std::atomic<bool>* stop = nullptr;  // Ctrl-C: what waits for the target ends soon
  std::optional<uint64_t> allow_deletes = std::nullopt;  // of each table, in place of limits.deletes
};

// The name of a target data:…, one for each source table and method: "orders", "orders@watermark:updated_at".
std::string data_name(const DataVersionRequest& request);
std::string table_of_data(const std::string& data_name);  // "orders"

class World {
 public:
  // All must outlive the World.
  World(const Project& project, const Contract& contract, Cache& cache, WorldOptions options);
  ~World();

  const Project& project() const { return project_; }
  const Contract& contract() const { return contract_; }
  Cache& cache() { return cache_; }
  const WorldOptions& options() const { return options_; }
  const Table* find_table(const std::string& name) const;  // by the contract's name
  std::vector<Leaf> mapping_settings(const std::string& table) const;
  std::vector<Leaf> view_settings() const;

  // --- the source ---
  std::string source_name() const;  // "mysql shop@127.0.0.1:3306/shop"
  Result<const Schema*> schema();
  // Errors: the first of this table's; all are in problems().
  Result<const TableViews*> views(const std::string& table);
  Result<void> build_views(const std::set<std::string>& tables);
  const Diagnostics& problems() const { return problems_; }  // of all views built so far, warnings too
  // On the connection that looks. Errors: interrupted, soon after `cancelled`; source_*.
  Result<std::vector<RowText>> query(const std::string& sql, const std::function<bool()>& cancelled);
  // As the schema has it, where both are known: with lower_case_table_names a contract may write another case.
  std::string table_name(const std::string& written);
  // How runs of a target table tell that a source table changed: by the method that its settings name where an entity
  // is made of that table's rows, else by `auto`. `source_table` as the schema has it.
  DataVersionRequest version_request(const std::string& table, const std::string& source_table);
  // All that the contract reads, by name of the target data:…. A few queries for all.
  void read_versions_of(std::map<std::string, DataVersionRequest> requests) { version_requests_ = std::move(requests); }
  Result<const DataVersion*> version(const std::string& data_name);
  // In a build, of rows that were written just before it: waits, two seconds at most and once for all tables, until the
  // version is final, and looks again. The snapshot that reads them would wait as long, and then has what is recorded.
  Result<const DataVersion*> final_version(const std::string& data_name);
  Result<std::vector<ViewStatement>> statements(const std::string& table);
  // As the server has it. Two queries for all views of the contract.
  Result<const SeenView*> seen_view(const std::string& view_name);
  // The connection that makes views; one caller at a time.
  struct Borrowed {
    SqlConnection* connection;
    std::unique_lock<std::mutex> lock;
  };
  Result<Borrowed> view_connection();

  // --- the target ---
  std::string target_name() const;  // "dynamodb us-east-1 (target.region), http://127.0.0.1:8000 (target.endpoint)"
  Result<std::shared_ptr<const AwsService>> service() const;
  Result<TableSpec> table_spec(const std::string& table) const;
  // Goes back to the idle ones when the pointer dies.
  Result<std::shared_ptr<AwsClient>> borrow_client();

 private:
  static constexpr size_t CLIENT_CONNECTIONS = 32;
  struct Built {
    bool done = false;
    std::optional<TableViews> views;
    std::optional<Error> error;
  };
  Result<std::shared_ptr<const AwsService>> open_service() const;
  Result<SqlConnection*> reader();
  Result<Schema> read_or_recall_schema();
  using Versions = std::map<std::string, Result<DataVersion>>;  // one table's error stops nobody else
  Result<Versions> read_versions(const Schema& schema);
  Result<void> check_request(const DataVersionRequest& request, const Schema& schema) const;
  Result<SqlConnection*> view_maker();                                           // with view_mutex_ held
  Result<std::vector<SeenView>> observe(const std::vector<std::string>& names);  // with view_mutex_ held
  Result<std::map<std::string, SeenView>> look_at_views();

  const Project& project_;
  const Contract& contract_;
  Cache& cache_;
  WorldOptions options_;
  std::map<std::string, const Table*> tables_;
  std::map<std::string, DataVersionRequest> version_requests_;

  std::mutex source_mutex_;  // guards what was seen of the source, and its connection
  std::unique_ptr<SqlConnection> reader_;
  std::optional<Result<Schema>> schema_;
  std::optional<Result<Versions>> versions_;
  bool waited_for_versions_ = false;
  std::mutex views_mutex_;
  std::map<std::string, Built> views_;
  Diagnostics problems_;
  std::mutex view_mutex_;
  std::unique_ptr<SqlConnection> view_connection_;
  std::optional<Result<std::map<std::string, SeenView>>> seen_views_;

  mutable std::mutex target_mutex_;
  mutable std::optional<Result<std::shared_ptr<const AwsService>>> service_;
  std::vector<std::unique_ptr<AwsClient>> idle_clients_;
};

}  // namespace migrate
