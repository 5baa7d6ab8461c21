// What a later run does with an item of the target that it has looked at: a pure function of what was written, what is
// there and what the row gives now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/conditional.h"
#include "cloud/dynamodb.h"
#include "contract/project.h"
#include "engine/block.h"

namespace migrate {

// An item as it was read back.
struct SeenItem {
  std::string json;
  std::vector<ItemAttribute> attributes;  // views into `json`
};
// Errors: aws_answer.
Result<SeenItem> see_item(std::string_view attribute_map);

// What the decisions of one run have in common.
struct DecisionRules {
  std::string pk, sk;                            // "" if none
  std::vector<std::vector<std::string>> shapes;  // attribute names that digests were taken over, each sorted
  std::vector<std::string> attributes;           // of the contract, sorted: what the digest now is taken over
  OnConflict on_conflict = OnConflict::keep;
  bool restore = false;  // an item that was written and is gone is written again: it expires (`ttl`), or -B asks for it
};

// What the row gives now.
struct WantedItem {
  Digest digest;
  std::vector<NamedValue> attributes;
};

struct Decision {
  enum class Kind {
    write,    // `write`
    insert,   // it is not there, and is to be
    present,  // it holds what the row gives
    gone,     // it was to be removed, and is not there
    kept,     // nothing is to be written, and the manifest's entry is right
    found,    // nothing is to be written, and it is what a killed run wrote: `digest`
    conflict  // it is left alone, since `reason`
  } kind = Kind::kept;
  ConditionalWrite write;  // views into the seen and the wanted item, and into the rules
  Digest digest;           // found; conflict: of what is there, over the contract's attributes
  uint32_t shape = 0;      // found
  std::string reason;      // conflict: behind "the table …"; holds no value
};

// `seen` is null where the item is not there, `wanted` where none is to be. An update of an item that nobody wrote
// (KnownItem without before and attempts) is an insert that found something in its way.
Decision decide(const DecisionRules& rules, const KnownItem& known, const SeenItem* seen, const WantedItem* wanted);

}  // namespace migrate
