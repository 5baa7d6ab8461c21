// Rows become items: values, keys, sizes, dead letters, digests.
#include "engine/item.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/number.h"

namespace migrate {
namespace {

std::string number(std::string_view text) {
  std::string out;
  uint64_t size = 0;
  switch (append_number(text, out, size)) {
    case NumberProblem::none:
      return out + " (" + std::to_string(size) + ")";
    case NumberProblem::not_a_number:
      return "no number";
    case NumberProblem::out_of_range:
      return "out of range";
  }
  return "";
}

std::string float_text(std::string_view exact) {
  std::string out;
  return append_float(exact, out) ? out : "no float";
}

// A table of one entity: pk `id`, then the columns given, read from `t` by its key `id`.
struct Shop {
  TableViews views;
  explicit Shop(std::vector<ViewColumn> columns, AttributeType pk_type = AttributeType::S, std::string sk = "") {
    views.table = "Things";
    views.pk = "id";
    views.sk = std::move(sk);
    views.pk_type = pk_type;
    EntityView entity;
    entity.columns.push_back({.name = "id", .type = pk_type, .key = true});
    for (auto& c : columns) entity.columns.push_back(c);
    entity.row_key.emplace_back();
    entity.row_key.back().column = "id";
    views.entities.push_back(std::move(entity));
  }
  Item item;
  std::vector<DeadLetter> dead;
  // The item, or `attribute code reason` of each dead letter. `values`: the view's columns; key and errors are added.
  std::string make(RowView values, std::optional<std::string_view> errors = std::nullopt) {
    values.emplace_back("7");
    values.push_back(errors);
    values.emplace_back("mark");
    dead.clear();
    if (ItemMaker(views, views.entities[0]).make(values, item, dead)) {
      EXPECT_EQ(item.digest.hex(), item_digest(item.json)->hex()) << item.json;
      return item.json;
    }
    std::string out;
    for (const DeadLetter& d : dead) {
      out += d.attribute + " " + std::string(dead_letter_code(d.code)) + ": " + d.reason +
             (d.value.empty() ? "" : " [" + d.value + "]") + "\n";
    }
    return out;
  }
};

ViewColumn text(std::string name) { return {.name = std::move(name)}; }
ViewColumn typed(std::string name, AttributeType type) { return {.name = std::move(name), .type = type}; }

TEST(Number, has_one_canonical_text_and_a_size) {
  EXPECT_EQ(number("0"), "0 (1)");
  EXPECT_EQ(number("-0.000"), "0 (1)");
  EXPECT_EQ(number("+5"), "5 (2)");
  EXPECT_EQ(number("0012"), "12 (2)");
  EXPECT_EQ(number(".5"), "0.5 (2)");
  EXPECT_EQ(number("1.50"), "1.5 (3)");
  EXPECT_EQ(number("-123"), "-123 (4)");
  EXPECT_EQ(number("100"), "100 (2)");
  EXPECT_EQ(number("1000"), "1000 (2)");
  EXPECT_EQ(number("1e3"), "1000 (2)");
  EXPECT_EQ(number("0.0010"), "0.001 (2)");
  EXPECT_EQ(number("12345678901234567890"), "12345678901234567890 (11)");
  EXPECT_EQ(number("1E+40"), "1E+40 (2)");
  EXPECT_EQ(number("10e39"), "1E+40 (2)");
  EXPECT_EQ(number("1.5e-9"), "1.5E-9 (2)");
  EXPECT_EQ(number("1" + std::string(37, '0')), "1" + std::string(37, '0') + " (2)");
}

TEST(Number, ends_where_DynamoDB_ends) {
  EXPECT_EQ(number(std::string(38, '9')), std::string(38, '9') + " (20)");
  EXPECT_EQ(number(std::string(39, '9')), "out of range");
  EXPECT_EQ(number("1" + std::string(38, '0') + "1"), "out of range");
  EXPECT_EQ(number("9.9e125"), "9.9E+125 (2)");
  EXPECT_EQ(number("1e126"), "out of range");
  EXPECT_EQ(number("1e-130"), "1E-130 (2)");
  EXPECT_EQ(number("9e-131"), "out of range");
  EXPECT_EQ(number("1e99999999999999999999"), "out of range");
  EXPECT_EQ(number("0e99999999999999999999"), "0 (1)");
  for (const char* bad : {"", " 1", "1 ", "abc", "1e", "1e+", "--1", "1.2.3", "0x10", "NaN", "Infinity", ".", "+"}) {
    EXPECT_EQ(number(bad), "no number") << bad;
  }
}

TEST(Float, is_printed_with_the_shortest_digits_that_read_back) {
  EXPECT_EQ(float_text("0.10000000149011612"), "0.1");
  EXPECT_EQ(float_text("16777216"), "16777216");
  EXPECT_EQ(float_text("123456790528"), "123456790000");
  EXPECT_EQ(float_text("100000"), "100000");
  EXPECT_EQ(float_text("-0"), "0");
  EXPECT_EQ(float_text("1e15"), "1e15");
  EXPECT_EQ(float_text("3.4028234663852886e38"), "3.4028235e38");
  EXPECT_EQ(float_text("1.401298464324817e-45"), "1e-45");
  EXPECT_EQ(float_text("0.00001"), "0.00001");
  EXPECT_EQ(float_text("1e39"), "no float");
}

TEST(Item, carries_each_type_and_leaves_NULL_out) {
  Shop shop({text("name"), typed("price", AttributeType::N), typed("open", AttributeType::BOOL),
             typed("photo", AttributeType::B), typed("nothing", AttributeType::Null), text("absent")});
  EXPECT_EQ(shop.make({"u1", "a \"q\"\n", "1.50", "1", std::string_view("\0\xff\x10", 3), std::nullopt, std::nullopt}),
            R"({"id":{"S":"u1"},"name":{"S":"a \"q\"\u000a"},"price":{"N":"1.5"},"open":{"BOOL":true},)"
            R"("photo":{"B":"AP8Q"},"nothing":{"NULL":true}})");
  EXPECT_EQ(shop.item.size, 2 + 2 + 4 + 6 + 5 + 3 + 4 + 1 + 5 + 3 + 7 + 1u);
  ASSERT_EQ(shop.item.parts.size(), 6u);
  EXPECT_EQ(shop.item.json.substr(shop.item.parts[2].begin, shop.item.parts[2].end - shop.item.parts[2].begin),
            R"({"N":"1.5"})");
}

