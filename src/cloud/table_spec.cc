// What a table must be, and how one differs from that: table_spec(), compare_table(), table_identity().
#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "cloud/table.h"

namespace migrate {
namespace {

// DynamoDB Developer Guide, "Naming rules": tables and indexes.
bool valid_name(const std::string& name) {
  return name.size() >= 3 && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return isalnum(c) || c == '_' || c == '-' || c == '.';
         });
}

// Templates and keys composed as "a#b" give text; any other key is an attribute of that name.
Result<KeyAttribute> key_attribute(const Table& table, const std::string& name, bool has_template) {
  std::optional<AttributeType> type;
  for (const Entity& entity : table.entities) {
    for (const Attribute& attribute : entity.attributes) {
      if (attribute.name.text != name) continue;
      if (type && *type != attribute.type) {
        return Error(ErrorKind::contract_value,
                     "table '" + table.name.text + "': key '" + name + "' is " + std::string(type_name(*type)) +
                         " in one entity and " + std::string(type_name(attribute.type)) + " in another",
                     "give it one type in all entities");
      }
      type = attribute.type;
    }
  }
  if (!type && (has_template || name.find('#') != std::string::npos)) type = AttributeType::S;
  if (!type) {
    return Error(ErrorKind::contract_value,
                 "table '" + table.name.text + "': no attribute gives the key '" + name + "'",
                 "add an attribute '" + name + "', or a template for it");
  }
  if (*type != AttributeType::S && *type != AttributeType::N && *type != AttributeType::B) {
    return Error(ErrorKind::contract_value,
                 "table '" + table.name.text + "': key '" + name + "' has type " + std::string(type_name(*type)),
                 "a key must be S, N or B");
  }
  return KeyAttribute{name, type_name(*type)[0]};
}

std::string describe_key(const std::optional<KeyAttribute>& key) {
  return key ? key->name + " (" + key->type + ")" : "none";
}

std::string describe_projection(const IndexSpec& index) {
  switch (index.projection) {
    case Projection::all:
      return "all";
    case Projection::keys_only:
      return "keys only";
    case Projection::include:
      return "include " + join(index.projected, ", ");
  }
  return "";
}

std::string describe_index(const IndexSpec& index) {
  std::string keys = describe_key(index.pk) + (index.sk ? ", " + describe_key(index.sk) : "");
  return "keys " + keys + "; projection " + describe_projection(index);
}

// An index that holds more than is wanted serves as well.
bool projects_enough(const IndexSpec& wanted, const IndexSpec& found) {
  if (found.projection == Projection::all || wanted.projection == Projection::keys_only) return true;
  if (wanted.projection == Projection::all || found.projection == Projection::keys_only) return false;
  return std::includes(found.projected.begin(), found.projected.end(), wanted.projected.begin(),
                       wanted.projected.end());
}

void compare_index(const IndexSpec& wanted, const IndexSpec& found, std::vector<TableDifference>& out) {
  bool same_keys = wanted.pk == found.pk && wanted.sk == found.sk;
  bool enough = projects_enough(wanted, found);
  if (same_keys && enough && wanted.projection == found.projection && wanted.projected == found.projected) return;
  out.push_back({"index '" + wanted.name + "'", describe_index(wanted), describe_index(found),
                 same_keys && enough ? DifferenceKind::note : DifferenceKind::fatal});
}

std::string describe_billing(bool on_demand, uint64_t read, uint64_t write) {
  if (on_demand) return "on-demand";
  return "provisioned, " + with_thousands(read) + " read and " + with_thousands(write) + " write units";
}

}  // namespace

