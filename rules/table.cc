// table:T, the DynamoDB table and its indexes: table_rule().
#include <algorithm>

#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/text.h"
#include "rules/check_table.h"
#include "rules/own_tables.h"
#include "rules/rules.h"

namespace migrate {
namespace {

std::string key_text(const KeyAttribute& key) { return key.name + " " + key.type; }

std::string index_text(const IndexSpec& index) {
  std::string text = key_text(index.pk) + (index.sk ? ", " + key_text(*index.sk) : "") + ", ";
  switch (index.projection) {
    case Projection::all:
      return text + "ALL";
    case Projection::keys_only:
      return text + "KEYS_ONLY";
    case Projection::include:
      break;
  }
  text += "INCLUDE";
  for (const std::string& name : index.projected) text += " " + name;
  return text;
}

std::string units_text(const std::pair<uint64_t, uint64_t>& units) {
  return with_thousands(units.first) + " read, " + with_thousands(units.second) + " write";
}

// By the names of the project file. Only those that say something: the others are as if there were none.
std::vector<Leaf> settings(const TableSpec& spec) {
  std::vector<Leaf> out;
  if (!spec.billing.on_demand) out.push_back(leaf("billing", units_text({spec.billing.read, spec.billing.write})));
  if (spec.warm_throughput) out.push_back(leaf("warm_throughput", units_text(*spec.warm_throughput)));
  if (!spec.ttl.empty()) out.push_back(leaf("ttl", spec.ttl));
  if (spec.pitr) out.push_back(leaf("pitr", "true"));
  if (spec.deletion_protection) out.push_back(leaf("deletion_protection", "true"));
  if (!spec.sse.empty()) out.push_back(leaf("sse", spec.sse));
  std::string tags;
  for (const auto& [key, value] : spec.tags) tags += (tags.empty() ? "" : ", ") + key + "=" + value;
  if (!tags.empty()) out.push_back(leaf("tags", tags));
  return out;
}

class TableRule : public Rule {
 public:
  explicit TableRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "table"; }
  int version() const override { return 1; }

  std::vector<Leaf> leaves(const std::string& name) override {
    auto spec = world_.table_spec(name);
    if (!spec) return {};  // make() reports it
    std::vector<Leaf> out = {leaf("target", world_.target_name()), leaf("name", spec->name),
                             leaf("keys", key_text(spec->pk) + (spec->sk ? ", " + key_text(*spec->sk) : ""))};
    for (const IndexSpec& index : spec->indexes) out.push_back(leaf("index " + index.name, index_text(index)));
    for (Leaf& setting : settings(*spec)) out.push_back(std::move(setting));
    return out;
  }

  // Which creation of the table this is: a table that was dropped and made again starts afresh.
  Result<Observation> observe(const std::string& name, const Record*) override {
    TRY(spec, world_.table_spec(name));
    TRY(client, world_.borrow_client());
    TRY(found, describe_table(*client, spec.name));
    if (!found) return Observation::absent("no table '" + spec.name + "'");
    if (found->status == "DELETING") return Observation::absent("table '" + spec.name + "' is being deleted");
    CHECK_OK(check_not_shut(*found));
    return see(spec, *found, client->service().endpoint);
  }

  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(spec, world_.table_spec(name));
    TRY(client, world_.borrow_client());
    TRY(found, describe_table(*client, spec.name));
    TRY(ours, made_by_migrate(*context.cache, found, client->service().endpoint));
    WaitOptions wait;
    wait.say = [](const std::string& line) { log_info(line); };
    wait.policy.cancelled = [&] { return context.cancelled->load(); };
    TRY(ensured, ensure_table(*client, spec, {world_.project().target.create_tables, ours}, wait,
                              creation_log(*context.cache, spec.name, client->service().endpoint)));
    for (const std::string& note : ensured.notes) log_warning(note, {{"table", spec.name}});
    if (!ensured.created) note_unapplied(context.record, spec);
    Made made;
    made.observation = see(spec, ensured.table, client->service().endpoint);
    made.output = output_of(spec, ensured.table, client->service().endpoint);
    made.facts = JsonObject().add("table", spec.name).str();
    return made;
  }

  // By the record, because the contract may not name the table any more.
  Result<void> remove(const std::string& name, MakeContext& context) override {
    std::string table;
    if (context.record != nullptr && !context.record->facts.empty()) {
      table = recorded_name(context.record->facts);
    } else {
      TRY(spec, world_.table_spec(name));
      table = spec.name;
    }
    TRY(client, world_.borrow_client());
    TRY(found, describe_table(*client, table));
    if (!found) return {};
    TRY(ours, made_by_migrate(*context.cache, found, client->service().endpoint));
    if (!ours) {
      return Error(ErrorKind::guard, "the table '" + table + "' was not made by migrate: it stays",
                   "delete it by hand if it is not needed any more");
    }
    CHECK_OK(holds_nothing_else(name, table, *context.cancelled));
    WaitOptions wait;
    wait.policy.cancelled = [&] { return context.cancelled->load(); };
    return delete_table(*client, table, wait);
  }

