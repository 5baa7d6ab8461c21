// The shop of the model (model.h): rows, a contract and an application, all of which change at random, and are known.
#pragma once

#include <random>

#include "model.h"
#include "shop.h"
#include "support/fault_proxy.h"
#include "support/seed.h"

namespace migrate::test {

struct Row {
  std::string sku;
  std::optional<int> price;
  std::optional<std::string> note, country;
  bool bad = false, live = true;
};

struct ContractNow {
  bool note = true, country = true, cost = false, live_only = false;
  std::string price() const { return cost ? "cost" : "price"; }
};

inline std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

class ModelShop : public OnBothServers {
 protected:
  ModelShop() {
    std::string sql =
        "CREATE TABLE countries (code CHAR(2) PRIMARY KEY, name VARCHAR(40) NOT NULL);"
        "CREATE TABLE parts (id INT PRIMARY KEY, sku VARCHAR(10) NOT NULL, price INT, note VARCHAR(10), country "
        "CHAR(2),"
        " at DATETIME, live INT NOT NULL, FOREIGN KEY (country) REFERENCES countries(code));"
        "SET SESSION sql_mode = ''";
    for (const std::string& land : lands) {
      countries_[land] = "C0";
      sql += ";INSERT INTO countries VALUES (" + in_quotes(land) + ", 'C0')";
    }
    db.exec(sql);
    for (int i = 0; i < 25; ++i) insert("k" + std::to_string(i));
    project_.target["endpoint"] = proxy_.endpoint();
    project_.limits["deletes"] = "unlimited";
    say_contract();
  }

  // Changes of the source.

  void insert(const std::string& sku) {
    const int id = ++last_id_;
    Row row{sku, any_price(), any_note(), any_land(), chance(4), !chance(10)};
    db.exec("INSERT INTO parts VALUES (" + std::to_string(id) + "," + in_quotes(sku) + "," + sql(row.price) + "," +
            sql(row.note) + "," + sql(row.country) + "," + (row.bad ? "'2024-00-00'" : "NULL") + "," +
            (row.live ? "1" : "0") + ")");
    tell("row " + std::to_string(id) + " comes as " + sku);
    rows_[id] = row;
    changed_ = true;
  }
  void set(int id, const std::string& column, const std::string& value) {
    db.exec("UPDATE parts SET " + column + " = " + value + " WHERE id = " + std::to_string(id));
    tell("row " + std::to_string(id) + " (" + rows_[id].sku + "): " + column + " = " + value);
  }
  void change_row() {
    const int what = pick(12);
    if (what == 0 || rows_.empty()) return insert(any_key());
    if (what == 1) {
      const std::string land = lands[static_cast<size_t>(pick(3))], name = "C" + std::to_string(pick(3));
      if (countries_[land] == name) return;
      db.exec("UPDATE countries SET name = " + in_quotes(name) + " WHERE code = " + in_quotes(land));
      tell("country " + land + " is " + name);
      countries_[land] = name;
      changed_ = changed_ || now_.country;
      return;
    }
    const auto at = std::next(rows_.begin(), pick(static_cast<int>(rows_.size())));
    const int id = at->first;
    Row& row = at->second;
    const auto becomes = [&](auto& field, const auto& value, const std::string& column, const std::string& text) {
      if (field == value) return;
      set(id, column, text);
      field = value;
      if (!row.sku.empty()) recent_.push_back(row.sku);
      changed_ = true;
    };
    if (what == 2) {
      tell("row " + std::to_string(id) + " (" + row.sku + ") goes");
      db.exec("DELETE FROM parts WHERE id = " + std::to_string(id));
      rows_.erase(at);
      changed_ = true;
    } else if (what == 3) {
      const std::string sku = chance(15) ? "" : any_key();
      becomes(row.sku, sku, "sku", in_quotes(sku));
    } else if (what == 4) {
      const bool bad = !row.bad && chance(40);
      becomes(row.bad, bad, "at", bad ? "'2024-00-00'" : "NULL");
    } else if (what == 5) {
      const bool live = chance(70);
      becomes(row.live, live, "live", live ? "1" : "0");
    } else if (what == 6) {
      const auto note = any_note();
      becomes(row.note, note, "note", sql(note));
    } else if (what == 7) {
      const auto land = any_land();
      becomes(row.country, land, "country", sql(land));
    } else {
      const auto price = any_price();
      becomes(row.price, price, "price", sql(price));
    }
  }

