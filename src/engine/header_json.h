// The JSON headers of row manifests, change lists and logs: what they have in common. docs/manifest.md lists the fields
// of each.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/json_write.h"
#include "base/result.h"
#include "cloud/table.h"

namespace migrate {

// What a header is of, and the latest version of those.
struct HeaderKind {
  std::string_view what;
  int version;
};

std::string key_attribute_json(const KeyAttribute& attribute);
std::string names_json(const std::vector<std::string>& names);
bool whole_number(JsonValue value, uint32_t& n);

// Takes fields out of one; the first thing that is wrong stays in `error`, which read_header_json() gives back.
class HeaderReader {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}
  void version(JsonValue root, const HeaderKind& kind);
  std::optional<JsonValue> member(JsonValue object, std::string_view name);
  std::string text(JsonValue object, std::string_view name);
  KeyAttribute key_attribute(JsonValue value);
  // `which` is for messages: "a shape".
  std::vector<std::string> names(JsonValue value, const std::string& which);
  // Any other field is one of a newer migrate: to pass over it might be to trust what is no longer true.
  void only(JsonValue object, std::initializer_list<std::string_view> known);
  void damaged(const std::string& what);

  std::optional<Error> error;

 private:
  void newer(const std::string& what);
  const std::string& path_;
};

// What headers of all kinds begin with: what, version, source, target, run, pk, sk.
template <class Header>
JsonObject header_start(const HeaderKind& kind, const Header& header) {
  JsonObject out;
  out.add("what", kind.what)
      .add("version", kind.version)
      .add("source", header.source)
      .add("target", header.target)
      .add("run", header.run)
      .raw("pk", key_attribute_json(header.pk));
  if (header.sk) out.raw("sk", key_attribute_json(*header.sk));
  return out;
}

template <class Header>
void take_header_start(HeaderReader& reader, JsonValue root, Header& header) {
  header.source = reader.text(root, "source");
  header.target = reader.text(root, "target");
  header.run = reader.text(root, "run");
  if (auto pk = reader.member(root, "pk")) header.pk = reader.key_attribute(*pk);
  if (auto sk = root.find("sk")) header.sk = reader.key_attribute(*sk);
}

// Looks at what and version, and has the rest taken. `path` is for messages. Errors: manifest_damaged, for what no
// migrate writes; manifest_version, for what a newer one does.
Result<void> read_header_json(std::string_view json, const std::string& path, const HeaderKind& kind,
                              const std::function<void(HeaderReader&, JsonValue root)>& take);

}  // namespace migrate
