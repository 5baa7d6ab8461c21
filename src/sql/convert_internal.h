// What the files convert_*.cc share; nobody else includes this.
#pragma once

#include "sql/convert.h"

namespace migrate::conversion {

// --- convert_text.cc ---
// Text as UTF-8, in the default collation: so texts of columns with different collations may meet in CONCAT and UNION.
ExprPtr utf8(const ExprPtr& text);
// Are the bytes valid in their character set? Null pointer when they always are.
ExprPtr valid_text(const ExprPtr& source, const ValueType& from);
Converted text_form(const ExprPtr& source, const ValueType& from);  // text, binary, ENUM, SET
Converted text_to_number(const ExprPtr& source, const ValueType& from);
Converted text_to_bool(const ExprPtr& source, const ValueType& from);
Converted text_to_bytes(const ExprPtr& source, const ValueType& from);

// --- convert_numbers.cc ---
bool is_number(const ValueType& type);
Converted number_text(const ExprPtr& source, const ValueType& from);   // S
Converted number_value(const ExprPtr& source, const ValueType& from);  // N
ExprPtr number_member(const ExprPtr& source, const ValueType& from);   // in JSON

// --- convert_time.cc ---
bool is_time(const ValueType& type);  // DATE, DATETIME, TIMESTAMP
// Neither zero nor partial, nor the 30th of February.
ExprPtr whole_date(const ExprPtr& date);
Converted iso_text(const ExprPtr& source, const ValueType& from, const ConvertOptions& options);
// The same moment as a DATETIME in UTC (a DATE as it is); NULL in error.
Converted utc_time(const ExprPtr& source, const ValueType& from, const ConvertOptions& options);

// --- convert_json.cc ---
Converted json_text(const ExprPtr& source, const ValueType& from, Flavor flavor);
Converted to_document(const ExprPtr& source, const ValueType& from, AttributeType to, Flavor flavor);  // M, L
Converted to_set(const ExprPtr& source, const ValueType& from, Flavor flavor);                         // SS, NS, BS

// --- small things ---
// CASE WHEN ok THEN value END, and the error of what is not NULL and not ok. `ok` null: always.
Converted checked(const ExprPtr& source, const ExprPtr& ok, ExprPtr value, const char* code = "conversion");
ExprPtr char_of(const ExprPtr& value);   // CAST(value AS CHAR)
ExprPtr bytes_of(const ExprPtr& value);  // CAST(value AS BINARY)

}  // namespace migrate::conversion
