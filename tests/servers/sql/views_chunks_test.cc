// Reading by ranges of the row key: every row once, in whatever type the key is, and at the cost of the chunk.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "servers/sql/views_support.h"

namespace migrate::test {
namespace {

class Chunks : public Views {
 protected:
  // Reads the whole entity in chunks of `rows` rows: how many chunks, and the rows in the order they came.
  std::string in_chunks(const EntityView& entity, uint64_t rows, int& chunks) {
    settle();
    std::string out;
    KeyRange range;
    for (chunks = 0; chunks < 100; ++chunks) {
      auto boundary = must(connection->query(chunk_boundary_select(entity, range.after, rows, schema.flavor)));
      range.upto = boundary.empty() ? std::vector<KeyLiteral>{} : key_literals(entity, boundary[0]);
      for (const RowText& row : must(connection->query(chunk_select(entity, range, schema.flavor))))
        out += row[0].value_or("NULL") + "\n";
      if (boundary.empty()) break;
      range.after = range.upto;
    }
    return out;
  }

  // A target table of the rows of `source`, its key the attribute `pk` alone.
  static std::string keyed_by(const std::string& pk, const std::string& source, const std::string& attributes) {
    return R"({"tables": [{"table": "T", "type": "single-entity", "source_table": ")" + source + R"(", "pk": ")" + pk +
           R"(", "satisfies": [], "estimated_item_size_bytes": 1, "attributes": [)" + attributes + "]}]}";
  }

  // A thousand users with an order each, counted by this condition, in one chunk.
  void read_users_and_count_orders(const std::string& condition) {
    auto tables = build(keyed_by("id", "users",
                                 attribute("id", "N", "users", "id") + "," +
                                     attribute("orders", "N", "orders", "id",
                                               R"("calculation": {"type": "aggregate",
        "target_table": "orders", "operation": "COUNT", "select_column": "orders.id", "join_condition": ")" +
                                                   condition + "\"}")));
    ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
    settle();
    must(connection->execute("FLUSH STATUS"));
    EXPECT_EQ(must(connection->query(chunk_select(tables[0].entities[0], {}, schema.flavor))).size(), 1000u);
  }

  // A table with this key, and its rows; each row once, whatever the chunk's size.
  void expect_each_row_once(const std::string& columns, const std::string& key, const std::string& values) {
    SCOPED_TRACE(columns);
    db.exec("DROP TABLE IF EXISTS t; CREATE TABLE t (n INT NOT NULL, " + columns + ", " + key + ");");
    db.exec("SET sql_mode = ''; INSERT INTO t VALUES " + values);
    auto tables = build(keyed_by("n", "t", attribute("n", "S", "t", "n")));
    ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
    const EntityView& entity = tables[0].entities[0];
    auto all = db.rows("SELECT n FROM t ORDER BY n");
    for (uint64_t rows : {1, 2, 3}) {
      int chunks = 0;
      std::vector<std::string> seen = split(in_chunks(entity, rows, chunks), '\n');
      seen.pop_back();
      std::sort(seen.begin(), seen.end(), [](auto& a, auto& b) { return std::stoi(a) < std::stoi(b); });
      ASSERT_EQ(seen.size(), all.size()) << "in chunks of " << rows;
      for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(seen[i], *all[i][0]);
      EXPECT_EQ(static_cast<uint64_t>(chunks), all.size() / rows) << "in chunks of " << rows;
    }
  }

  std::string detail;  // of the last reads()
  uint64_t reads() {
    uint64_t sum = 0;
    detail.clear();
    for (const RowText& row : must(connection->query("SHOW SESSION STATUS LIKE 'Handler_read%'")))
      sum += std::stoull(*row[1]), detail += *row[0] + "=" + *row[1] + " ";
    return sum;
  }
};
BOTH_SERVERS(Chunks);