TEST(Item, prints_marked_floats) {
  Shop shop({{.name = "f", .type = AttributeType::N, .has_floats = true}, {.name = "s", .has_floats = true}});
  EXPECT_EQ(shop.make({"1",
                       "\x01"
                       "0.10000000149011612\x02",
                       "a\x01"
                       "0.5\x02-\x01"
                       "1e10\x02!"}),
            R"({"id":{"S":"1"},"f":{"N":"0.1"},"s":{"S":"a0.5-10000000000!"}})");
}

TEST(Item, tells_bytes_of_a_text_from_the_marks_of_a_float) {
  Shop shop({{.name = "s", .has_floats = true}, {.name = "t"}});
  EXPECT_EQ(shop.make({"1",
                       "a\x01\x01"
                       "12\x02\x01\x01\x01"
                       "0.5\x02",
                       "\x01"
                       "12\x02"}),
            R"({"id":{"S":"1"},"s":{"S":"a\u000112\u0002\u00010.5"},"t":{"S":"\u000112\u0002"}})");
}

TEST(Item, parses_maps_and_lists_exactly) {
  Shop shop({typed("m", AttributeType::M), typed("l", AttributeType::L)});
  EXPECT_EQ(shop.make({"1", R"({"a":1.10,"b":[true,null,"x\ud83d\ude00"],"c":12345678901234567890123456789012345678})",
                       R"([1e2,{},[]])"}),
            R"({"id":{"S":"1"},"m":{"M":{"a":{"N":"1.1"},"b":{"L":[{"BOOL":true},{"NULL":true},{"S":"x😀"}]},)"
            R"("c":{"N":"12345678901234567890123456789012345678"}}},"l":{"L":[{"N":"100"},{"M":{}},{"L":[]}]}})");
  EXPECT_EQ(shop.make({"1", "null", " null "}), R"({"id":{"S":"1"}})");
}

TEST(Item, of_two_equal_names_the_last_wins_wherever_it_stands) {
  Shop shop({typed("m", AttributeType::M)});
  auto map = [&](std::string_view json) {
    std::string out = shop.make({"1", json});
    return out.substr(20, out.size() - 21);
  };
  EXPECT_EQ(map(R"({"a":1,"a":2})"), R"({"M":{"a":{"N":"2"}}})");
  EXPECT_EQ(map(R"({"a":1,"b":3,"a":2})"), R"({"M":{"b":{"N":"3"},"a":{"N":"2"}}})");
  EXPECT_EQ(map(R"({"a":1,"b":3,"c":4,"b":2,"a":9,"c":7})"), R"({"M":{"b":{"N":"2"},"a":{"N":"9"},"c":{"N":"7"}}})");
  shop.make({"1", R"({"a":"12345","b":3,"a":"1"})"});
  const uint64_t twice = shop.item.size;
  shop.make({"1", R"({"b":3,"a":"1"})"});
  EXPECT_EQ(twice, shop.item.size);
}

