// Views in the server: what is there, whose it is, and bringing it to what the contract asks.
#pragma once

#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "contract/project.h"
#include "sql/connection.h"
#include "sql/view.h"

namespace migrate {

// The source's settings with what `views:` says instead: host, account, database.
SourceSettings view_connection(const Project& project);

// What the server says is there under a name.
struct SeenView {
  enum class Kind { absent, view, table };
  std::string name;
  Kind kind = Kind::absent;
  // The server's own text of the view, which it rewrote when the view was made: not comparable with what was sent, but
  // with what it said before (drift). Empty where the account may not see it (it needs SHOW VIEW).
  std::string text;
  std::vector<std::string> columns;
  std::string mark;  // after MARK_PREFIX: "project:digest"; empty: none, or not known without the text
  Digest digest;     // of text, security and columns

  bool marked_by(const std::string& project) const;
  // For people, where the text could not be seen: which right is missing. Empty otherwise.
  std::string blind() const;
};

// All names in three queries, in their order (and one for each view whose text only SHOW CREATE VIEW tells). Looks in
// the connection's database.
Result<std::vector<SeenView>> observe_views(SqlConnection& connection, const std::vector<std::string>& names);

struct ApplyOptions {
  std::string project;  // its name, as in the marks
  ApplyViews apply = ApplyViews::automatic;
  bool adopt = false;  // take over views that are not ours
};

// Makes the views in the order of the statements, reads them back and verifies their columns; returns them as the
// server has them now. With ApplyViews::never it only looks. Before the first statement runs, all of them are checked.
// Errors: view_foreign (a view of somebody else's, or a table, under such a name), view_drift (never: a view is absent
// or not what the statement makes), source_rights naming the GRANT, source_query.
Result<std::vector<SeenView>> apply_views(SqlConnection& connection, const std::vector<ViewStatement>& statements,
                                          const ApplyOptions& options);

// Removes a view with our mark; one that is not there is fine. Errors: view_foreign, source_rights.
Result<void> drop_view(SqlConnection& connection, const std::string& name, const std::string& project);

}  // namespace migrate
