// The bodies of requests about tables, and reading their descriptions.
#pragma once

#include <string>

#include "cloud/json_answer.h"
#include "cloud/table.h"

namespace migrate {

std::string create_table_body(const TableSpec& spec);
// UpdateTable that adds one index; `billing` is the table's own, as it is.
std::string add_index_body(const std::string& table, const IndexSpec& index, const Billing& billing);
// `table` is the "Table" of DescribeTable. Errors: aws_answer.
Result<TableDescription> read_table(const JsonAnswer& table);

}  // namespace migrate
