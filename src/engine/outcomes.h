// What the two halves of the writer that read answers have in common: outcomes.cc (a load) and changes.cc (a later
// run).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "engine/writer.h"

namespace migrate {

// With what happened to the request so far, and no items yet.
WriteRequest derived(const WriteRequest& from, WriteRequest::Kind kind);

// An answer to BatchGetItem, by canonical key; views into `body`. Errors: aws_answer.
struct GotByKey {
  std::unordered_map<std::string, std::string_view> items;
  std::unordered_set<std::string> unread;
};
Result<GotByKey> got_by_key(std::string& body, const NativeJob& job);

}  // namespace migrate
