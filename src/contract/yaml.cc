// YAML by yaml-cpp, built into a plain tree: parse_yaml().
#include "contract/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

#include "base/place.h"
#include "base/text.h"

namespace migrate {
namespace {

// A billion laughs: ten aliases of ten aliases … A project file of hundreds of tables stays far below.
constexpr size_t MOST_VALUES = 10'000;
constexpr size_t MOST_DEPTH = 32;

// Builds the tree from yaml-cpp's events. yaml-cpp's own LoadAll() never ends on some files (",a: b"), and Load() does
// not see what stands behind the first document.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, std::string_view content, Diagnostics& diagnostics)
      : file_(file), content_(content), diagnostics_(diagnostics) {}

  void error(size_t offset, std::string message, std::string hint = {}) {
    if (failed_) return;
    failed_ = true;
    diagnostics_.error(ErrorKind::project_syntax, std::move(message), std::move(hint),
                       place_in_project(file_, content_, offset));
  }
  YamlValue& root() { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ < 2) return;
    size_t second = content_.find("\n---");
    error(second == std::string_view::npos ? offset_of(mark) : second + 1,
          "the file goes on after its end, as if it held several YAML documents",
          "keep one, without '---' lines; check the indentation");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    open(YamlValue::Kind::null, mark, anchor);
    close();
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return error(offset_of(mark), "an alias stands inside what it names");
    if (!count(offset_of(mark), found->second.second)) return;
    stack_.push_back({found->second.first, 0, std::nullopt, found->second.second});
    close();
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    open(YamlValue::Kind::scalar, mark, anchor);
    if (!failed_) stack_.back().value.text = value;
    close();
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlValue::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlValue::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlValue value;
    YAML::anchor_t anchor = 0;
    std::optional<YamlValue> key;  // read, and its value not yet
    size_t size = 1;               // values in it
  };

  static size_t offset_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : static_cast<size_t>(mark.pos); }

  bool count(size_t offset, size_t values) {
    values_ += values;
    if (values_ <= MOST_VALUES) return !failed_;
    error(offset, "the file holds more than " + with_thousands(MOST_VALUES) + " values, aliases written out");
    return false;
  }

  void open(YamlValue::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (failed_ || !count(offset_of(mark), 1)) return;
    if (stack_.size() >= MOST_DEPTH) {
      return error(offset_of(mark), "values are nested more than " + std::to_string(MOST_DEPTH) + " deep here");
    }
    Frame& frame = stack_.emplace_back();
    frame.value.kind = kind;
    frame.value.offset = offset_of(mark);
    frame.anchor = anchor;
  }

  void close() {
    if (failed_ || stack_.empty()) return;
    Frame done = std::move(stack_.back());
    stack_.pop_back();
    if (done.anchor != 0) anchors_[done.anchor] = {done.value, done.size};
    if (stack_.empty()) {
      root_ = std::move(done.value);
      return;
    }
    Frame& parent = stack_.back();
    parent.size += done.size;
    if (parent.value.kind == YamlValue::Kind::list) {
      parent.value.items.push_back(std::move(done.value));
    } else if (!parent.key) {
      take_key(parent, std::move(done.value));
    } else {
      // yaml-cpp marks a missing value at whatever comes next.
      if (done.value.kind == YamlValue::Kind::null) done.value.offset = parent.key->offset;
      parent.value.members.push_back({std::move(*parent.key), std::move(done.value)});
      parent.key.reset();
    }
  }

  void take_key(Frame& parent, YamlValue key) {
    if (key.kind != YamlValue::Kind::scalar) {
      return error(key.offset, "a key is " + std::string(yaml_kind_name(key.kind)) + ", not a word");
    }
    for (const YamlMember& member : parent.value.members) {
      if (member.key.text != key.text) continue;
      error(key.offset,
            "the key '" + key.text + "' is given twice, first in line " +
                std::to_string(place_at(file_, content_, member.key.offset).line),
            "keep one of the two");
    }
    parent.key = std::move(key);
  }

  const std::string& file_;
  std::string_view content_;
  Diagnostics& diagnostics_;
  YamlValue root_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, std::pair<YamlValue, size_t>> anchors_;
  size_t values_ = 0;
  int documents_ = 0;
  bool failed_ = false;
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
  size_t start = offset == 0 ? std::string_view::npos : content.rfind('\n', offset - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  std::string line = lower_ascii(content.substr(start, content.find('\n', start) - start));
  for (std::string_view word : {"pass", "pasw", "pwd", "secret", "token"}) {
    if (line.find(word) != std::string::npos) place.excerpt.clear();
  }
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
  try {
    std::istringstream stream{std::string(content)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      builder.error(0, "the project file is empty", "`migrate init` writes one from a live database");
    } else {
      (void)parser.HandleNextDocument(builder);
    }
  } catch (const YAML::Exception& e) { report(builder, content, e); }
  if (diagnostics.count_errors() != before) return std::nullopt;
  return std::move(builder.root());
}

}  // namespace migrate
