// From the contract and the live schema to SQL: what each entity's SELECT is, column by column, and its printed forms.
// The view speaks the target's language: each column is an attribute, already in the text that the item will hold
// (docs/types.md), so that every engine only carries values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "contract/model.h"
#include "contract/project.h"
#include "contract/schema.h"

namespace migrate {

// What the engine does with a column of a view.
struct ViewColumn {
  std::string name;  // the attribute's name, as the item will have it
  AttributeType type = AttributeType::S;
  // S, N as text; BOOL '0' or '1'; B bytes; M, L, SS, NS, BS as JSON text (BS: strings, whose UTF-8 bytes are the
  // members). docs/types.md lists what is left to the engine: shortest FLOATs, numbers' normal form and range, what
  // documents and sets hold inside, sizes.
  // A FLOAT cannot be printed exactly by these servers: its text carries the exact DOUBLE between FLOAT_OPEN and
  // FLOAT_CLOSE, and the engine puts the shortest text that reads back as the same 32-bit value in its place.
  bool has_floats = false;
  // An N whose text the engine must normalise and check: 1.50, +5, .5, 5., 0012, 1e15, -0, 39 digits, 1e200.
  bool canonical_number = false;
  bool key = false;       // of the table or of an index: never empty
  bool sort_key = false;  // of the table or of an index: 1,024 bytes at most, not 2,048
};
inline constexpr char FLOAT_OPEN = '\x01';
inline constexpr char FLOAT_CLOSE = '\x02';

// A part of the source's row key, as column migrate_key_<n> of the view.
struct RowKeyColumn {
  std::string column;   // the source column
  bool binary = false;  // comes as bytes
  bool numeric = false;
  bool real = false;     // FLOAT, DOUBLE: compared as the exact double, which a FLOAT's own text is not
  bool ordinal = false;  // ENUM, SET, BIT: compared, and ordered, by their number
  std::string charset;   // of text
};

// A value of one key column as an SQL literal of the source, ready to stand in a comparison; made by `RowKeyColumn`
// rules.
using KeyLiteral = std::string;

// Rows of one chunk: after < key <= upto in the order of the row key, either side open.
struct KeyRange {
  std::vector<KeyLiteral> after;  // empty: from the start
  std::vector<KeyLiteral> upto;   // empty: to the end
};

struct SelectTree;  // sql/tree.h

// migrate_mark of a view of ours: this, the project's name, ':', and the view's digest in hex.
inline const std::string MARK_PREFIX = "migrate:";

// A join where one row is meant but several can match, so that it stands in subqueries: for each step, the joined table
// and its condition (FROM, WHERE), which may name the row at hand and the steps before it.
struct FramedJoin {
  std::string attribute;  // the first that reads it
  std::vector<std::shared_ptr<const SelectTree>> steps;
};

// One entity's SELECT. Columns of the result, in order: `columns`, then migrate_key_1…n, migrate_error, migrate_mark.
struct EntityView {
  std::string entity;  // "" in a single-entity table
  std::string view_name;
  std::string source_table;
  std::vector<ViewColumn> columns;
  std::vector<RowKeyColumn> row_key;  // empty: no unique key, so one chunk
  std::string row_key_index;          // the index behind it
  std::vector<std::string> reads;     // every source table the SELECT reads, sorted, the source table among them
  bool key_is_unique = false;         // target keys are provably unique: no query for duplicates is needed
  bool soft_deletes_excluded = false;
  bool deterministic = true;  // false: NOW() and the like, so the data version is `always`
  std::shared_ptr<const SelectTree> select;
  std::vector<FramedJoin> framed_joins;
};

struct TableViews {
  std::string table;      // the contract's name
  std::string view_name;  // the entity's own view, or the one that unites them
  std::string pk;         // attribute name as the item has it
  std::string sk;         // "" if none
  AttributeType pk_type = AttributeType::S;
  AttributeType sk_type = AttributeType::S;
  std::vector<EntityView> entities;
  Digest digest;  // of everything that decides rows and items; names of views included
};

// Errors (contract_schema, sql_expression) and warnings of this table go to `diagnostics`, at their places.
// nullopt when there was an error.
std::optional<TableViews> build_views(const Contract& contract, const Table& table, const Schema& schema,
                                      const Project& project, Diagnostics& diagnostics);

// One statement of views.sql and its place in the order of applying.
struct ViewStatement {
  std::string view_name;
  std::string create;                // CREATE OR REPLACE … VIEW … AS …, without the semicolon
  std::string comment;               // which table and entity it serves
  std::vector<std::string> columns;  // that the applied view must have, in order
};
std::vector<ViewStatement> view_statements(const TableViews& views, const Project& project, Flavor flavor);
// The whole file, from the statements of all tables in contract order.
std::string views_file(const Project& project, Flavor flavor, const std::vector<std::vector<ViewStatement>>& tables);

// The entity's own SELECT with the range inside its WHERE, so that a chunk costs what its rows cost on every server.
std::string chunk_select(const EntityView& entity, const KeyRange& range, Flavor flavor);
// The key of the row that ends a chunk of `rows` rows after `after`: one row of key literals, or none at the end.
std::string chunk_boundary_select(const EntityView& entity, const std::vector<KeyLiteral>& after, uint64_t rows,
                                  Flavor flavor);
// Turns a row of chunk_boundary_select into literals.
std::vector<KeyLiteral> key_literals(const EntityView& entity, const std::vector<std::optional<std::string>>& row);
// Rows whose target keys are not unique: entity, pk, sk, row key… (NULL where another entity has more parts), one row
// per member of each group, groups together; see docs/types.md, "Two rows with one key". Of numbers that differ
// behind the 17th digit only, and are over 1e60 or under 1e-12, more may be given than share a key.
std::string duplicate_keys_select(const TableViews& views, Flavor flavor);
std::string count_select(const EntityView& entity, Flavor flavor);

}  // namespace migrate
