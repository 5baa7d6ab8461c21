// Random contracts over random tables and rows, through the whole chain into DynamoDB: the items, and the dead letters,
// are those of an oracle that computes them from the rows in memory. MIGRATE_TEST_SEED repeats a run,
// MIGRATE_TEST_ROUNDS makes it longer.
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/text.h"
#include "cloud/table.h"
#include "contract/read_contract.h"
#include "servers/chain/random_contract.h"
#include "servers/source/source_support.h"
#include "sql/read_schema.h"
#include "sql/view.h"
#include "support/seed.h"

namespace migrate::test {
namespace {

using namespace oracle;

// --- what was written, in the oracle's spelling ---

Canonical document(JsonValue v) {
  std::string out;
  switch (v.kind()) {
    case JsonKind::string:
      return json_text(v.text());
    case JsonKind::number:
      return "N:" + std::string(v.text());
    case JsonKind::array:
      for (JsonValue item : v.items()) out += (out.empty() ? "" : ",") + document(item);
      return "[" + out + "]";
    case JsonKind::object: {
      std::map<std::string, std::string> members;
      for (JsonMember m : v.members()) members[std::string(m.key())] = document(m.value);
      for (const auto& [key, value] : members) out += (out.empty() ? "" : ",") + json_text(key) + ":" + value;
      return "{" + out + "}";
    }
    default:
      return std::string(v.text());
  }
}

Canonical wire(JsonValue value) {
  for (JsonMember m : value.members()) {
    std::string out;
    if (m.key() == "S") return json_text(m.value.text());
    if (m.key() == "N") return "N:" + plain_number(m.value.text()).value_or("?");
    if (m.key() == "BOOL") return std::string(m.value.text());
    if (m.key() == "NULL") return "null";
    if (m.key() == "B") return "B:" + std::string(m.value.text());
    if (m.key() == "SS" || m.key() == "NS" || m.key() == "BS") {
      std::set<std::string> members;
      for (JsonValue item : m.value.items()) {
        members.insert(m.key() == "SS"   ? json_text(item.text())
                       : m.key() == "NS" ? "N:" + plain_number(item.text()).value_or("?")
                                         : "B:" + std::string(item.text()));
      }
      for (const std::string& member : members) out += (out.empty() ? "" : ",") + member;
      return "<" + out + ">";
    }
    if (m.key() == "L") {
      for (JsonValue item : m.value.items()) out += (out.empty() ? "" : ",") + wire(item);
      return "[" + out + "]";
    }
    if (m.key() == "M") {
      std::map<std::string, std::string> members;
      for (JsonMember inner : m.value.members()) members[std::string(inner.key())] = wire(inner.value);
      for (const auto& [key, member] : members) out += (out.empty() ? "" : ",") + json_text(key) + ":" + member;
      return "{" + out + "}";
    }
  }
  return "?";
}

JsonDocument parsed(std::string_view text) {
  Diagnostics diagnostics;
  auto document = parse_json({text, "an answer"}, diagnostics);
  if (!document) throw std::runtime_error(describe(diagnostics) + std::string(text.substr(0, 300)));
  return std::move(*document);
}

using Items = std::multiset<std::string>;                      // each `name=value` of its attributes, sorted
using Letters = std::map<std::string, std::set<std::string>>;  // entity and source key → codes

std::string item_text(const std::map<std::string, Canonical>& attributes) {
  std::string out;
  for (const auto& [name, value] : attributes) out += (out.empty() ? "" : "  ") + name + "=" + value;
  return out;
}

std::string letter_name(const std::string& entity, const std::map<std::string, std::string>& key) {
  std::string out = entity;
  for (const auto& [column, text] : key) out += " " + column + "=" + json_text(text);
  return out;
}

// --- the oracle ---

struct Expected {
  Items items;
  Letters letters;
};

struct Made {
  std::map<std::string, Canonical> attributes;
  std::map<std::string, Outcome> outcomes;
  std::set<std::string> codes;
};

Made make(const EntityCase& e, const Row& row, const TableCase& t) {
  Made made;
  auto take = [&](const std::string& name, Outcome o) {
    if (!o.error.empty()) made.codes.insert(o.error);
    if (o.value) made.attributes[name] = *o.value;
    made.outcomes[name] = std::move(o);
  };
  for (const AttributeCase& a : e.attributes) take(a.name, a.value(row));
  for (const auto& [name, value] : e.composites) {
    if (!made.outcomes.count(name)) take(name, value(row));
  }
  auto empty = [&](const std::string& name) { return made.outcomes[name].text == ""; };
  for (const std::string& key : {t.pk, t.sk}) {
    if (key.empty()) continue;
    const Outcome& o = made.outcomes[key];
    if ((!o.value && o.error.empty()) || empty(key)) made.codes.insert("key_empty");
  }
  for (const std::string& key : e.index_keys) {
    if (empty(key)) made.codes.insert("key_empty");
  }
  return made;
}

Expected expect(const TableCase& t) {
  struct One {
    std::string name, key;
    Made made;
  };
  std::vector<One> all;
  std::map<std::string, int> keys;
  for (const EntityCase& e : t.entities) {
    for (const Row& row : e.table->rows) {
      if (!t.keep_deleted && e.table->deleted_at >= 0 && row[static_cast<size_t>(e.table->deleted_at)]) continue;
      if (e.where && e.where(row) != 1) continue;
      std::map<std::string, std::string> source_key;
      for (size_t k : e.table->key) source_key[e.table->columns[k].name] = *row[k];
      One one{letter_name(e.type, source_key), "", make(e, row, t)};
      const auto& pk = one.made.outcomes[t.pk];
      if (pk.value && (t.sk.empty() || one.made.outcomes[t.sk].value))
        one.key = *pk.value + " " + (t.sk.empty() ? "" : *one.made.outcomes[t.sk].value);
      if (!one.key.empty()) ++keys[one.key];
      all.push_back(std::move(one));
    }
  }
  Expected out;
  for (One& one : all) {
    if (!one.key.empty() && keys[one.key] > 1) one.made.codes.insert("duplicate_key");
    if (one.made.codes.empty()) {
      out.items.insert(item_text(one.made.attributes));
    } else {
      out.letters[one.name] = one.made.codes;
    }
  }
  return out;
}

// --- the chain ---

class RandomContracts : public OnBothServers {
 protected:
  void SetUp() override {
    seed = static_cast<unsigned>(test_seed());
    TargetSettings target;
    target.endpoint = dynamodb_endpoint();
    target.region = "us-east-1";
    auto service = must(open_dynamodb(target, [](const std::string& name) -> std::optional<std::string> {
      if (name == "AWS_ACCESS_KEY_ID" || name == "AWS_SECRET_ACCESS_KEY") return "test";
      return std::nullopt;
    }));
    client = connect_dynamodb(service, 2);
  }