TEST_P(Chunks, keys_of_every_type) {
  expect_each_row_once("k INT", "PRIMARY KEY (k)", "(1, -5), (2, 0), (3, 7), (4, 2147483647)");
  expect_each_row_once("k BIGINT UNSIGNED", "PRIMARY KEY (k)",
                       "(1, 18446744073709551615), (2, 0), (3, 18446744073709551614)");
  expect_each_row_once("k DECIMAL(20,4)", "PRIMARY KEY (k)", "(1, -1.5), (2, 0), (3, 1.0001), (4, 1.0002)");
  expect_each_row_once("k DOUBLE", "PRIMARY KEY (k)", "(1, 0.1), (2, 1e300), (3, 0.30000000000000004), (4, 0.3)");
  // Many rows of one price, whose six digits are not all of it.
  expect_each_row_once("k FLOAT, id INT", "PRIMARY KEY (k, id)",
                       "(1, 19.99, 1), (2, 19.99, 2), (3, 19.99, 3), (4, 19.99, 4), (5, -0.1, 1), (6, 16777216, 1), "
                       "(7, 1e30, 1), (8, 1.17549e-38, 1), (9, 123456789, 1)");
  expect_each_row_once("k FLOAT(9,2), id INT", "PRIMARY KEY (k, id)",
                       "(1, 19.99, 1), (2, 19.99, 2), (3, 1234567.89, 3), (4, 1234567.89, 4), (5, -0.1, 1)");
  expect_each_row_once("k DOUBLE(20,2), id INT", "PRIMARY KEY (k, id)",
                       "(1, 19.99, 1), (2, 19.99, 2), (3, 12345678901234567, 3), (4, 12345678901234567, 4)");
  expect_each_row_once("k VARCHAR(20) CHARACTER SET latin1", "PRIMARY KEY (k)",
                       "(1, 'ä'), (2, 'b'), (3, 'Z'), (4, ''), (5, 'a''\\\\')");
  expect_each_row_once("k VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "PRIMARY KEY (k)",
                       "(1, 'é'), (2, 'f'), (3, 'D'), (4, '🙂')");
  expect_each_row_once("k VARCHAR(20) CHARACTER SET utf16", "PRIMARY KEY (k)", "(1, 'é'), (2, 'f'), (3, 'X')");
  expect_each_row_once("k VARBINARY(20)", "PRIMARY KEY (k)", "(1, X'00'), (2, X'FF00'), (3, X'FF'), (4, '')");
  expect_each_row_once("k BINARY(3)", "PRIMARY KEY (k)", "(1, X'00'), (2, X'FF00'), (3, X'FF0001')");
  expect_each_row_once("k DATE", "PRIMARY KEY (k)", "(1, '2024-01-01'), (2, '1969-12-31'), (3, '0000-00-00')");
  expect_each_row_once("k DATETIME(3)", "PRIMARY KEY (k)",
                       "(1, '2024-01-01 00:00:00.001'), (2, '2024-01-01'), (3, '9999-12-31')");
  expect_each_row_once("k TIMESTAMP(6) NOT NULL", "PRIMARY KEY (k)",
                       "(1, '2024-01-01 00:00:00.000001'), (2, '2024-07-01'), (3, '2000-01-01')");
  expect_each_row_once("k TIME", "PRIMARY KEY (k)", "(1, '-10:00:00'), (2, '838:59:59'), (3, '00:00:01')");
  expect_each_row_once("k YEAR", "PRIMARY KEY (k)", "(1, 2024), (2, 1999), (3, 0)");
  expect_each_row_once("k BIT(10)", "PRIMARY KEY (k)", "(1, 1), (2, 1023), (3, 0)");
  expect_each_row_once("k ENUM('z', 'a', 'm')", "PRIMARY KEY (k)", "(1, 'a'), (2, 'z'), (3, 'm')");
  expect_each_row_once("k SET('z', 'a', 'm')", "PRIMARY KEY (k)", "(1, 'a'), (2, 'z,m'), (3, '')");
  if (GetParam() == Server::mariadb) {
    expect_each_row_once("k UUID", "PRIMARY KEY (k)",
                         "(1, '123e4567-e89b-12d3-a456-426655440000'), (2, '023e4567-e89b-12d3-a456-426655440001'), "
                         "(3, '123e4567-e89b-12d3-a456-426655440002')");
    expect_each_row_once("k INET6", "PRIMARY KEY (k)", "(1, '::1'), (2, '2001:db8::1'), (3, '::')");
  }
}

TEST_P(Chunks, keys_of_several_columns_and_unique_keys) {
  expect_each_row_once("a INT, b VARCHAR(9)", "PRIMARY KEY (a, b)",
                       "(1, 1, 'x'), (2, 1, 'y'), (3, 2, 'a'), (4, 2, 'b'), (5, 0, 'z')");
  expect_each_row_once(
      "a INT, b INT, c DATE", "PRIMARY KEY (b, c, a)",
      "(1, 1, 1, '2024-01-01'), (2, 2, 1, '2024-01-01'), (3, 1, 1, '2024-01-02'), (4, 1, 2, '2023-01-01')");
  expect_each_row_once("a INT NOT NULL", "UNIQUE KEY the_key (a)", "(1, 4), (2, 3), (3, 2)");
}

