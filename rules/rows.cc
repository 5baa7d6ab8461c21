// What runs and checks have in common: see rows.h.
#include "rules/rows.h"

#include <algorithm>
#include <random>
#include <set>

#include "base/text.h"
#include "contract/check_mask.h"

namespace migrate {
namespace {

bool word_character(char c) {
  return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether the SQL text names the column, as a word in any case. An expression that only looks as if is masked too:
// hiding too much does no harm.
bool names(const std::string& sql, const std::string& column) {
  std::string text = lower_ascii(sql);
  std::string word = lower_ascii(column);
  for (size_t i = text.find(word); i != std::string::npos; i = text.find(word, i + 1)) {
    bool starts = i == 0 || !word_character(text[i - 1]);
    bool ends = i + word.size() == text.size() || !word_character(text[i + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

struct MaskedColumn {
  std::string table, column;
};

bool reaches(const MaskedColumn& masked, const Text& table, const std::vector<const std::string*>& texts) {
  if (!table.empty() && !equal_ignoring_case(table.text, masked.table)) return false;
  return std::any_of(texts.begin(), texts.end(), [&](const std::string* text) { return names(*text, masked.column); });
}

bool reaches(const MaskedColumn& masked, const Entity& entity, const Attribute& attribute) {
  const Text& own = entity.source_table;
  std::vector<const std::string*> texts;
  if (attribute.join) {
    for (const JoinStep& step : attribute.join->steps) {
      texts = {&step.select.text};
      if (attribute.join->construction) {
        for (const auto& [name, select] : attribute.join->construction->columns) texts.push_back(&select.text);
      }
      if (reaches(masked, step.target_table, texts)) return true;
    }
    if (attribute.join->else_value && reaches(masked, own, {&attribute.join->else_value->text.text})) return true;
  }
  if (attribute.calculation) {
    const Calculation& c = *attribute.calculation;
    if (reaches(masked, c.target_table, {&c.select.text})) return true;
    texts = {&c.expression.text};
    for (const auto& [when, then] : c.cases) texts.push_back(&then.text);
    if (c.else_value) texts.push_back(&c.else_value->text);
    if (reaches(masked, own, texts)) return true;
  }
  texts.clear();
  for (const Text& column : attribute.source_columns) texts.push_back(&column.text);
  if (attribute.transformation) texts.push_back(&attribute.transformation->format.text);
  return reaches(masked, attribute.source_table.empty() ? own : attribute.source_table, texts);
}

// Made once for a project, so that equal values have equal digests in all its reports, and nobody else's.
Result<std::string> salt(World& world) {
  TRY(known, world.cache().fact("mask salt"));
  if (known) return *known;
  std::random_device random;
  std::string fresh;
  for (int i = 0; i < 4; ++i) {
    uint32_t n = random();
    fresh.append(reinterpret_cast<const char*>(&n), sizeof n);
  }
  fresh = to_hex(fresh);
  if (!world.options().read_only) CHECK_OK(world.cache().put_fact("mask salt", fresh));
  return fresh;
}

}  // namespace

std::vector<DataVersionRequest> version_requests(World& world, const TableViews& views) {
  std::set<std::string> tables;
  for (const EntityView& entity : views.entities) tables.insert(entity.reads.begin(), entity.reads.end());
  std::vector<DataVersionRequest> requests;
  for (const std::string& table : tables) requests.push_back(world.version_request(views.table, table));
  return requests;
}

Result<Masking> masking(World& world, const Table& table) {
  Masking out;
  if (world.project().mask.empty()) return out;
  TRY(schema, world.schema());
  Diagnostics unknown;
  check_mask(world.project(), *schema, unknown);
  if (unknown.has_errors()) return unknown.list.front();
  std::set<std::string> columns, attributes;
  for (const std::string& entry : world.project().mask) {
    size_t dot = entry.find('.');
    MaskedColumn masked{entry.substr(0, dot), entry.substr(dot + 1)};
    for (const Entity& entity : table.entities) {
      if (equal_ignoring_case(entity.source_table.text, masked.table)) columns.insert(masked.column);
      for (const Attribute& attribute : entity.attributes) {
        if (reaches(masked, entity, attribute)) attributes.insert(attribute.name.text);
      }
      // A key template may hold the column itself, or an attribute that does.
      for (const auto& [attribute, text] :
           {std::pair(&table.pk, &entity.pk_template), std::pair(&table.sk, &entity.sk_template)}) {
        if (!*text) continue;
        bool hidden =
            equal_ignoring_case(entity.source_table.text, masked.table) && names((*text)->text, masked.column);
        for (const std::string& name : attributes)
          hidden = hidden || (*text)->text.find("{" + name + "}") != std::string::npos;
        if (hidden) attributes.insert(attribute->text);
      }
    }
  }
  out.columns.assign(columns.begin(), columns.end());
  out.attributes.assign(attributes.begin(), attributes.end());
  TRY(secret_salt, salt(world));
  out.salt = std::move(secret_salt);
  return out;
}

std::string dead_letters_path(const Project& project, const std::string& table) {
  return project.out + "/dead-letters/" + table + ".jsonl";
}

}  // namespace migrate
