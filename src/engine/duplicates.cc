// Keys of several rows: DuplicateKeys.
#include "engine/duplicates.h"

#include <algorithm>

namespace migrate {
namespace {

constexpr size_t members_kept = 6;      // a dead letter names five others
constexpr size_t groups_looked_at = 8;  // the server groups by a wider notion of equal: keys may alternate

Digest digest_of_key(std::string_view key) { return digest_of("key", key); }

}  // namespace

DuplicateKeys::DuplicateKeys(uint64_t memory_bytes)
    : max_groups_(std::max<uint64_t>(1000, memory_bytes * 3 / 4 / sizeof(Group))), names_left_(memory_bytes / 4) {}

Result<void> DuplicateKeys::add(std::string_view key, NamedTexts source_key) {
  const Digest digest = digest_of_key(key);
  for (size_t i = groups_.size(); i-- > 0 && groups_.size() - i <= groups_looked_at;) {
    if (groups_[i].key != digest) continue;
    ++groups_[i].rows;
    keep(groups_[i], std::move(source_key));
    return {};
  }
  if (groups_.size() == max_groups_) {
    return Error(
        ErrorKind::guard, "more than " + std::to_string(max_groups_) + " keys of items have several rows each",
        "choose a partition and sort key that tell the rows apart; if so many rows are to become dead letters, "
        "raise `limits.memory_mb`");
  }
  if (groups_.size() == groups_.capacity()) groups_.reserve(std::min<uint64_t>(max_groups_, 2 * groups_.size() + 64));
  groups_.push_back({digest, 1, 0});
  keep(groups_.back(), std::move(source_key));
  return {};
}

void DuplicateKeys::keep(Group& group, NamedTexts source_key) {
  uint64_t bytes = sizeof(NamedTexts) + (group.members == 0 ? sizeof(std::vector<NamedTexts>) : 0);
  for (const auto& [name, value] : source_key) bytes += 2 * sizeof(std::string) + name.size() + value.size();
  if (bytes > names_left_ || (group.members == 0 && group.rows > 1)) return;
  if (group.members == 0) {
    members_.emplace_back();
    group.members = static_cast<uint32_t>(members_.size());
  }
  std::vector<NamedTexts>& members = members_[group.members - 1];
  if (members.size() == members_kept) return;
  members.push_back(std::move(source_key));
  names_left_ -= bytes;
}

void DuplicateKeys::absorb(Group& into, const Group& from) {
  into.rows += from.rows;
  if (from.members == 0) return;
  if (into.members == 0) {
    into.members = from.members;
    return;
  }
  for (NamedTexts& member : members_[from.members - 1]) {
    if (members_[into.members - 1].size() < members_kept) members_[into.members - 1].push_back(std::move(member));
  }
}

void DuplicateKeys::close() {
  std::sort(groups_.begin(), groups_.end(), [](const Group& a, const Group& b) { return a.key < b.key; });
  size_t kept = 0;
  for (size_t i = 0; i < groups_.size();) {
    Group group = groups_[i];
    for (++i; i < groups_.size() && groups_[i].key == group.key; ++i) absorb(group, groups_[i]);
    if (group.rows > 1) groups_[kept++] = group;
  }
  groups_.resize(kept);
  groups_.shrink_to_fit();
}

const DuplicateKeys::Group* DuplicateKeys::find(std::string_view key) const {
  const Digest digest = digest_of_key(key);
  const auto found = std::lower_bound(groups_.begin(), groups_.end(), digest,
                                      [](const Group& group, const Digest& d) { return group.key < d; });
  return found != groups_.end() && found->key == digest ? &*found : nullptr;
}

const std::vector<NamedTexts>& DuplicateKeys::members(const Group& group) const {
  static const std::vector<NamedTexts> none;
  return group.members == 0 ? none : members_[group.members - 1];
}

}  // namespace migrate