// Reading a chunk costs at most twice its rows, whatever the size of the table: servers.md, "Handler_read".
TEST_P(Chunks, a_chunk_costs_what_its_rows_cost) {
  db.exec(
      "CREATE TABLE d (n INT); INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
      "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(20)); INSERT INTO cities SELECT n, n FROM d;"
      "CREATE TABLE users (a INT, b INT, city_id INT, deleted_at DATETIME, name VARCHAR(20), PRIMARY KEY (a, b), "
      "KEY (deleted_at), KEY (city_id));"
      "INSERT INTO users SELECT x.n * 10 + y.n, z.n * 100 + v.n * 10 + w.n, w.n, NULL, 'x' "
      "FROM d x, d y, d z, d v, d w WHERE x.n < 2;"
      "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, user_a INT, user_b INT, KEY (user_a, user_b));"
      "INSERT INTO orders (user_a, user_b) SELECT a, b FROM users; ANALYZE TABLE users, orders, cities");
  std::string city =
      attribute("city", "S", "cities", "name", R"("join": {"type": "foreign-key", "target_table": "cities",
      "join_condition": "users.city_id = cities.id", "select_column": "cities.name"})");
  std::string orders = attribute("orders", "N", "orders", "id", R"("calculation": {"type": "aggregate",
      "target_table": "orders", "join_condition": "orders.user_a = users.a AND orders.user_b = users.b",
      "operation": "COUNT", "select_column": "orders.id"})");
  auto table_of = [&](const std::string& more) {
    return R"({"tables": [{"table": "T", "type": "single-entity", "source_table": "users", "pk": "a", "sk": "b",
        "satisfies": [], "estimated_item_size_bytes": 1, "attributes": [)" +
           attribute("a", "N", "users", "a") + "," + attribute("b", "N", "users", "b") + more + "]}]}";
  };
  // From the middle of one value of `a` to the middle of the next but one.
  KeyRange range{{"7", "499"}, {"8", "499"}};
  auto cost = [&](const std::string& contract_text) {
    auto tables = build(contract_text);
    EXPECT_EQ(tables.size(), 1u) << describe(diagnostics);
    if (tables.size() != 1) return uint64_t{0};
    settle();
    must(connection->execute("FLUSH STATUS"));
    EXPECT_EQ(must(connection->query(chunk_select(tables[0].entities[0], range, schema.flavor))).size(), 1000u);
    return reads();
  };
  EXPECT_LE(cost(table_of("")), 2000u) << detail;
  EXPECT_LE(cost(table_of("," + city)), 2u * 2000u) << detail;
  EXPECT_LE(cost(table_of("," + orders)), 2u * 2000u) << detail;
  EXPECT_LE(cost(table_of("," + city + "," + orders)), 2u * 3000u) << detail;
}

// A load of 10,000 rows once took 35 s: the server had not looked at the tables since they were filled, thought them
// empty and read all orders for each user.
TEST_P(Chunks, a_chunk_costs_no_more_when_the_statistics_are_old) {
  db.exec(
      "CREATE TABLE users (id INT PRIMARY KEY) STATS_AUTO_RECALC=0;"
      "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, user INT, deleted_at DATETIME, KEY (user)) "
      "STATS_AUTO_RECALC=0; ANALYZE TABLE users, orders; CREATE TABLE d (n INT);"
      "INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
      "INSERT INTO users SELECT x.n * 100 + y.n * 10 + z.n FROM d x, d y, d z;"
      "INSERT INTO orders (user) SELECT id FROM users");
  read_users_and_count_orders("orders.user = users.id");
  EXPECT_LE(reads(), 2u * 3000u) << detail;
}

// An index that starts with what a literal pins leads to the same rows for each row; one that the server ignores to
// none.
TEST_P(Chunks, the_index_of_a_lookup_is_one_that_finds_the_rows_of_a_row) {
  db.exec(
      "CREATE TABLE d (n INT); INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
      "CREATE TABLE users (id INT PRIMARY KEY); INSERT INTO users SELECT x.n * 100 + y.n * 10 + z.n FROM d x, d y, d z;"
      "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, user INT, status INT, active INT, "
      "KEY a (status, active), KEY b (user));"
      "INSERT INTO orders (user, status, active) SELECT id, 1, 1 FROM users");
  const std::string condition = "orders.user = users.id AND orders.status = 1 AND orders.active = 1";
  read_users_and_count_orders(condition);
  EXPECT_LE(reads(), 2u * 3000u) << detail;

  db.exec(GetParam() == Server::mysql ? "ALTER TABLE orders ALTER INDEX b INVISIBLE"
                                      : "ALTER TABLE orders ALTER INDEX b IGNORED");
  read_users_and_count_orders(condition);  // naming it would be an error
}

