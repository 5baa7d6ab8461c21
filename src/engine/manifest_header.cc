// Headers and keys of manifests and change lists as JSON: manifest_header_json(), change_list_header_json(),
// manifest_header(), change_list_header(), key_json().
#include "engine/manifest_header.h"

#include "base/json_write.h"
#include "base/text.h"
#include "engine/base64.h"
#include "engine/header_json.h"

namespace migrate {
namespace {

constexpr HeaderKind row_manifest_kind{"row manifest", manifest_version},
    change_list_kind{"change list", change_list_version};

std::string shapes_json(const std::vector<std::vector<std::string>>& shapes) {
  std::vector<std::string> lists;
  for (const auto& names : shapes) lists.push_back(names_json(names));
  return json_array(lists);
}

std::vector<std::vector<std::string>> take_shapes(HeaderReader& reader, JsonValue root) {
  std::vector<std::vector<std::string>> all;
  const auto shapes = reader.member(root, "shapes");
  if (!shapes) return all;
  if (!shapes->is(JsonKind::array)) reader.damaged("`shapes` of its header is no list");
  for (const JsonValue list : shapes->items()) all.push_back(reader.names(list, "a shape"));
  return all;
}

// The next part of a canonical key: a count in 4 bytes, big endian, and as many bytes.
bool take_part(std::string_view& key, std::string_view& part) {
  if (key.size() < 4) return false;
  size_t count = 0;
  for (size_t i = 0; i < 4; ++i) count = count << 8 | static_cast<unsigned char>(key[i]);
  if (key.size() - 4 < count) return false;
  part = key.substr(4, count);
  key.remove_prefix(4 + count);
  return true;
}

bool append_attribute(std::string& out, const KeyAttribute& attribute, std::string_view& key) {
  std::string_view value;
  if (!take_part(key, value) || (attribute.type == 'S' && !valid_utf8(value))) return false;
  append_json_string(out, attribute.name);
  out.append(":{\"") += attribute.type;
  out += "\":";
  if (attribute.type == 'B') {
    out += '"';
    append_base64(out, value);
    out += '"';
  } else {
    append_json_string(out, value);
  }
  out += '}';
  return true;
}

}  // namespace

std::string manifest_header_json(const ManifestHeader& header) {
  JsonObject out = header_start(row_manifest_kind, header);
  return out.raw("shapes", shapes_json(header.shapes)).str();
}

std::string change_list_header_json(const ChangeListHeader& header) {
  JsonObject out = header_start(change_list_kind, header);
  out.add("base", header.base);
  return out.raw("shapes", shapes_json(header.shapes)).add("current", header.current).str();
}

Result<ManifestHeader> manifest_header(std::string_view json, const std::string& path) {
  ManifestHeader header;
  CHECK_OK(read_header_json(json, path, row_manifest_kind, [&](HeaderReader& reader, JsonValue root) {
    take_header_start(reader, root, header);
    header.shapes = take_shapes(reader, root);
    reader.only(root, {"what", "version", "source", "target", "run", "pk", "sk", "shapes"});
  }));
  return header;
}

Result<ChangeListHeader> change_list_header(std::string_view json, const std::string& path) {
  ChangeListHeader header;
  CHECK_OK(read_header_json(json, path, change_list_kind, [&](HeaderReader& reader, JsonValue root) {
    take_header_start(reader, root, header);
    header.shapes = take_shapes(reader, root);
    header.base = reader.text(root, "base");
    if (auto current = reader.member(root, "current"); current && !whole_number(*current, header.current)) {
      reader.damaged("`current` of its header is no number");
    }
    if (header.current >= header.shapes.size()) reader.damaged("`current` of its header is none of its shapes");
    reader.only(root, {"what", "version", "source", "target", "run", "base", "pk", "sk", "shapes", "current"});
  }));
  return header;
}

Result<std::string> key_json(const ManifestHeader& header, std::string_view key) {
  std::string out = "{";
  std::string_view left = key;
  bool right = append_attribute(out, header.pk, left);
  if (right && header.sk) {
    out += ',';
    right = append_attribute(out, *header.sk, left);
  }
  if (!right || !left.empty()) {
    return Error(ErrorKind::manifest_damaged, "the bytes " + to_hex(key) + " in a manifest are no key of " +
                                                  header.pk.name + (header.sk ? " and " + header.sk->name : ""));
  }
  return out + "}";
}

}  // namespace migrate
