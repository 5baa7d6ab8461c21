// file:views.sql, every statement in one file for people, in contract order: views_file_rule().
#include "rules/views_file.h"

#include "base/file.h"
#include "rules/rules.h"

namespace migrate {
namespace {

class ViewsFileRule : public Rule {
 public:
  explicit ViewsFileRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "file"; }
  int version() const override { return 1; }

  std::vector<Leaf> leaves(const std::string&) override { return {order_leaf(world_.contract())}; }

  Result<Observation> observe(const std::string& name, const Record*) override {
    if (!file_exists(path(name))) return Observation::absent("no file " + path(name));
    TRY(content, read_file(path(name)));
    return Observation::seen(digest_of("file", content));
  }

  Result<Made> make(const std::string&, MakeContext&) override {
    Made made;
    TRY(written, write_views_file(world_));
    made.output = written;
    made.observation = Observation::seen(written);
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  std::string path(const std::string& name) const { return world_.project().out + "/" + name; }

  World& world_;
};

}  // namespace

Result<Digest> write_views_file(World& world) {
  std::vector<std::vector<ViewStatement>> statements;
  for (const Table& table : world.contract().tables) {
    TRY(of_table, world.statements(table.name.text));
    statements.push_back(std::move(of_table));
  }
  TRY(schema, world.schema());
  std::string content = views_file(world.project(), schema->flavor, statements);
  CHECK_OK(make_folders(world.project().out));
  CHECK_OK(write_file(world.project().out + "/" + VIEWS_FILE, content));
  return digest_of("file", content);
}

std::unique_ptr<Rule> views_file_rule(World& world) { return std::make_unique<ViewsFileRule>(world); }

}  // namespace migrate
