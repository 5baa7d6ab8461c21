// Numbers as DynamoDB holds them: 38 significant digits, magnitudes from 1E-130 to 9.99…E+125 (Amazon DynamoDB
// Developer Guide, "Data types"). One value has one canonical text, so texts compare as values do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace migrate {

enum class NumberProblem { none, not_a_number, out_of_range };

// Reads sign, digits, point, exponent (ASCII; `0012`, `.5`, `+5` pass, blanks do not) and appends the canonical text to
// `out`: no zeros that carry nothing; plain digits for 1E-7 to 38 digits before the point, else 1.5E+40. Adds to
// `size` the bytes that DynamoDB counts for the number. Nothing is appended when there is a problem.
NumberProblem append_number(std::string_view text, std::string& out, uint64_t& size);

// A FLOAT's value: the shortest digits that read back as the same 32-bit value, written as these servers write a
// DOUBLE (0.1, 16777216, 1e15, 1.5e-16). `exact` is the text of the exact double. False when it is no such number.
bool append_float(std::string_view exact, std::string& out);

}  // namespace migrate
