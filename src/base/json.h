// JSON as people and services write it: a flat tree whose nodes know their byte offsets, so that an error can name
// line and column. Numbers keep their text; nothing is rounded. Strings are views into the input where they have no
// escapes. The input must outlive the document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace migrate {

enum class JsonKind : uint8_t { null, boolean, number, string, array, object };
std::string_view json_kind_name(JsonKind kind);  // "a number", "a list", as messages say it

class JsonValue;
struct JsonMember;

class JsonDocument {
 public:
  JsonValue root() const;

 private:
  friend class JsonValue;
  friend class JsonReader;
  // Nodes stand in the order of the text; a container is followed by its children, an object's children are pairs of
  // key and value. `next` is the index past the node's subtree.
  struct Node {
    JsonKind kind = JsonKind::null;
    bool unescaped = false;  // the text is in `unescaped_`, not in the input
    uint32_t offset = 0;     // first byte in the input: the quote of a string
    uint32_t next = 0;
    uint32_t text = 0;
    uint32_t length = 0;  // of the text in bytes; of a container: number of items or members
  };
  std::string_view input_;
  std::string unescaped_;
  std::vector<Node> nodes_;
};

// A handle, cheap to copy, valid as long as its document stays where it is.
class JsonValue {
 public:
  JsonValue(const JsonDocument* document, uint32_t node) : document_(document), node_(node) {}

  JsonKind kind() const { return node().kind; }
  bool is(JsonKind k) const { return kind() == k; }
  size_t offset() const { return node().offset; }
  // A string's value, a number's token exactly as written, "true", "false" or "null"; empty for containers.
  std::string_view text() const;
  bool boolean() const { return text() == "true"; }
  size_t size() const;  // items of a list, members of an object, else 0
  std::optional<JsonValue> find(std::string_view key) const;

  template <class Child>
  class Range;
  Range<JsonValue> items() const;     // of a list; none for others
  Range<JsonMember> members() const;  // of an object; none for others

 private:
  const JsonDocument::Node& node() const { return document_->nodes_[node_]; }
  JsonValue next() const { return {document_, node().next}; }
  JsonValue first_child() const { return {document_, node_ + 1}; }

  const JsonDocument* document_;
  uint32_t node_;
};

struct JsonMember {
  JsonValue key_node;
  JsonValue value;
  std::string_view key() const { return key_node.text(); }
};

template <class Child>
class JsonValue::Range {
 public:
  class iterator {
   public:
    explicit iterator(JsonValue at) : at_(at) {}
    Child operator*() const {
      if constexpr (std::is_same_v<Child, JsonMember>) {
        return {at_, at_.next()};
      } else {
        return at_;
      }
    }
    iterator& operator++() {
      at_ = std::is_same_v<Child, JsonMember> ? at_.next().next() : at_.next();
      return *this;
    }
    bool operator!=(const iterator& other) const { return at_.node_ != other.at_.node_; }

   private:
    JsonValue at_;
  };
  Range(JsonValue from, JsonValue to) : from_(from), to_(to) {}
  iterator begin() const { return from_; }
  iterator end() const { return to_; }

 private:
  iterator from_;
  iterator to_;
};

struct JsonInput {
  std::string_view text;
  std::string name;  // of the file or the service, for places
  ErrorKind kind = ErrorKind::contract_syntax;
  size_t max_bytes = 64'000'000;
  size_t max_values = 5'000'000;
  int max_depth = 100;
};

// Errors go to `diagnostics` with the place of the first wrong byte; nullopt then. A key given twice is an error too,
// but the document is there, so that the caller can look for more. The root is an object or a list.
std::optional<JsonDocument> parse_json(const JsonInput& input, Diagnostics& diagnostics);

}  // namespace migrate
