// Random contracts, and what the oracle needs to know of their tables.
#pragma once

#include "servers/chain/random_attributes.h"

namespace migrate::test::oracle {

struct EntityCase {
  std::string type;
  const SourceTable* table = nullptr;
  std::vector<AttributeCase> attributes;
  std::map<std::string, ValueOf> composites;  // further attributes that keys and templates make
  std::vector<std::string> index_keys;
  std::function<int(const Row&)> where;  // 1, 0, -1 for NULL
};

struct TableCase {
  std::string name, json, settings;  // settings: the project file's, as a YAML flow map
  bool list_form = false;
  std::string pk, sk;
  bool keep_deleted = false;
  std::vector<EntityCase> entities;
};
class ContractMaker {
 public:
  ContractMaker(Dice& dice, const std::vector<SourceTable>& tables)
      : dice_(dice), sql_(dice, tables), make_(dice, sql_) {}

  TableCase table(const std::string& name) {
    TableCase t;
    t.name = name;
    t.list_form = dice_.one_in(4);
    sql_.keep_deleted = t.keep_deleted = dice_.one_in(4);
    make_.next_name = 0;
    const bool multi = !t.list_form && dice_.one_in(3);
    make_.list_form = t.list_form;
    std::string settings = t.keep_deleted ? "soft_deletes: keep" : "";
    auto set = [&](const std::string& more) { settings += (settings.empty() ? "" : ", ") + more; };
    if (multi) {
      t.json = entities(t, set);
    } else {
      t.json = single(t, set);
    }
    if (!settings.empty()) t.settings = "{" + settings + "}";
    return t;
  }

 private:
  std::vector<AttributeCase> attributes(const SourceTable& t) {
    std::vector<AttributeCase> out;
    for (int n = 3 + dice_.below(8); n > 0; --n) out.push_back(make_.any_attribute(t));
    return out;
  }

  static std::string json_of(const std::vector<AttributeCase>& attributes, bool list_form) {
    std::string out;
    for (const AttributeCase& a : attributes) {
      out += out.empty() ? "\n  " : ",\n  ";
      out += list_form ? json_text(a.name) + ": {\"type\": " + json_text(a.type) + a.list_rest + "}"
                       : "{\"name\": " + json_text(a.name) + ", \"type\": " + json_text(a.type) + a.rest + "}";
    }
    return (list_form ? "{" : "[") + out + (list_form ? "}" : "]");
  }

  // A text of literals and values; NULL when one of them is.
  struct Part {
    std::string literal;
    ValueOf value;
  };
  static ValueOf joined(std::vector<Part> parts) {
    return [parts = std::move(parts)](const Row& r) {
      std::string text;
      bool null = false;
      for (const Part& p : parts) {
        text += p.literal;
        if (!p.value) continue;
        Outcome o = p.value(r);
        if (!o.error.empty()) return o;
        null = null || !o.text;
        text += o.text.value_or("");
      }
      return null ? nothing() : text_outcome(text);
    };
  }

  const AttributeCase& key_part(EntityCase& e, bool whole) {
    std::vector<size_t> fit;
    for (size_t i = 0; i < e.attributes.size(); ++i) {
      const AttributeCase& a = e.attributes[i];
      if (a.name.find('#') == a.name.npos && !a.holds_json && (a.in_keys || (whole && a.type == "N"))) fit.push_back(i);
    }
    if (fit.empty() || dice_.one_in(3)) {
      e.attributes.push_back(make_.plain(*e.table, e.table->key[0]));
      const AttributeCase& made = e.attributes.back();
      if (!(made.in_keys || (whole && made.type == "N"))) {
        e.attributes.pop_back();
        e.attributes.push_back(make_.plain(*e.table, e.table->key[0], "S"));
      }
      return e.attributes.back();
    }
    return e.attributes[dice_.pick(fit)];
  }

  // An attribute, or two joined by '#'.
  std::string key_name(EntityCase& e) {
    if (dice_.below(4) > 0) return key_part(e, true).name;
    const AttributeCase a = key_part(e, false), b = key_part(e, false);
    const std::string both = a.name + "#" + b.name;
    e.composites[both] = joined({{"", a.value}, {"#", b.value}});
    return both;
  }

  std::string indexes(EntityCase& e, bool list_form) {
    std::string out;
    for (int n = dice_.below(3); n > 0; --n) {
      const std::string pk = key_name(e), sk = dice_.one_in(2) ? key_name(e) : "";
      if (pk == sk) continue;
      e.index_keys.push_back(pk);
      if (!sk.empty()) e.index_keys.push_back(sk);
      out += (out.empty() ? "" : ", ") + std::string(list_form ? "{\"name\": " : "{\"index_name\": ") +
             json_text("by_" + std::to_string(n)) + ", \"pk\": " + json_text(pk) +
             (sk.empty() ? "" : ", \"sk\": " + json_text(sk)) +
             ", \"projection\": " + (dice_.one_in(2) ? "\"ALL\"" : "\"KEYS_ONLY\"") + "}";
    }
    return ", \"gsis\": [" + out + "]";
  }

