// Which tables of the target migrate made: creation_log(), made_by_migrate().
#include "rules/own_tables.h"

namespace migrate {
namespace {

// table_identity() of the one that we were told was made.
std::string made_fact(const std::string& table) { return "made table " + table; }
// When we last asked for one and were not told: a CreationWindow.
std::string making_fact(const std::string& table) { return "making table " + table; }

}  // namespace

CreationLog creation_log(Cache& cache, const std::string& table, const Endpoint& endpoint) {
  CreationLog log;
  log.asking = [&cache, table](const CreationWindow& window) {
    return cache.put_fact(making_fact(table), window.str());
  };
  log.refused = [&cache, table] { return cache.put_fact(making_fact(table), ""); };
  log.accepted = [&cache, table, endpoint](const TableDescription& made) -> Result<void> {
    CHECK_OK(cache.put_fact(made_fact(table), table_identity(made, endpoint)));
    return cache.put_fact(making_fact(table), "");
  };
  return log;
}

Result<bool> made_by_migrate(Cache& cache, const std::optional<TableDescription>& found, const Endpoint& endpoint) {
  if (!found) return false;
  TRY(made, cache.fact(made_fact(found->name)));
  if (made && *made == table_identity(*found, endpoint)) return true;
  TRY(making, cache.fact(making_fact(found->name)));
  const auto window = making ? CreationWindow::parse(*making) : std::nullopt;
  return window && window->holds(*found);
}

}  // namespace migrate