  // Prices become what they were when the round began.
  void change_back() {
    for (auto& [id, row] : rows_) {
      const auto before = rows_before_.find(id);
      if (before == rows_before_.end() || before->second.price == row.price) continue;
      set(id, "price", sql(before->second.price));
      row.price = before->second.price;
      changed_ = true;
    }
  }

  void change_contract() {
    bool& flag =
        *std::vector<bool*>{&now_.note, &now_.country, &now_.cost, &now_.live_only}[static_cast<size_t>(pick(4))];
    flag = !flag;
    say_contract();
    changed_ = true;
  }
  void say_contract() {
    const auto column = [](const std::string& name, const std::string& type, const std::string& from) {
      return R"({"name": ")" + name + R"(", "type": ")" + type + R"(", "source_table": "parts", "source_column": ")" +
             from + "\"}";
    };
    std::string attributes =
        column("sku", "S", "sku") + "," + column("at", "S", "at") + "," + column(now_.price(), "N", "price");
    rules_.contract = {"sku", "at", now_.price()};
    if (now_.note) {
      attributes += "," + column("note", "S", "note");
      rules_.contract.insert("note");
    }
    if (now_.country) {
      attributes += R"(,{"name": "country", "type": "S", "source_table": "countries", "source_column": "name", "join":
        {"type": "foreign-key", "target_table": "countries", "join_condition": "parts.country = countries.code",
         "select_column": "countries.name"}})";
      rules_.contract.insert("country");
    }
    project_.contract = R"({"tables": [{"table": "Parts", "type": "single-entity", "source_table": "parts", "pk": "sku",
      "attributes": [)" +
                        attributes + R"(], "satisfies": [], "estimated_item_size_bytes": 50}]})";
    project_.more = now_.live_only ? "tables: {Parts: {where: \"live = 1\"}}\n" : "";
    rules_.shapes.insert(rules_.contract);
    tell("the contract has " + join({rules_.contract.begin(), rules_.contract.end()}, " ") +
         (now_.live_only ? ", of live rows" : ""));
  }

  // What the application does.

  void app_puts(const std::string& key, const ModelItem& item) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : item) parts.push_back("\"" + name + "\":" + typed(value));
    project_.put("Parts", "{" + join(parts, ",") + "}");
    there_[key] = item;
  }
  // What it does to an item while a build runs.
  struct Intrusion {
    std::string key, name, value;  // no name: it deletes the item
    MaybeItem operator()(MaybeItem item) const {
      if (name.empty()) return std::nullopt;
      if (!item) item = ModelItem{{"sku", in_quotes(key)}};
      (*item)[name] = value;
      return item;
    }
  };
  Intrusion any_intrusion() {
    const std::string key = any_key();
    if (chance(30)) return {key, "", ""};
    if (chance(50)) return {key, "mine", in_quotes("n" + std::to_string(pick(3)))};
    return {key, now_.price(), std::to_string(pick(6))};
  }
  void intrude(const Intrusion& what) {
    std::string body = R"({"TableName":")" + project_.prefix + R"(Parts","Key":{"sku":{"S":")" + what.key + "\"}}";
    if (what.name.empty()) return project_.request("DeleteItem", body + "}");
    body += R"(,"UpdateExpression":"SET #n = :v","ExpressionAttributeNames":{"#n":")" + what.name +
            R"("},"ExpressionAttributeValues":{":v":)" + typed(what.value) + "}}";
    project_.request("UpdateItem", body);
  }

  void app_acts() {
    if (!project_.has_table("Parts")) return;
    const std::string key = any_key();
    MaybeItem item = there(key);
    const Wanted wanted = wants(key);
    const int what = pick(8);
    if (what == 0) {
      tell("the application deletes " + key);
      project_.request("DeleteItem",
                       R"({"TableName":")" + project_.prefix + R"(Parts","Key":{"sku":{"S":")" + key + "\"}}}");
      there_.erase(key);
      return;
    }
    if (what == 1 && wanted.kind == Wanted::Kind::item) {
      tell("the application writes what the row gives: " + text(wanted.item));
      return app_puts(key, wanted.item);
    }
    if (!item && !chance(30)) return;
    if (!item) item = ModelItem{{"sku", in_quotes(key)}};
    const std::string name =
        std::vector<std::string>{"mine", "mine", "price", "cost", "note", "country"}[static_cast<size_t>(pick(6))];
    if (chance(25)) {
      item->erase(name);
    } else if (name == "price" || name == "cost") {
      (*item)[name] = std::to_string(pick(6));
    } else {
      (*item)[name] = in_quotes((name == "country" ? "C" : "n") + std::to_string(pick(3)));
    }
    tell("the application makes " + key + " " + text(*item));
    app_puts(key, *item);
  }

  Wanted wants(const std::string& key) {
    Wanted out;
    int count = 0;
    for (const auto& [id, row] : rows_) {
      if (row.sku != key || (now_.live_only && !row.live)) continue;
      ++count;
      out.kind = row.bad ? Wanted::Kind::dead : Wanted::Kind::item;
      out.row = id;
      out.item = {{"sku", in_quotes(key)}};
      if (row.price) out.item[now_.price()] = std::to_string(*row.price);
      if (row.note && now_.note) out.item["note"] = in_quotes(*row.note);
      if (row.country && now_.country) out.item["country"] = in_quotes(countries_[*row.country]);
    }
    if (count > 1) out.kind = Wanted::Kind::dead;
    return out;
  }
  void note_keyless() {
    rules_.keyless.clear();
    for (const auto& [id, row] : rows_) {
      if (row.sku.empty() && (!now_.live_only || row.live)) rules_.keyless.insert(id);
    }
  }

  using Items = std::map<std::string, ModelItem>;
  static MaybeItem at(const Items& items, const std::string& key) {
    const auto found = items.find(key);
    return found == items.end() ? std::nullopt : MaybeItem(found->second);
  }
  MaybeItem there(const std::string& key) const { return at(there_, key); }

  // Words and chances.

  static std::string typed(const std::string& value) {
    return value[0] == '\'' ? R"({"S":")" + value.substr(1, value.size() - 2) + "\"}" : R"({"N":")" + value + "\"}";
  }
  static std::string text(const ModelItem& item) {
    std::string out;
    for (const auto& [name, value] : item) out += (out.empty() ? "" : " ") + name + "=" + value;
    return out;
  }
  void tell(const std::string& what) { story_ += "  " + what + "\n"; }
  std::string told() const { return "\nThe story:\n" + story_; }

  int pick(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }
  bool chance(int percent) { return pick(100) < percent; }
  // One that something has just been done to, more often than not.
  std::string any_key() {
    if (!recent_.empty() && chance(60)) return recent_[static_cast<size_t>(pick(static_cast<int>(recent_.size())))];
    recent_.push_back("k" + std::to_string(pick(keys)));
    return recent_.back();
  }
  std::optional<int> any_price() { return chance(10) ? std::nullopt : std::optional(pick(6)); }
  std::optional<std::string> any_note() {
    return chance(30) ? std::nullopt : std::optional("n" + std::to_string(pick(3)));
  }
  std::optional<std::string> any_land() {
    return chance(30) ? std::nullopt : std::optional(lands[static_cast<size_t>(pick(3))]);
  }
  static std::string sql(const std::optional<int>& value) { return value ? std::to_string(*value) : "NULL"; }
  static std::string sql(const std::optional<std::string>& value) { return value ? in_quotes(*value) : "NULL"; }

  std::mt19937_64 random_{test_seed()};
  FaultProxy proxy_{dynamodb_endpoint()};
  Project project_{db};
  std::map<int, Row> rows_, rows_before_;  // now, and when the round began
  std::vector<std::string> recent_;        // keys of this round
  std::map<std::string, std::string> countries_;
  int last_id_ = 0;
  ContractNow now_;
  Rules rules_;
  Items there_, was_;
  bool changed_ = true;  // rows or contract, since the table was run
  std::string story_;

 private:
  static constexpr int keys = 40;
  static inline const std::vector<std::string> lands = {"de", "fr", "it"};
};

}  // namespace migrate::test
