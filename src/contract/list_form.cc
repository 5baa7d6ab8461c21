// The list form: an array of Table and GSI entries with attributes as objects: read_list_entry().
#include "base/text.h"
#include "contract/forms.h"

namespace migrate {
namespace {

Join read_pair_join(const FileReader& reader, JsonValue value, const Attribute& attribute) {
  Fields fields(reader, value, "the join of attribute", attribute.name.text, {"local_column", "source_column"});
  JoinStep step;
  step.target_table = attribute.source_table;
  if (!attribute.source_columns.empty()) step.select = attribute.source_columns.front();
  Text local = fields.text("local_column", Need::required);
  Text joined = fields.text("source_column", Need::required);
  step.pairs.emplace_back(std::move(local), std::move(joined));
  Join join;
  join.kind = JoinKind::foreign_key;
  join.at = fields.at();
  join.steps.push_back(std::move(step));
  return join;
}

Attribute read_named_attribute(const FileReader& reader, JsonMember member) {
  Attribute a;
  a.name = reader.text(member.key_node);
  if (trim(a.name.text).empty()) reader.error(member.key_node, "an attribute without a name");
  if (!member.value.is(JsonKind::object)) {
    reader.error(member.value, "attribute '" + a.name.text + "' is " +
                                   std::string(json_kind_name(member.value.kind())) + ", not an object");
    return a;
  }
  Fields fields(reader, member.value, "attribute", a.name.text,
                {"type", "source_column", "source_table", "denormalized", "justification", "join", "calculation",
                 "transformation"});
  a.type = read_type(fields).value_or(AttributeType::S);
  a.source_table = fields.text("source_table");
  if (Text column = fields.text("source_column", Need::required); !column.empty()) {
    a.source_columns.push_back(std::move(column));
  }
  a.denormalized = fields.flag("denormalized");
  for (std::string_view key : {"calculation", "transformation"}) {
    if (!fields.has(key)) continue;
    fields.error_at(key, fields.called() + " has a " + std::string(key) + ", which the list form does not know",
                    "write this table in the tables form, in a file of its own");
  }
  if (auto join = fields.child("join")) {
    if (a.source_table.empty()) {
      fields.error_at("join", fields.called() + " has a join and no 'source_table' to join", "add \"source_table\"");
    }
    a.join = read_pair_join(reader, *join, a);
  }
  return a;
}

std::vector<Attribute> read_attributes(const FileReader& reader, const Fields& fields, Need need) {
  std::vector<Attribute> out;
  auto attributes = fields.child("attributes", need);
  if (!attributes) return out;
  if (attributes->size() == 0 && need == Need::required) {
    fields.error_at("attributes", fields.called("attributes") + " is empty");
  }
  out.reserve(attributes->size());
  for (JsonMember member : attributes->members()) out.push_back(read_named_attribute(reader, member));
  return out;
}

// A GSI entry without a name of its own is named as the AWS console proposes: customer_id-created_at-index.
Text index_name(const Fields& fields, const Text& pk, const Text& sk) {
  for (std::string_view key : {"index_name", "name"}) {
    if (fields.has(key)) return fields.text(key);
  }
  Text name = pk;
  if (!sk.empty()) name.text += "-" + sk.text;
  name.text = replace_all(name.text, "#", "-") + "-index";
  return name;
}

}  // namespace

void read_list_entry(const FileReader& reader, JsonValue entry, ReadTables& out) {
  auto name = entry.find("table");
  Fields fields(reader, entry, "table", name && name->is(JsonKind::string) ? name->text() : std::string_view(),
                {"table", "type", "source_table", "pk", "sk", "gsis", "attributes", "satisfies",
                 "estimated_item_size_bytes", "index_name", "name", "projection", "projected_attributes"});
  Text table_name = fields.text("table", Need::required);
  auto is_index = fields.choice<bool>("type", {{"Table", false}, {"GSI", true}});
  if (is_index.value_or(false)) {
    LooseIndex loose;
    loose.table = table_name.empty() ? fields.at() : std::move(table_name);
    loose.source_table = fields.text("source_table");
    loose.index = read_index(fields, {});
    loose.index.name = index_name(fields, loose.index.pk, loose.index.sk);
    loose.attributes = read_attributes(reader, fields, Need::optional);
    (void)fields.texts("satisfies");
    (void)read_item_size(fields);
    out.loose_indexes.push_back(std::move(loose));
    return;
  }
  Table table;
  table.name = std::move(table_name);
  table.source_table = fields.text("source_table", Need::required);
  table.pk = fields.text("pk", Need::required);
  if (fields.given("sk")) table.sk = fields.text("sk");
  table.indexes = read_indexes(fields);
  table.satisfies = fields.texts("satisfies");
  table.estimated_item_size = read_item_size(fields);
  Entity entity;
  entity.at = fields.at();
  entity.source_table = table.source_table;
  entity.attributes = read_attributes(reader, fields, Need::required);
  table.entities.push_back(std::move(entity));
  for (std::string_view key : {"index_name", "name", "projection", "projected_attributes"}) {
    if (fields.has(key)) fields.warn_at(key, fields.called(key) + " is read in entries of type GSI only");
  }
  out.tables.push_back(std::move(table));
}

}  // namespace migrate
