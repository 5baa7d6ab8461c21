// Reading connections that all see one moment of the source, and the versions of its tables in that moment.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/project.h"
#include "sql/connection.h"
#include "sql/data_version.h"

namespace migrate {

struct Snapshot {
  std::vector<std::unique_ptr<SqlConnection>> readers;  // at least one, each in a read-only transaction
  std::vector<DataVersion> versions;                    // of the tables, in their order; never newer than what is read
  std::string method;  // for people: "2 connections, one moment, under LOCK TABLES … READ"
};

// A connection whose session is set as docs/types.md asks (session_settings).
Result<std::unique_ptr<SqlConnection>> open_session(const SourceSettings& settings);

// `tables` are all that the readers will read. Waits up to two seconds where a table was written so lately that its
// version could not be recorded (data_version.h). Where the tables cannot be locked, there is one reader, and `method`
// says why.
Result<Snapshot> open_snapshot(const SourceSettings& settings, int connections,
                               const std::vector<DataVersionRequest>& tables);

}  // namespace migrate
