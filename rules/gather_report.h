// What a report says, from the records alone: neither source nor target is asked.
#pragma once

#include <map>
#include <string>

#include "report/report.h"
#include "rules/world.h"

namespace migrate {

std::string report_folder(const Project& project);
// `failures`: of the last build, by target, as described. Errors: cache_corrupt.
Result<ReportData> gather_report(World& world, const Records& records,
                                 const std::map<std::string, std::string>& failures);

}  // namespace migrate
