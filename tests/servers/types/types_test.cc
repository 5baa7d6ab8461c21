// Every line of docs/types.md on real servers: the tables *.txt beside this file say what a stored value becomes.
//
//     DECIMAL(10,2)                         a column type, after it [settings] and @mariadb or @mysql if it is only
//     theirs
//       1.50    S 1.50    N 1.50            a literal to insert, and for each attribute type what it becomes
//
// Fields stand two blanks apart. `-` is an absent attribute, `!zero_date` a dead letter, ‹ › are the marks of a FLOAT,
// bytes are x'…'; `blank` is a cell that the contract may not ask for. \s is a blank, \n a line end, \\ a backslash.
// Settings: `zero_dates=text`, `time_zone=Europe/Berlin`. Beside the attribute types: `J` is a member of a JSON array,
// `DF:format<source_format` and `NF:format` are transformations, taken on to S.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "sql/convert.h"
#include "sql/print.h"
#include "sql/read_schema.h"
#include "sql/view.h"
#include "support/servers.h"

namespace migrate::test {
namespace {

struct Expectation {
  std::string type, value;
};
struct Line {
  int number = 0;
  std::string literal;
  std::vector<Expectation> expected;
};
struct Section {
  std::string column_type;
  std::optional<Flavor> only;
  ConvertOptions options;
  std::vector<Line> lines;
};

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    const size_t end = std::min(line.find("  ", i), line.size());
    fields.emplace_back(trim(line.substr(i, end - i)));
    i = end;
  }
  return fields;
}

std::vector<Section> read_cases(const std::string& name) {
  const auto content = read_file(std::string(MIGRATE_SOURCE_DIR) + "/tests/servers/types/" + name + ".txt");
  EXPECT_TRUE(content.ok()) << name;
  std::vector<Section> sections;
  int number = 0;
  for (const std::string& line : split(*content, '\n')) {
    ++number;
    if (trim(line).empty() || line[0] == '#') continue;
    std::vector<std::string> fields = fields_of(line);
    if (line[0] != ' ') {
      Section& section = sections.emplace_back();
      section.column_type = fields[0];
      for (size_t i = 1; i < fields.size(); ++i) {
        if (fields[i] == "@mariadb") section.only = Flavor::mariadb;
        if (fields[i] == "@mysql") section.only = Flavor::mysql;
        if (fields[i] == "[zero_dates=text]") section.options.zero_dates = ZeroDates::text;
        if (fields[i] == "[zero_dates=null]") section.options.zero_dates = ZeroDates::null;
        if (fields[i].starts_with("[time_zone="))
          section.options.time_zone = fields[i].substr(11, fields[i].size() - 12);
      }
      continue;
    }
    Line& row = sections.back().lines.emplace_back();
    row.number = number;
    row.literal = fields[0];
    for (size_t i = 1; i < fields.size(); ++i) {
      const size_t blank = fields[i].find(' ');
      row.expected.push_back({fields[i].substr(0, blank), fields[i].substr(blank + 1)});
    }
  }
  return sections;
}

std::string shown(const std::optional<std::string>& value, const std::optional<std::string>& error, bool bytes) {
  if (error) return (value ? "both a value and " : "!") + *error;
  if (!value) return "-";
  if (bytes) return "x'" + to_hex(*value) + "'";
  std::string out;
  for (size_t i = 0; i < value->size(); ++i) {
    const char c = (*value)[i];
    if (c == FLOAT_OPEN)
      out += "‹";
    else if (c == FLOAT_CLOSE)
      out += "›";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else if (c == ' ' && (i == 0 || i + 1 == value->size() || (*value)[i - 1] == ' '))
      out += "\\s";
    else if (static_cast<unsigned char>(c) < 0x20)
      out += "\\x" + to_hex(std::string(1, c));
    else
      out += c;
  }
  return out.empty() ? "''" : out;
}

