// The default comparison of an observation with its record: see rule.h.
#include "graph/rule.h"

#include "cache/cache.h"

namespace migrate {

bool Rule::same(const Observation& now, const Record& record) const {
  return static_cast<int>(now.kind) == record.observation_kind && now.digest == record.observation;
}

}  // namespace migrate
