// Digests of the contract's tables: what counts and what does not.
#include "contract/digest.h"

#include <map>

#include "base/text.h"
#include "unit/contract/contract_vocabulary.h"

namespace migrate {
namespace {

const std::string ORDERS = R"([
  {"table": "Orders", "type": "Table", "source_table": "orders", "pk": "id",
   "gsis": [{"name": "by_email", "pk": "email"}],
   "attributes": {
     "id": {"type": "N", "source_column": "id"},
     "total": {"type": "N", "source_column": "total"},
     "email": {"type": "S", "source_table": "customers", "source_column": "email",
               "join": {"local_column": "customer_id", "source_column": "id"}}},
   "satisfies": ["an order"], "estimated_item_size_bytes": 200}
])";

Digest digest_of_text(const std::string& text) {
  DigestBuilder d("all parts", 1);
  for (const TablePart& part : table_parts(contract_of(text).tables.at(0))) d.digest(part.name, part.digest);
  return d.finish();
}

// The names of the parts that differ between two contracts.
std::string changed(const std::string& was, const std::string& now) {
  auto a = table_parts(contract_of(was).tables.at(0));
  auto b = table_parts(contract_of(now).tables.at(0));
  std::vector<std::string> out;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (j == b.size() || (i < a.size() && a[i].name < b[j].name)) {
      out.push_back("-" + a[i++].name);
    } else if (i == a.size() || b[j].name < a[i].name) {
      out.push_back("+" + b[j++].name);
    } else {
      if (a[i].digest != b[j].digest) out.push_back(a[i].name);
      ++i;
      ++j;
    }
  }
  return join(out, ", ");
}

std::string but(std::string_view from, std::string_view to) {
  std::string text = replace_all(ORDERS, from, to);
  EXPECT_NE(text, ORDERS) << from;
  return text;
}

TEST(MappingDigest, IsBlindToFormattingAndOrder) {
  EXPECT_EQ(digest_of_text(but("\n", " \n\t ")), digest_of_text(ORDERS));
  EXPECT_EQ(digest_of_text(but("\"Orders\"", "\"\\u004frders\"")), digest_of_text(ORDERS));
  EXPECT_EQ(digest_of_text(
                but(R"("type": "Table", "source_table": "orders")", R"("source_table": "orders", "type": "Table")")),
            digest_of_text(ORDERS));
  std::string id = R"(     "id": {"type": "N", "source_column": "id"},)";
  std::string total = R"(     "total": {"type": "N", "source_column": "total"},)";
  EXPECT_EQ(digest_of_text(but(id + "\n" + total, total + id)), digest_of_text(ORDERS));
  EXPECT_EQ(digest_of_text(but("an order", "another access pattern")), digest_of_text(ORDERS));
  EXPECT_EQ(digest_of_text(but("200", "201")), digest_of_text(ORDERS));
  EXPECT_EQ(digest_of_text(but(R"("type": "N", "source_column": "total")",
                               R"("type": "N", "source_table": "orders", "source_column": "total")")),
            digest_of_text(ORDERS));
}

TEST(MappingDigest, NamesWhatChanged) {
  EXPECT_EQ(changed(ORDERS, ORDERS), "");
  EXPECT_EQ(changed(ORDERS, but(R"("source_column": "total")", R"("source_column": "sum")")), "attribute total");
  EXPECT_EQ(changed(ORDERS, but("customer_id", "buyer_id")), "attribute email");
  EXPECT_EQ(changed(ORDERS, but(R"("pk": "id")", R"("pk": "total")")), "keys");
  EXPECT_EQ(changed(ORDERS, but("by_email", "by_mail")), "-index by_email, +index by_mail");
  EXPECT_EQ(changed(ORDERS, but(R"("pk": "email"})", R"("pk": "email", "projection": "KEYS_ONLY"})")),
            "index by_email");
  EXPECT_EQ(changed(ORDERS, but("\"total\": {", "\"sum\": {")), "+attribute sum, -attribute total");
  EXPECT_EQ(changed(ORDERS, but(R"("source_table": "orders")", R"("source_table": "old_orders")")),
            "attribute id, attribute total, source table");
}

