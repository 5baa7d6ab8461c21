// YAML by yaml-cpp, copied into a plain tree: parse_yaml().
#include "contract/yaml.h"

#include <yaml-cpp/yaml.h>

#include <map>

#include "base/place.h"
#include "base/text.h"

namespace migrate {
namespace {

// A billion laughs: ten aliases of ten aliases … A project file of hundreds of tables stays far below.
constexpr size_t MOST_VALUES = 10'000;
constexpr int MOST_DEPTH = 32;

class TreeBuilder {
 public:
  TreeBuilder(const std::string& file, std::string_view content, Diagnostics& diagnostics)
      : file_(file), content_(content), diagnostics_(diagnostics) {}

  void error(size_t offset, std::string message, std::string hint = {}) {
    diagnostics_.error(ErrorKind::project_syntax, std::move(message), std::move(hint),
                       place_in_project(file_, content_, offset));
  }

  std::optional<YamlValue> run(const YAML::Node& node) {
    YamlValue root;
    if (!copy(node, root, 1)) return std::nullopt;
    return root;
  }

 private:
  bool copy(const YAML::Node& node, YamlValue& out, int depth) {
    out.offset = node.Mark().is_null() ? 0 : static_cast<size_t>(node.Mark().pos);
    if (++values_ > MOST_VALUES) {
      error(out.offset, "the file holds more than " + with_thousands(MOST_VALUES) + " values, aliases written out");
      return false;
    }
    if (depth > MOST_DEPTH) {
      error(out.offset, "values are nested more than " + std::to_string(MOST_DEPTH) + " deep here");
      return false;
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return true;
      case YAML::NodeType::Scalar:
        out.kind = YamlValue::Kind::scalar;
        out.text = node.Scalar();
        return true;
      case YAML::NodeType::Sequence:
        out.kind = YamlValue::Kind::list;
        for (const YAML::Node& item : node) {
          if (!copy(item, out.items.emplace_back(), depth + 1)) return false;
        }
        return true;
      case YAML::NodeType::Map:
        out.kind = YamlValue::Kind::map;
        return copy_members(node, out, depth);
    }
    return true;
  }

  bool copy_members(const YAML::Node& node, YamlValue& out, int depth) {
    std::map<std::string, size_t> seen;
    for (const auto& pair : node) {
      YamlMember& member = out.members.emplace_back();
      if (!copy(pair.first, member.key, depth + 1) || !copy(pair.second, member.value, depth + 1)) return false;
      if (member.key.kind != YamlValue::Kind::scalar) {
        error(member.key.offset, "a key is " + std::string(yaml_kind_name(member.key.kind)) + ", not a word");
        return false;
      }
      auto [it, is_new] = seen.emplace(member.key.text, member.key.offset);
      if (is_new) continue;
      error(member.key.offset,
            "the key '" + member.key.text + "' is given twice, first in line " +
                std::to_string(place_at(file_, content_, it->second).line),
            "keep one of the two");
    }
    return true;
  }

  const std::string& file_;
  std::string_view content_;
  Diagnostics& diagnostics_;
  size_t values_ = 0;
};

// The first tab that indents a line, at or before `offset`'s line: yaml-cpp reports such a line as something else.
std::optional<size_t> indenting_tab(std::string_view content, size_t offset) {
  size_t start = 0;
  while (start <= offset && start < content.size()) {
    size_t at = content.find_first_not_of(' ', start);
    if (at < content.size() && content[at] == '\t') return at;
    size_t end = content.find('\n', start);
    if (end == std::string_view::npos) break;
    start = end + 1;
  }
  return std::nullopt;
}

void report(TreeBuilder& builder, std::string_view content, const YAML::Exception& e) {
  size_t offset = e.mark.is_null() ? 0 : static_cast<size_t>(e.mark.pos);
  if (auto tab = indenting_tab(content, offset)) {
    return builder.error(*tab, "a tab indents this line, which YAML does not allow", "use spaces");
  }
  std::string hint;
  if (e.msg.find("flow") != std::string::npos && content.find("${") != std::string_view::npos) {
    hint = "inside { } and [ ] a value with ${…} needs quotes: \"${NAME}\"";
  } else if (e.msg == "illegal map value") {
    hint = "one 'key: value' a line; a value that holds ': ' needs quotes; check the indentation";
  }
  builder.error(offset, "the YAML cannot be read here: " + e.msg, hint);
}

}  // namespace

std::string_view yaml_kind_name(YamlValue::Kind kind) {
  switch (kind) {
    case YamlValue::Kind::null:
      return "empty";
    case YamlValue::Kind::scalar:
      return "a single value";
    case YamlValue::Kind::list:
      return "a list";
    case YamlValue::Kind::map:
      return "a map of keys and values";
  }
  return "";
}

Place place_in_project(const std::string& file, std::string_view content, size_t offset) {
  Place place = place_at(file, content, offset);
  if (lower_ascii(place.excerpt).find("password") != std::string::npos) place.excerpt.clear();
  return place;
}

std::optional<YamlValue> parse_yaml(const std::string& file, std::string_view content, Diagnostics& diagnostics) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  TreeBuilder builder(file, content, diagnostics);
  int before = diagnostics.count_errors();
  if (size_t bad = first_invalid_utf8(content); bad != std::string_view::npos) {
    builder.error(bad, "byte 0x" + to_hex(content.substr(bad, 1)) + " is not UTF-8", "save the file as UTF-8");
    return std::nullopt;
  }
  std::optional<YamlValue> root;
  try {
    std::vector<YAML::Node> documents = YAML::LoadAll(std::string(content));
    if (documents.empty()) {
      builder.error(0, "the project file is empty", "`migrate init` writes one from a live database");
    } else if (documents.size() > 1) {
      size_t second = content.find("\n---");
      builder.error(second == std::string_view::npos ? 0 : second + 1, "the file holds several YAML documents",
                    "keep one, without '---' lines");
    } else {
      root = builder.run(documents.front());
    }
  } catch (const YAML::Exception& e) { report(builder, content, e); }
  if (diagnostics.count_errors() != before) return std::nullopt;
  return root;
}

}  // namespace migrate
