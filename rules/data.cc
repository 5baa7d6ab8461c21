// data:S, the data version of a source table by one method, as observed: data_rule(). Where nothing cheap is exact the
// observation is unknown: the plan says `may`, and the runs that read S look closer, by reading.
#include <chrono>

#include "rules/rules.h"

namespace migrate {
namespace {

class DataRule : public Rule {
 public:
  explicit DataRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "data"; }
  int version() const override { return 1; }
  bool pure() const override { return true; }

  std::vector<Leaf> leaves(const std::string&) override { return {}; }

  Result<Observation> observe(const std::string& name, const Record* record) override {
    TRY(version, world_.version(name));
    std::optional<Digest> recorded;
    if (record != nullptr && record->observation_kind == static_cast<int>(Observation::Kind::seen))
      recorded = record->observation;
    return version->seen(recorded);
  }

  Result<Made> make(const std::string& name, MakeContext&) override {
    TRY(version, world_.final_version(name));
    Made made;
    made.observation = version->to_record();
    // A version that cannot be told is like no other, so whatever reads S is made again.
    made.output = made.observation.kind == Observation::Kind::seen ? version->digest : never_seen_before(name);
    return made;
  }

  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  static Digest never_seen_before(const std::string& name) {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return DigestBuilder("unknown data version", 1)
        .text("table", name)
        .number("time", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count())
        .finish();
  }

  World& world_;
};

}  // namespace

std::unique_ptr<Rule> data_rule(World& world) { return std::make_unique<DataRule>(world); }

}  // namespace migrate
