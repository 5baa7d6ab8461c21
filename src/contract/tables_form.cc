// The tables form: `{tables: [...]}`, or the bare list, with attributes as lists: read_tables_entry().
#include "base/text.h"
#include "contract/forms.h"

namespace migrate {
namespace {

std::string_view text_or_none(JsonValue object, std::string_view key) {
  auto value = object.find(key);
  return value && value->is(JsonKind::string) ? value->text() : std::string_view();
}

std::vector<Attribute> read_attributes(const FileReader& reader, const Fields& owner) {
  std::vector<Attribute> out;
  auto list = owner.list("attributes", Need::required);
  if (!list) return out;
  if (list->size() == 0) owner.error_at("attributes", owner.called("attributes") + " is empty");
  out.reserve(list->size());
  for (JsonValue value : list->items()) {
    if (value.is(JsonKind::object)) {
      out.push_back(read_attribute(reader, value));
    } else {
      reader.error(value, owner.called("attributes") + " holds " + std::string(json_kind_name(value.kind())) +
                              " where an object belongs");
    }
  }
  return out;
}

Entity read_entity(const FileReader& reader, JsonValue value, bool table_has_sk) {
  Fields fields(reader, value, "entity", text_or_none(value, "entity_type"),
                {"entity_type", "source_table", "pk_template", "sk_template", "attributes"});
  Entity entity;
  entity.at = fields.at();
  entity.type = fields.text("entity_type", Need::required);
  entity.source_table = fields.text("source_table", Need::required);
  if (Text pk = fields.text("pk_template", Need::required); !pk.empty()) entity.pk_template = std::move(pk);
  if (table_has_sk) {
    if (Text sk = fields.text("sk_template", Need::required); !sk.empty()) entity.sk_template = std::move(sk);
  } else if (fields.given("sk_template")) {
    fields.warn_at("sk_template", fields.called("sk_template") + " is not read: the table has no 'sk'");
  }
  entity.attributes = read_attributes(reader, fields);
  return entity;
}

void read_entities(const FileReader& reader, const Fields& fields, Table& table) {
  auto entities = fields.list("entities", Need::required);
  if (!entities) return;
  if (entities->size() == 0) fields.error_at("entities", fields.called("entities") + " is empty");
  for (JsonValue value : entities->items()) {
    if (value.is(JsonKind::object)) {
      table.entities.push_back(read_entity(reader, value, fields.given("sk")));
    } else {
      reader.error(value, fields.called("entities") + " holds " + std::string(json_kind_name(value.kind())) +
                              " where an object belongs");
    }
  }
  if (auto own = fields.object().find("attributes"); own && own->size() > 0) {
    fields.warn_at("attributes",
                   fields.called("attributes") + " is not read: its entities have attributes of their own");
  }
}

}  // namespace

std::optional<double> read_item_size(const Fields& table) {
  constexpr std::string_view key = "estimated_item_size_bytes";
  auto value = table.object().find(key);
  if (!value) return std::nullopt;
  double size = value->is(JsonKind::number) ? strtod(std::string(value->text()).c_str(), nullptr) : -1;
  if (size >= 0 && size < 1e12) return size;
  table.error_at(key, table.called(key) + " is not a number of bytes");
  return std::nullopt;
}

Index read_index(const Fields& fields, Text name) {
  Index index;
  index.name = std::move(name);
  index.pk = fields.text("pk", Need::required);
  if (fields.given("sk")) index.sk = fields.text("sk");
  using P = Projection;
  auto projection = fields.choice<P>(
      "projection", {{"ALL", P::all}, {"KEYS_ONLY", P::keys_only}, {"INCLUDE", P::include}}, Need::optional);
  index.projection = projection.value_or(P::all);
  index.projected = fields.texts("projected_attributes");
  if (index.projection == P::include && index.projected.empty()) {
    fields.error_at("projection", fields.called() + " includes attributes and names none",
                    "add \"projected_attributes\"");
  } else if (projection.has_value() == fields.has("projection") && index.projection != P::include &&
             !index.projected.empty()) {
    fields.error_at("projected_attributes",
                    fields.called() + " names attributes to include, but its projection is " +
                        (index.projection == P::all ? "ALL" : "KEYS_ONLY"),
                    "write \"projection\": \"INCLUDE\", or take the attributes out");
  }
  return index;
}

std::vector<Index> read_indexes(const Fields& table) {
  std::vector<Index> out;
  auto list = table.given("gsis") ? table.list("gsis") : std::nullopt;
  if (!list) return out;
  for (JsonValue value : list->items()) {
    if (!value.is(JsonKind::object)) {
      table.reader().error(value, table.called("gsis") + " holds " + std::string(json_kind_name(value.kind())) +
                                      " where an object belongs");
      continue;
    }
    bool short_name = !value.find("index_name") && value.find("name");
    std::string_view key = short_name ? "name" : "index_name";
    Fields fields(table.reader(), value, "index", text_or_none(value, key),
                  {"index_name", "name", "pk", "sk", "projection", "projected_attributes"});
    Text name = fields.text(key, Need::required);
    out.push_back(read_index(fields, std::move(name)));
  }
  return out;
}

void read_tables_entry(const FileReader& reader, JsonValue entry, ReadTables& out) {
  Fields fields(reader, entry, "table", text_or_none(entry, "table"),
                {"table", "type", "source_table", "pk", "sk", "gsis", "entities", "attributes", "satisfies",
                 "estimated_item_size_bytes"});
  Table table;
  table.name = fields.text("table", Need::required);
  auto multi = fields.choice<bool>("type", {{"single-entity", false}, {"multi-entity", true}});
  table.multi_entity = multi.value_or(fields.has("entities"));
  table.source_table = fields.text("source_table", Need::required);
  table.pk = fields.text("pk", Need::required);
  if (fields.given("sk")) table.sk = fields.text("sk");
  table.indexes = read_indexes(fields);
  table.satisfies = fields.texts("satisfies");
  table.estimated_item_size = read_item_size(fields);
  if (table.multi_entity) {
    read_entities(reader, fields, table);
  } else {
    Entity entity;
    entity.at = fields.at();
    entity.source_table = table.source_table;
    entity.attributes = read_attributes(reader, fields);
    table.entities.push_back(std::move(entity));
    if (auto entities = entry.find("entities"); entities && entities->size() > 0) {
      fields.error_at("entities", fields.called() + " is single-entity and has entities",
                      "write \"type\": \"multi-entity\", or take the entities out");
    }
  }
  out.tables.push_back(std::move(table));
}

}  // namespace migrate