// Each of these members of an attribute means something of its own.
TEST(MappingDigest, SeesEveryMember) {
  const std::vector<std::string> ways = {
      R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = b", "select_column": "s"})",
      R"("join": {"type": "lookup-table", "target_table": "t", "join_condition": "a = b", "select_column": "s"})",
      R"("join": {"type": "foreign-key", "target_table": "u", "join_condition": "a = b", "select_column": "s"})",
      R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = c", "select_column": "s"})",
      R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = b", "select_column": "r"})",
      R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = b", "select_column": "s", "null_value": ""})",
      R"("join": {"type": "foreign-key", "target_table": "t", "join_condition": "a = b", "select_column": "s", "join_alias": "x"})",
      R"("join": {"type": "conditional", "target_table": "t", "join_condition": "a = b", "select_column": "s", "condition": "c", "else_value": null})",
      R"("join": {"type": "conditional", "target_table": "t", "join_condition": "a = b", "select_column": "s", "condition": "c", "else_value": "NULL"})",
      R"("join": {"type": "conditional", "target_table": "t", "join_condition": "a = b", "select_column": "s", "condition": "c", "else_value": ""})",
      R"("join": {"type": "chain", "joins": [{"target_table": "t", "join_condition": "a = b", "select_column": "s"}]})",
      R"("join": {"type": "chain", "chain_separator": "", "joins": [{"target_table": "t", "join_condition": "a = b", "select_column": "s"}]})",
      R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "array", "select_columns": {"a": "b", "c": "d"}}})",
      R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "array", "select_columns": {"c": "d", "a": "b"}}})",
      R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "array", "limit": 1, "select_columns": {"a": "b", "c": "d"}}})",
      R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "array", "order_by": "a", "select_columns": {"a": "b", "c": "d"}}})",
      R"("join": {"type": "json-construction", "target_table": "t", "join_condition": "a = b", "construction": {"type": "object", "select_columns": {"a": "b", "c": "d"}}})",
      R"("calculation": {"type": "aggregate", "operation": "MIN", "target_table": "t", "join_condition": "a = b", "select_column": "s"})",
      R"("calculation": {"type": "aggregate", "operation": "MAX", "target_table": "t", "join_condition": "a = b", "select_column": "s"})",
      R"("calculation": {"type": "case", "cases": [{"when": "a", "then": "b"}]})",
      R"("calculation": {"type": "case", "cases": [{"when": "a", "then": "b"}], "else": "c"})",
      R"("calculation": {"type": "concat", "expression": "a"})",
      R"("calculation": {"type": "date-math", "expression": "a"})",
      R"("transformation": {"type": "static", "value": "1"})",
      R"("transformation": {"type": "static", "value": 1})",
      R"("transformation": {"type": "string-format", "format": "1"})",
      R"("transformation": {"type": "date-format", "format": "1"})",
      R"("transformation": {"type": "date-format", "format": "1", "source_format": "unix"})",
      R"("transformation": {"type": "template", "template": "1"})",
      R"("denormalized": true)",
      R"("denormalized": false)",
  };
  std::map<std::string, std::string> seen;
  for (const std::string& way : ways) {
    std::string text = R"([{"table": "T", "type": "single-entity", "source_table": "t", "pk": "k", "attributes": [
      {"name": "k", "type": "S", "source_table": "t", "source_column": "k"},
      {"name": "x", "type": "S", "source_table": "t", "source_column": "x", )" +
                       way + "}]}]";
    auto [it, is_new] = seen.emplace(digest_of_text(text).hex(), way);
    EXPECT_TRUE(is_new) << way << "\n" << it->second;
  }
}

}  // namespace
}  // namespace migrate