std::optional<AttributeType> attribute_type(std::string_view name) {
  static const std::map<std::string_view, AttributeType> names{
      {"S", AttributeType::S},   {"N", AttributeType::N},      {"B", AttributeType::B},   {"BOOL", AttributeType::BOOL},
      {"SS", AttributeType::SS}, {"NS", AttributeType::NS},    {"BS", AttributeType::BS}, {"M", AttributeType::M},
      {"L", AttributeType::L},   {"NULL", AttributeType::Null}};
  auto found = names.find(name);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

// What `type` of a table asks for; nullopt for a blank cell.
std::optional<Converted> conversion(const std::string& type, const ExprPtr& c, const ValueType& from,
                                    const ConvertOptions& options) {
  if (auto attribute = attribute_type(type)) return convert(c, from, *attribute, options);
  if (type == "J") {
    Converted member = to_json_member(c, from, options);
    return Converted{
        case_when({{is_null(member.error ? member.error : null_lit()), call("JSON_ARRAY", {member.value})}}),
        member.error};
  }
  std::string format = type.substr(3), source_format;
  if (size_t at = format.find('<'); at != std::string::npos) {
    source_format = format.substr(at + 1);
    format.resize(at);
  }
  auto transformed =
      type.starts_with("NF:") ? number_format(c, from, format) : date_format(c, from, format, source_format, options);
  if (!transformed) return std::nullopt;
  Converted text = to_text_form(transformed->value, transformed->type, options);
  return Converted{text.value, first_error(transformed->error, text.error)};
}

class Server {
 public:
  explicit Server(Flavor flavor) : flavor_(flavor), db_(flavor == Flavor::mysql ? mysql_db() : mariadb_db()) {
    SourceSettings settings;
    settings.host = db_.server().host;
    settings.port = db_.server().port;
    settings.user = db_.server().user;
    settings.password = Secret(db_.server().password);
    settings.database = db_.name();
    auto connection = SqlConnection::open(settings);
    if (!connection) throw std::runtime_error(connection.error().message);
    connection_ = std::move(*connection);
  }

  // What an administrator may have set for every session, and ours must undo.
  void be_hostile() {
    // MySQL 8.0.15 loads a language when it is first asked for, and refuses a second session that asks meanwhile.
    bool german = false;
    for (int tries = 0; tries < 100 && !german; ++tries)
      german = connection_->execute("SET lc_time_names = 'de_DE'").ok();
    ASSERT_TRUE(german);
    must(
        "SET NAMES latin1, time_zone = '+05:00', div_precision_increment = 9, group_concat_max_len = 4, "
        "sql_auto_is_null = 1, sql_select_limit = 1, "
        "sql_mode = 'ANSI,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,STRICT_ALL_TABLES"
        ",NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'");
    if (flavor_ == Flavor::mariadb) must("SET default_regex_flags = 'MULTILINE,EXTENDED,DOTALL,UNGREEDY'");
  }

  std::string check(const Section& section) {
    prepare(section);
    auto schema = read_schema(*connection_, {"t"});
    if (!schema) return describe(schema.error());
    const Column& column = schema->tables.at(0).columns.at(1);
    std::string problems;
    for (const std::string& type : types_of(section)) {
      ConvertOptions options = section.options;
      options.flavor = flavor_;
      auto converted = conversion(type, col("t", "c"), value_type(column), options);
      std::vector<RowText> direct;
      if (converted) {
        SelectTree select;
        select.columns = {
            {converted->value, "v"}, {converted->error ? converted->error : null_lit(), "e"}, {col("t", "id"), "id"}};
        select.from = TableRef{{}, "t", nullptr, {}, false};
        const std::string sql = print(select, flavor_);
        auto rows = connection_->query(sql + " ORDER BY id");
        if (!rows) {
          problems += describe(rows.error());
          continue;
        }
        direct = *rows;
        must("CREATE OR REPLACE VIEW v AS " + sql);
        auto viewed = connection_->query("SELECT * FROM v ORDER BY id");
        if (!viewed || *viewed != direct)
          problems += section.column_type + " to " + type + ": the view gives something else\n";
        if (direct.size() != section.lines.size()) problems += section.column_type + ": rows are missing\n";
      }
      for (size_t i = 0; i < section.lines.size(); ++i) {
        for (const Expectation& e : section.lines[i].expected) {
          if (e.type != type) continue;
          const std::string got = !converted ? "blank" : shown(direct[i][0], direct[i][1], type == "B");
          if (got == e.value) continue;
          problems += "line " + std::to_string(section.lines[i].number) + ": " + section.column_type + " " +
                      section.lines[i].literal + "\n  " + type + " should be " + e.value + "\n  " +
                      std::string(type.size(), ' ') + " but is    " + got + "\n";
        }
      }
    }
    return problems;
  }

  Flavor flavor() const { return flavor_; }
  SqlConnection& connection() { return *connection_; }

  void use_our_settings() {
    for (const std::string& statement : session_settings(flavor_)) must(statement);
  }

 private:
  void must(const std::string& sql) {
    if (auto done = connection_->execute(sql); !done) throw std::runtime_error(describe(done.error()));
  }

  void prepare(const Section& section) {
    db_.exec(
        "DROP TABLE IF EXISTS t; SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE t (id INT "
        "PRIMARY KEY, c " +
        section.column_type + ")");
    int id = 0;
    for (const Line& line : section.lines)
      db_.exec("INSERT INTO t VALUES (" + std::to_string(++id) + ", " + line.literal + ")");
  }

  static std::vector<std::string> types_of(const Section& section) {
    std::vector<std::string> types;
    for (const Line& line : section.lines) {
      for (const Expectation& e : line.expected) {
        if (std::find(types.begin(), types.end(), e.type) == types.end()) types.push_back(e.type);
      }
    }
    return types;
  }

  Flavor flavor_;
  ScratchDatabase db_;
  std::unique_ptr<SqlConnection> connection_;
};

void expect_all(Flavor flavor, const std::string& cases, bool hostile) {
  Server server(flavor);
  if (hostile) server.be_hostile();
  server.use_our_settings();
  std::string problems;
  for (const Section& section : read_cases(cases)) {
    if (!section.only || *section.only == flavor) problems += server.check(section);
  }
  if (!problems.empty()) ADD_FAILURE() << cases << ".txt\n" << problems;
}

class Types : public testing::TestWithParam<std::tuple<Flavor, const char*, bool>> {};

TEST_P(Types, become_what_the_table_says) {
  auto [flavor, cases, hostile] = GetParam();
  expect_all(flavor, cases, hostile);
}

std::string name_of(const testing::TestParamInfo<Types::ParamType>& info) {
  auto [flavor, cases, hostile] = info.param;
  return std::string(flavor == Flavor::mysql ? "mysql_" : "mariadb_") + cases + (hostile ? "_hostile_session" : "");
}

INSTANTIATE_TEST_SUITE_P(All, Types,
                         testing::Combine(testing::Values(Flavor::mariadb, Flavor::mysql),
                                          testing::Values("numbers", "times", "zones", "texts", "bytes", "json", "sets",
                                                          "others", "transformations"),
                                          testing::Bool()),
                         name_of);

// Values that no column holds, typed by their expression.
TEST(Computed, values_are_converted_by_their_type) {
  for (Flavor flavor : {Flavor::mariadb, Flavor::mysql}) {
    Server server(flavor);
    server.use_our_settings();
    ConvertOptions options;
    options.flavor = flavor;
    options.time_zone = "+03:00";
    auto result = [&](const ExprPtr& value, ValueKind kind, const std::string& type) {
      Converted converted = conversion(type, value, computed_type(kind), options).value();
      SelectTree select;
      select.columns = {{converted.value, "v"}, {converted.error ? converted.error : null_lit(), "e"}};
      auto rows = server.connection().query(print(select, flavor));
      return rows ? shown(rows->at(0)[0], rows->at(0)[1], false) : describe(rows.error());
    };
    const ExprPtr truth = op("=", {num(1), num(1)});
    EXPECT_EQ(result(truth, ValueKind::integer, "S"), "1");
    EXPECT_EQ(result(truth, ValueKind::integer, "BOOL"), "1");
    EXPECT_EQ(result(truth, ValueKind::integer, "J"), "[1]");
    EXPECT_EQ(result(op("/", {num(1), num(3)}), ValueKind::decimal, "N"), "0.3333");
    EXPECT_EQ(result(null_lit(), ValueKind::null, "S"), "-");
    EXPECT_EQ(result(lit("it's"), ValueKind::text, "J"), "[\"it's\"]");
    const ExprPtr time = cast(lit("2024-01-01 00:00:00.5"), "DATETIME(1)");
    EXPECT_EQ(result(time, ValueKind::timestamp, "S"), "2024-01-01T00:00:00.5Z") << "UTC already";
    EXPECT_EQ(result(time, ValueKind::datetime, "S"), "2023-12-31T21:00:00.5Z") << "in source.time_zone";
    EXPECT_EQ(result(op("+", {cast(lit("2024-02-28"), "DATE"), interval(num(1), "DAY")}), ValueKind::date, "S"),
              "2024-02-29");
  }
}

TEST(TimeZones, that_the_server_does_not_know_are_an_error) {
  for (Flavor flavor : {Flavor::mariadb, Flavor::mysql}) {
    Server server(flavor);
    EXPECT_TRUE(probe_time_zone(server.connection(), "Europe/Berlin").ok());
    EXPECT_TRUE(probe_time_zone(server.connection(), "+05:30").ok());
    auto unknown = probe_time_zone(server.connection(), "Europe/Atlantis'");
    ASSERT_FALSE(unknown.ok());
    EXPECT_NE(unknown.error().message.find("Europe/Atlantis'"), std::string::npos) << unknown.error().message;
  }
}

}  // namespace
}  // namespace migrate::test
