// mapping:T, what the contract and the settings say of T: mapping_rule(). Pure: its leaves are all there is to it, so
// that a reason can name the attribute that changed, and reformatting the contract changes nothing.
#include "contract/digest.h"
#include "rules/rules.h"

namespace migrate {
namespace {

class MappingRule : public Rule {
 public:
  explicit MappingRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "mapping"; }
  int version() const override { return 1; }
  bool pure() const override { return true; }

  std::vector<Leaf> leaves(const std::string& name) override {
    std::vector<Leaf> out;
    for (TablePart& part : table_parts(*world_.find_table(name)))
      out.push_back({std::move(part.name), part.digest, ""});
    for (Leaf& setting : world_.mapping_settings(name)) out.push_back(std::move(setting));
    return out;
  }

  Result<Observation> observe(const std::string&, const Record*) override { return Observation{}; }

  Result<Made> make(const std::string& name, MakeContext&) override {
    DigestBuilder digest("mapping", version());
    for (const Leaf& leaf : leaves(name)) digest.digest(leaf.name, leaf.digest);
    Made made;
    made.output = digest.finish();
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  World& world_;
};

}  // namespace

std::unique_ptr<Rule> mapping_rule(World& world) { return std::make_unique<MappingRule>(world); }

}  // namespace migrate
