// JsonAnswer over simdjson's DOM.
#include "cloud/json_answer.h"

#include <simdjson.h>

namespace migrate {

struct JsonAnswer::Document {
  simdjson::dom::parser parser;
  std::vector<simdjson::dom::element> nodes;  // those that were handed out
};

namespace {
using Element = simdjson::dom::element;
}

std::optional<JsonAnswer> JsonAnswer::parse(std::string_view text) {
  auto document = std::make_shared<Document>();
  Element root;
  if (document->parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  document->nodes.push_back(root);
  JsonAnswer value;
  value.document_ = std::move(document);
  return value;
}

JsonAnswer JsonAnswer::operator[](std::string_view key) const {
  JsonAnswer out;
  Element found;
  if (!document_ || document_->nodes[node_].at_key(key).get(found) != simdjson::SUCCESS) return out;
  document_->nodes.push_back(found);
  out.document_ = document_;
  out.node_ = document_->nodes.size() - 1;
  return out;
}

std::vector<JsonAnswer> JsonAnswer::items() const {
  std::vector<JsonAnswer> out;
  simdjson::dom::array array;
  if (!document_ || document_->nodes[node_].get_array().get(array) != simdjson::SUCCESS) return out;
  for (Element element : array) {
    document_->nodes.push_back(element);
    JsonAnswer value;
    value.document_ = document_;
    value.node_ = document_->nodes.size() - 1;
    out.push_back(std::move(value));
  }
  return out;
}

std::string JsonAnswer::text() const {
  std::string_view out;
  if (!document_ || document_->nodes[node_].get_string().get(out) != simdjson::SUCCESS) return {};
  return std::string(out);
}

uint64_t JsonAnswer::number() const {
  uint64_t out = 0;
  if (!document_ || document_->nodes[node_].get_uint64().get(out) != simdjson::SUCCESS) return 0;
  return out;
}

std::string JsonAnswer::scalar() const {
  if (!document_) return {};
  const Element& element = document_->nodes[node_];
  return element.is_string() ? text() : element.is_object() || element.is_array() ? "" : simdjson::to_string(element);
}

bool JsonAnswer::truth() const {
  bool out = false;
  return document_ && document_->nodes[node_].get_bool().get(out) == simdjson::SUCCESS && out;
}

bool JsonAnswer::is_object() const { return document_ && document_->nodes[node_].is_object(); }

}  // namespace migrate
