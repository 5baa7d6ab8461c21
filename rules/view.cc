// view:T, T's views as the server has them: view_rule(); and recorded_views().
#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "rules/rules.h"
#include "rules/views_file.h"

namespace migrate {
namespace {

// What the server has under all names of a table, as one observation.
Observation combined(const std::vector<SeenView>& seen) {
  DigestBuilder digest("views", 1);
  for (const SeenView& view : seen) {
    if (view.kind == SeenView::Kind::absent) return Observation::absent("no view '" + view.name + "'");
    digest.digest(view.name, view.digest);
  }
  return Observation::seen(digest.finish(), plural(seen.size(), "view"));
}

class ViewRule : public Rule {
 public:
  explicit ViewRule(World& world) : world_(world) {}
  std::string_view kind() const override { return "view"; }
  int version() const override { return 1; }

  std::vector<Leaf> leaves(const std::string&) override { return {}; }

  Result<Observation> observe(const std::string& name, const Record*) override {
    std::vector<SeenView> seen;
    TRY(statements, world_.statements(name));
    for (const ViewStatement& statement : statements) {
      TRY(view, world_.seen_view(statement.view_name));
      seen.push_back(*view);
    }
    return combined(seen);
  }

  std::optional<Digest> predict(const std::string& name) override {
    auto views = world_.views(name);
    return views ? std::optional((*views)->digest) : std::nullopt;
  }

  Result<Made> make(const std::string& name, MakeContext& context) override {
    TRY(views, world_.views(name));
    TRY(statements, world_.statements(name));
    const ViewSettings& settings = world_.project().views;
    // What a DBA is about to be asked to run must be there, and file:views.sql may not have been made yet.
    if (settings.apply == ApplyViews::never) {
      TRY(written, write_views_file(world_));
      (void)written;
    }
    TRY(borrowed, world_.view_connection());
    auto applied =
        apply_views(*borrowed.connection, statements, {world_.project().name, settings.apply, world_.options().adopt});
    std::vector<std::string> names;
    if (!applied) return applied.error();
    if (settings.apply == ApplyViews::never && !world_.options().adopt) {
      CHECK_OK(refuse_edited(name, context.record, views->digest, combined(*applied)));
    }
    for (const ViewStatement& statement : statements) names.push_back(json_string(statement.view_name));
    Made made;
    made.output = views->digest;
    made.observation = combined(*applied);
    made.facts = JsonObject().raw("views", json_array(names)).str();
    return made;
  }

  // By the record, because the contract may not name the table any more.
  Result<void> remove(const std::string& name, MakeContext& context) override {
    std::vector<std::string> names;
    if (context.record != nullptr && !context.record->facts.empty()) {
      TRY(recorded, recorded_views(*context.record));
      names = std::move(recorded);
    } else {
      TRY(statements, world_.statements(name));
      for (const ViewStatement& statement : statements) names.push_back(statement.view_name);
    }
    TRY(borrowed, world_.view_connection());
    for (auto view = names.rbegin(); view != names.rend(); ++view) {  // the one that unites the others goes first
      CHECK_OK(drop_view(*borrowed.connection, *view, world_.project().name));
    }
    return {};
  }

 private:
  // An edit that keeps columns and mark shows only beside what the server said when it was looked at last. The first
  // look has nothing to compare with: it trusts.
  static Result<void> refuse_edited(const std::string& name, const Record* record, const Digest& statements,
                                    const Observation& now) {
    if (record == nullptr || record->output != statements ||
        record->observation_kind != static_cast<int>(Observation::Kind::seen) || record->observation == now.digest)
      return {};
    return Error(
        ErrorKind::view_drift,
        "the views of '" + name + "' are no longer what they were at the last look, and the contract is the same",
        "let a DBA run out/views.sql; where the server itself prints views otherwise now (an upgrade, the SHOW "
        "VIEW right), take them as they are with `migrate build --adopt`");
  }

  World& world_;
};

}  // namespace

Result<std::vector<std::string>> recorded_views(const Record& record) {
  std::vector<std::string> names;
  if (record.facts.empty()) return names;
  Diagnostics diagnostics;
  auto facts = parse_json({record.facts, "facts of a view in the cache", ErrorKind::cache_corrupt}, diagnostics);
  if (!facts) return diagnostics.list.front();
  if (auto list = facts->root().find("views")) {
    for (JsonValue view : list->items()) names.emplace_back(view.text());
  }
  return names;
}

std::unique_ptr<Rule> view_rule(World& world) { return std::make_unique<ViewRule>(world); }

}  // namespace migrate