  static void write_file(const std::string& path, const std::string& content) { std::ofstream(path) << content; }

  static std::string read_file(const std::string& path) {
    std::stringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }

  // The tables form and the list form, a file each, and the project file.
  void write_project() {
    std::string forms[2], settings;
    for (const TableCase& t : tables) {
      std::string& form = forms[t.list_form];
      form += (form.empty() ? "" : ",\n") + t.json;
      if (!t.settings.empty()) settings += "  " + t.name + ": " + t.settings + "\n";
    }
    std::string contract;
    if (!forms[0].empty()) {
      write_file(folder + "/tables.json", "{\"tables\": [" + forms[0] + "]}\n");
      contract = "tables.json";
    }
    if (!forms[1].empty()) {
      write_file(folder + "/list.json", "[" + forms[1] + "]\n");
      contract += std::string(contract.empty() ? "" : ", ") + "list.json";
    }
    write_file(folder + "/migrate.yaml",
               "version: 1\nname: random\ncontract: [" + contract + "]\nsource:\n  kind: mysql\n  host: " +
                   db.server().host + "\n  port: " + std::to_string(db.server().port) + "\n  database: " + db.name() +
                   "\n  user: " + db.server().user + "\n  password: '" + db.server().password +
                   "'\ntarget: {kind: dynamodb, region: us-east-1, endpoint: '" + dynamodb_endpoint() +
                   "', table_prefix: " + prefix + "}\n" + (settings.empty() ? "" : "tables:\n" + settings));
  }

