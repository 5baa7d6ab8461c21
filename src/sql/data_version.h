// Data versions: a token for each source table that changes whenever its rows do. data_version.cc argues why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "contract/project.h"
#include "graph/rule.h"
#include "sql/connection.h"

namespace migrate {

struct DataVersionRequest {
  std::string table;
  DataVersionSetting setting;
};

struct DataVersion {
  std::string table;
  bool known = false;    // false: nothing cheap is exact, and `display` says why
  bool settled = false;  // false: a change that this look cannot tell from none may still come: compare, never record
  bool whole_server = false;    // of all that the server writes: another one does not prove that this table changed
  bool ahead_of_reads = false;  // may count commits that no reader sees yet, unless read under the snapshot's lock
  double settles_in = 0;        // seconds after which looking again may find it settled; 0: time alone does not help
  Digest digest;
  std::string display;  // which method, and what it saw: "update time 2026-11-21 12:17:02 and table id 58"

  // As what a look at the world says, beside the digest that is on record, if there is one.
  Observation seen(const std::optional<Digest>& recorded) const;
  // As what may be recorded of rows that were read after this look.
  Observation to_record() const;
};

// One version for each request, in their order, whatever the number of tables in a handful of queries. `checksum` reads
// the tables, and `watermark` asks each for its highest value; inside a transaction both see its snapshot.
// Sets the session's time zone to UTC. Errors: those of the connection; a right that is missing makes versions unknown.
// What is wrong with the query of one request is that one's error.
Result<std::vector<Result<DataVersion>>> read_each_data_version(SqlConnection& connection,
                                                                const std::vector<DataVersionRequest>& requests);
// The same, for those who need all of them. Errors: of the first request that has one, too.
Result<std::vector<DataVersion>> read_data_versions(SqlConnection& connection,
                                                    const std::vector<DataVersionRequest>& requests);

// Whether the method looks at rows (checksum, watermark), so that its look belongs into the snapshot that reads them;
// the others look at the server's books, just before the snapshot.
bool reads_rows(DataVersionMethod method);

}  // namespace migrate
