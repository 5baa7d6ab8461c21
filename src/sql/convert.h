// What every value becomes: from a typed SQL expression to the text, number or JSON that an item holds (docs/types.md).
// All conversions are trees (sql/tree.h) that give the same on MariaDB and MySQL under session_settings().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "contract/model.h"
#include "contract/project.h"
#include "contract/schema.h"
#include "sql/connection.h"
#include "sql/tree.h"

namespace migrate {

enum class ValueKind {
  integer,
  decimal,
  real,    // DOUBLE
  real32,  // FLOAT
  bit,
  date,
  datetime,   // a DATETIME column: read in source.time_zone
  timestamp,  // a time that is UTC already: TIMESTAMP, NOW() in a session of ours, what date_format() has parsed
  time,
  year,
  text,
  binary,
  enumeration,
  set,
  json,
  geometry,
  uuid,
  inet,
  null,     // the literal NULL
  unknown,  // a type that migrate does not know: no cell fits
};

// The type of a column or of a computed expression.
struct ValueType {
  ValueKind kind = ValueKind::text;
  std::string name;     // as messages name it: "DATE", "varchar(20)"
  std::string charset;  // of text, ENUM, SET; empty for computed text, which is taken as valid
  bool column = false;  // stored, so it may hold what only storage can: zero dates, invalid text, zerofill
  bool zerofill = false;
  uint64_t length = 0;  // bits of BIT
  int precision = 0;    // digits of DECIMAL; 0 when not known
  int scale = 0;
};
ValueType value_type(const Column& column);
ValueType computed_type(ValueKind kind);  // of an expression

struct ConvertOptions {
  Flavor flavor = Flavor::mysql;
  ZeroDates zero_dates = ZeroDates::dead;
  std::string time_zone = "+00:00";  // source.time_zone
};

// `value` is NULL when the attribute is absent and when the row cannot be converted; `error` tells the two apart: NULL,
// or the code of the dead letter as text ('conversion', 'zero_date', 'number_range').
struct Converted {
  ExprPtr value;
  ExprPtr error;                  // null pointer: no row can fail
  bool has_floats = false;        // as ViewColumn
  bool canonical_number = false;  // as ViewColumn
};

// nullopt: a blank cell of the table in docs/types.md; why_not() says what would work.
std::optional<Converted> convert(const ExprPtr& source, const ValueType& from, AttributeType to,
                                 const ConvertOptions& options);
// "a DATE cannot become N: …"; the hint names types that work.
Error why_not(const ValueType& from, AttributeType to);

// The S form, for string-format, key templates and chains; every kind but `unknown` has one.
Converted to_text_form(const ExprPtr& source, const ValueType& from, const ConvertOptions& options);
// A value of JSON_OBJECT, JSON_ARRAY and JSON_ARRAYAGG: numbers exact (a FLOAT as its exact double), JSON nested, all
// else in its S form. A value in error is SQL NULL.
Converted to_json_member(const ExprPtr& source, const ValueType& from, const ConvertOptions& options);

// A text that stands beside marked FLOATs: of its own bytes 01 each comes twice, so that the engine can tell.
ExprPtr beside_floats(const ExprPtr& text);
bool any_floats(const std::vector<Converted>& texts);
// The values, to be put together: beside_floats() where one of them has FLOATs.
std::vector<ExprPtr> with_marks(const std::vector<Converted>& texts);
// Bytes read as text of a character set; error: 'conversion' where they are none. The servers say nothing then: MariaDB
// puts '?', MySQL gives NULL, or the bytes as they are.
Converted bytes_as_text(const ExprPtr& bytes, const std::string& charset);
// Whether the character set has two codes for some characters: texts that differ can become one.
bool has_twins(std::string_view charset);

// The first error that is not NULL; either may be a null pointer.
ExprPtr first_error(const ExprPtr& a, const ExprPtr& b);

// A transformation's outcome: convert() takes it on to the attribute's type; its error comes before convert()'s.
struct Transformed {
  ExprPtr value;
  ValueType type;
  ExprPtr error;  // null pointer: no row can fail
};
// `YYYY MM DD HH mm ss SSS`; an empty format is ISO 8601. Text needs `source_format`, integers take `unix`.
// Errors (contract_value): a format that names no part of a time, a type that holds no time.
Result<Transformed> date_format(const ExprPtr& source, const ValueType& from, std::string_view format,
                                std::string_view source_format, const ConvertOptions& options);
// `0.00`, `2` and `%.2f` all mean two decimals, half away from zero. Errors (contract_value): text, another format.
Result<Transformed> number_format(const ExprPtr& source, const ValueType& from, std::string_view format);
// Errors (contract_value): what is neither text nor JSON.
Result<Transformed> json_parse(const ExprPtr& source, const ValueType& from);

// Minutes east of UTC of "+05:30", "-03:00", "Z", "UTC"; nullopt for a named zone.
std::optional<int> fixed_offset(std::string_view time_zone);
// A named zone that the server does not know converts every time to NULL, in silence: asked once, before views are
// made. Errors: project_value.
Result<void> probe_time_zone(SqlConnection& connection, const std::string& time_zone);

}  // namespace migrate