  int build() {
    const std::string command = std::string("AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test ") + MIGRATE_BINARY +
                                " build -k -f " + folder + "/migrate.yaml > " + folder + "/build.log 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  Items items_of(const TableCase& t) {
    std::map<std::string, bool> holds_json;
    for (const EntityCase& e : t.entities) {
      for (const AttributeCase& a : e.attributes) holds_json[a.name] = a.holds_json;
    }
    Items out;
    ScanRequest request;
    request.table = prefix + t.name;
    do {
      std::string body = must(call(*client, scan(request), "Scan"));
      Page page = must(read_page(body));
      for (std::string_view text : page.items) {
        const JsonDocument item = parsed(text);
        std::map<std::string, Canonical> attributes;
        for (JsonMember m : item.root().members()) {
          const std::string name(m.key());
          attributes[name] = wire(m.value);
          if (auto s = m.value.find("S"); s && holds_json[name]) attributes[name] = document(parsed(s->text()).root());
        }
        out.insert(item_text(attributes));
      }
      request.start_key = std::string(page.last_key);
    } while (!request.start_key.empty());
    return out;
  }

  Letters letters_of(const TableCase& t) {
    Letters out;
    std::ifstream file(folder + "/out/dead-letters/" + t.name + ".jsonl");
    for (std::string line; std::getline(file, line);) {
      const JsonDocument letter = parsed(line);
      std::map<std::string, std::string> key;
      for (JsonMember m : letter.root().find("source_key")->members()) key[std::string(m.key())] = m.value.text();
      const auto entity = letter.root().find("entity");
      out[letter_name(entity ? std::string(entity->text()) : "", key)].insert(
          std::string(letter.root().find("code")->text()));
    }
    return out;
  }

  // What the applied views give is what the SELECTs of their chunks give, all together.
  void expect_views_equal_chunks() {
    Diagnostics diagnostics;
    const auto project = read_project(folder + "/migrate.yaml", diagnostics);
    ASSERT_TRUE(project) << describe(diagnostics);
    const auto contract = read_contract(project->contracts, diagnostics);
    ASSERT_TRUE(contract) << describe(diagnostics);
    const auto connection = connect(db);
    const Schema schema = must(read_schema(*connection));
    for (const std::string& s : session_settings(schema.flavor)) must(connection->execute(s));
    for (const Table& table : contract->tables) {
      const auto views = build_views(*contract, table, schema, *project, diagnostics);
      ASSERT_TRUE(views) << describe(diagnostics);
      for (const EntityView& e : views->entities) {
        std::multiset<RowText> by_chunks, by_view;
        KeyRange range;
        do {
          range.upto.clear();
          const auto end = must(connection->query(chunk_boundary_select(e, range.after, 3, schema.flavor)));
          if (!end.empty()) range.upto = key_literals(e, end[0]);
          for (RowText& row : must(connection->query(chunk_select(e, range, schema.flavor))))
            by_chunks.insert(std::move(row));
          range.after = range.upto;
        } while (!range.upto.empty());
        for (RowText& row : must(connection->query("SELECT * FROM `" + e.view_name + "`"))) {
          row.resize(e.columns.size() + e.row_key.size() + 2);
          by_view.insert(std::move(row));
        }
        for (auto* rows : {&by_chunks, &by_view}) {  // the mark of a chunk's SELECT is nobody's
          std::multiset<RowText> bare;
          for (RowText row : *rows) {
            row.resize(e.columns.size() + e.row_key.size() + 1);
            bare.insert(std::move(row));
          }
          *rows = std::move(bare);
        }
        EXPECT_EQ(by_chunks, by_view) << e.view_name;
      }
    }
  }

