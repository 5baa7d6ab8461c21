// What convert.h says without a server: blank cells and what would work instead, offsets, formats, and the SQL as
// people read it in views.sql. What the SQL gives is tests/servers/types.
#include "sql/convert.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "sql/print.h"

namespace migrate {
namespace {

ValueType column(std::string data_type, std::string column_type = "") {
  Column c;
  c.data_type = std::move(data_type);
  c.column_type = column_type.empty() ? c.data_type : std::move(column_type);
  return value_type(c);
}

std::string sql(const std::string& data_type, AttributeType to, Flavor flavor = Flavor::mysql) {
  ConvertOptions options;
  options.flavor = flavor;
  auto converted = convert(col("t", "c"), column(data_type), to, options);
  if (!converted) return "blank";
  return print(*converted->value, flavor) + (converted->error ? " | " + print(*converted->error, flavor) : "");
}

std::string refusal(const std::string& data_type, AttributeType to) {
  const Error error = why_not(column(data_type), to);
  return error.message + "; " + error.hint;
}

TEST(Convert, reads_as_sql_that_people_would_write) {
  EXPECT_EQ(sql("int", AttributeType::S), "CAST(`t`.`c` AS CHAR)");
  EXPECT_EQ(sql("int", AttributeType::BOOL), "`t`.`c` <> 0");
  EXPECT_EQ(sql("blob", AttributeType::B), "`t`.`c`");
  EXPECT_EQ(
      sql("date", AttributeType::S),
      "CASE WHEN DAYOFMONTH(`t`.`c`) BETWEEN 1 AND DAYOFMONTH(LAST_DAY(`t`.`c`)) THEN CAST(`t`.`c` AS CHAR) END | "
      "CASE WHEN DAYOFMONTH(`t`.`c`) BETWEEN 1 AND DAYOFMONTH(LAST_DAY(`t`.`c`)) THEN NULL WHEN "
      "DAYOFMONTH(`t`.`c`) IS NOT NULL THEN _utf8mb4'zero_date' END");
}

TEST(Convert, says_what_would_work_in_place_of_a_blank_cell) {
  EXPECT_EQ(refusal("date", AttributeType::N),
            "date cannot become N; use type S, or a date-format transformation whose format is a number, such as "
            "YYYYMMDD");
  EXPECT_EQ(refusal("int", AttributeType::M), "int cannot become M; types that work: S, N, BOOL");
  EXPECT_EQ(refusal("blob", AttributeType::N), "blob cannot become N; types that work: S, B");
  EXPECT_EQ(refusal("text", AttributeType::Null),
            "text cannot become NULL; types that work: S, N, B, BOOL, SS, NS, BS, M, L");
  EXPECT_NE(refusal("vector", AttributeType::S).find("does not know this type"), std::string::npos);
}

// Each cell of the table in docs/types.md, types that share a row together.
TEST(Convert, fills_the_cells_of_the_table_and_no_others) {
  auto cells = [](const std::string& data_type) {
    std::vector<std::string> types;
    for (AttributeType to :
         {AttributeType::S, AttributeType::N, AttributeType::B, AttributeType::BOOL, AttributeType::SS,
          AttributeType::NS, AttributeType::BS, AttributeType::M, AttributeType::L, AttributeType::Null}) {
      if (convert(col("t", "c"), column(data_type), to, {})) types.emplace_back(type_name(to));
    }
    return join(types, " ");
  };
  for (const char* type : {"tinyint", "int", "bigint"}) EXPECT_EQ(cells(type), "S N BOOL NULL") << type;
  for (const char* type : {"decimal", "float", "double", "year"}) EXPECT_EQ(cells(type), "S N NULL") << type;
  for (const char* type : {"date", "datetime", "timestamp", "time", "inet6", "inet4"})
    EXPECT_EQ(cells(type), "S NULL") << type;
  EXPECT_EQ(cells("bit"), "S N BOOL NULL");
  for (const char* type : {"char", "varchar", "longtext"})
    EXPECT_EQ(cells(type), "S N B BOOL SS NS BS M L NULL") << type;
  for (const char* type : {"binary", "varbinary", "longblob", "point", "geomcollection", "uuid"})
    EXPECT_EQ(cells(type), "S B NULL") << type;
  EXPECT_EQ(cells("enum"), "S N BOOL NULL");
  EXPECT_EQ(cells("set"), "S SS L NULL");
  EXPECT_EQ(cells("json"), "S SS NS BS M L NULL");
  EXPECT_EQ(cells("vector"), "NULL");
}

TEST(Convert, marks_what_the_engine_must_finish) {
  auto marks = [](const std::string& data_type, AttributeType to) {
    const Converted c = convert(col("t", "c"), column(data_type), to, {}).value();
    return std::string(c.has_floats ? "floats " : "") + (c.canonical_number ? "canonical" : "");
  };
  EXPECT_EQ(marks("int", AttributeType::N), "");
  EXPECT_EQ(marks("decimal", AttributeType::S), "");
  EXPECT_EQ(marks("double", AttributeType::N), "canonical");
  EXPECT_EQ(marks("varchar", AttributeType::N), "canonical");
  EXPECT_EQ(marks("float", AttributeType::S), "floats ");
  EXPECT_EQ(marks("float", AttributeType::N), "floats canonical");
}

TEST(Convert, knows_fixed_offsets_from_named_zones) {
  EXPECT_EQ(fixed_offset("+00:00"), 0);
  EXPECT_EQ(fixed_offset("+05:30"), 330);
  EXPECT_EQ(fixed_offset("-3:00"), -180);
  EXPECT_EQ(fixed_offset("utc"), 0);
  EXPECT_EQ(fixed_offset("Z"), 0);
  for (const char* named : {"Europe/Berlin", "SYSTEM", "+25:00", "+05:60", "0530", "+0530", "", "+:00"})
    EXPECT_EQ(fixed_offset(named), std::nullopt) << named;
}

TEST(Convert, refuses_formats_that_format_nothing) {
  auto date = [](const char* type, const char* format, const char* source_format) {
    auto result = date_format(col("t", "c"), column(type), format, source_format, {});
    return result ? std::string("works") : result.error().message;
  };
  EXPECT_EQ(date("datetime", "YYYY", ""), "works");
  EXPECT_EQ(date("datetime", "abc", ""), "format 'abc' names no part of a time");
  EXPECT_EQ(date("varchar", "YYYY", "MM/YYYY"), "source_format 'MM/YYYY' does not name a whole date");
  EXPECT_EQ(date("int", "YYYY", ""), "date-format of int needs source_format \"unix\"");
  EXPECT_EQ(date("blob", "YYYY", ""), "date-format takes a date, a time stamp, text or unix seconds, not blob");
  auto number = [](const char* type, const char* format) {
    auto result = number_format(col("t", "c"), column(type), format);
    return result ? print(*result->value, Flavor::mysql) : result.error().message;
  };
  EXPECT_EQ(number("int", "0.00"), "CAST(`t`.`c` + 0 AS DECIMAL(65,2))");
  EXPECT_EQ(number("int", "0.0x"), "'0.0x' is no number format");
  EXPECT_EQ(number("int", "31"), "'31' is no number format");
  EXPECT_EQ(number("varchar", "2"), "number-format takes a number, not varchar");
  EXPECT_FALSE(json_parse(col("t", "c"), column("int")).ok());
}

}  // namespace
}  // namespace migrate