Result<TableSpec> table_spec(const Table& table, const TableSettings& settings, const TargetSettings& target) {
  TableSpec spec;
  spec.name = target.table_prefix + table.name.text;
  const std::string rule = "3 to 255 of A-Z a-z 0-9 _ - .";
  if (!valid_name(spec.name)) {
    return Error(ErrorKind::contract_value, "DynamoDB takes no table named '" + spec.name + "'",
                 "a name has " + rule + "; `target.table_prefix` goes before it");
  }
  auto any_template = [&](auto member) {
    return std::any_of(table.entities.begin(), table.entities.end(),
                       [&](const Entity& e) { return (e.*member).has_value(); });
  };
  TRY(pk, key_attribute(table, table.pk, any_template(&Entity::pk_template)));
  spec.pk = pk;
  if (!table.sk.empty()) {
    TRY(sk, key_attribute(table, table.sk, any_template(&Entity::sk_template)));
    spec.sk = sk;
  }
  for (const Index& index : table.indexes) {
    if (!valid_name(index.name)) {
      return Error(ErrorKind::contract_value,
                   "DynamoDB takes no index named '" + index.name.text + "' (table '" + table.name.text + "')",
                   "a name has " + rule);
    }
    auto is_table_key = [&](const std::string& name) {
      return name == spec.pk.name || (spec.sk && name == spec.sk->name);
    };
    IndexSpec out;
    out.name = index.name;
    TRY(index_pk, key_attribute(table, index.pk, is_table_key(index.pk)));
    out.pk = index_pk;
    if (!index.sk.empty()) {
      TRY(index_sk, key_attribute(table, index.sk, is_table_key(index.sk)));
      out.sk = index_sk;
    }
    out.projection = index.projection;
    for (const Text& name : index.projected) {
      bool key = is_table_key(name) || name.text == out.pk.name || (out.sk && name.text == out.sk->name);
      if (!key) out.projected.push_back(name);  // keys are always there, and refused in this list
    }
    std::sort(out.projected.begin(), out.projected.end());
    out.projected.erase(std::unique(out.projected.begin(), out.projected.end()), out.projected.end());
    if (out.projection == Projection::include && out.projected.empty()) out.projection = Projection::keys_only;
    spec.indexes.push_back(std::move(out));
  }
  spec.billing = settings.billing;
  spec.warm_throughput = settings.warm_throughput;
  spec.ttl = settings.ttl;
  spec.pitr = settings.pitr;
  spec.deletion_protection = settings.deletion_protection;
  spec.sse = settings.sse;
  spec.tags = settings.tags;
  return spec;
}

std::string TableDifference::str() const { return what + ": wanted " + wanted + ", found " + found; }

std::vector<TableDifference> compare_table(const TableSpec& spec, const TableDescription& found) {
  std::vector<TableDifference> out;
  if (spec.pk != found.pk) out.push_back({"partition key", describe_key(spec.pk), describe_key(found.pk)});
  if (spec.sk != found.sk) out.push_back({"sort key", describe_key(spec.sk), describe_key(found.sk)});
  for (const IndexSpec& wanted : spec.indexes) {
    auto index =
        std::find_if(found.indexes.begin(), found.indexes.end(), [&](const auto& i) { return i.name == wanted.name; });
    if (index != found.indexes.end())
      compare_index(wanted, *index, out);
    else if (std::count(found.local_indexes.begin(), found.local_indexes.end(), wanted.name) > 0)
      out.push_back({"index '" + wanted.name + "'", "a global index", "a local index"});
    else
      out.push_back({"index '" + wanted.name + "'", describe_index(wanted), "none", DifferenceKind::mendable});
  }
  for (const auto& index : found.indexes) {
    bool named =
        std::any_of(spec.indexes.begin(), spec.indexes.end(), [&](const auto& w) { return w.name == index.name; });
    if (!named) out.push_back({"index '" + index.name + "'", "none", describe_index(index), DifferenceKind::note});
  }
  bool same_billing = spec.billing.on_demand == found.on_demand &&
                      (found.on_demand || (spec.billing.read == found.read && spec.billing.write == found.write));
  if (!same_billing) {
    out.push_back({"billing", describe_billing(spec.billing.on_demand, spec.billing.read, spec.billing.write),
                   describe_billing(found.on_demand, found.read, found.write), DifferenceKind::note});
  }
  return out;
}

// CreationDateTime has milliseconds, a Date header whole seconds.
bool CreationWindow::holds(const TableDescription& table) const {
  const double created = std::strtod(table.created.c_str(), nullptr);
  constexpr double SLACK = 2;
  return created >= from - SLACK && created <= until + SLACK;
}

std::string CreationWindow::str() const { return std::to_string(from) + " " + std::to_string(until); }

std::optional<CreationWindow> CreationWindow::parse(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == text.npos) return std::nullopt;
  return CreationWindow{std::strtod(std::string(text.substr(0, space)).c_str(), nullptr),
                        std::strtod(std::string(text.substr(space)).c_str(), nullptr)};
}

std::string table_identity(const TableDescription& table, const Endpoint& endpoint) {
  std::string where = endpoint.own ? "" : endpoint.url + " ";
  return where + table.arn + " " + (table.id.empty() ? table.created : table.id);
}

}  // namespace migrate
