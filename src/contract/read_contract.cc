// From files to the model: read_contract(). Each file's form is seen from its first look: a list or `{tables: …}`, and
// whether attributes are objects (list form) or lists (tables form).
#include "contract/read_contract.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "base/file.h"
#include "base/json.h"
#include "base/place.h"
#include "base/text.h"
#include "contract/forms.h"

namespace migrate {
namespace {

constexpr uint64_t MOST_CONTRACT_BYTES = 64'000'000;

enum class Form { list, tables, unknown };

Form form_of(JsonValue entry) {
  auto type = entry.find("type");
  if (type && (type->text() == "Table" || type->text() == "GSI")) return Form::list;
  if (type && (type->text() == "single-entity" || type->text() == "multi-entity")) return Form::tables;
  auto attributes = entry.find("attributes");
  if (attributes && attributes->is(JsonKind::object)) return Form::list;
  if (attributes && attributes->is(JsonKind::array)) return Form::tables;
  return entry.find("entities") ? Form::tables : Form::unknown;
}

std::string_view form_name(Form form) { return form == Form::list ? "list form" : "tables form"; }

void read_entries(const FileReader& reader, JsonValue list, Form form, ReadTables& out) {
  if (list.size() == 0) reader.error(list, "the contract is empty", "it needs one table at least");
  JsonValue first = list;
  for (JsonValue entry : list.items()) {
    if (!entry.is(JsonKind::object)) {
      reader.error(
          entry, "the list of tables holds " + std::string(json_kind_name(entry.kind())) + " where an object belongs");
      continue;
    }
    Form own = form_of(entry);
    if (form == Form::unknown) {
      form = own;
      first = entry;
    }
    if (own != Form::unknown && own != form) {
      int line = reader.contract.place({{}, reader.file, static_cast<uint32_t>(first.offset())}).line;
      reader.error(entry,
                   "this entry is in the " + std::string(form_name(own)) + ", the one in line " + std::to_string(line) +
                       " in the " + std::string(form_name(form)),
                   "write all tables of a file in one form, or use two files");
      continue;
    }
    form == Form::list ? read_list_entry(reader, entry, out) : read_tables_entry(reader, entry, out);
  }
}

void read_file_content(const FileReader& reader, JsonValue root, ReadTables& out) {
  if (root.is(JsonKind::array)) return read_entries(reader, root, Form::unknown, out);
  auto tables = root.find("tables");
  if (tables && tables->is(JsonKind::object)) {
    return reader.error(*tables, "this contract is in the mapping form, which is for PostgreSQL targets",
                        "for DynamoDB use the list form or the tables form: see docs/contract.md");
  }
  Fields fields(reader, root, "the contract", "", {"tables"});
  auto list = fields.list("tables", Need::required);
  if (list) read_entries(reader, *list, Form::tables, out);
}

// Attributes that a GSI entry repeats must be the table's: an index holds copies of the table's attributes.
void check_loose_attributes(const Contract& contract, const LooseIndex& loose, const Table& table,
                            Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const Attribute& a : table.entities.front().attributes) known.push_back(a.name.text);
  for (const Attribute& a : loose.attributes) {
    bool found = std::find(known.begin(), known.end(), a.name.text) != known.end();
    if (found) continue;
    std::string hint = did_you_mean(a.name.text, known);
    report(contract, diagnostics, a.name,
           "index '" + loose.index.name.text + "' has the attribute '" + a.name.text + "', which table '" +
               table.name.text + "' does not have",
           hint.empty() ? "add it to the attributes of the Table entry" : hint);
  }
}

void place_indexes(Contract& contract, std::vector<LooseIndex> loose, Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, Table*> by_name;
  std::vector<std::string> names;
  for (Table& table : contract.tables) by_name.emplace(table.name.text, &table);
  for (LooseIndex& one : loose) {
    auto found = by_name.find(one.table.text);
    if (found == by_name.end()) {
      if (names.empty()) {
        for (const Table& table : contract.tables) names.push_back(table.name.text);
      }
      std::string hint = did_you_mean(one.table.text, names);
      report(contract, diagnostics, one.table,
             "this GSI entry belongs to table '" + one.table.text + "', which has no entry of type Table",
             hint.empty() ? "add the Table entry, or correct the name" : hint);
      continue;
    }
    check_loose_attributes(contract, one, *found->second, diagnostics);
    found->second->indexes.push_back(std::move(one.index));
  }
}

void check_names(const Contract& contract, Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, const Table*> seen;
  for (const Table& table : contract.tables) {
    if (table.name.empty()) continue;
    auto [it, is_new] = seen.emplace(table.name.text, &table);
    if (is_new) continue;
    report(contract, diagnostics, table.name,
           "table '" + table.name.text + "' is there twice, first at " + contract.place(it->second->name).str(),
           "rename one of the two");
  }
}

void say_if_cut(Diagnostics& diagnostics) {
  if (diagnostics.list.size() >= MOST_PROBLEMS) {
    diagnostics.error(ErrorKind::contract_value,
                      "there may be more problems than these " + std::to_string(diagnostics.list.size()),
                      "mend them first");
  }
}

}  // namespace

std::optional<Contract> parse_contract(std::vector<std::shared_ptr<const Source>> sources, Diagnostics& diagnostics) {
  Contract contract;
  contract.sources = std::move(sources);
  ReadTables read;
  size_t first = diagnostics.list.size();
  int before = diagnostics.count_errors();
  bool whole = true;
  for (uint32_t file = 0; file < contract.sources.size(); ++file) {
    const Source& source = *contract.sources[file];
    JsonInput input{source.content, source.path};
    input.max_bytes = MOST_CONTRACT_BYTES;
    auto document = parse_json(input, diagnostics);
    whole = whole && document;
    if (document) read_file_content(FileReader{contract, file, diagnostics}, document->root(), read);
  }
  contract.tables = std::move(read.tables);
  // The Table entry of an index may stand in a file that could not be read.
  if (whole) place_indexes(contract, std::move(read.loose_indexes), diagnostics);
  check_names(contract, diagnostics);
  for (const Table& table : contract.tables) check_table(contract, table, diagnostics);
  sort_by_place(diagnostics, first);
  say_if_cut(diagnostics);
  if (diagnostics.count_errors() != before) return std::nullopt;
  return contract;
}

std::optional<Contract> read_contract(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  std::vector<std::shared_ptr<const Source>> sources;
  int before = diagnostics.count_errors();
  for (const std::string& path : paths) {
    std::error_code unknown;  // what cannot be looked at cannot be read either
    const uint64_t bytes = std::filesystem::file_size(path, unknown);
    if (!unknown && bytes > MOST_CONTRACT_BYTES) {
      Place place;
      place.file = path;
      diagnostics.error(ErrorKind::contract_syntax,
                        "the contract has " + with_thousands(bytes) + " bytes; at most " +
                            with_thousands(MOST_CONTRACT_BYTES) + " are read",
                        "split it into several files", std::move(place));
      continue;
    }
    auto content = read_file(path, MOST_CONTRACT_BYTES);
    if (content) {
      sources.push_back(std::make_shared<const Source>(Source{path, std::move(*content)}));
    } else {
      Error error = content.error();
      error.message = "the contract cannot be read: " + error.message;
      diagnostics.add(std::move(error));
    }
  }
  bool all_read = diagnostics.count_errors() == before;
  auto contract = parse_contract(std::move(sources), diagnostics);
  return all_read ? std::move(contract) : std::nullopt;
}

}  // namespace migrate
