// Target keys that several rows have, and whose rows these are, in bounded memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "engine/item.h"

namespace migrate {

// Filled once, then read by many threads. A key takes 24 bytes, three quarters of the memory are for them; the rest is
// for the source keys of the first rows of each group, so that dead letters can name each other: of the groups that
// come when it is used up only the size is known.
class DuplicateKeys {
 public:
  explicit DuplicateKeys(uint64_t memory_bytes);
  // Rows of one group come one after the other, or nearly so. Errors: guard, when there are more keys than memory.
  Result<void> add(std::string_view key, NamedTexts source_key);
  // Drops what turned out to be single; find() may be called from here on.
  void close();

  struct Group {
    Digest key;
    uint32_t rows = 0;
    uint32_t members = 0;  // in `members`, from 1; 0: none are kept
  };
  bool empty() const { return groups_.empty(); }
  const Group* find(std::string_view key) const;  // by Item::key
  const std::vector<NamedTexts>& members(const Group& group) const;

 private:
  void keep(Group& group, NamedTexts source_key);
  void absorb(Group& into, const Group& from);
  const uint64_t max_groups_;
  uint64_t names_left_;
  std::vector<Group> groups_;
  std::vector<std::vector<NamedTexts>> members_;
};

}  // namespace migrate
