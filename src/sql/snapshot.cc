// open_snapshot(), open_session(): one moment of the source, over several connections.
//
// Each reader's START TRANSACTION WITH CONSISTENT SNAPSHOT takes the moment in which it runs, so between the first and
// the last of them nobody may commit to the tables: a coordinator holds LOCK TABLES … READ meanwhile. It waits for
// transactions that have written them, and is held for some milliseconds. FLUSH TABLES WITH READ LOCK would stop the
// whole server, and managed servers do not grant it.
// While the lock waits, writers queue behind it: so it waits 5 seconds at most, and tries again later.
#include "sql/snapshot.h"

#include <chrono>
#include <set>
#include <thread>

#include "base/text.h"

namespace migrate {
namespace {

constexpr int LOCK_WAIT_SECONDS = 5;
constexpr int LOCK_ATTEMPTS = 3;
constexpr auto BETWEEN_ATTEMPTS = std::chrono::milliseconds(500);
constexpr int LOCK_WAIT_TIMEOUT = 1205;  // ER_LOCK_WAIT_TIMEOUT

std::string lock_statement(const std::vector<DataVersionRequest>& tables) {
  std::set<std::string> names;
  for (const DataVersionRequest& request : tables) names.insert("`" + replace_all(request.table, "`", "``") + "` READ");
  return "LOCK TABLES " + join({names.begin(), names.end()}, ", ");
}

// nullopt: locked. Else why not, for people. An error, when more is wrong than that.
Result<std::optional<std::string>> lock_tables(SqlConnection& coordinator,
                                               const std::vector<DataVersionRequest>& tables) {
  CHECK_OK(coordinator.execute("SET SESSION lock_wait_timeout = " + std::to_string(LOCK_WAIT_SECONDS)));
  const std::string statement = lock_statement(tables);
  for (int attempt = 1;; ++attempt) {
    Result<void> locked = coordinator.execute(statement);
    if (locked) return std::optional<std::string>();
    if (locked.error().kind == ErrorKind::source_rights)
      return std::optional<std::string>("the account has no LOCK TABLES right (GRANT LOCK TABLES ON the database)");
    if (coordinator.last_error() != LOCK_WAIT_TIMEOUT) return locked.error();
    if (attempt == LOCK_ATTEMPTS) return std::optional<std::string>("other transactions hold the tables");
    std::this_thread::sleep_for(BETWEEN_ATTEMPTS);
  }
}

Result<void> start_reading(SqlConnection& reader) {
  // A server's default may be READ COMMITTED, under which there is no snapshot.
  CHECK_OK(reader.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  return reader.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
}

// Versions from the server's books (before the snapshot) or from rows (inside it): the requests of one of the two.
Result<void> read_versions(SqlConnection& reader, const std::vector<DataVersionRequest>& tables, bool of_rows,
                           std::vector<DataVersion>& versions) {
  std::vector<DataVersionRequest> requests;
  std::vector<size_t> places;
  for (size_t i = 0; i < tables.size(); ++i) {
    if (reads_rows(tables[i].setting.method) != of_rows) continue;
    requests.push_back(tables[i]);
    places.push_back(i);
  }
  TRY(read, read_data_versions(reader, requests));  // none: asks nothing
  for (size_t i = 0; i < places.size(); ++i) versions[places[i]] = std::move(read[i]);
  return {};
}

Result<void> wait_until_settled(SqlConnection& reader, const std::vector<DataVersionRequest>& tables) {
  std::vector<DataVersion> versions(tables.size());
  CHECK_OK(read_versions(reader, tables, false, versions));
  double wait = 0;
  for (const DataVersion& version : versions) wait = std::max(wait, version.settles_in);
  std::this_thread::sleep_for(std::chrono::duration<double>(wait));
  return {};
}

// The binary log has a commit before readers see it (for as long as a replica takes to acknowledge it, where commits
// wait for that). So a position that was read without the lock may count rows that this snapshot does not have: what is
// recorded in its place equals no later look.
void never_again(DataVersion& version) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  version.digest = DigestBuilder("position without the lock", 1)
                       .digest("position", version.digest)
                       .number("time", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count())
                       .finish();
  version.display += ", read without LOCK TABLES: good for this read only";
}

}  // namespace

Result<std::unique_ptr<SqlConnection>> open_session(const SourceSettings& settings) {
  TRY(connection, SqlConnection::open(settings));
  for (const std::string& setting : session_settings(connection->flavor())) CHECK_OK(connection->execute(setting));
  return connection;
}

Result<Snapshot> open_snapshot(const SourceSettings& settings, int connections,
                               const std::vector<DataVersionRequest>& tables) {
  Snapshot snapshot;
  snapshot.versions.resize(tables.size());
  for (int i = 0; i < std::max(connections, 1); ++i) {
    TRY(reader, open_session(settings));
    snapshot.readers.push_back(std::move(reader));
  }
  SqlConnection& first = *snapshot.readers.front();
  TRY(coordinator, SqlConnection::open(settings));
  CHECK_OK(wait_until_settled(first, tables));

  std::optional<std::string> unlocked;
  if (!tables.empty()) {
    TRY(locked, lock_tables(*coordinator, tables));
    unlocked = std::move(locked);
  }
  if (unlocked) snapshot.readers.resize(1);
  CHECK_OK(read_versions(first, tables, false, snapshot.versions));
  for (DataVersion& version : snapshot.versions)
    if (unlocked && version.ahead_of_reads) never_again(version);
  for (auto& reader : snapshot.readers) CHECK_OK(start_reading(*reader));
  if (!unlocked) CHECK_OK(coordinator->execute("UNLOCK TABLES"));
  CHECK_OK(read_versions(first, tables, true, snapshot.versions));

  snapshot.method =
      unlocked ? "1 connection with a snapshot of its own, as " + *unlocked
      : snapshot.readers.size() == 1
          ? "1 connection with a snapshot"
          : std::to_string(snapshot.readers.size()) + " connections with one snapshot, taken under LOCK TABLES … READ";
  return snapshot;
}

}  // namespace migrate