// What the server does not read by is unique all the same: a join on it matches one row, a key of it is no duplicate.
TEST_P(Chunks, an_ignored_index_keeps_rows_unique_and_leads_to_none) {
  const std::string ignored = GetParam() == Server::mysql ? " INVISIBLE" : " IGNORED";
  db.exec("CREATE TABLE cities (id INT PRIMARY KEY, code INT NOT NULL, name VARCHAR(9), UNIQUE u (code)" + ignored +
          "); INSERT INTO cities VALUES (1, 7, 'Bern');"
          // No primary key: the first unique NOT NULL key would be it, and cannot be hidden.
          "CREATE TABLE users (n INT NOT NULL, id INT NOT NULL, city INT, UNIQUE a (n), UNIQUE b (id)" +
          ignored + "); INSERT INTO users VALUES (1, 10, 7), (2, 20, 8)");
  const std::string contract_text =
      keyed_by("id", "users",
               attribute("id", "N", "users", "id") + "," +
                   attribute("city", "S", "cities", "name", R"("join": {"type": "foreign-key", "target_table": "cities",
          "join_condition": "users.city = cities.code", "select_column": "cities.name"})"));
  EXPECT_EQ(items(contract_text), "id=10  city=Bern\nid=20\n");
  const std::string said = describe(diagnostics);
  EXPECT_NE(said.find("no index of 'cities' helps this join"), std::string::npos) << said;
  EXPECT_EQ(said.find("can match several rows"), std::string::npos) << said;
  const EntityView entity = build(contract_text)[0].entities[0];
  EXPECT_TRUE(entity.key_is_unique);
  EXPECT_EQ(entity.row_key_index, "a");
  int chunks = 0;
  EXPECT_EQ(in_chunks(entity, 1, chunks), "10\n20\n");
  EXPECT_EQ(chunks, 2);
}

TEST_P(Chunks, rows_that_share_a_key_are_found) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9), v VARCHAR(9));"
      "INSERT INTO t VALUES (1, 'x#', 'y', '1'), (2, 'x', '#y', '1.0'), (3, 'X', '#y', '2')");
  auto duplicates = [&](const std::string& contract_text) {
    auto tables = build(contract_text);
    EXPECT_EQ(tables.size(), 1u) << describe(diagnostics);
    if (tables.empty()) return std::string();
    EXPECT_FALSE(tables[0].entities[0].key_is_unique);
    settle();
    std::string out;
    for (const RowText& row : must(connection->query(duplicate_keys_select(tables[0], schema.flavor))))
      out += *row[0] + " " + *row[1] + " " + row[3].value_or("NULL") + "\n";
    return out;
  };
  EXPECT_EQ(
      duplicates(R"({"tables": [{"table": "T", "type": "multi-entity", "source_table": "t", "pk": "PK", "sk": null,
                "satisfies": [], "estimated_item_size_bytes": 1, "entities": [{"entity_type": "E", "source_table": "t",
                "pk_template": "{a}{b}", "sk_template": "-", "attributes": [)" +
                 attribute("id", "N", "t", "id") + "]}]}]}"),
      "E x#y 1\nE x#y 2\n");
  EXPECT_EQ(duplicates(keyed_by("v", "t", attribute("v", "N", "t", "v"))), " 1 1\n 1.0 2\n");
}

// The engine leaves the row at hand out of those that it names: it must know it by its row key.
TEST_P(Chunks, rows_that_share_a_key_are_called_as_in_their_chunks) {
  const std::vector<std::array<std::string, 3>> keys{{"VARCHAR(9) CHARACTER SET latin1", "'é'", "'7'"},
                                                     {"CHAR(9) CHARACTER SET ucs2", "'é'", "'7'"},
                                                     {"ENUM('é', '7') CHARACTER SET latin1", "'é'", "'7'"},
                                                     {"SET('é', '7') CHARACTER SET latin1", "'é'", "'7'"},
                                                     {"VARBINARY(9)", "X'FF'", "'7'"},
                                                     {"BIT(9)", "300", "7"},
                                                     {"INT", "8", "7"},
                                                     {"FLOAT", "19.99", "7"},
                                                     {"DATETIME(3)", "'2024-01-02 03:04:05.6'", "'2024-01-02'"}};
  for (const auto& [type, one, other] : keys) {
    SCOPED_TRACE(type);
    db.exec("DROP TABLE IF EXISTS t; CREATE TABLE t (code " + type + " PRIMARY KEY, v INT); INSERT INTO t VALUES (" +
            one + ", 1), (" + other + ", 1)");
    auto tables = build(keyed_by("v", "t", attribute("v", "N", "t", "v")));
    ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
    settle();
    std::vector<std::string> in_chunk, among_duplicates;
    for (const RowText& row : must(connection->query(chunk_select(tables[0].entities[0], {}, schema.flavor))))
      in_chunk.push_back(row[1].value_or("NULL"));
    for (const RowText& row : must(connection->query(duplicate_keys_select(tables[0], schema.flavor))))
      among_duplicates.push_back(row[3].value_or("NULL"));
    std::sort(in_chunk.begin(), in_chunk.end());
    std::sort(among_duplicates.begin(), among_duplicates.end());
    EXPECT_EQ(in_chunk.size(), 2u);
    EXPECT_EQ(among_duplicates, in_chunk);
  }
}

// cp932 writes ¬ as 81CA and as EEF9, ≒ as 81E0 and 8790: unique there, one text in an item.
TEST_P(Chunks, a_unique_text_with_two_codes_for_one_character_is_no_unique_key) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, code VARCHAR(9) CHARACTER SET cp932 COLLATE cp932_bin NOT NULL UNIQUE);"
      "INSERT INTO t VALUES (1, x'81CA'), (2, x'EEF9'), (3, 'a')");
  auto tables = build(keyed_by("code", "t", attribute("code", "S", "t", "code")));
  ASSERT_EQ(tables.size(), 1u) << describe(diagnostics);
  EXPECT_FALSE(tables[0].entities[0].key_is_unique);
  settle();
  std::string found;
  for (const RowText& row : must(connection->query(duplicate_keys_select(tables[0], schema.flavor))))
    found += *row[1] + " of row " + *row[3] + "\n";
  EXPECT_EQ(found, "￢ of row 1\n￢ of row 2\n");
}

