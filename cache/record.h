// What is remembered of a finished target, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"

namespace migrate {

struct RecordInput {
  std::string name;  // a target's id, or a leaf's name
  Digest digest;
  std::string display;  // what people wrote, for reasons; "" for targets, and where it may be secret
};

// The inputs of a target with one digest each. They stay in their stored form, because comparing two equal lists, which
// is what a build that has nothing to do does for every target, is then one memcmp. Stored, for each input in turn:
//   2 bytes  length of name, little endian
//   n bytes  name
//   16 bytes digest
//   1 byte   length of display
//   m bytes  display, cut to at most 120 bytes of whole UTF-8 characters
class RecordInputs {
 public:
  RecordInputs() = default;
  explicit RecordInputs(std::string stored) : stored_(std::move(stored)) {}

  void clear() { stored_.clear(); }
  void add(std::string_view name, const Digest& digest, std::string_view display = {});
  bool replace(std::string_view name, const Digest& digest);  // false: there is no input of this name
  const std::string& stored() const { return stored_; }
  std::vector<RecordInput> list() const;  // in the order they were added
  bool operator==(const RecordInputs&) const = default;

 private:
  std::string stored_;
};

struct Record {
  std::string target;
  int recipe = 0;  // the rule's version
  RecordInputs inputs;
  int observation_kind = 0;  // Observation::Kind
  Digest observation;
  std::string observation_display;
  Digest output;
  uint64_t open_problems = 0;
  double seconds = 0;       // how long making took
  int64_t finished_at = 0;  // Unix seconds
  std::string run;          // id of the run that made it
  std::string facts;        // JSON, the rule's own
  // There are journal entries of the target: making it was begun again and did not end, so the world may be neither
  // what the record says nor what it was to become. Not a column; read with the record.
  bool unfinished = false;
};

// All records of a cache.
struct Records {
  std::deque<Record> list;  // by target, bytewise; a deque because many are read and none is to be moved

  const Record* find(std::string_view target) const;
  Record* find(std::string_view target);
};

}  // namespace migrate
