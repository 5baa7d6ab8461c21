// Random rounds of later builds against a model (model.h): rows change, an application writes, deletes and adds, the
// contract is edited, builds are killed, answers are lost, and so is what is kept. After each build the table is
// compared with the model, item by item.
//
// MIGRATE_TEST_SEED repeats a run, MIGRATE_TEST_ROUNDS sets how long it goes on (tests/soak.sh --kills).
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "model_shop.h"
#include "support/wait.h"

namespace migrate::test {
namespace {

constexpr int rounds_by_default = 10;
// Transactions of other tests may hide which version of the rows a run has read: then each build makes it once more,
// which must be no harm.
constexpr int most_builds = 3;

class Model : public ModelShop {
 protected:
  // What is lost.

  void lose_state() {
    const std::string manifests = ".migrate/manifests";
    const int what = pick(5);
    if (what == 0) {
      tell("all state is lost");
      project_.remove(".migrate");
      forget([](Known) { return std::vector<Known>{Known()}; });
      changed_ = true;
    } else if (what == 1) {
      tell("the manifests are lost");
      project_.remove(manifests);
      forget([](const Known& known) { return std::vector<Known>{{std::nullopt, {}, known.open, known.gone}}; });
    } else if (what == 2) {
      tell("the cache is lost");
      for (const char* file : {"cache.db", "cache.db-wal", "cache.db-shm"})
        project_.remove(std::string(".migrate/") + file);
      // What killed builds kept is theirs of the first builds, and of no others.
      forget([](const Known& known) {
        return std::vector<Known>{Known(), {std::nullopt, known.attempts, false, false}};
      });
      changed_ = true;
    } else {
      damage_manifest(what == 3);
    }
  }
  void damage_manifest(bool cut) {
    const std::vector<std::string> found = kept_files(".manifest");
    if (found.size() != 1) return;
    std::string bytes = project_.file(found[0]);
    const auto at = static_cast<size_t>(pick(static_cast<int>(bytes.size())));
    tell(std::string("the manifest is ") + (cut ? "cut at" : "another at") + " byte " + std::to_string(at));
    if (cut) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8)));
    }
    project_.write(found[0], bytes);
    forget([](const Known& known) {
      return std::vector<Known>{{std::nullopt, known.attempts, known.open, known.gone}};
    });
  }
  template <class Left>
  void forget(const Left& left) {
    for (auto& [key, states] : known_) {
      std::set<Known> after;
      for (const Known& known : states) {
        for (Known& one : left(known)) after.insert(std::move(one));
      }
      states = std::move(after);
    }
  }
  std::vector<std::string> kept_files(const std::string& ending) {
    std::vector<std::string> out;
    std::error_code none;
    const std::string folder = ".migrate/manifests/Parts";
    for (const auto& entry : std::filesystem::directory_iterator(project_.path(folder), none)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(ending)) out.push_back(folder + "/" + name);
    }
    return out;
  }

  // Builds.

  // No request is answered from a random one on; then the build is killed.
  void killed_build() {
    const std::string counted =
        std::vector<std::string>{"", "Batch", "BatchExecuteStatement"}[static_cast<size_t>(pick(3))];
    const int last = 1 + pick(counted.empty() ? 12 : 3);
    const bool reaches = chance(50);  // the last one, whose answer is lost
    int seen = 0;
    std::atomic<bool> forwarded = false, cut = false;
    Fault lost = answer_lost();
    lost.change = [&](HttpAnswer&) { forwarded = true; };
    const size_t before = proxy_.log().size();
    proxy_.fail_when(
        [&, last, reaches](const SeenRequest& request) {
          if (!request.operation.starts_with(counted)) return false;
          return ++seen == last && reaches && (cut = true);
        },
        lost);
    proxy_.fail_when([&, last](const SeenRequest&) { return seen >= last && (cut = true); }, connection_closed());
    const auto outputs = [&] {
      const std::filesystem::directory_iterator files(project_.path(".runs"));
      return std::distance(begin(files), end(files));
    };
    const auto outputs_before = outputs();
    auto running = project_.start("build run:Parts");
    wait_until([&] { return outputs() == outputs_before + 2; });
    const int late = pick(3) == 0 ? pick(400) : 60000;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(late);
    while (running.runs() && !cut && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    running.signal(SIGKILL);
    const Ran ran = running.wait();
    while (!settled(before, forwarded)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    proxy_.heal();
    tell("a build is killed at request " + std::to_string(last) + (reaches ? ", which arrives" : "") + ": exit code " +
         std::to_string(ran.code) + "\n" + requests(before));
    writes_ = 0;  // what was in its way may have made it repeat some
    if (ran.code != 128 + SIGKILL) return after_build(ran);
    ++kills_;
    after_kill();
  }
  // Whether the requests that reached the table have been answered by it.
  bool settled(size_t from, const std::atomic<bool>& forwarded) {
    const std::vector<SeenRequest> log = proxy_.log();
    return std::all_of(log.begin() + static_cast<long>(from), log.end(), [&](const SeenRequest& request) {
      return request.status != 0 || request.fault == "connection_closed" ||
             (request.fault == "answer_lost" && forwarded);
    });
  }
  std::string requests(size_t from) {
    std::string out;
    const std::vector<SeenRequest> log = proxy_.log();
    for (size_t i = from; i < log.size(); ++i)
      out += "      " + log[i].operation + " " + log[i].fault + " " + std::to_string(log[i].status) + "\n";
    return out;
  }

  void after_kill() {
    look();
    for (const std::string& key : all_keys()) {
      std::set<Known> after;
      const MaybeItem was = at(was_, key), is = at(there_, key);
      const Wanted wanted = wants(key);
      for (const Known& known : states(key)) {
        Known tried = known;
        if (auto attempt = Rules::attempt(rules_, known, wanted)) tried.attempts.insert(*attempt);
        if (is == was) after.insert(known);
        if (is == was) after.insert(tried);
        if (is == was) after.insert(rules_.looked_up(known, was, wanted));
        for (const After& end : rules_.run(known, was, wanted)) {
          if (is != end.there) continue;
          after.insert(tried);
          after.insert(end.known);
        }
      }
      expect_states(key, after, was, is, "a killed build");
    }
    killed_ = true;
  }

  // Faults that a build gets over.
  void some_faults() {
    const std::vector<Fault> faults = {throttled(),
                                       failed_after(500, "InternalServerError"),
                                       failed(503, "ServiceUnavailable"),
                                       answer_cut(),
                                       answer_lost(),
                                       answer_garbled(),
                                       answer_corrupted(),
                                       connection_closed(),
                                       answer_held(0.05)};
    for (const char* operation : {"BatchExecuteStatement", "BatchGetItem", "UpdateItem", "PutItem"}) {
      const Fault fault = faults[static_cast<size_t>(pick(static_cast<int>(faults.size())))];
      if (chance(60)) proxy_.fail(operation, proxy_.count(operation) + 1 + pick(2), 1 + pick(3), fault);
    }
    faulty_ = true;
    tell("the target has a bad day");
  }

  // The application acts when a request for items is seen, before the target sees it.
  void build_intruded() {
    if (!project_.has_table("Parts")) return build();
    const Intrusion what = any_intrusion();
    const int nth = 1 + pick(4);
    int seen = 0;
    bool acted = false;
    proxy_.fail_when(
        [&](const SeenRequest& request) {
          if (request.operation == "DescribeTable" || ++seen != nth) return false;
          intrude(what);
          acted = true;
          return false;
        },
        throttled());
    tell("the application waits to " +
         (what.name.empty() ? "delete " + what.key : "set " + what.name + "=" + what.value + " of " + what.key) +
         " at request " + std::to_string(nth));
    build(&what, &acted);
    proxy_.heal();
  }
  void build(const Intrusion* intrusion = nullptr, const bool* acted = nullptr) {
    const size_t before = proxy_.log().size();
    const Ran ran = project_.migrate("build run:Parts");
    tell("a build: exit code " + std::to_string(ran.code) + "\n" + requests(before));
    writes_ = statements(before);
    after_build(ran, acted != nullptr && *acted ? intrusion : nullptr);
  }
  int statements(size_t from) {
    int out = 0;
    const std::vector<SeenRequest> log = proxy_.log();
    for (size_t i = from; i < log.size(); ++i) {
      const SeenRequest& request = log[i];
      if (request.operation == "PutItem" || request.operation == "UpdateItem" || request.operation == "DeleteItem")
        ++out;
      if (request.operation == "BatchWriteItem") out += 25;
      for (size_t found = request.body.find("\"Statement\""); found != std::string::npos;
           found = request.body.find("\"Statement\"", found + 1))
        ++out;
    }
    return out;
  }

  void after_build(const Ran& ran, const Intrusion* intrusion = nullptr) {
    ASSERT_TRUE(ran.code == 0 || ran.code == 3) << ran.all() << told();
    look();
    const std::set<std::string> conflicts = open_conflicts();
    ran_ = ran.out.find("run:Parts") != std::string::npos && !ran.says("Nothing to do") && !ran.says("resolved");
    ASSERT_TRUE(ran_ || !changed_ || killed_) << "the rows changed, and the table was not run\n" << ran.all() << told();
    int most_writes = 0, dead = 0;
    for (const auto& [id, row] : rows_) dead += rules_.keyless.contains(id);
    bool any_open = false;
    for (const std::string& key : all_keys()) {
      const MaybeItem was = at(was_, key), is = at(there_, key);
      const Wanted wanted = wants(key);
      if (wanted.kind == Wanted::Kind::dead) ++dead;
      const bool open = conflicts.contains(key);
      any_open = any_open || open;
      if (is != was || (was && wanted.kind == Wanted::Kind::item)) ++most_writes;
      std::set<Known> after;
      const bool intruded = intrusion != nullptr && intrusion->key == key;
      const MaybeItem then = intruded ? (*intrusion)(was) : was;
      for (const Known& known : states(key)) {
        if (!ran_) {
          for (const MaybeItem& seen : {was, then}) {
            const Known now = rules_.looked_up(known, seen, wanted);
            if (is == then && now.open == open && !Rules::calls_for_a_run(known, was)) after.insert(now);
          }
          continue;
        }
        // It acted first, or the run did.
        for (const After& end : rules_.run(known, then, wanted)) {
          if (end.there == is && end.known.open == open) after.insert(end.known);
        }
        if (!intruded) continue;
        for (const After& end : rules_.run(known, was, wanted)) {
          if ((*intrusion)(end.there) == is && end.known.open == open) after.insert(end.known);
        }
      }
      expect_states(key, after, was, is,
                    std::string(ran_ ? "a run" : "a build that ran nothing") + (open ? ", conflict" : ""));
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(ran.code, any_open || dead > 0 ? 3 : 0) << ran.all() << told();
    if (ran_) changed_ = killed_ = false;
    if (!ran_) { EXPECT_EQ(writes_, 0) << told(); }
    if (!faulty_ && intrusion == nullptr) { EXPECT_LE(writes_, most_writes) << told(); }
  }

  void expect_states(const std::string& key, const std::set<Known>& after, const MaybeItem& was, const MaybeItem& is,
                     const std::string& what) {
    if (after.empty()) {
      std::string believed;
      for (const Known& known : states(key)) believed += "  " + text(known) + "\n";
      const Wanted wanted = wants(key);
      FAIL() << "after " << what << " " << key << " is\n  " << (is ? text(*is) : "gone") << "\nand was\n  "
             << (was ? text(*was) : "gone") << "\nits row gives\n  "
             << (wanted.kind == Wanted::Kind::item   ? text(wanted.item)
                 : wanted.kind == Wanted::Kind::dead ? "no item: bad"
                                                     : "nothing")
             << "\nwritten was one of\n"
             << believed << told();
    }
    known_[key] = after;
  }

  // What is there.

  void look() {
    was_ = there_;
    there_.clear();
    if (!project_.has_table("Parts")) return;
    for (std::string_view line : split(project_.items("Parts"), '\n')) {
      if (line.empty()) continue;
      ModelItem item;
      for (std::string_view part : split(line, ' ')) {
        const size_t equals = part.find('=');
        item.emplace(part.substr(0, equals), part.substr(equals + 1));
      }
      const std::string key = item.at("sku");
      there_[key.substr(1, key.size() - 2)] = item;
    }
  }
  std::set<std::string> open_conflicts() {
    std::set<std::string> out;
    for (std::string_view line : split(project_.file("out/dead-letters/Parts.jsonl"), '\n')) {
      if (line.find("\"code\":\"conflict\"") == line.npos) continue;
      const std::string before = "\"key\":{\"sku\":\"";
      const size_t begin = line.find(before) + before.size();
      out.insert(std::string(line.substr(begin, line.find('"', begin) - begin)));
    }
    return out;
  }

  std::set<std::string> all_keys() const {
    std::set<std::string> out;
    for (const auto& [key, item] : there_) out.insert(key);
    for (const auto& [key, states] : known_) out.insert(key);
    for (const auto& [id, row] : rows_) {
      if (!row.sku.empty()) out.insert(row.sku);
    }
    return out;
  }
  const std::set<Known>& states(const std::string& key) {
    return known_.try_emplace(key, std::set<Known>{Known()}).first->second;
  }

  // Words.

  using ModelShop::text;
  static std::string text(const Known& known) {
    std::string out = known.before ? text(known.before->item) + " (row " + std::to_string(known.before->row) + ", " +
                                         join({known.before->shape.begin(), known.before->shape.end()}, "+") + ")"
                                   : "nothing";
    for (const Attempt& attempt : known.attempts)
      out += "; perhaps " + (attempt.item ? text(*attempt.item) : "removed");
    return out + (known.open ? known.gone ? "; open, gone" : "; open" : "");
  }
  std::map<std::string, std::set<Known>> known_;
  bool killed_ = false, faulty_ = false, ran_ = false;
  int writes_ = 0, kills_ = 0;
};
ON_BOTH_SERVERS(Model);

TEST_P(Model, agrees_after_random_rounds) {
  const char* given = std::getenv("MIGRATE_TEST_ROUNDS");
  const int rounds = given != nullptr ? std::atoi(given) : rounds_by_default;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    tell("Round " + std::to_string(round));
    rows_before_ = rows_;
    recent_.clear();
    const auto life = [&] {
      if (!chance(20)) {
        for (int n = pick(10); n > 0; --n) change_row();
      }
      for (int n = pick(4); n > 0; --n) app_acts();
      if (chance(15)) change_contract();
      note_keyless();
    };
    life();
    if (chance(12)) lose_state();
    while (chance(40) && !HasFailure()) {
      killed_build();
      if (chance(60)) change_back();
      life();
      if (chance(8)) lose_state();
    }
    if (HasFailure()) break;
    if (chance(30)) some_faults();
    for (int builds = 0; builds < most_builds && !HasFailure(); ++builds) {
      chance(25) ? build_intruded() : build();
      if (!ran_) break;
    }
    proxy_.heal();
    faulty_ = false;
  }
  std::printf("MODEL_KILLS=%d\n", kills_);
}

}  // namespace
}  // namespace migrate::test
