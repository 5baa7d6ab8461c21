// Whether the columns that `mask` of the project file names are there.
#pragma once

#include "base/result.h"
#include "contract/project.h"
#include "contract/schema.h"

namespace migrate {

// An error for each entry that names nothing, at its place, with the nearest name: it would hide nothing, and people's
// data would stand in dead letters and reports. Kind: contract_schema.
void check_mask(const Project& project, const Schema& schema, Diagnostics& diagnostics);

}  // namespace migrate