// DynamoDB has one number for all spellings of it: types.md, "Two rows with one key".
TEST_P(Chunks, numbers_that_share_a_key_are_found_however_they_are_written) {
  db.exec(
      "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(60)); INSERT INTO t VALUES (1, '1e5'), (2, '100000'), "
      "(3, '+1E+5'), (4, '100001'), (5, '0.00001'), (6, '1e-5'), (7, '.00001000000000000000000000000000'), "
      "(8, '12345678901234567890123456789012345678'), (9, '1.2345678901234567890123456789012345678E37'), "
      "(10, '12345678901234567890123456789012345679'), (11, '1e100'), (12, '10e99'), (13, '1e101'), (14, '1e-100'), "
      "(15, '0.1e-99'), (16, '0'), (17, '-0e0'), (18, '1000000000000000001'), (19, '1000000000000000002'), (20, NULL)");
  auto text_keys = build(keyed_by("v", "t", attribute("v", "N", "t", "v")));
  ASSERT_EQ(text_keys.size(), 1u) << describe(diagnostics);
  settle();
  auto collect = [&](const TableViews& table) {
    std::vector<int> found;
    for (const RowText& row : must(connection->query(duplicate_keys_select(table, schema.flavor))))
      found.push_back(std::stoi(*row[3]));
    std::sort(found.begin(), found.end());
    std::string out;
    for (int id : found) out += std::to_string(id) + " ";
    return out;
  };
  EXPECT_EQ(collect(text_keys[0]), "1 2 3 5 6 7 8 9 11 12 14 15 16 17 ");

  for (const char* type : {"DOUBLE", "FLOAT"}) {
    db.exec(std::string("DROP TABLE IF EXISTS a; CREATE TABLE a (id INT "
                        "PRIMARY KEY, v ") +
            type +
            "); INSERT INTO a VALUES (1, 1e15), (2, 1e15), (3, 0.1), (4, 0.1), "
            "(5, 1.5), (6, 1e25), (7, 1e25), (8, 0), (9, -0e0), (10, 16777216), (11, 1e-30), (12, 1e-30), (13, 2e-30)");
    auto real_keys = build(keyed_by("v", "a", attribute("v", "N", "a", "v")));
    ASSERT_EQ(real_keys.size(), 1u) << describe(diagnostics);
    settle();
    EXPECT_EQ(collect(real_keys[0]), "1 2 3 4 6 7 8 9 11 12 ") << type;
  }
}

}  // namespace
}  // namespace migrate::test
