// Items of blocks as bodies of DynamoDB requests, and as dead letters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cloud/conditional.h"
#include "cloud/dynamodb.h"
#include "engine/block.h"
#include "engine/native.h"

namespace migrate {

// One item on its way; keeps its block alive.
struct ItemRef {
  std::shared_ptr<Block> block;
  uint32_t index = 0;

  const Block::Entry& entry() const { return block->entries[index]; }
  std::string_view json() const { return block->json(entry()); }
  std::string_view key() const { return block->key(entry()); }  // canonical
  const KnownItem& known() const { return block->known[index]; }
  ChunkAttempt& chunk() const { return *block->chunk; }
};

struct Intended;

class RequestBuilder {
 public:
  explicit RequestBuilder(const NativeJob& job);

  // Whether a PartiQL statement can carry the item; else it goes out as a PutItem.
  bool fits_statement(const ItemRef& item);
  AwsRequest insert(const std::vector<ItemRef>& items);
  AwsRequest put(const ItemRef& item) const;  // that fails when the key exists
  AwsRequest replace(const std::vector<ItemRef>& items) const;
  AwsRequest read_back(const std::vector<ItemRef>& items) const;
  // Whether a PartiQL statement can carry the update or delete; else it goes out alone.
  bool fits_statement(const ConditionalWrite& write) const;
  // Whether it can be sent at all.
  bool fits_alone(const ConditionalWrite& write) const;
  AwsRequest change(const std::vector<std::shared_ptr<const Intended>>& intended) const;
  AwsRequest change_alone(const Intended& intended) const;
  AwsRequest put_back(const Intended& removed) const;  // what was seen

  std::string key_json(const ItemRef& item) const;
  DeadLetter dead_letter(const ItemRef& item, DeadLetterCode code, std::string reason) const;
  // The digest of what is in the table over the attributes that the contract gives to any entity of the table, as the
  // check compares. Nothing: it is no item.
  std::optional<Digest> content(std::string_view existing) const;
  // The item's attributes by name.
  std::vector<NamedValue> attributes(const ItemRef& item) const;

 private:
  std::string_view value(const ItemRef& item, int column) const;
  const std::string& statement(const ItemRef& item);

  struct Shapes {                                        // of one entity
    std::unordered_map<std::string, std::string> known;  // which columns are present, as bytes → the statement
    std::string newest;
    const std::string* newest_statement = nullptr;
    std::vector<std::string> attributes;  // that the contract names
    int pk = -1, sk = -1;
  };
  const NativeJob& job_;
  const std::vector<std::string> attributes_;
  std::vector<Shapes> entities_;
  std::string shape_;
};

}  // namespace migrate
