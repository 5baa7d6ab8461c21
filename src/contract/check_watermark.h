// Whether the columns that `data_version: {watermark: …}` of the project file names are there.
#pragma once

#include "base/result.h"
#include "contract/model.h"
#include "contract/project.h"
#include "contract/schema.h"

namespace migrate {

// An error, at the setting's place and with the nearest name, for each source table of this table's entities that has
// no such column. Kind: contract_schema.
void check_watermark(const Project& project, const Table& table, const Schema& schema, Diagnostics& diagnostics);

}  // namespace migrate
