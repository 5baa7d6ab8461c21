// The source's part of `migrate doctor`: can it be reached, as what, with what rights, and do clocks and zones agree.
#pragma once

#include <string>
#include <vector>

#include "contract/project.h"

namespace migrate {

struct SourceFinding {
  enum class Level { good, warning, problem } level = Level::good;
  std::string what;   // "source", "time zone", "right to lock"
  std::string found;  // "MariaDB 10.11.19 at root@db:3306/shop, encrypted"
  std::string hint;   // what to do, rights as the GRANT that is missing; empty when good
};

// Looks at each in turn; the source's account for reading, and the views' account, which may be another, for views.
// `tables` are those that the contract reads. Changes nothing.
std::vector<SourceFinding> examine_source(const Project& project, const std::vector<std::string>& tables);

}  // namespace migrate
