// Reading small JSON answers (errors, credentials, table descriptions) by paths, without exceptions. Items never pass
// through here: they stay text (dynamodb.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace migrate {

// A value in a parsed document; a value that is not there answers every question with "nothing".
class JsonAnswer {
 public:
  struct Document;
  JsonAnswer() = default;
  // nullopt when the text is not JSON.
  static std::optional<JsonAnswer> parse(std::string_view text);

  bool exists() const { return document_ != nullptr; }
  JsonAnswer operator[](std::string_view key) const;  // of an object
  std::vector<JsonAnswer> items() const;              // of an array
  std::string text() const;                           // of a string; "" when it is none
  uint64_t number() const;                            // of a number that is not negative; 0 when it is none
  std::string scalar() const;                         // a number or string as text
  bool truth() const;
  bool is_object() const;

 private:
  std::shared_ptr<Document> document_;
  size_t node_ = 0;
};

}  // namespace migrate
