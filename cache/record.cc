// Records in memory: see record.h.
#include "cache/record.h"

#include <algorithm>

namespace migrate {
namespace {

constexpr size_t kDisplayBytes = 120;
constexpr size_t kNameBytes = 65535;

// Cuts between characters: bytes 10xxxxxx continue one.
std::string_view cut(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

// The input at the front of `rest`, which it takes away; false at the end or where the bytes are not whole.
bool take_input(std::string_view& rest, std::string_view& name, std::string_view& digest, std::string_view& display) {
  if (rest.size() < 2) return false;
  size_t n = static_cast<unsigned char>(rest[0]) | static_cast<size_t>(static_cast<unsigned char>(rest[1])) << 8;
  if (rest.size() < 2 + n + 16 + 1) return false;
  size_t m = static_cast<unsigned char>(rest[2 + n + 16]);
  if (rest.size() < 2 + n + 16 + 1 + m) return false;
  name = rest.substr(2, n);
  digest = rest.substr(2 + n, 16);
  display = rest.substr(2 + n + 17, m);
  rest.remove_prefix(2 + n + 17 + m);
  return true;
}

}  // namespace

void RecordInputs::add(std::string_view name, const Digest& digest, std::string_view display) {
  name = cut(name, kNameBytes);
  display = cut(display, kDisplayBytes);
  stored_ += static_cast<char>(name.size() & 0xff);
  stored_ += static_cast<char>(name.size() >> 8);
  stored_ += name;
  stored_ += digest.view();
  stored_ += static_cast<char>(display.size());
  stored_ += display;
}

std::vector<RecordInput> RecordInputs::list() const {
  std::vector<RecordInput> inputs;
  std::string_view rest = stored_, name, digest, display;
  while (take_input(rest, name, digest, display)) {
    inputs.push_back({std::string(name), Digest::from_bytes(digest), std::string(display)});
  }
  return inputs;
}

bool RecordInputs::replace(std::string_view wanted, const Digest& new_digest) {
  std::string_view rest = stored_, name, digest, display;
  while (take_input(rest, name, digest, display)) {
    if (name != wanted) continue;
    auto at = static_cast<size_t>(digest.data() - stored_.data());
    stored_.replace(at, digest.size(), new_digest.view());
    return true;
  }
  return false;
}

Record* Records::find(std::string_view target) {
  auto at = std::lower_bound(list.begin(), list.end(), target,
                             [](const Record& record, std::string_view id) { return record.target < id; });
  return at != list.end() && at->target == target ? &*at : nullptr;
}

const Record* Records::find(std::string_view target) const { return const_cast<Records*>(this)->find(target); }

}  // namespace migrate
