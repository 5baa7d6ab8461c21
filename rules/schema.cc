// schema:S, columns, keys and foreign keys of a source table, as observed: schema_rule().
#include "base/text.h"
#include "rules/rules.h"

namespace migrate {
namespace {

class SchemaRule : public Rule {
 public:
  explicit SchemaRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "schema"; }
  int version() const override { return 1; }
  bool pure() const override { return true; }

  std::vector<Leaf> leaves(const std::string&) override { return {}; }

  Result<Observation> observe(const std::string& name, const Record*) override {
    TRY(schema, world_.schema());
    const SourceTable* table = schema->table(name);
    if (table == nullptr) return Observation::absent("no table '" + name + "' in " + schema->database);
    return Observation::seen(table->digest(), plural(table->columns.size(), "column"));
  }

  // Whether a missing table matters is for view-sql to say, which knows the places in the contract that name it.
  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(now, observe(name, context.record));
    Made made;
    made.output = now.digest;
    made.observation = std::move(now);
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  World& world_;
};

}  // namespace

std::unique_ptr<Rule> schema_rule(World& world) { return std::make_unique<SchemaRule>(world); }

}  // namespace migrate
