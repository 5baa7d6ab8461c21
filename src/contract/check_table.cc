// What can be known of a table without a live schema: names given twice, keys that no attribute gives, types of keys:
// check_table().
#include <unordered_map>

#include "base/text.h"
#include "contract/forms.h"

namespace migrate {
namespace {

bool key_type(AttributeType t) { return t == AttributeType::S || t == AttributeType::N || t == AttributeType::B; }

const Attribute* find(const Entity& entity, std::string_view name) {
  for (const Attribute& a : entity.attributes) {
    if (a.name == name) return &a;
  }
  return nullptr;
}

class TableChecker {
 public:
  TableChecker(const Contract& contract, const Table& table, Diagnostics& diagnostics)
      : contract_(contract), table_(table), diagnostics_(diagnostics) {}

  void run() {
    check_name(table_.name, "table", 1);
    if (table_.multi_entity) {
      check_entities();
    } else if (!table_.entities.empty()) {
      check_key(table_.pk, "pk", false);
      check_key(table_.sk, "sk", false);
    }
    if (!table_.pk.empty() && table_.pk.text == table_.sk.text) {
      error(table_.sk, "table '" + table_.name.text + "' has one attribute, '" + table_.sk.text + "', for both keys",
            "leave 'sk' out, or name another attribute");
    }
    for (const Entity& entity : table_.entities) check_attributes(entity);
    check_indexes();
  }

 private:
  void error(const Text& at, std::string message, std::string hint = {}) {
    report(contract_, diagnostics_, at, std::move(message), std::move(hint));
  }
  void warn(const Text& at, std::string message, std::string hint = {}) {
    report(contract_, diagnostics_, at, std::move(message), std::move(hint), true);
  }

  // AWS, "Naming rules" of the DynamoDB developer guide: 3 to 255 of a-z A-Z 0-9 _ - . for tables and indexes. A
  // table's length counts with its prefix, which only the project knows.
  void check_name(const Text& name, const std::string& what, size_t shortest) {
    const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    if (name.empty()) return;
    size_t bad = name.text.find_first_not_of(allowed);
    if (bad != std::string::npos) {
      error(name, "the name of " + what + " '" + name.text + "' has characters that DynamoDB refuses",
            "use letters, digits, '_', '-' and '.'");
    } else if (name.text.size() < shortest || name.text.size() > 255) {
      error(name, "the name of " + what + " '" + name.text + "' must have " + std::to_string(shortest) +
                      " to 255 characters");
    }
  }

  bool gives(const Entity& entity, const std::string& name) const {
    if (find(entity, name) != nullptr) return true;
    return (entity.pk_template && name == table_.pk.text) || (entity.sk_template && name == table_.sk.text);
  }

  // An index of a multi-entity table needs one entity that has its key; the others' items stay out of it.
  bool some_entity_gives(const std::string& name) const {
    for (const Entity& entity : table_.entities) {
      if (gives(entity, name)) return true;
    }
    return false;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Entity& entity : table_.entities) {
      for (const Attribute& a : entity.attributes) out.push_back(a.name.text);
    }
    return out;
  }

  void check_key_type(const Text& key, const std::string& whose, bool part) {
    for (const Entity& entity : table_.entities) {
      const Attribute* a = find(entity, part ? part_ : key.text);
      if (a == nullptr) continue;
      bool good = key_type(a->type) && !(part && a->type == AttributeType::B);
      if (good) continue;
      error(a->name,
            "attribute '" + a->name.text + "' is " + (part ? "part of " : "") + "the " + whose + " and of type " +
                std::string(type_name(a->type)),
            part ? "parts of a composite key are of type S or N" : "keys are of type S, N or B");
    }
  }

  void check_key(const Text& key, const std::string& whose, bool index) {
    if (key.empty()) return;
    if (some_entity_gives(key.text)) {
      check_key_type(key, whose, false);
      if (index) check_same_type(key, whose);
      return;
    }
    bool composite = key.text.find('#') != std::string::npos;
    for (const std::string& name : composite ? split(key.text, '#') : std::vector<std::string>{key.text}) {
      if (name.empty()) {
        error(key, "the " + whose + " '" + key.text + "' of table '" + table_.name.text + "' has an empty part",
              "write the names of attributes with '#' between them");
      } else if (!some_entity_gives(name)) {
        std::string hint = did_you_mean(name, names());
        error(key,
              "no attribute of table '" + table_.name.text + "' gives '" + name + "', " +
                  (composite ? "a part of the " + whose + " '" + key.text + "'" : "the " + whose),
              hint.empty() ? "add an attribute '" + name + "', or correct the name" : hint);
      } else if (composite) {
        part_ = name;
        check_key_type(key, whose, true);
      }
    }
  }

