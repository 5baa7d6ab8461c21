// For `migrate init`: a first contract and project file from a live schema, one target table for each source table,
// that build as they are.
#pragma once

#include <string>
#include <vector>

#include "contract/project.h"
#include "contract/schema.h"

namespace migrate {

struct FirstProject {
  std::string contract;            // JSON, tables form
  std::string project;             // YAML
  std::vector<std::string> notes;  // what was left out and why, for people
  size_t tables = 0;
};
FirstProject first_project(const Schema& schema, const SourceSettings& source);

}  // namespace migrate
