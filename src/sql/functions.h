// The closed list of SQL functions that expressions may call, and what each gives. A function that is not here is an
// error with the nearest name, so nothing that reads files, sleeps, takes locks or draws lots can be called.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/convert.h"

namespace migrate {

bool is_number(ValueKind kind);
bool is_bytes(ValueKind kind);  // a binary string where the server wants text
bool is_date(ValueKind kind);   // with or without a time of day

// What CASE, COALESCE, IF give: the type that holds both, as MySQL's manual has it (text when they differ in kind).
ValueType merge_types(const ValueType& a, const ValueType& b);
// + - * / % DIV
ValueType arithmetic_type(std::string_view op, const ValueType& a, const ValueType& b);

// A TIME that meets a date becomes a DATETIME of the current date: what is compared or chosen then depends on it.
bool time_meets_date(const std::vector<ValueType>& types);
// Whether DATE_FORMAT's format shows more than the time of day.
bool shows_date(std::string_view format);

std::vector<std::string> function_names();  // all that may be called, as docs/contract.md lists them

struct FunctionCall {
  ValueType type;
  bool deterministic = true;
  bool takes_text = false;  // bytes must be read as text first: the servers differ in what they make of them
};
struct FunctionProblem {
  std::string message;
  std::string hint;
};
// `name` in capitals; `args` are the types of its arguments.
std::optional<FunctionCall> function_type(std::string_view name, const std::vector<ValueType>& args,
                                          FunctionProblem& problem);

}  // namespace migrate
