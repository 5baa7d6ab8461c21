// Headers and keys of manifests and change lists as JSON: manifest_header_json(), change_list_header_json(),
// manifest_header(), change_list_header(), key_json().
#include "engine/manifest_header.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "engine/base64.h"

namespace migrate {
namespace {

// What a header is of, and the latest version of those.
struct HeaderForm {
  std::string_view what;
  int version;
};
constexpr HeaderForm row_manifest_form{"row manifest", manifest_version},
    change_list_form{"change list", change_list_version};

std::string attribute_json(const KeyAttribute& attribute) {
  return JsonObject().add("name", attribute.name).add("type", std::string_view(&attribute.type, 1)).str();
}

std::string names_json(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(json_string(name));
  return json_array(quoted);
}

std::string shapes_json(const std::vector<std::vector<std::string>>& shapes) {
  std::vector<std::string> lists;
  for (const auto& names : shapes) lists.push_back(names_json(names));
  return json_array(lists);
}

// What headers of both forms begin with.
template <class Header>
JsonObject header_start(const HeaderForm& form, const Header& header) {
  JsonObject out;
  out.add("what", form.what)
      .add("version", form.version)
      .add("source", header.source)
      .add("target", header.target)
      .add("run", header.run);
  return out;
}

template <class Header>
void add_key(JsonObject& out, const Header& header) {
  out.raw("pk", attribute_json(header.pk));
  if (header.sk) out.raw("sk", attribute_json(*header.sk));
}

// Reads one object; the first thing that is wrong with it stays in `error`.
class HeaderReader {
 public:
  HeaderReader(const HeaderForm& form, const std::string& path) : form_(form), path_(path) {}

  void read(JsonValue root, ManifestHeader& header) {
    read_common(root, header);
    only(root, {"what", "version", "source", "target", "run", "pk", "sk", "shapes"});
  }
  void read(JsonValue root, ChangeListHeader& header) {
    read_common(root, header);
    header.base = text(root, "base");
    if (auto current = member(root, "current"); current && !whole(*current, header.current)) {
      damaged("`current` of its header is no number");
    }
    if (header.current >= header.shapes.size()) damaged("`current` of its header is none of its shapes");
    only(root, {"what", "version", "source", "target", "run", "base", "pk", "sk", "shapes", "current"});
  }
  std::optional<Error> error;

 private:
  template <class Header>
  void read_common(JsonValue root, Header& header) {
    if (text(root, "what") != form_.what) damaged("it is no " + std::string(form_.what));
    version(root);
    header.source = text(root, "source");
    header.target = text(root, "target");
    header.run = text(root, "run");
    if (auto pk = member(root, "pk")) header.pk = attribute(*pk);
    if (auto sk = root.find("sk")) header.sk = attribute(*sk);
    if (auto shapes = member(root, "shapes")) header.shapes = lists(*shapes);
  }
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
    int n = 0;
    if (!whole(*found, n) || n < 1) {
      damaged("`version` of its header is no version");
    } else if (n > form_.version) {
      newer("is a " + std::string(form_.what) + " of version " + std::to_string(n) + ", and this migrate reads up to " +
            std::to_string(form_.version));
    }
  }
  template <class Number>
  static bool whole(JsonValue value, Number& n) {
    const std::string_view digits = value.text();
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    return value.is(JsonKind::number) && end.ec == std::errc() && end.ptr == digits.data() + digits.size();
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
  const HeaderForm& form_;
  const std::string& path_;
};

template <class Header>
Result<Header> read_header(const HeaderForm& form, std::string_view json, const std::string& path) {
  Diagnostics diagnostics;
  const auto document = parse_json({json, path, ErrorKind::manifest_damaged}, diagnostics);
  if (!document || diagnostics.has_errors()) {
    return Error(ErrorKind::manifest_damaged,
                 "'" + path + "' is damaged: its header is no JSON: " + diagnostics.list.front().message);
  }
  HeaderReader reader(form, path);
  Header header;
  reader.read(document->root(), header);
  if (reader.error) return std::move(*reader.error);
  return header;
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
  JsonObject out = header_start(row_manifest_form, header);
  add_key(out, header);
  return out.raw("shapes", shapes_json(header.shapes)).str();
}

std::string change_list_header_json(const ChangeListHeader& header) {
  JsonObject out = header_start(change_list_form, header);
  out.add("base", header.base);
  add_key(out, header);
  return out.raw("shapes", shapes_json(header.shapes)).add("current", header.current).str();
}

Result<ManifestHeader> manifest_header(std::string_view json, const std::string& path) {
  return read_header<ManifestHeader>(row_manifest_form, json, path);
}

Result<ChangeListHeader> change_list_header(std::string_view json, const std::string& path) {
  return read_header<ChangeListHeader>(change_list_form, json, path);
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
