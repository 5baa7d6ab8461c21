// view-sql:T, the statements of T's views: view_sql_rule(). Pure: plan prints them too, so that it knows what changes.
#include "rules/rules.h"

namespace migrate {
namespace {

class ViewSqlRule : public Rule {
 public:
  explicit ViewSqlRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "view-sql"; }
  int version() const override { return 1; }
  bool pure() const override { return true; }

  // The program's version among them: another one may print another text, and early cutoff decides what follows.
  std::vector<Leaf> leaves(const std::string&) override {
    std::vector<Leaf> out = world_.view_settings();
    out.push_back({"migrate", digest_of("version", MIGRATE_VERSION), MIGRATE_VERSION});
    return out;
  }

  Result<Observation> observe(const std::string&, const Record*) override { return Observation{}; }

  Result<Made> make(const std::string& name, MakeContext&) override {
    TRY(views, world_.views(name));
    Made made;
    made.output = views->digest;
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  World& world_;
};

}  // namespace

std::unique_ptr<Rule> view_sql_rule(World& world) { return std::make_unique<ViewSqlRule>(world); }

}  // namespace migrate