TEST(Item, folds_sets_and_leaves_empty_ones_out) {
  Shop shop({typed("ss", AttributeType::SS), typed("ns", AttributeType::NS), typed("bs", AttributeType::BS)});
  EXPECT_EQ(shop.make({"1", R"(["b","a","b"])", R"([1,"1.0",2])", R"(["ü","\u00fc"])"}),
            R"({"id":{"S":"1"},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"bs":{"BS":["w7w="]}})");
  EXPECT_EQ(shop.make({"1", "[]", "[]", "[]"}), R"({"id":{"S":"1"}})");
  EXPECT_EQ(shop.make({"1", "[1]", R"(["x"])", "[1]"}),
            "ss conversion: a member of the array cannot stand in a set of type SS [[1]]\n"
            "ns conversion: a member of the array cannot stand in a set of type NS [[\"x\"]]\n"
            "bs conversion: a member of the array cannot stand in a set of type BS [[1]]\n");
}

TEST(Item, what_is_no_collection_is_a_dead_letter) {
  Shop shop({typed("m", AttributeType::M)});
  for (const char* bad :
       {"", "{", "[1]", "{\"a\":01}", "{\"a\":1}x", "{\"a\":tru}", "{\"a\" 1}", "{\"a\":\"\\ud800\"}"}) {
    EXPECT_EQ(shop.make({"1", bad}).substr(0, 13), "m conversion:") << bad;
  }
  EXPECT_EQ(shop.make({"1", "{\"a\":" + std::string(39, '9') + "}"}).substr(0, 15), "m number_range:");
}

