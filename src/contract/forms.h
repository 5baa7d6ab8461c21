// The parts of reading a contract: each form's reader, and the checks that all forms share. Private to the folder.
#pragma once

#include <vector>

#include "contract/fields.h"
#include "contract/model.h"

namespace migrate {

// An entry of `type: GSI` of the list form: an index that belongs to the Table entry of the same name.
struct LooseIndex {
  Text table;
  Text source_table;
  Index index;
  std::vector<Attribute> attributes;
};

struct ReadTables {
  std::vector<Table> tables;
  std::vector<LooseIndex> loose_indexes;
};

void read_list_entry(const FileReader& reader, JsonValue entry, ReadTables& out);
void read_tables_entry(const FileReader& reader, JsonValue entry, ReadTables& out);

std::optional<AttributeType> read_type(const Fields& fields);
Attribute read_attribute(const FileReader& reader, JsonValue value);  // tables form
std::optional<Join> read_join(const FileReader& reader, JsonValue value, const Attribute& attribute);
std::optional<Calculation> read_calculation(const FileReader& reader, JsonValue value, const Attribute& attribute);
std::optional<Transformation> read_transformation(const FileReader& reader, JsonValue value,
                                                  const Attribute& attribute);
std::vector<Index> read_indexes(const Fields& table);
Index read_index(const Fields& fields, Text name);
std::optional<double> read_item_size(const Fields& table);

// Names, keys and indexes of a table whose parts were read: what no attribute gives, what is given twice, key types.
void check_table(const Contract& contract, const Table& table, Diagnostics& diagnostics);

}  // namespace migrate
