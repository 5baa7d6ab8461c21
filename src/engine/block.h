// What travels from readers to the writer: items of one chunk, packed, and the memory that all of them may take.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chunks.h"
#include "engine/find_changes.h"
#include "engine/item.h"

namespace migrate {

// Bytes held by blocks that are not yet done with, whoever holds them. Readers wait here when the writer is slower:
// that is all the back-pressure there is.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit) : limit_(limit) {}
  // Waits for room; a single block may be larger than the limit. False: the run is being stopped.
  bool acquire(uint64_t bytes);
  void release(uint64_t bytes);
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable room_;
  const uint64_t limit_;
  uint64_t used_ = 0;
  bool stopped_ = false;
};

// What is known of an item that a later run changes.
struct KnownItem {
  Change::Kind kind = Change::Kind::insert;
  struct Written {
    Digest digest;
    uint32_t shape;  // in RunState::shapes
  };
  std::optional<Written> before;  // by the last run
  std::vector<Digest> attempts;   // perhaps, by runs that were killed
};

struct Block {
  struct Entry {
    uint32_t json, source_key, key, end;  // in `bytes`: where each begins
    uint32_t part, parts_end;             // in `parts`, which count from `json`
    uint32_t size;                        // as DynamoDB counts
    uint32_t entity;
    Digest digest;
    SourceHash source_hash;
  };
  std::shared_ptr<ChunkAttempt> chunk;
  std::string bytes;
  std::vector<Entry> entries;
  std::vector<Item::Part> parts;
  std::vector<KnownItem> known;  // of a later run: one for each entry
  std::vector<DeadLetter> dead;  // of rows that became no items
  struct DeadKey {
    std::string key;  // as Item::key has it; empty: it cannot be built
    SourceHash source_hash;
  };
  std::vector<DeadKey> dead_keys;  // one for each such row
  uint64_t dead_rows = 0;
  uint64_t rows = 0;
  enum class End { no, finished, abandoned } end = End::no;  // of the chunk's rows

  // The attribute map, as JSON.
  std::string_view json(const Entry& e) const { return piece(e.json, e.source_key); }
  // The row key's texts, each with its length before it.
  std::string_view source_key(const Entry& e) const { return piece(e.source_key, e.key); }
  // As Item::key has it.
  std::string_view key(const Entry& e) const { return piece(e.key, e.end); }
  uint64_t memory() const;
  ~Block();
  std::shared_ptr<MemoryBudget> budget;  // what it gives back in the end
  uint64_t charged = 0;

 private:
  std::string_view piece(uint32_t from, uint32_t to) const { return std::string_view(bytes).substr(from, to - from); }
};

// Blocks on their way; bounded by the budget, not here.
class BlockQueue {
 public:
  void push(std::shared_ptr<Block> block);
  std::shared_ptr<Block> pop();  // nullptr: none is there now

 private:
  std::mutex mutex_;
  std::deque<std::shared_ptr<Block>> blocks_;
};

}  // namespace migrate
