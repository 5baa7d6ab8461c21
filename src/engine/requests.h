// Items of blocks as bodies of DynamoDB requests, and as dead letters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  ChunkAttempt& chunk() const { return *block->chunk; }
};

class RequestBuilder {
 public:
  explicit RequestBuilder(const NativeJob& job);

  // Whether a PartiQL statement can carry the item; else it goes out as a PutItem.
  bool fits_statement(const ItemRef& item);
  AwsRequest insert(const std::vector<ItemRef>& items);
  AwsRequest put(const ItemRef& item) const;  // that fails when the key exists
  AwsRequest replace(const std::vector<ItemRef>& items) const;
  AwsRequest read_back(const std::vector<ItemRef>& items) const;

  std::string key_json(const ItemRef& item) const;
  DeadLetter dead_letter(const ItemRef& item, DeadLetterCode code, std::string reason) const;
  // Whether what is in the table holds the same in the attributes that the contract gives to any entity
  // of the table, as the check compares.
  bool same_content(const ItemRef& item, std::string_view existing) const;

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
