// A manifest's header and its keys as JSON: manifest_header_json(), manifest_header(), key_json().
#include "engine/manifest_header.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "engine/base64.h"

namespace migrate {
namespace {

constexpr std::string_view what_it_is = "row manifest";

std::string attribute_json(const KeyAttribute& attribute) {
  return JsonObject().add("name", attribute.name).add("type", std::string_view(&attribute.type, 1)).str();
}

std::string names_json(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(json_string(name));
  return json_array(quoted);
}

// Reads one object; the first thing that is wrong with it stays in `error`.
class HeaderReader {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}

  ManifestHeader read(JsonValue root) {
    ManifestHeader header;
    if (text(root, "what") != what_it_is) damaged("it is no row manifest");
    version(root);
    header.source = text(root, "source");
    header.target = text(root, "target");
    header.run = text(root, "run");
    if (auto pk = member(root, "pk")) header.pk = attribute(*pk);
    if (auto sk = root.find("sk")) header.sk = attribute(*sk);
    if (auto shapes = member(root, "shapes")) header.shapes = lists(*shapes);
    only(root, {"what", "version", "source", "target", "run", "pk", "sk", "shapes"});
    return header;
  }
  std::optional<Error> error;

 private:
  void damaged(const std::string& what) {
    if (!error) error = Error(ErrorKind::manifest_damaged, "'" + path_ + "' is damaged: " + what);
  }
  void newer(const std::string& what) {
    if (!error) error = Error(ErrorKind::manifest_version, "'" + path_ + "' " + what);
  }
  std::optional<JsonValue> member(JsonValue object, std::string_view name) {
    auto found = object.find(name);
    if (!found) damaged("its header has no `" + std::string(name) + "`");
    return found;
  }
  std::string text(JsonValue object, std::string_view name) {
    const auto found = member(object, name);
    if (found && !found->is(JsonKind::string)) damaged("`" + std::string(name) + "` of its header is no text");
    return found ? std::string(found->text()) : "";
  }
  void version(JsonValue root) {
    const auto found = member(root, "version");
    if (!found) return;
    const std::string_view digits = found->text();
    int n = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || n < 1) {
      damaged("`version` of its header is no version");
    } else if (n > manifest_version) {
      newer("is a row manifest of version " + std::to_string(n) + ", and this migrate reads up to " +
            std::to_string(manifest_version));
    }
  }
  KeyAttribute attribute(JsonValue value) {
    KeyAttribute found;
    found.name = text(value, "name");
    const std::string type = text(value, "type");
    if (type == "S" || type == "N" || type == "B") {
      found.type = type[0];
    } else {
      damaged("a key attribute of its header has no type that keys can have");
    }
    only(value, {"name", "type"});
    return found;
  }
  std::vector<std::vector<std::string>> lists(JsonValue value) {
    std::vector<std::vector<std::string>> all;
    if (!value.is(JsonKind::array)) damaged("`shapes` of its header is no list");
    for (const JsonValue list : value.items()) {
      all.emplace_back();
      if (!list.is(JsonKind::array)) damaged("a shape of its header is no list");
      for (const JsonValue name : list.items()) {
        if (!name.is(JsonKind::string)) damaged("a shape of its header holds more than names");
        all.back().emplace_back(name.text());
      }
    }
    return all;
  }
  void only(JsonValue object, std::initializer_list<std::string_view> known) {
    for (const JsonMember m : object.members()) {
      if (std::find(known.begin(), known.end(), m.key()) == known.end()) {
        newer("has a header with `" + printable(m.key()) + "`, which this migrate does not know");
      }
    }
  }
  const std::string& path_;
};

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
  std::vector<std::string> shapes;
  for (const auto& names : header.shapes) shapes.push_back(names_json(names));
  JsonObject out;
  out.add("what", what_it_is)
      .add("version", manifest_version)
      .add("source", header.source)
      .add("target", header.target)
      .add("run", header.run)
      .raw("pk", attribute_json(header.pk));
  if (header.sk) out.raw("sk", attribute_json(*header.sk));
  return out.raw("shapes", json_array(shapes)).str();
}

Result<ManifestHeader> manifest_header(std::string_view json, const std::string& path) {
  Diagnostics diagnostics;
  const auto document = parse_json({json, path, ErrorKind::manifest_damaged}, diagnostics);
  if (!document || diagnostics.has_errors()) {
    return Error(ErrorKind::manifest_damaged,
                 "'" + path + "' is damaged: its header is no JSON: " + diagnostics.list.front().message);
  }
  HeaderReader reader(path);
  ManifestHeader header = reader.read(document->root());
  if (reader.error) return std::move(*reader.error);
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
