// Updates and deletes of one item that happen only while the item is still what was read of it: as a PartiQL statement,
// 25 of which share a request (batch_statements), or else as an UpdateItem or DeleteItem of its own. Pure functions:
// the caller says what is set, removed and compared; attributes that it does not name are kept, and never compared.
//
// What the service does with them, seen on DynamoDB Local 2.6.1 (tests/servers/cloud/conditional_test.cc), and where it
// is named, on DynamoDB itself, by its documentation or by the captures of paritysuite/dynamodb-conformance:
// - A statement whose condition fails gets the code ConditionalCheckFailed; the others of its batch are done.
// - An item that is not there: an update fails so, and returns none; a delete succeeds, and returns none ("PartiQL
//   update statements", "PartiQL delete statements"). The requests of conditional_request() do the same.
// - ReturnValuesOnConditionCheckFailure: ALL_OLD returns the item as it is, with the error ("BatchStatementError").
//   RETURNING ALL OLD * of a delete returns the item as it was when it went (captures): it may hold attributes that
//   came after it was read, which no condition can exclude.
// - `=` compares every type by value: numbers (1, 1.0, 1e0), sets in any order of members, maps in any order of keys,
//   lists in theirs, "" and empty lists and maps (captures: sets, lists, maps, binary, NULL). NULL is not missing.
// - Names in double quotes may hold anything, doubled quotes too, but for a first # or :, which is refused.
// - `SET a=? SET b=? REMOVE c REMOVE d`: each with its word; `REMOVE c, d` is refused ("PartiQL update statements").
// - What is set may be compared too: the condition sees the item before the update.
// - A refused statement has the code ValidationError, and refuses no other of its batch (captures), but one that is too
//   long refuses the request. It is measured in bytes of UTF-8.
// - Values have no limit but the item's own 400 KB; a request of more than 16 MB is answered with status 413.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/aws.h"

namespace migrate {

struct NamedValue {
  std::string_view name;
  std::string_view value;  // JSON: {"S":"x"}
};

struct ConditionalWrite {
  bool deletes = false;          // the item; else it is updated
  std::vector<NamedValue> key;   // the partition key, and the sort key of a table that has one
  std::vector<NamedValue> sets;  // of an update, which sets or removes something
  std::vector<std::string_view> removes;
  std::vector<NamedValue> equals;  // the condition: none of the key
  std::vector<std::string_view> missing;
};

// A condition's comparisons and the ANDs between them, each an operator (Developer Guide, "Constraints", has the number
// for an UpdateExpression; of conditions DynamoDB says "too many operators; operator count: 301").
inline constexpr size_t max_expression_operators = 300;
// Bytes of a ConditionExpression or UpdateExpression (Developer Guide, "Constraints"). The 2 MB for names and values
// that it gives too are more than two items of 400 KB.
inline constexpr size_t max_expression_length = 4096;

// The statement's text for batch_statements; nullopt when it does not fit into one, and conditional_request() is for
// it. It depends on the names alone: writes of one shape share it.
std::optional<std::string> conditional_statement(std::string_view table, const ConditionalWrite& write);
// Its parameters.
std::string conditional_parameters(const ConditionalWrite& write);

struct ConditionalRequest {
  // read_item() reads an item from its answer: as it is, where the condition failed; as it was, where it was deleted.
  AwsRequest request;
  // How many of `equals` and `missing` the condition had no room for. Compared are first the attributes that the update
  // sets or removes, then the others in the order given, up to 149 of them, or what 4 KB hold.
  size_t uncompared = 0;
};
// One UpdateItem or DeleteItem; nullopt when more is set and removed than an UpdateExpression holds: 520 attributes, if
// all are set.
std::optional<ConditionalRequest> conditional_request(std::string_view table, const ConditionalWrite& write);

}  // namespace migrate
