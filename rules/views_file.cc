// file:views.sql, every statement in one file for people, in contract order: views_file_rule().
#include "base/file.h"
#include "rules/rules.h"

namespace migrate {
namespace {

class ViewsFileRule : public Rule {
 public:
  explicit ViewsFileRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "file"; }
  int version() const override { return 1; }

  std::vector<Leaf> leaves(const std::string&) override { return {}; }

  Result<Observation> observe(const std::string& name, const Record*) override {
    if (!file_exists(path(name))) return Observation::absent("no file " + path(name));
    TRY(content, read_file(path(name)));
    return Observation::seen(digest_of("file", content));
  }

  Result<Made> make(const std::string& name, MakeContext&) override {
    std::vector<std::vector<ViewStatement>> statements;
    TRY(schema, world_.schema());
    for (const Table& table : world_.contract().tables) {
      TRY(views, world_.views(table.name));
      statements.push_back(view_statements(*views, world_.project(), schema->flavor));
    }
    std::string content = views_file(world_.project(), schema->flavor, statements);
    CHECK_OK(make_folders(world_.project().out));
    CHECK_OK(write_file(path(name), content));
    Made made;
    made.output = digest_of("file", content);
    made.observation = Observation::seen(made.output);
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  std::string path(const std::string& name) const { return world_.project().out + "/" + name; }

  World& world_;
};

}  // namespace

std::unique_ptr<Rule> views_file_rule(World& world) { return std::make_unique<ViewsFileRule>(world); }

}  // namespace migrate
