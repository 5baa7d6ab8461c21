// What failed in the last build and was not put right since: kept in the run's record, for reports that are written
// later.
#pragma once

#include <map>
#include <string>

#include "cache/cache.h"
#include "graph/build.h"

namespace migrate {

using Failures = std::map<std::string, std::string>;  // target → the error as described

// Those of this build, what was skipped for want of them, and those of before that this build did not come to.
Failures failures_after(const Plan& plan, const BuildSummary& summary, const Failures& before);
// Of the newest build that ended by itself. Errors: cache_corrupt, cache_io.
Result<Failures> recorded_failures(Cache& cache);
std::string failures_json(
    const Failures& failures);  // [{"target":"run:Users","error":"…"}], as recorded_failures reads

}  // namespace migrate
