// Mutated contracts and project files: whatever stands in them, reading ends, with the model or with errors that can
// be shown. Deterministic: the seed is in the failure's text.
#include <random>

#include "contract/digest.h"
#include "unit/contract/contract_vocabulary.h"
#include "unit/contract/project_vocabulary.h"

namespace migrate {
namespace {

constexpr unsigned SEED = 4711;

const std::vector<std::string> CONTRACTS = {
    R"([{"table": "Orders", "type": "Table", "source_table": "orders", "pk": "id", "sk": "a#b", "gsis": [{"name": "by_a", "pk": "a"}],
 "attributes": {"id": {"type": "N", "source_column": "id"}, "a": {"type": "S", "source_column": "a"}, "b": {"type": "S", "source_column": "b"},
 "e": {"type": "S", "source_table": "c", "source_column": "e", "denormalized": true, "join": {"local_column": "c", "source_column": "id"}}},
 "satisfies": ["x"], "estimated_item_size_bytes": 12.5},
 {"table": "Orders", "type": "GSI", "pk": "a", "attributes": {"a": {"type": "S", "source_column": "a"}}}])",
    R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "u", "pk": "PK", "sk": "SK", "entities": [
 {"entity_type": "U", "source_table": "u", "pk_template": "U#{id}", "sk_template": "é\u00e9\ud83d\ude00", "attributes": [
 {"name": "n", "type": "L", "source_table": "u", "source_column": ["a", "b"], "join": {"type": "json-construction", "target_table": "t",
 "join_condition": "a = b", "construction": {"type": "array", "limit": 3, "select_columns": {"a": "b"}}}},
 {"name": "m", "type": "S", "source_table": "u", "source_column": "m", "join": {"type": "conditional", "condition": "c",
 "target_table": "t", "join_condition": "a = b", "select_column": "s", "else_value": null}},
 {"name": "o", "type": "S", "source_table": "u", "source_column": "m", "calculation": {"type": "case", "cases": [{"when": "a", "then": "b"}]}},
 {"name": "p", "type": "S", "source_table": "u", "source_column": "m", "transformation": {"type": "static", "value": 1e3}}]}]}]})",
};

const std::vector<std::string> PROJECTS = {
    GOOD + R"(views: {prefix: mv_, apply: never}
limits: {connections: 4, deletes: 10%}
check: {sample: 10}
tables:
  Orders: {where: "a <> 'b'", billing: {read: 5, write: 10}, entities: {U: {where: x}}, tags: {a: b}}
mask: [a.b]
)",
    "a: &a [x, x]\nb: &b [*a, *a]\nname: ${HOME:-x}\nsource:\n  tls: {mode: required}\n  time_zone: '+02:00'\n",
};

// One to four edits: a byte changed, a stretch taken out, doubled, or put in from elsewhere.
std::string mutate(std::string text, std::mt19937& random) {
  static const std::vector<std::string> words = {"\"",      "{",       "}",     "[",    "]",  ",",     ":",  "null",
                                                 "\\u0000", "\\ud800", "#",     "${",   "\t", "\n",    "  ", "-",
                                                 "*a",      "&a ",     "1e999", "\xFF", "''", "!!int "};
  for (unsigned edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
    size_t at = random() % text.size();
    size_t length = 1 + random() % 12;
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(random() % 256);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), length));
        break;
      case 3:
        text.insert(at, words[random() % words.size()]);
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

TEST(Fuzz, ContractsAreReadOrRefused) {
  std::mt19937 random(SEED);
  int read = 0;
  for (int round = 0; round < 6'000; ++round) {
    std::string text = mutate(CONTRACTS[random() % CONTRACTS.size()], random);
    SCOPED_TRACE("seed " + std::to_string(SEED) + " round " + std::to_string(round));
    Diagnostics diagnostics;
    auto contract = parse(text, diagnostics);
    ASSERT_EQ(contract.has_value(), !diagnostics.has_errors()) << text;
    (void)describe(diagnostics);
    if (!contract) continue;
    ++read;
    for (const Table& table : contract->tables) {
      (void)table_parts(table);
      (void)contract->place(table.name, 3);
    }
  }
  EXPECT_GT(read, 50);
}

TEST_F(ProjectFile, FuzzIsReadOrRefused) {
  std::mt19937 random(SEED);
  int read_well = 0;
  for (int round = 0; round < 1'500; ++round) {
    std::string text = mutate(PROJECTS[random() % PROJECTS.size()], random);
    SCOPED_TRACE("seed " + std::to_string(SEED) + " round " + std::to_string(round));
    if (text.find("password") != std::string::npos) continue;  // a mutation must never become a command
    Diagnostics diagnostics;
    auto found = read(text, diagnostics);
    ASSERT_EQ(found.has_value(), !diagnostics.has_errors()) << text;
    (void)describe(diagnostics);
    read_well += found ? 1 : 0;
  }
  EXPECT_GT(read_well, 20);
}

}  // namespace
}  // namespace migrate
