// JSON text into DynamoDB's typed JSON, exact to the last digit: M, L and sets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "contract/model.h"

namespace migrate {

enum class CollectionProblem { none, not_json, wrong_shape, bad_member, out_of_range, too_deep };

// DynamoDB takes 32 levels, and counts what the innermost map or list holds as one, though it be empty (DynamoDB Local
// 2.6.1: "Nesting Levels have exceeded supported limits").
inline constexpr int max_levels = 31;

// Appends the value of a collection attribute, `{"L":[{"N":"1"}]}`, and adds what DynamoDB counts for it to `size`.
// `absent` becomes true, and nothing is appended, for JSON null and for an empty set. Of two equal names the last wins;
// equal members of a set fold. On a problem `out` is as it was.
CollectionProblem append_collection(AttributeType type, std::string_view json, std::string& out, uint64_t& size,
                                    bool& absent);

// A JSON string of valid UTF-8, escaped; without the check and the repair of append_json_string.
void append_escaped(std::string& out, std::string_view utf8);

}  // namespace migrate
