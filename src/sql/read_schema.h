// The live schema of the source, in a handful of set-based queries whatever the number of tables.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "contract/schema.h"
#include "sql/connection.h"

namespace migrate {

// The tables and views of the connection's database; `tables` empty: all of them. A name that does not exist, or that
// the account may not see, is left out: whoever asked for it knows where the name was written.
// The lengths, members and keys are as information_schema gives them, names in their own case.
Result<Schema> read_schema(SqlConnection& connection, const std::vector<std::string>& tables = {});

// Whose data this is: server_uuid on MySQL; on MariaDB, which has none before 11.8, server_uid when it is there, else
// host name, port and server_id. Another server, and a failover to one, has another identity.
Result<std::string> server_identity(SqlConnection& connection);

}  // namespace migrate
