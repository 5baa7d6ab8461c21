// Conditional updates and deletes: conditional_statement(), conditional_parameters(), conditional_request().
#include "cloud/conditional.h"

#include <algorithm>
#include <unordered_set>

#include "base/json_write.h"
#include "cloud/dynamodb.h"

namespace migrate {
namespace {

// "name", for PartiQL: a quote inside is written twice.
void append_quoted(std::string& out, std::string_view name) {
  out += '"';
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// The service takes "#a" and ":a" for a substitution that is not defined, quoted or not.
bool speakable(std::string_view name) { return !name.starts_with('#') && !name.starts_with(':'); }

bool speakable_names(const ConditionalWrite& write) {
  const auto of_value = [](const NamedValue& named) { return speakable(named.name); };
  return std::all_of(write.key.begin(), write.key.end(), of_value) &&
         std::all_of(write.sets.begin(), write.sets.end(), of_value) &&
         std::all_of(write.removes.begin(), write.removes.end(), speakable) &&
         std::all_of(write.equals.begin(), write.equals.end(), of_value) &&
         std::all_of(write.missing.begin(), write.missing.end(), speakable);
}

// What a condition needs: n comparisons and the ANDs between them.
size_t operators(size_t comparisons) { return 2 * comparisons - 1; }

// The n-th substitution's name without its # or :, as short as can be: 0 … z, 10 … zz, …
void append_number(std::string& out, size_t n) {
  if (n >= 36) append_number(out, n / 36);
  out += "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
}

// The substitutions of both expressions, as members of the two JSON objects. A name that occurs twice has two.
class Substitutions {
 public:
  // Appends #n to an expression.
  void name(std::string& expression, std::string_view name) {
    expression += '#';
    append_number(expression, count_names_);
    member(names_, '#', count_names_++);
    append_json_string(names_, name);
  }
  // Appends :n to an expression.
  void value(std::string& expression, std::string_view json) {
    expression += ':';
    append_number(expression, count_values_);
    member(values_, ':', count_values_++);
    values_ += json;
  }
  const std::string& names() const { return names_; }
  const std::string& values() const { return values_; }

 private:
  static void member(std::string& out, char mark, size_t n) {
    out += out.empty() ? "\"" : ",\"";
    out += mark;
    append_number(out, n);
    out += "\":";
  }
  std::string names_, values_;
  size_t count_names_ = 0, count_values_ = 0;
};

std::string update_expression(const ConditionalWrite& write, Substitutions& with) {
  std::string out;
  for (const NamedValue& set : write.sets) {
    out += out.empty() ? "SET " : ",";
    with.name(out, set.name);
    out += '=';
    with.value(out, set.value);
  }
  bool first = true;
  for (std::string_view name : write.removes) {
    out += !first ? "," : out.empty() ? "REMOVE " : " REMOVE ";
    first = false;
    with.name(out, name);
  }
  return out;
}

// Those of attributes that are set or removed come first. Without a value: missing.
std::vector<NamedValue> comparisons(const ConditionalWrite& write) {
  std::vector<NamedValue> out = write.equals;
  for (std::string_view name : write.missing) out.push_back({name, {}});
  std::unordered_set<std::string_view> changed(write.removes.begin(), write.removes.end());
  for (const NamedValue& set : write.sets) changed.insert(set.name);
  std::stable_partition(out.begin(), out.end(),
                        [&](const NamedValue& compared) { return changed.contains(compared.name); });
  return out;
}

// An update must not make an item that has gone; to delete one is no failure, as for the statement.
std::string condition(const ConditionalWrite& write, Substitutions& with, size_t& uncompared) {
  std::string out = write.deletes ? "attribute_not_exists(" : "attribute_exists(";
  with.name(out, write.key.front().name);
  out += ')';
  const std::vector<NamedValue> all = comparisons(write);
  constexpr std::string_view longest = " AND attribute_not_exists(#zzz)";
  size_t compared = 0;
  for (const NamedValue& one : all) {
    if (operators(compared + 2) > max_expression_operators || out.size() + longest.size() > max_expression_length)
      break;
    out += write.deletes && compared == 0 ? " OR " : " AND ";  // AND binds tighter
    ++compared;
    if (one.value.empty()) {
      out += "attribute_not_exists(";
      with.name(out, one.name);
      out += ')';
    } else {
      with.name(out, one.name);
      out += '=';
      with.value(out, one.value);
    }
  }
  uncompared = all.size() - compared;
  return out;
}

void append_object(std::string& body, std::string_view member, std::string_view members) {
  if (members.empty()) return;
  body += ",\"";
  body += member;
  body += "\":{";
  body += members;
  body += '}';
}

}  // namespace

std::optional<std::string> conditional_statement(std::string_view table, const ConditionalWrite& write) {
  // The key's comparisons count as operators too.
  const size_t compared = write.key.size() + write.equals.size() + write.missing.size();
  if (operators(compared) > max_expression_operators || !speakable_names(write)) return std::nullopt;
  std::string out = write.deletes ? "DELETE FROM " : "UPDATE ";
  append_quoted(out, table);
  for (const NamedValue& set : write.sets) {
    out += " SET ";
    append_quoted(out, set.name);
    out += "=?";
  }
  for (std::string_view name : write.removes) {
    out += " REMOVE ";
    append_quoted(out, name);
  }
  const char* joint = " WHERE ";
  for (const auto* compared_values : {&write.key, &write.equals}) {
    for (const NamedValue& one : *compared_values) {
      out += joint;
      append_quoted(out, one.name);
      out += "=?";
      joint = " AND ";
    }
  }
  for (std::string_view name : write.missing) {
    out += joint;
    append_quoted(out, name);
    out += " IS MISSING";
  }
  if (write.deletes) out += " RETURNING ALL OLD *";
  if (out.size() > max_statement_length) return std::nullopt;
  return out;
}

std::string conditional_parameters(const ConditionalWrite& write) {
  std::string out;
  for (const auto* values : {&write.sets, &write.key, &write.equals}) {
    for (const NamedValue& one : *values) {
      if (!out.empty()) out += ',';
      out += one.value;
    }
  }
  return out;
}

std::optional<ConditionalRequest> conditional_request(std::string_view table, const ConditionalWrite& write) {
  Substitutions with;
  const std::string update = update_expression(write, with);
  if (update.size() > max_expression_length) return std::nullopt;
  ConditionalRequest out;
  const std::string unless_changed = condition(write, with, out.uncompared);
  std::string body = "{\"TableName\":";
  body.reserve(table.size() + update.size() + unless_changed.size() + with.names().size() + with.values().size() + 512);
  append_json_string(body, table);
  body += ",\"Key\":";
  for (const NamedValue& key : write.key) {
    body += &key == &write.key.front() ? '{' : ',';
    append_json_string(body, key.name);
    body += ':';
    body += key.value;
  }
  body += '}';
  if (!write.deletes) body += ",\"UpdateExpression\":\"" + update + '"';
  body += ",\"ConditionExpression\":\"" + unless_changed + '"';
  append_object(body, "ExpressionAttributeNames", with.names());
  append_object(body, "ExpressionAttributeValues", with.values());
  body += ",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"";
  if (write.deletes) body += ",\"ReturnValues\":\"ALL_OLD\"";
  body += '}';
  out.request.operation = write.deletes ? "DeleteItem" : "UpdateItem";
  out.request.body = std::move(body);
  out.request.writes = true;
  return out;
}

}  // namespace migrate