 private:
  static std::string recorded_name(const std::string& facts) {
    Diagnostics diagnostics;
    auto document = parse_json({facts, "facts of a table in the cache", ErrorKind::cache_corrupt}, diagnostics);
    auto table = document ? document->root().find("table") : std::nullopt;
    return table ? std::string(table->text()) : std::string();
  }

  // What the application wrote meanwhile is not ours to delete. Only a full comparison tells.
  Result<void> holds_nothing_else(const std::string& name, const std::string& table,
                                  const std::atomic<bool>& cancelled) {
    if (world_.find_table(name) == nullptr) {
      return Error(ErrorKind::guard,
                   "the contract does not name '" + name +
                       "' any more, so nobody can tell whose the items of the table '" + table + "' are: it stays",
                   "delete it by hand, or put its entry back and run `migrate clean --tables`");
    }
    TRY(result, run_check(world_, name, {}, cancelled, [](uint64_t, uint64_t, uint64_t) {}));
    if (result.extra + result.different > 0) {
      return Error(ErrorKind::guard,
                   "the table '" + table + "' holds " + plural(result.extra + result.different, "item") +
                       " that migrate did not write: it stays",
                   "`migrate check` names them; delete the table by hand if none is needed");
    }
    if (result.enriched > 0) {
      return Error(ErrorKind::guard,
                   "the table '" + table + "' holds " + plural(result.enriched, "item") +
                       " with attributes that the contract does not know: it stays",
                   "the application wrote them, so they are in no source; delete the table by hand if none is needed");
    }
    return {};
  }

  // What a change of the settings does not bring about at a table that is there.
  static void note_unapplied(const Record* record, const TableSpec& spec) {
    if (record == nullptr) return;
    const std::vector<Leaf> now = settings(spec);
    auto wanted = [&](const std::string& name) {
      auto at = std::find_if(now.begin(), now.end(), [&](const Leaf& l) { return l.name == name; });
      return at == now.end() ? std::optional<Digest>() : at->digest;
    };
    std::vector<RecordInput> before = record->inputs.list();
    for (const char* name : {"warm_throughput", "sse", "tags"}) {
      auto was = std::find_if(before.begin(), before.end(), [&](const RecordInput& i) { return i.name == name; });
      if (wanted(name) == (was == before.end() ? std::optional<Digest>() : was->digest)) continue;
      log_warning(std::string(name) + " is set only when a table is made: change it by hand", {{"table", spec.name}});
    }
    for (const RecordInput& was : before) {
      const bool switched = was.name == "ttl" || was.name == "pitr" || was.name == "deletion_protection";
      if (!switched || wanted(was.name)) continue;
      log_warning(was.name + " is asked for no more, and migrate turns nothing off: do it by hand",
                  {{"table", spec.name}});
    }
  }

  // What runs depend on. An index that the contract does not name is none of it: somebody may add one at any time.
  static DigestBuilder fitting_parts(const TableSpec& spec, const TableDescription& table, const Endpoint& endpoint) {
    DigestBuilder digest("table", 1);
    digest.text("identity", table_identity(table, endpoint));
    digest.text("keys", key_text(table.pk) + (table.sk ? ", " + key_text(*table.sk) : ""));
    for (const auto& index : table.indexes) {
      const bool wanted = std::any_of(spec.indexes.begin(), spec.indexes.end(),
                                      [&](const IndexSpec& i) { return i.name == index.name; });
      if (wanted) digest.text("index " + index.name, index_text(index));
    }
    return digest;
  }

  static Digest output_of(const TableSpec& spec, const TableDescription& table, const Endpoint& endpoint) {
    return fitting_parts(spec, table, endpoint).finish();
  }

  // Drift is looked for in what DescribeTable shows and the project file asks for.
  static Observation see(const TableSpec& spec, const TableDescription& table, const Endpoint& endpoint) {
    DigestBuilder digest = fitting_parts(spec, table, endpoint);
    digest.text("billing", table.on_demand ? "on-demand" : "provisioned");
    if (!spec.billing.on_demand) digest.number("read", table.read).number("write", table.write);
    if (spec.deletion_protection) digest.text("protection", table.deletion_protection ? "on" : "off");
    if (!spec.sse.empty()) digest.text("encryption", table.sse);
    return Observation::seen(digest.finish(), "made " + table.created);
  }

  World& world_;
};

}  // namespace

std::unique_ptr<Rule> table_rule(World& world) { return std::make_unique<TableRule>(world); }

}  // namespace migrate