  // Of one key attribute DynamoDB knows one type.
  void check_same_type(const Text& key, const std::string& whose) {
    const Attribute* first = nullptr;
    for (const Entity& entity : table_.entities) {
      const Attribute* a = find(entity, key.text);
      if (a == nullptr || !key_type(a->type)) continue;
      if (first == nullptr) first = a;
      if (a->type == first->type) continue;
      error(a->name,
            "attribute '" + key.text + "', the " + whose + ", is of type " + std::string(type_name(a->type)) +
                " here and of type " + std::string(type_name(first->type)) + " at " +
                contract_.place(first->name).str(),
            "a key has one type in all entities");
    }
  }

  void check_entities() {
    std::unordered_map<std::string_view, const Entity*> seen;
    for (const Entity& entity : table_.entities) {
      if (!entity.type.empty()) {
        auto [it, is_new] = seen.emplace(entity.type.text, &entity);
        if (!is_new) {
          error(entity.type,
                "entity '" + entity.type.text + "' is there twice in table '" + table_.name.text + "', first at " +
                    contract_.place(it->second->type).str(),
                "rename one of the two");
        }
      }
      check_template(entity, table_.pk, entity.pk_template, "pk_template");
      check_template(entity, table_.sk, entity.sk_template, "sk_template");
    }
  }

  // A key's attribute beside its template: the attribute gives the value.
  void check_template(const Entity& entity, const Text& key, const std::optional<Text>& text, const std::string& what) {
    const Attribute* a = key.empty() ? nullptr : find(entity, key.text);
    if (a == nullptr || !text) return;
    if (a->type != AttributeType::S) {
      error(a->name,
            "attribute '" + key.text + "' of entity '" + entity.type.text +
                "' is a key made from a template and of type " + std::string(type_name(a->type)),
            "use type S");
      return;
    }
    bool same = false;
    if (a->transformation) {
      const Transformation& t = *a->transformation;
      same = (t.kind == TransformationKind::fixed ? t.value.text : t.format.text) == text->text;
    } else if (!a->join && !a->calculation && a->source_columns.size() == 1) {
      same = text->text == "{" + a->source_columns.front().text + "}";
    }
    if (same) return;
    warn(a->name,
         "entity '" + entity.type.text + "' gives '" + key.text +
             "' twice: by this attribute, which is used, and by '" + what + "'",
         "keep one of the two");
  }

  void check_attributes(const Entity& entity) {
    std::unordered_map<std::string_view, const Attribute*> seen;
    for (const Attribute& a : entity.attributes) {
      if (a.name.empty()) continue;
      auto [it, is_new] = seen.emplace(a.name.text, &a);
      if (!is_new) {
        error(a.name,
              "attribute '" + a.name.text + "' is there twice, first at " + contract_.place(it->second->name).str(),
              "rename one of the two");
      }
      if (lower_ascii(a.name.text).starts_with("migrate_")) {
        error(a.name,
              "attribute '" + a.name.text + "': names that begin with 'migrate_' are those of the views' own columns",
              "rename the attribute");
      }
      check_source(entity, a);
    }
  }

  void check_source(const Entity& entity, const Attribute& a) {
    bool plain = !a.join && !a.calculation && !a.transformation && a.type != AttributeType::Null;
    if (!plain || a.source_table.empty() || entity.source_table.empty()) return;
    if (equal_ignoring_case(a.source_table.text, entity.source_table.text)) return;
    error(a.source_table,
          "attribute '" + a.name.text + "' reads table '" + a.source_table.text + "', but the row at hand is of '" +
              entity.source_table.text + "' and there is no join",
          "add a \"join\" that says which row of '" + a.source_table.text + "' is meant");
  }

  void check_indexes() {
    std::unordered_map<std::string_view, const Index*> seen;
    for (const Index& index : table_.indexes) {
      check_name(index.name, "index", 3);
      if (!index.name.empty() && !seen.emplace(index.name.text, &index).second) {
        error(index.name,
              "index '" + index.name.text + "' is there twice in table '" + table_.name.text + "', first at " +
                  contract_.place(seen[index.name.text]->name).str(),
              "rename one of the two");
      }
      check_key(index.pk, "pk of index '" + index.name.text + "'", true);
      check_key(index.sk, "sk of index '" + index.name.text + "'", true);
      if (!index.pk.empty() && index.pk.text == index.sk.text) {
        error(index.sk, "index '" + index.name.text + "' has one attribute, '" + index.sk.text + "', for both keys",
              "leave 'sk' out, or name another attribute");
      }
      for (const Text& name : index.projected) {
        if (some_entity_gives(name.text)) continue;
        std::string hint = did_you_mean(name.text, names());
        error(name,
              "no attribute of table '" + table_.name.text + "' gives '" + name.text + "', which index '" +
                  index.name.text + "' includes",
              hint.empty() ? "add the attribute, or take the name out" : hint);
      }
    }
  }

  const Contract& contract_;
  const Table& table_;
  Diagnostics& diagnostics_;
  std::string part_;
};

}  // namespace

void check_table(const Contract& contract, const Table& table, Diagnostics& diagnostics) {
  TableChecker(contract, table, diagnostics).run();
}

}  // namespace migrate
