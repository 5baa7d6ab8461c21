// The one model that all contract forms are read into: what each target table must hold, in the contract's own words.
// Names are as written; SQL texts (conditions, expressions) are not parsed here: src/sql does that, and reports errors
// at the Place kept beside each text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace migrate {

// A text of the contract and where it stands. Places are resolved late (Source::place), so that parsing 1,000 tables
// builds no strings for errors that never come.
struct Text {
  std::string text;
  uint32_t file = 0;    // index into Contract::sources
  uint32_t offset = 0;  // of the value's first byte (the quote of a string) in that file

  bool empty() const { return text.empty(); }
  operator const std::string&() const { return text; }
  bool operator==(std::string_view other) const { return text == other; }
};

// DynamoDB's type names, as the API spells them.
enum class AttributeType { S, N, B, BOOL, SS, NS, BS, M, L, Null };
std::string_view type_name(AttributeType type);  // "S", …, "NULL"

// One LEFT JOIN. `alias` is set where the contract names the joined instance (self-join).
struct JoinStep {
  Text target_table;             // empty in a self-join that does not name it
  Text alias;                    // may be empty
  std::vector<Text> conditions;  // SQL, all must hold: "orders.user_id = users.id"
  // List form: column of the row at hand = column of the joined instance, by plain names. Where there are pairs,
  // there are no conditions, and `select` is a plain column name too.
  std::vector<std::pair<Text, Text>> pairs;
  Text select;  // column or expression of the joined instance, or, in a conditional join, a quoted literal
};

enum class JoinKind { self_join, foreign_key, multi_column, conditional, chain, lookup_table, json_construction };

struct ElseValue {
  enum class Kind { sql_null, text } kind = Kind::sql_null;
  Text text;  // as written: a column (`parent.name`), a quoted literal or a bare one
};

// json-construction: rows of the joined table as a list of maps, or one map.
struct Construction {
  bool array = true;
  std::optional<uint64_t> limit;               // at least 1
  Text order_by;                               // may be empty
  std::vector<std::pair<Text, Text>> columns;  // name in the map → column or expression, in the contract's order
};

struct Join {
  JoinKind kind = JoinKind::foreign_key;
  std::vector<JoinStep> steps;  // one, or for a chain its joins in order
  Text condition;               // conditional: the CASE WHEN
  std::optional<ElseValue> else_value;
  std::optional<Text> null_value;  // literal for "no match"
  std::optional<Text> separator;   // chain
  std::optional<Construction> construction;
  Text at;  // where the join stands
};

enum class CalculationKind { aggregate, case_when, concat, date_math };
enum class AggregateOperation { sum, count, avg, min, max };

struct Calculation {
  CalculationKind kind = CalculationKind::aggregate;
  Text target_table;    // aggregate
  Text join_condition;  // aggregate
  AggregateOperation operation = AggregateOperation::count;
  Text select;                               // aggregate; may be `DISTINCT x`
  std::vector<std::pair<Text, Text>> cases;  // case: when → then
  std::optional<Text> else_value;            // case
  Text expression;                           // concat, date-math
  Text at;
};

enum class TransformationKind { string_format, date_format, number_format, json_parse, fixed, text_template };

struct Transformation {
  TransformationKind kind = TransformationKind::string_format;
  Text format;         // string-format, date-format, number-format, template
  Text source_format;  // date-format
  Text value;          // static: the JSON scalar's text
  enum class ValueKind { text, number, boolean } value_kind = ValueKind::text;
  Text at;
};

struct Attribute {
  Text name;
  AttributeType type = AttributeType::S;
  Text source_table;                 // may be empty: the entity's
  std::vector<Text> source_columns;  // one, or several where the contract gives an array
  std::optional<Join> join;
  std::optional<Calculation> calculation;
  std::optional<Transformation> transformation;
  bool denormalized = false;
};

// One kind of row in a table. A single-entity table has exactly one, with an empty type and no templates.
struct Entity {
  Text type;
  Text source_table;
  std::optional<Text> pk_template;  // literal text with {name}
  std::optional<Text> sk_template;
  std::vector<Attribute> attributes;
  Text at;
};

enum class Projection { all, keys_only, include };

struct Index {
  Text name;
  Text pk;  // an attribute's name, or attributes joined as written: "a#b"
  Text sk;  // may be empty
  Projection projection = Projection::all;
  std::vector<Text> projected;
};

struct Table {
  Text name;
  bool multi_entity = false;
  Text source_table;
  Text pk;  // attribute name; "a#b" joins the attributes' values by '#'
  Text sk;  // may be empty
  std::vector<Index> indexes;
  std::vector<Entity> entities;
  std::vector<Text> satisfies;
  std::optional<double> estimated_item_size;  // bytes
};

// A file of the contract, kept for places and excerpts.
struct Source {
  std::string path;
  std::string content;
};

struct Contract {
  std::vector<std::shared_ptr<const Source>> sources;
  std::vector<Table> tables;  // in contract order

  Place place(const Text& text) const;                        // line, column and excerpt of a text
  Place place(const Text& text, size_t offset_inside) const;  // of a character inside the string's value
};

}  // namespace migrate