  template <class Set>
  std::string single(TableCase& t, const Set& set) {
    EntityCase e;
    e.table = &sql_.any_table();
    e.attributes = attributes(*e.table);
    if (dice_.below(3) > 0) {  // a proper key
      t.pk = e.attributes.emplace_back(make_.plain(*e.table, e.table->key[0], "S")).name;
      if (e.table->key.size() > 1) t.sk = e.attributes.emplace_back(make_.plain(*e.table, e.table->key[1], "N")).name;
    } else {
      t.pk = key_name(e);
      if (dice_.below(3) > 0) t.sk = key_name(e);
      if (t.sk == t.pk) t.sk = "";
    }
    const std::string gsis = indexes(e, t.list_form);
    if (dice_.one_in(3)) {
      Predicate where = sql_.predicate(*e.table, "");
      e.where = where.holds;
      set("where: " + json_text(where.sql));
    }
    std::string json = "{\"table\": " + json_text(t.name) +
                       ", \"type\": " + (t.list_form ? "\"Table\"" : "\"single-entity\"") +
                       ", \"source_table\": " + json_text(e.table->name) + ", \"pk\": " + json_text(t.pk) +
                       (t.sk.empty() ? "" : ", \"sk\": " + json_text(t.sk)) + gsis +
                       ", \"satisfies\": [], \"estimated_item_size_bytes\": 100, \"attributes\": " +
                       json_of(e.attributes, t.list_form) + "}";
    t.entities.push_back(std::move(e));
    return json;
  }

  // Literals, columns and attributes, with the key's columns in it more often than not.
  std::string key_template(EntityCase& e, const std::string& attribute) {
    std::vector<Part> parts{{dice_.pick<std::string>({"X#", "", "it's#", e.type + "#"}), nullptr}};
    std::string text = parts[0].literal;
    auto add_column = [&](size_t i) {
      const Column& c = e.table->columns[i];
      parts.push_back({"", [i, kind = c.kind](const Row& r) { return converted("S", kind, r[i]); }});
      text += "{" + c.name + "}";
    };
    if (dice_.below(4) > 0) {
      for (size_t i = 0; i < e.table->key.size(); ++i) {
        if (i) {
          text += "#";
          parts.push_back({"#", nullptr});
        }
        add_column(e.table->key[i]);
      }
    } else if (dice_.one_in(2)) {
      add_column(sql_.any_column(*e.table));
    } else {
      const AttributeCase a = key_part(e, false);
      parts.push_back({"", a.value});
      text += "{" + a.name + "}";
    }
    e.composites[attribute] = joined(std::move(parts));
    return text;
  }

  template <class Set>
  std::string entities(TableCase& t, const Set& set) {
    t.pk = "PK";
    t.sk = dice_.one_in(5) ? "" : "SK";
    std::string all, wheres;
    for (int n = 1 + dice_.below(3); n > 0; --n) {
      EntityCase e;
      e.type = dice_.pick<std::string>({"User", "Order line", "it's"}) + std::to_string(n);
      e.table = &sql_.any_table();
      e.attributes = attributes(*e.table);
      const std::string pk = key_template(e, "PK"), sk = t.sk.empty() ? "" : key_template(e, "SK");
      if (dice_.one_in(3)) {
        Predicate where = sql_.predicate(*e.table, "");
        e.where = where.holds;
        wheres += (wheres.empty() ? "" : ", ") + json_text(e.type) + ": {where: " + json_text(where.sql) + "}";
      }
      all += (all.empty() ? "\n " : ",\n ") + ("{\"entity_type\": " + json_text(e.type)) +
             ", \"source_table\": " + json_text(e.table->name) + ", \"pk_template\": " + json_text(pk) +
             (sk.empty() ? "" : ", \"sk_template\": " + json_text(sk)) +
             ", \"attributes\": " + json_of(e.attributes, false) + "}";
      t.entities.push_back(std::move(e));
    }
    if (!wheres.empty()) set("entities: {" + wheres + "}");
    return "{\"table\": " + json_text(t.name) +
           ", \"type\": \"multi-entity\", \"source_table\": " + json_text(t.entities[0].table->name) +
           ", \"pk\": \"PK\"" + (t.sk.empty() ? "" : ", \"sk\": \"SK\"") +
           ", \"satisfies\": [], \"estimated_item_size_bytes\": 100, \"entities\": [" + all + "]}";
  }

  Dice& dice_;
  SqlMaker sql_;
  AttributeMaker make_;
};

}  // namespace migrate::test::oracle