  template <class Set>
  static std::string differences(const Set& expected, const Set& found) {
    std::string out;
    Set missing, extra;
    std::set_difference(expected.begin(), expected.end(), found.begin(), found.end(),
                        std::inserter(missing, missing.end()));
    std::set_difference(found.begin(), found.end(), expected.begin(), expected.end(),
                        std::inserter(extra, extra.end()));
    for (const auto& one : missing) out += "\n- " + line(one);
    for (const auto& one : extra) out += "\n+ " + line(one);
    return out;
  }
  static std::string line(const std::string& item) { return item; }
  static std::string line(const Letters::value_type& letter) {
    std::string out = letter.first + ":";
    for (const std::string& code : letter.second) out += " " + code;
    return out;
  }

  void round(unsigned round_seed) {
    SCOPED_TRACE("MIGRATE_TEST_SEED=" + std::to_string(round_seed));
    Dice dice{std::mt19937_64(round_seed)};
    folder = (std::filesystem::temp_directory_path() / unique_name("migrate_random")).string();
    std::filesystem::create_directories(folder);
    prefix = unique_name("rnd") + "_";
    const std::vector<SourceTable> source = SchemaMaker(dice).tables();
    db.exec("SET sql_mode = '', time_zone = '+00:00'");
    for (const SourceTable& t : source) {
      db.exec("DROP TABLE IF EXISTS " + backticked(t.name) + "; " + SchemaMaker::create(t));
      if (!t.rows.empty()) db.exec(SchemaMaker::insert(t));
    }
    tables.clear();
    ContractMaker maker(dice, source);
    for (int n = 3 + dice.below(3); n > 0; --n) tables.push_back(maker.table("T" + std::to_string(n)));
    write_project();
    run_and_compare();
    for (const TableCase& t : tables) (void)delete_table(*client, prefix + t.name).ok();
    if (HasFailure() && std::getenv("MIGRATE_TEST_KEEP")) return;
    std::filesystem::remove_all(folder);
  }

  void run_and_compare() {
    std::vector<Expected> expected;
    bool dead_rows = false;
    for (const TableCase& t : tables) {
      expected.push_back(expect(t));
      dead_rows = dead_rows || !expected.back().letters.empty();
    }
    const int code = build();
    ASSERT_EQ(code, dead_rows ? 3 : 0) << read_file(folder + "/build.log") << "in " << folder;
    for (size_t i = 0; i < tables.size(); ++i) {
      items_compared += expected[i].items.size();
      letters_compared += expected[i].letters.size();
      EXPECT_EQ(differences(expected[i].items, items_of(tables[i])), "") << tables[i].name << "\n" << tables[i].json;
      EXPECT_EQ(differences(expected[i].letters, letters_of(tables[i])), "") << tables[i].name << "\n"
                                                                             << tables[i].json;
    }
    const std::string log = read_file(folder + "/build.log");
    EXPECT_EQ(log.find("differ from"), log.npos) << log;
    expect_views_equal_chunks();
  }

  unsigned seed = 0;
  std::unique_ptr<AwsClient> client;
  std::string folder, prefix;
  std::vector<TableCase> tables;
  size_t items_compared = 0, letters_compared = 0;
};
BOTH_SERVERS(RandomContracts);

TEST_P(RandomContracts, give_the_items_of_the_oracle) {
  int rounds = 3;
  if (const char* given = std::getenv("MIGRATE_TEST_ROUNDS")) rounds = std::atoi(given);
  if (std::getenv("MIGRATE_TEST_SEED")) rounds = 1;
  std::printf("seeds from %u\n", seed);
  for (int i = 0; i < rounds && !HasFailure(); ++i) round(seed + static_cast<unsigned>(i));
  std::printf("%zu items and %zu dead rows compared\n", items_compared, letters_compared);
  if (!HasFailure()) { EXPECT_GT(items_compared, 0u); }
}

}  // namespace
}  // namespace migrate::test