TEST(Item, takes_32_levels_with_what_the_innermost_holds) {
  Shop shop({typed("l", AttributeType::L)});
  auto nested = [](size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  std::string fits = nested(31), deep = nested(32), abyss = nested(100000);
  EXPECT_EQ(shop.make({"1", fits}).substr(0, 8), R"({"id":{")");
  EXPECT_EQ(shop.make({"1", deep}).substr(0, 19), "l nesting_too_deep:");
  EXPECT_EQ(shop.make({"1", abyss}).substr(0, 19), "l nesting_too_deep:");
}

TEST(Item, index_keys_have_the_lengths_of_their_parts) {
  Shop shop({{.name = "of_index", .key = true}, {.name = "sorts_index", .key = true, .sort_key = true}});
  const std::string long_pk(2049, 'p'), long_sk(1025, 's');
  EXPECT_EQ(shop.make({"1", long_pk, "x"}).substr(0, 70),
            "of_index key_too_long: the key has 2049 bytes, DynamoDB takes 2048 [pp");
  EXPECT_EQ(shop.make({"1", "x", long_sk}).substr(0, 73),
            "sorts_index key_too_long: the key has 1025 bytes, DynamoDB takes 1024 [ss");
  shop.make({"1", long_pk.substr(1), long_sk.substr(1)});
  EXPECT_EQ(shop.dead.size(), 0u);
}

TEST(Item, checks_keys) {
  Shop shop({{.name = "at", .key = true}, {.name = "email", .key = true}}, AttributeType::S, "at");
  std::string long_pk(2049, 'p'), long_sk(1025, 's');
  EXPECT_EQ(shop.make({"", "x", std::nullopt}), "id key_empty: a key attribute may not be empty\n");
  EXPECT_EQ(shop.make({std::nullopt, "x", "e"}), "id key_empty: a key attribute may not be NULL\n");
  EXPECT_EQ(shop.make({"1", "x", ""}), "email key_empty: a key attribute of an index may not be empty\n");
  EXPECT_EQ(shop.make({"1", "x", std::nullopt}), R"({"id":{"S":"1"},"at":{"S":"x"}})");
  EXPECT_EQ(shop.make({long_pk, long_sk, "e"}).substr(0, 74),
            "id key_too_long: the key has 2049 bytes, DynamoDB takes 2048 [" + std::string(12, 'p'));
  EXPECT_EQ(shop.dead.size(), 2u);
  EXPECT_EQ(shop.dead[1].source_key, (NamedTexts{{"id", "7"}}));
}

TEST(Item, keys_that_DynamoDB_calls_equal_are_equal) {
  Shop shop({}, AttributeType::N);
  shop.make({"1.0"});
  const std::string one = shop.item.key;
  shop.make({"1"});
  EXPECT_EQ(shop.item.key, one);
  EXPECT_EQ(canonical_key(AttributeType::N, "01.00", nullptr, ""), one);
  EXPECT_EQ(*item_key(R"({"x":{"S":"y"},"id":{"N":"1"}})", "id", ""), one);
  shop.make({"2"});
  EXPECT_NE(shop.item.key, one);
}

// A key text with a byte 01, of a column without FLOATs, was taken for a mark: rows that shared it were not found.
TEST(Item, the_key_of_what_a_view_gives_is_that_of_the_item) {
  for (const bool floats : {false, true}) {
    Shop shop({});
    shop.views.entities[0].columns[0].has_floats = floats;
    const std::string id = floats ? "a\x01"
                                    "0.5\x02"
                                  : "a\x01"
                                    "b";
    shop.make({id});
    EXPECT_EQ(canonical_key(shop.views, shop.views.entities[0], id, ""), shop.item.key);
    EXPECT_NE(shop.item.key, "");
  }
}

TEST(Item, says_what_the_view_found) {
  Shop shop({text("day"), typed("n", AttributeType::N)});
  EXPECT_EQ(
      shop.make({"1", std::nullopt, "x"}, R"([{"attribute":"day","code":"zero_date"}])"),
      "day zero_date: a zero or partial date is no point in time; `zero_dates` of the table says what else to do\n"
      "n conversion: the text is no number [x]\n");
}

// A LONGTEXT may hold 4 GB, of which no copy is made.
TEST(Item, a_huge_text_is_told_by_its_length) {
  Shop shop({typed("list", AttributeType::L)});
  EXPECT_EQ(shop.make({"1", "[1," + std::string(max_text_size, ' ') + "2]"}),
            "list item_too_large: its text has 16777221 bytes, DynamoDB takes items of 409600\n");
}

TEST(Item, holds_409600_bytes_and_not_one_more) {
  Shop shop({text("t")});
  std::string big(409600 - 4, 'x');
  EXPECT_EQ(shop.make({"1", big}).size(), big.size() + 29);
  big += 'x';
  EXPECT_EQ(shop.make({"1", big}), " item_too_large: the item has 409601 bytes, DynamoDB takes 409600\n");
}

TEST(Item, what_no_item_can_hold_is_not_even_built) {
  Shop shop({text("t"), typed("d", AttributeType::L), text("last")});
  const std::string huge(50'000'000, 'x');
  EXPECT_EQ(shop.make({"1", huge, "[1]", huge}),
            " item_too_large: the item has some 100000006 bytes, DynamoDB takes 409600\n");
  EXPECT_LT(shop.item.json.capacity(), 1'000'000u);
}

TEST(Item, a_key_of_megabytes_is_too_long_a_key) {
  Shop shop({text("t")});
  EXPECT_THAT(shop.make({std::string(1'000'000, 'k'), "a"}), testing::StartsWith("id key_too_long: "));
}

TEST(Item, text_that_is_not_UTF8_is_a_dead_letter) {
  Shop shop({text("t")});
  EXPECT_EQ(shop.make({"1", "a\xff"}), "t conversion: the text is not valid UTF-8; type B would hold it\n");
}

TEST(Digest, knows_no_order_and_no_spelling) {
  auto digest = [](std::string_view json) { return item_digest(json)->hex(); };
  const std::string one = digest(R"({"a":{"N":"1.0"},"b":{"SS":["x","y"]},"c":{"M":{"p":{"S":""},"q":{"B":"AQ=="}}}})");
  EXPECT_EQ(digest(R"({"c":{"M":{"q":{"B":"AQ=="},"p":{"S":""}}},"b":{"SS":["y","x"]},"a":{"N":"1"}})"), one);
  EXPECT_NE(digest(R"({"c":{"M":{"q":{"B":"AQ=="}}},"b":{"SS":["y","x"]},"a":{"N":"1"}})"), one);
  EXPECT_NE(digest(R"({"a":{"S":"1"}})"), digest(R"({"a":{"N":"1"}})"));
  EXPECT_NE(digest(R"({"a":{"L":[{"S":"1"},{"S":"2"}]}})"), digest(R"({"a":{"L":[{"S":"2"},{"S":"1"}]}})"));
  // Python: hashlib.blake2b(b"M" + (1).to_bytes(4,"big") + (1).to_bytes(4,"big") + b"a" + b"S" +
  //         (1).to_bytes(4,"big") + b"x", digest_size=16).hexdigest()
  EXPECT_EQ(digest(R"({"a":{"S":"x"}})"), "0e5f01c5da05ef569f8be07da8c9ab28");
  const std::vector<std::string> only = {"a"};
  EXPECT_EQ(item_digest(R"({"a":{"S":"x"},"z":{"S":"theirs"}})", &only)->hex(), digest(R"({"a":{"S":"x"}})"));
  bool others = false;
  EXPECT_TRUE(item_digest(R"({"a":{"S":"x"},"z":{"S":"theirs"}})", &only, &others).ok() && others);
  EXPECT_TRUE(item_digest(R"({"a":{"S":"x"}})", &only, &others).ok() && !others);
  EXPECT_FALSE(item_digest("[]").ok());
  EXPECT_FALSE(item_digest(R"({"a":"x"})").ok());
}

}  // namespace
}  // namespace migrate
