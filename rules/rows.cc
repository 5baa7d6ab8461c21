// What runs and checks have in common: see rows.h.
#include "rules/rows.h"

#include <random>
#include <set>

#include "base/text.h"
#include "contract/check_mask.h"
#include "sql/made_of.h"

namespace migrate {
namespace {

struct Hidden {
  std::set<std::string> columns, attributes;
};

// What an entry of `mask` hides: in the row keys, and in the attributes of the views.
void hide(const std::string& entry, const TableViews& views, Hidden& out) {
  const size_t dot = entry.find('.');
  const std::string table = entry.substr(0, dot), column = entry.substr(dot + 1);
  for (const EntityView& view : views.entities) {
    for (const RowKeyColumn& key : view.row_key) {
      if (equal_ignoring_case(view.source_table, table) && equal_ignoring_case(key.column, column))
        out.columns.insert(key.column);
    }
    for (size_t i = 0; i < view.columns.size(); ++i) {
      if (made_of(*view.select, *view.select->columns[i].value, table, column))
        out.attributes.insert(view.columns[i].name);
    }
  }
}

// Made once for a project, so that equal values have equal digests in all its reports, and nobody else's.
Result<std::string> salt(World& world) {
  TRY(known, world.cache().fact("mask salt"));
  if (known) return *known;
  std::random_device random;
  std::string fresh;
  for (int i = 0; i < 4; ++i) {
    uint32_t n = random();
    fresh.append(reinterpret_cast<const char*>(&n), sizeof n);
  }
  fresh = to_hex(fresh);
  if (!world.options().read_only) CHECK_OK(world.cache().put_fact("mask salt", fresh));
  return fresh;
}

}  // namespace

std::vector<DataVersionRequest> version_requests(World& world, const TableViews& views) {
  std::set<std::string> tables;
  for (const EntityView& entity : views.entities) tables.insert(entity.reads.begin(), entity.reads.end());
  std::vector<DataVersionRequest> requests;
  for (const std::string& table : tables) requests.push_back(world.version_request(views.table, table));
  return requests;
}

Result<Masking> masking(World& world, const std::string& table) {
  Masking out;
  if (world.project().mask.empty()) return out;
  TRY(schema, world.schema());
  Diagnostics unknown;
  check_mask(world.project(), *schema, unknown);
  if (unknown.has_errors()) return unknown.list.front();
  TRY(views, world.views(table));
  Hidden hidden;
  for (const std::string& entry : world.project().mask) hide(entry, *views, hidden);
  out.columns.assign(hidden.columns.begin(), hidden.columns.end());
  out.attributes.assign(hidden.attributes.begin(), hidden.attributes.end());
  TRY(secret_salt, salt(world));
  out.salt = std::move(secret_salt);
  return out;
}

std::vector<Leaf> mask_leaf(World& world, const std::string& table) {
  if (world.project().mask.empty()) return {};
  auto views = world.views(table);
  if (!views) return {};  // what is wrong with them stops the run and the check anyway
  std::set<std::string> entries;
  for (const std::string& entry : world.project().mask) {
    Hidden hidden;
    hide(entry, **views, hidden);
    if (!hidden.columns.empty() || !hidden.attributes.empty()) entries.insert(entry);
  }
  if (entries.empty()) return {};
  return {leaf("mask", join({entries.begin(), entries.end()}, ", "))};
}

std::string dead_letters_path(const Project& project, const std::string& table) {
  return project.out + "/dead-letters/" + table + ".jsonl";
}

}  // namespace migrate
