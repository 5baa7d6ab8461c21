// table:T, the DynamoDB table and its indexes: table_rule().
#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/text.h"
#include "rules/check_table.h"
#include "rules/rows.h"
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
    return out;
  }

  // Which creation of the table this is: a table that was dropped and made again starts afresh.
  Result<Observation> observe(const std::string& name, const Record*) override {
    TRY(spec, world_.table_spec(name));
    TRY(client, world_.borrow_client());
    TRY(found, describe_table(*client, spec.name));
    if (!found) return Observation::absent("no table '" + spec.name + "'");
    return see(*found, client->service().endpoint);
  }

  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(spec, world_.table_spec(name));
    TRY(client, world_.borrow_client());
    TRY(made_before, context.cache->fact(made_fact(spec.name)));
    TRY(found, describe_table(*client, spec.name));
    const bool ours = made_before && found && *made_before == table_identity(*found, client->service().endpoint);
    WaitOptions wait;
    wait.say = [](const std::string& line) { log_info(line); };
    wait.policy.cancelled = [&] { return context.cancelled->load(); };
    TRY(ensured, ensure_table(*client, spec, {world_.project().target.create_tables, ours}, wait));
    std::string identity = table_identity(ensured.table, client->service().endpoint);
    if (ensured.created) {
      CHECK_OK(context.cache->put_fact(made_fact(spec.name), identity));
      audit("create table", spec.name + " at " + world_.target_name(), "done");
    }
    for (const std::string& change : ensured.changed) audit(change, spec.name + " at " + world_.target_name(), "done");
    for (const std::string& note : ensured.notes) log_warning(note, {{"table", spec.name}});
    Made made;
    made.observation = see(ensured.table, client->service().endpoint);
    made.output = made.observation.digest;
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
    TRY(made, context.cache->fact(made_fact(table)));
    if (!made || *made != table_identity(*found, client->service().endpoint)) {
      return Error(ErrorKind::guard, "the table '" + table + "' was not made by migrate: it stays",
                   "delete it by hand if it is not needed any more");
    }
    CHECK_OK(holds_nothing_else(name, table, *context.cancelled));
    CHECK_OK(delete_table(*client, table));
    audit("delete table", table + " at " + world_.target_name(), "done");
    return {};
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

  static Observation see(const TableDescription& table, const Endpoint& endpoint) {
    DigestBuilder digest("table", 1);
    digest.text("identity", table_identity(table, endpoint));
    digest.text("keys", key_text(table.pk) + (table.sk ? ", " + key_text(*table.sk) : ""));
    for (const auto& index : table.indexes) digest.text("index " + index.name, index_text(index));
    return Observation::seen(digest.finish(), "made " + table.created);
  }

  World& world_;
};

}  // namespace

std::unique_ptr<Rule> table_rule(World& world) { return std::make_unique<TableRule>(world); }

}  // namespace migrate
