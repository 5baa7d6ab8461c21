// A shop of three target tables over four source tables: what the tests of the whole program build.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "base/text.h"
#include "support/project.h"

namespace migrate::test {

using testing::HasSubstr;
using testing::Not;

inline constexpr const char* SHOP_ROWS =
    "CREATE TABLE countries (code CHAR(2) PRIMARY KEY, name VARCHAR(40) NOT NULL);"
    "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40), country CHAR(2),"
    " FOREIGN KEY (country) REFERENCES countries(code));"
    "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, total DECIMAL(10,2),"
    " FOREIGN KEY (customer_id) REFERENCES customers(id));"
    "CREATE TABLE parts (sku VARCHAR(10) PRIMARY KEY, price DECIMAL(8,2));"
    "INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France');"
    "INSERT INTO customers VALUES (1, 'Ada', 'de'), (2, 'Bo', 'fr'), (3, 'Cy', NULL);"
    "INSERT INTO orders VALUES (10, 1, 9.50), (11, 1, 20), (12, 2, 0.01);"
    "INSERT INTO parts VALUES ('a1', 1.50), ('b2', 3)";

// Customers reads customers, countries and orders; Orders reads orders and customers; Parts reads parts alone.
inline constexpr const char* SHOP_CONTRACT = R"({"tables": [
  {"table": "Customers", "type": "single-entity", "source_table": "customers", "pk": "id",
   "attributes": [
    {"name": "id", "type": "N", "source_table": "customers", "source_column": "id"},
    {"name": "name", "type": "S", "source_table": "customers", "source_column": "name"},
    {"name": "country", "type": "S", "source_table": "countries", "source_column": "name",
     "join": {"type": "foreign-key", "target_table": "countries", "join_condition": "customers.country = countries.code", "select_column": "countries.name"}},
    {"name": "orders", "type": "N", "source_table": "orders", "source_column": "id",
     "calculation": {"type": "aggregate", "target_table": "orders", "join_condition": "orders.customer_id = customers.id", "operation": "COUNT", "select_column": "orders.id"}},
    {"name": "last", "type": "L", "source_table": "orders", "source_column": "id",
     "join": {"type": "json-construction", "target_table": "orders", "join_condition": "orders.customer_id = customers.id",
      "construction": {"type": "array", "order_by": "id", "limit": 5, "select_columns": {"id": "id", "total": "total"}}}}],
   "satisfies": ["get customer by id"], "estimated_item_size_bytes": 100},
  {"table": "Orders", "type": "multi-entity", "source_table": "orders", "pk": "PK", "sk": "SK",
   "entities": [
    {"entity_type": "Order", "source_table": "orders", "pk_template": "CUST#{customer_id}", "sk_template": "ORDER#{id}",
     "attributes": [{"name": "total", "type": "N", "source_table": "orders", "source_column": "total"}]},
    {"entity_type": "Customer", "source_table": "customers", "pk_template": "CUST#{id}", "sk_template": "PROFILE",
     "attributes": [{"name": "name", "type": "S", "source_table": "customers", "source_column": "name"}]}],
   "satisfies": ["query orders by PK"], "estimated_item_size_bytes": 100},
  {"table": "Parts", "type": "single-entity", "source_table": "parts", "pk": "sku",
   "attributes": [
    {"name": "sku", "type": "S", "source_table": "parts", "source_column": "sku"},
    {"name": "price", "type": "N", "source_table": "parts", "source_column": "price"}],
   "satisfies": ["get part by sku"], "estimated_item_size_bytes": 50}]})";

inline constexpr const char* SHOP_CUSTOMERS =
    "country='France' id=2 last=[{id: 12, total: 0.01}] name='Bo' orders=1\n"
    "country='Germany' id=1 last=[{id: 10, total: 9.5}, {id: 11, total: 20}] name='Ada' orders=2\n"
    "id=3 last=[] name='Cy' orders=0\n";
inline constexpr const char* SHOP_ORDERS =
    "PK='CUST#1' SK='ORDER#10' total=9.5\n"
    "PK='CUST#1' SK='ORDER#11' total=20\n"
    "PK='CUST#1' SK='PROFILE' name='Ada'\n"
    "PK='CUST#2' SK='ORDER#12' total=0.01\n"
    "PK='CUST#2' SK='PROFILE' name='Bo'\n"
    "PK='CUST#3' SK='PROFILE' name='Cy'\n";
inline constexpr const char* SHOP_PARTS = "price=1.5 sku='a1'\nprice=3 sku='b2'\n";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == text.npos) throw std::runtime_error("no '" + from + "' in the text");
  return text.replace(at, from.size(), to);
}

// The targets that a plan would make, or a build has made, sorted: "check:Parts report:html run:Parts".
inline std::string targets_of(const std::string& text) {
  std::set<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, target;
    words >> word >> target;
    if (word == "will" || word == "may" || word == "made") found.insert(target);
  }
  return join({found.begin(), found.end()}, " ");
}

class OnBothServers : public testing::TestWithParam<std::string> {
 protected:
  ScratchDatabase db = GetParam() == "mysql" ? mysql_db() : mariadb_db();
};

// The shop, not built yet.
class Shop : public OnBothServers {
 protected:
  Shop() {
    db.exec(SHOP_ROWS);
    shop.contract = SHOP_CONTRACT;
  }
  void build() {
    const Ran ran = shop.migrate("build");
    ASSERT_EQ(ran.code, 0) << ran.all();
  }
  Project shop{db};
};

#define ON_BOTH_SERVERS(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("mariadb", "mysql"), [](const auto& i) { return i.param; })
#define ON_MARIADB(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("mariadb"), [](const auto& i) { return i.param; })

}  // namespace migrate::test
