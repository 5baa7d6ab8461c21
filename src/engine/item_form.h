// The canonical form of one item, of which its digest is taken (docs/items.md), built while the item is made: as
// item_digest() of its JSON, without reading that again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace migrate {

// Attributes are told by their number, in any order, each at most once between begin() and digest(); one that is not
// told is absent.
class ItemForm {
 public:
  explicit ItemForm(const std::vector<std::string>& names);
  void begin();
  void scalar(size_t i, char type, std::string_view plain);  // S, N (canonical), B (its bytes)
  void constant(size_t i, char form);                        // T, F, 0
  // {"M":{…}} and its kin. False when it is no attribute value.
  bool typed_json(size_t i, std::string_view json);
  Digest digest();

 private:
  void open(size_t i);

  struct Value {
    size_t begin = 0, end = 0;  // in bytes_; end 0: absent
  };
  std::vector<size_t> sorted_;        // by name
  std::vector<std::string> opening_;  // a name with its length
  std::vector<Value> values_;
  size_t present_ = 0;
  std::string bytes_, whole_;
};

}  // namespace migrate
