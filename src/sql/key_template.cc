// Keys that are made of several values, of EntityBuilder: templates ("USER#{id}") and composite keys ("a#b"). And
// whether such a text can be taken apart again: then different values never meet in one key.
#include "base/text.h"
#include "sql/entity_builder.h"

namespace migrate {
namespace {

// The characters that a value's S form may hold; empty: any.
std::string_view alphabet(ValueKind kind) {
  switch (kind) {
    case ValueKind::integer:
    case ValueKind::year:
    case ValueKind::bit:
      return "0123456789-";
    case ValueKind::date:
      return "0123456789-";
    case ValueKind::decimal:
      return "0123456789-.";
    case ValueKind::datetime:
    case ValueKind::timestamp:
      return "0123456789-:.TZ";
    case ValueKind::time:
      return "0123456789-:.";
    case ValueKind::uuid:
      return "0123456789abcdefABCDEF-";
    default:
      return {};
  }
}

}  // namespace

bool decodable(const std::vector<KeyPart>& parts) {
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    if (!parts[i].column) continue;
    bool more = false;
    for (size_t k = i + 1; k < parts.size(); ++k) more = more || parts[k].column;
    if (!more) return true;  // what follows is constant
    std::string_view letters = alphabet(parts[i].kind);
    const KeyPart& next = parts[i + 1];
    if (letters.empty() || next.column || next.literal.empty() ||
        letters.find(next.literal[0]) != std::string_view::npos)
      return false;
  }
  return true;
}

std::string constant_prefix(const std::vector<KeyPart>& parts) {
  std::string out;
  for (const KeyPart& p : parts) {
    if (p.column) break;
    out += p.literal;
  }
  return out;
}

// The S form of the attribute of that name, else of the row's column.
std::optional<EntityBuilder::KeyValue> EntityBuilder::named_text(const Text& text, std::string_view name,
                                                                 size_t offset) {
  KeyValue out;
  if (const Attribute* attribute = attribute_named(name)) {
    const Value* value = value_of(*attribute);
    if (!value) return std::nullopt;
    out.text = text_form(*value);
    out.parts = value->parts;
    return out;
  }
  if (row_.table->column(name)) {
    auto typed = column_of(row_, name, origin(text), offset, notes_);
    out.text = to_text_form(typed->expr, typed->type, options());
    out.parts = std::vector<KeyPart>{{"", typed->column, typed->type.kind}};
    return out;
  }
  std::vector<std::string> names;
  for (const Attribute& a : entity_.attributes) names.push_back(a.name.text);
  for (const Column& c : row_.table->columns) names.push_back(c.name);
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = "it can name an attribute, or a column of '" + row_.table->name + "'";
  diagnostics_.error(ErrorKind::contract_schema,
                     "'" + printable(name) + "' is neither an attribute nor a column of '" + row_.table->name + "'",
                     hint, contract_.place(text, offset));
  return std::nullopt;
}

EntityBuilder::KeyValue EntityBuilder::joined_texts(const std::vector<KeyValue>& texts) const {
  KeyValue out;
  out.parts.emplace();
  std::vector<Converted> parts;
  for (const KeyValue& t : texts) {
    parts.push_back(t.text);
    out.text.error = first_error(out.text.error, t.text.error);
    if (out.parts && t.parts) {
      out.parts->insert(out.parts->end(), t.parts->begin(), t.parts->end());
    } else {
      out.parts.reset();
    }
  }
  std::vector<ExprPtr> values = with_marks(parts);
  out.text.has_floats = any_floats(parts);
  out.text.value = values.size() == 1 ? values[0] : call("CONCAT", std::move(values));
  return out;
}

std::optional<EntityBuilder::KeyValue> EntityBuilder::templated(const Text& pattern) {
  const std::string& p = pattern.text;
  std::vector<KeyValue> texts;
  auto literal = [&](std::string text) {
    KeyValue v;
    v.text.value = lit(text);
    v.parts = std::vector<KeyPart>{{std::move(text), nullptr, ValueKind::text}};
    texts.push_back(std::move(v));
  };
  size_t from = 0;
  while (from < p.size()) {
    size_t open = p.find('{', from), close = open == std::string::npos ? open : p.find('}', open);
    if (close == std::string::npos) open = p.size();
    if (open > from) literal(p.substr(from, open - from));
    if (open == p.size()) break;
    std::string name(trim(std::string_view(p).substr(open + 1, close - open - 1)));
    if (name.empty()) {
      diagnostics_.error(ErrorKind::contract_value, "empty braces in the template",
                         "write the name of an attribute or a column between them", contract_.place(pattern, open));
      return std::nullopt;
    }
    auto text = named_text(pattern, name, open + 1);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
    from = close + 1;
  }
  if (texts.empty()) literal("");
  return joined_texts(texts);
}

std::optional<EntityBuilder::KeyValue> EntityBuilder::composite(const Text& key) {
  std::vector<KeyValue> texts;
  size_t offset = 0;
  for (const std::string& name : split(key.text, '#')) {
    if (!texts.empty()) {
      KeyValue separator;
      separator.text.value = lit("#");
      separator.parts = std::vector<KeyPart>{{"#", nullptr, ValueKind::text}};
      texts.push_back(std::move(separator));
    }
    const Attribute* attribute = attribute_named(name);
    if (!attribute) {
      std::vector<std::string> names;
      for (const Attribute& a : entity_.attributes) names.push_back(a.name.text);
      diagnostics_.error(ErrorKind::contract_value,
                         "no attribute '" + printable(name) + "' for the key '" + printable(key.text) + "'",
                         did_you_mean(name, names), contract_.place(key, offset));
      return std::nullopt;
    }
    auto text = named_text(key, name, offset);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
    offset += name.size() + 1;
  }
  return joined_texts(texts);
}

}  // namespace migrate
