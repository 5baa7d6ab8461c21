// Look-ups in the live schema, and its digest: see schema.h.
#include "contract/schema.h"

#include <algorithm>

#include "base/text.h"

namespace migrate {
namespace {

void add_names(DigestBuilder& digest, std::string_view tag, const std::vector<std::string>& names) {
  digest.number(tag, static_cast<int64_t>(names.size()));
  for (const std::string& name : names) digest.text(tag, name);
}

void add_column(DigestBuilder& digest, const Column& c) {
  digest.text("column", c.name).text("data_type", c.data_type).text("column_type", c.column_type);
  digest.number("flags", (c.nullable ? 1 : 0) | (c.is_json ? 2 : 0) | (c.generated ? 4 : 0));
  digest.text("charset", c.charset).text("collation", c.collation);
}

}  // namespace

const Column* SourceTable::column(std::string_view name_any_case) const {
  for (const Column& c : columns) {
    if (equal_ignoring_case(c.name, name_any_case)) return &c;
  }
  return nullptr;
}

std::vector<std::string> SourceTable::row_key() const {
  if (!primary_key.empty()) return primary_key;
  for (const Key& key : keys) {
    bool certain = key.unique && !key.ignored && !key.columns.empty();
    for (const std::string& part : key.columns) {
      const Column* c = column(part);
      certain = certain && c != nullptr && !c->nullable;
    }
    if (certain) return key.columns;
  }
  return {};
}

bool SourceTable::unique_on(const std::vector<std::string>& names) const {
  auto covered = [&](const std::vector<std::string>& key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [&](const std::string& part) {
      return std::any_of(names.begin(), names.end(),
                         [&](const std::string& n) { return equal_ignoring_case(n, part); });
    });
  };
  if (covered(primary_key)) return true;
  return std::any_of(keys.begin(), keys.end(), [&](const Key& k) { return k.unique && covered(k.columns); });
}

// `column_type` says length, precision, sign, scale and members too.
Digest SourceTable::digest() const {
  DigestBuilder digest("schema", 1);
  digest.text("table", name).number("is_view", is_view ? 1 : 0);
  for (const Column& c : columns) add_column(digest, c);
  add_names(digest, "primary_key", primary_key);
  for (const Key& key : keys) {
    digest.text("key", key.name).number("unique", (key.unique ? 1 : 0) | (key.ignored ? 2 : 0));
    add_names(digest, "key_column", key.columns);
  }
  for (const ForeignKey& key : foreign_keys) {
    digest.text("foreign_key", key.name).text("target", key.target_table);
    add_names(digest, "local", key.columns);
    add_names(digest, "referenced", key.target_columns);
  }
  return digest.finish();
}

const SourceTable* Schema::table(std::string_view name) const {
  // The server's order of names is its collation's, so a miss by bytes is looked up one by one.
  auto at = std::lower_bound(tables.begin(), tables.end(), name,
                             [](const SourceTable& t, std::string_view n) { return t.name < n; });
  if (at != tables.end() && at->name == name) return &*at;
  for (const SourceTable& t : tables) {
    if (t.name == name || (lower_case_names && equal_ignoring_case(t.name, name))) return &t;
  }
  return nullptr;
}

}  // namespace migrate
