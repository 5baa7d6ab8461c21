// apply_views(), observe_views(), drop_view(): our views in the server, told from those of others by their mark.
#include "sql/apply_views.h"

#include <unordered_map>

#include "base/log.h"
#include "base/text.h"
#include "sql/print.h"

namespace migrate {
namespace {

constexpr int SEEN_VIEW_VERSION = 1;

// The mark inside a text of SQL: what stands between MARK_PREFIX and the end of its literal.
std::string mark_in(std::string_view sql) {
  const std::string opening = "'" + MARK_PREFIX;
  const size_t start = sql.find(opening);
  if (start == std::string_view::npos) return {};
  const size_t end = sql.find('\'', start + 1);
  if (end == std::string_view::npos) return {};
  return std::string(sql.substr(start + opening.size(), end - start - opening.size()));
}

std::string list_columns(const std::vector<std::string>& columns) {
  return columns.empty() ? "no columns" : "columns " + join(columns, ", ");
}

using ByName = std::unordered_map<std::string, SeenView*>;

// Two queries instead of a join: MariaDB opens every view of every database to join information_schema.VIEWS.
Result<void> read_texts(SqlConnection& connection, const std::string& where, const ByName& by_name) {
  TRY(kinds, connection.query("SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE " + where));
  for (const RowText& row : kinds)
    if (const auto found = by_name.find(text_at(row, 0)); found != by_name.end())
      found->second->kind = text_at(row, 1) == "VIEW" ? SeenView::Kind::view : SeenView::Kind::table;
  TRY(texts,
      connection.query(
          "SELECT TABLE_NAME, VIEW_DEFINITION, SECURITY_TYPE, DEFINER FROM information_schema.VIEWS WHERE " + where));
  for (const RowText& row : texts) {
    const auto found = by_name.find(text_at(row, 0));
    if (found == by_name.end() || text_at(row, 1).empty()) continue;
    SeenView& view = *found->second;
    const std::string security = text_at(row, 2);
    view.text =
        "SQL SECURITY " + security + (security == "DEFINER" ? " " + text_at(row, 3) : "") + " AS " + text_at(row, 1);
    view.mark = mark_in(view.text);
  }
  return {};
}

// MySQL (8.0.15 does) may show VIEW_DEFINITION to the definer alone, whatever rights others have; SHOW CREATE VIEW does
// what SHOW VIEW allows.
Result<void> read_hidden_text(SqlConnection& connection, SeenView& view) {
  auto rows = connection.query("SHOW CREATE VIEW " + quote_name(view.name));
  if (!rows && rows.error().kind == ErrorKind::source_lost) return rows.error();
  if (!rows || rows->empty()) return {};  // no right to, or a view that is broken
  const std::string text = text_at((*rows)[0], 1);
  const size_t security = text.find(" SQL SECURITY ");
  const bool definer = text.compare(security == std::string::npos ? 0 : security, 21, " SQL SECURITY DEFINER") == 0;
  view.text = security == std::string::npos || definer ? text : text.substr(security + 1);
  view.mark = mark_in(view.text);
  return {};
}

Result<void> read_columns(SqlConnection& connection, const std::string& where, const ByName& by_name) {
  TRY(rows, connection.query("SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE " + where +
                             " ORDER BY TABLE_NAME, ORDINAL_POSITION"));
  for (const RowText& row : rows)
    if (const auto found = by_name.find(text_at(row, 0)); found != by_name.end())
      found->second->columns.push_back(text_at(row, 1));
  return {};
}

Result<void> refuse_foreign(const std::vector<SeenView>& seen, const ApplyOptions& options, const std::string& peer) {
  std::vector<std::string> problems;
  bool tables = false;
  for (const SeenView& view : seen) {
    const bool table = view.kind == SeenView::Kind::table;
    const bool foreign = view.kind == SeenView::Kind::view && !view.marked_by(options.project) && !options.adopt;
    if (table)
      problems.push_back("'" + view.name + "' is a table");
    else if (foreign)
      problems.push_back("view '" + view.name + "' " +
                         (view.mark.empty() ? "has no mark of migrate"
                                            : "is of project '" + view.mark.substr(0, view.mark.rfind(':')) + "'") +
                         (view.blind().empty() ? "" : " (" + view.blind() + ")"));
    tables = tables || table;
  }
  if (problems.empty()) return {};
  return Error(ErrorKind::view_foreign, peer + ": " + join(problems, "; "),
               tables ? "set `views.prefix` or `views.database` so that the names are free" : "");
}

// Where the text cannot be seen, a row of the view has its mark. A view that gives none stays unknown.
void read_hidden_marks(SqlConnection& connection, std::vector<SeenView>& seen) {
  for (SeenView& view : seen) {
    if (view.blind().empty() || view.columns.empty() || view.columns.back() != "migrate_mark") continue;
    const auto rows = connection.query("SELECT migrate_mark FROM " + quote_name(view.name) + " LIMIT 1");
    if (!rows || rows->empty()) continue;
    const std::string mark = text_at((*rows)[0], 0);
    if (mark.starts_with(MARK_PREFIX)) view.mark = mark.substr(MARK_PREFIX.size());
  }
}

// What is wrong with a view of ours as it stands; empty: nothing.
std::string misfit(const SeenView& view, const ViewStatement& statement) {
  const std::string name = "view '" + view.name + "' ";
  if (view.kind == SeenView::Kind::absent) return name + "is not there";
  if (view.columns != statement.columns)
    return name + "has " + list_columns(view.columns) + " instead of " + list_columns(statement.columns);
  const std::string wanted = mark_in(statement.create);
  if ((view.blind().empty() || !view.mark.empty()) && view.mark != wanted)
    return name + "is an older one, or somebody changed it";
  return {};
}

Result<void> verify(const std::vector<SeenView>& seen, const std::vector<ViewStatement>& statements,
                    const std::string& peer) {
  std::vector<std::string> problems;
  for (size_t i = 0; i < seen.size(); ++i)
    if (std::string problem = misfit(seen[i], statements[i]); !problem.empty()) problems.push_back(std::move(problem));
  if (problems.empty()) return {};
  return Error(ErrorKind::view_drift, peer + ": " + join(problems, "; "));
}

Error with_grant(Error error, const std::string& grants) {
  if (error.kind == ErrorKind::source_rights && error.hint.empty()) error.hint = grants;
  return error;
}

Result<void> create(SqlConnection& connection, const ViewStatement& statement) {
  if (Result<void> made = connection.execute(statement.create); !made) {
    audit("create view", statement.view_name + " at " + connection.peer(), "failed", {{"error", made.error().message}});
    return with_grant(
        made.error(),
        "GRANT CREATE VIEW, SHOW VIEW, DROP ON the views' database, and SELECT on the source's tables, or set "
        "`views.apply: never` and let a DBA run out/views.sql");
  }
  audit("create view", statement.view_name + " at " + connection.peer(), "done");
  return {};
}

}  // namespace

SourceSettings view_connection(const Project& project) {
  SourceSettings settings = project.source;
  const ViewSettings& views = project.views;
  if (views.host) {
    settings.host = *views.host;
    settings.socket.clear();
  }
  if (views.user) settings.user = *views.user;
  if (views.password) settings.password = *views.password;
  if (!views.database.empty()) settings.database = views.database;
  return settings;
}

bool SeenView::marked_by(const std::string& project) const {
  if (kind != Kind::view) return false;
  return mark.size() > project.size() && mark[project.size()] == ':' && mark.compare(0, project.size(), project) == 0;
}

std::string SeenView::blind() const {
  if (kind != Kind::view || !text.empty()) return {};
  return "its text cannot be seen, so drift cannot: GRANT SHOW VIEW on it";
}

Result<std::vector<SeenView>> observe_views(SqlConnection& connection, const std::vector<std::string>& names) {
  std::vector<SeenView> seen(names.size());
  if (names.empty()) return seen;
  TRY(database, connection.query("SELECT DATABASE()"));
  ByName by_name;
  std::vector<std::string> quoted;
  for (size_t i = 0; i < names.size(); ++i) {
    seen[i].name = names[i];
    by_name[names[i]] = &seen[i];
    // With lower_case_table_names the server keeps its own spelling, and finds ours.
    by_name.emplace(lower_ascii(names[i]), &seen[i]);
    quoted.push_back(connection.quote(names[i]));
  }
  const std::string where =
      "TABLE_SCHEMA = " + connection.quote(text_at(database[0], 0)) + " AND TABLE_NAME IN (" + join(quoted, ", ") + ")";
  CHECK_OK(read_texts(connection, where, by_name));
  CHECK_OK(read_columns(connection, where, by_name));
  for (SeenView& view : seen)
    if (view.kind == SeenView::Kind::view && view.text.empty()) CHECK_OK(read_hidden_text(connection, view));
  for (SeenView& view : seen) {
    DigestBuilder digest("seen-view", SEEN_VIEW_VERSION);
    digest.number("kind", static_cast<int>(view.kind)).text("text", view.text);
    for (const std::string& column : view.columns) digest.text("column", column);
    view.digest = digest.finish();
  }
  return seen;
}

Result<std::vector<SeenView>> apply_views(SqlConnection& connection, const std::vector<ViewStatement>& statements,
                                          const ApplyOptions& options) {
  std::vector<std::string> names;
  for (const ViewStatement& statement : statements) names.push_back(statement.view_name);
  TRY(before, observe_views(connection, names));
  read_hidden_marks(connection, before);
  CHECK_OK(refuse_foreign(before, options, connection.peer()));
  if (options.apply == ApplyViews::never) {
    CHECK_OK(verify(before, statements, connection.peer()));
    return before;
  }
  for (const ViewStatement& statement : statements) CHECK_OK(create(connection, statement));
  TRY(after, observe_views(connection, names));
  CHECK_OK(verify(after, statements, connection.peer()));
  return after;
}

Result<void> drop_view(SqlConnection& connection, const std::string& name, const std::string& project) {
  TRY(seen, observe_views(connection, {name}));
  if (seen[0].kind == SeenView::Kind::absent) return {};
  read_hidden_marks(connection, seen);
  CHECK_OK(refuse_foreign(seen, {project, ApplyViews::automatic, false}, connection.peer()));
  Result<void> dropped = connection.execute("DROP VIEW " + quote_name(name));
  if (!dropped) {
    audit("drop view", name + " at " + connection.peer(), "failed", {{"error", dropped.error().message}});
    return with_grant(dropped.error(), "GRANT DROP ON the views' database");
  }
  audit("drop view", name + " at " + connection.peer(), "done");
  return {};
}

}  // namespace migrate
