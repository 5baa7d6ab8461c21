// JSON with places: what is read, and what each fault says.
#include "base/json.h"

#include <gtest/gtest.h>

#include <random>

#include "base/json_locate.h"
#include "base/text.h"

namespace migrate {
namespace {

std::string errors_of(std::string_view text) {
  Diagnostics diagnostics;
  JsonInput input{text, "f.json"};
  auto document = parse_json(input, diagnostics);
  EXPECT_TRUE(document || diagnostics.has_errors());
  return describe(diagnostics);
}

// The tree printed again, strings in angle brackets, each value with its offset.
std::string show(JsonValue v) {
  std::string out = std::to_string(v.offset()) + ":";
  if (v.is(JsonKind::string)) return out + "<" + std::string(v.text()) + ">";
  if (v.is(JsonKind::array)) {
    out += "[";
    for (JsonValue item : v.items()) out += show(item) + " ";
    return out + "]";
  }
  if (v.is(JsonKind::object)) {
    out += "{";
    for (JsonMember m : v.members()) out += std::string(m.key()) + "=" + show(m.value) + " ";
    return out + "}";
  }
  return out + std::string(v.text());
}

std::string tree(std::string_view text) {
  Diagnostics diagnostics;
  JsonInput input{text, "f.json"};
  auto document = parse_json(input, diagnostics);
  return document ? show(document->root()) : describe(diagnostics);
}

TEST(Json, KeepsOffsetsAndExactNumbers) {
  EXPECT_EQ(tree(R"({"a": [1, -0.10, 1e400, 123456789012345678901234567890], "b": true, "c": null})"),
            "0:{a=6:[7:1 10:-0.10 17:1e400 24:123456789012345678901234567890 ] b=62:true c=73:null }");
  EXPECT_EQ(tree("[]"), "0:[]");
  EXPECT_EQ(tree("  [[], {}, [[]] ] \n"), "2:[3:[] 7:{} 11:[12:[] ] ]");
}

TEST(Json, UnescapesStrings) {
  EXPECT_EQ(tree(R"(["a\"b", "\u00e9\ud83d\ude00", "é", ""])"), "0:[1:<a\"b> 9:<é😀> 31:<é> 37:<> ]");
  EXPECT_EQ(tree(R"({"k\n": "v"})"), "0:{k\n=8:<v> }");
}

TEST(Json, FindsMembers) {
  Diagnostics diagnostics;
  JsonInput input{R"({"a": 1, "b": {"c": [2, 3]}})", "f.json"};
  auto document = parse_json(input, diagnostics);
  ASSERT_TRUE(document);
  auto c = document->root().find("b")->find("c");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->size(), 2U);
  EXPECT_FALSE(document->root().find("x"));
  EXPECT_FALSE(c->find("x"));
}

TEST(Json, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(errors_of("{\n  \"a\": 1,\n  \"a\": 2\n}"),
            "f.json:3:3: error: the key 'a' is given twice, first in line 2\n"
            "      \"a\": 2\n"
            "      ^\n"
            "  hint: keep one of the two\n");
  EXPECT_EQ(errors_of("[\"é\", // why\n1]"),
            "f.json:1:7: error: JSON has no comments\n"
            "    [\"é\", // why\n"
            "          ^\n"
            "  hint: take the comment out, or say it in an attribute's \"justification\"\n");
  EXPECT_EQ(errors_of("{\"a\": [1, 2,]}"),
            "f.json:1:12: error: a comma before ']'\n"
            "    {\"a\": [1, 2,]}\n"
            "               ^\n"
            "  hint: JSON has no trailing commas: take it out\n");
  EXPECT_EQ(errors_of("[{\"a\": 1,\n \"b\": ["),
            "f.json:2:8: error: the file ends before the '[' of line 2 is closed\n"
            "     \"b\": [\n"
            "           ^\n"
            "  hint: the file may be cut off; ']' is missing\n");
  EXPECT_EQ(errors_of("[{\"a\": \"tex"),
            "f.json:1:8: error: a string that is never closed\n"
            "    [{\"a\": \"tex\n"
            "           ^\n"
            "  hint: the closing '\"' is missing\n");
}

// The first line of the description is enough to tell these apart.
std::string headline(std::string_view text) {
  std::string all = errors_of(text);
  return all.substr(0, all.find('\n'));
}

TEST(Json, NamesEachFault) {
  EXPECT_EQ(headline(""), "f.json:1:1: error: the file is empty: JSON is expected");
  EXPECT_EQ(headline("\xEF\xBB\xBF[]"),
            "f.json:1:1: error: the file starts with a byte order mark, which JSON does not allow");
  EXPECT_EQ(headline("\xFF\xFE[\0]"), "f.json:1:1: error: the file is UTF-16, by its first two bytes");
  EXPECT_EQ(headline("[\"ab\xC3\"]"), "f.json:1:5: error: byte 0xc3 is not UTF-8");
  EXPECT_EQ(headline("7"), "f.json:1:1: error: the JSON is a single value: an object or a list is expected");
  EXPECT_EQ(headline("[1] [2]"), "f.json:1:5: error: nothing is expected after the end of the JSON, but here is '['");
  EXPECT_EQ(headline("[1 2]"), "f.json:1:4: error: ',' or ']' is expected, but here is '2'");
  EXPECT_EQ(headline("{a: 1}"), "f.json:1:2: error: a key in double quotes is expected, but here is 'a'");
  EXPECT_EQ(headline("{\"a\" 1}"), "f.json:1:6: error: ':' is expected after the key, but here is '1'");
  EXPECT_EQ(headline("{\"a\": True}"), "f.json:1:7: error: 'True' is not JSON");
  EXPECT_EQ(headline("[01]"), "f.json:1:2: error: '01' is not a JSON number");
  EXPECT_EQ(headline("['a']"), "f.json:1:2: error: a value in single quotes");
  EXPECT_EQ(headline("[\"a\\x\"]"), "f.json:1:4: error: an escape that JSON does not know: \\x");
  EXPECT_EQ(headline("[\"\\ud800\"]"), "f.json:1:3: error: half of a surrogate pair in a string");
  EXPECT_EQ(headline("[\"a\tb\"]"), "f.json:1:4: error: a control character in a string");
  EXPECT_EQ(headline("[\"a\nb\"]"), "f.json:1:2: error: a string that is not closed on its line");
}

TEST(Json, RefusesDeepNestingAndHugeInput) {
  std::string deep(10'000, '[');
  deep += std::string(10'000, ']');
  EXPECT_EQ(headline(deep), "f.json:1:101: error: values are nested more than 100 deep here");
  EXPECT_EQ(headline(std::string(1'000'000, '[')), "f.json:1:101: error: values are nested more than 100 deep here");
  Diagnostics diagnostics;
  std::string text = "[1,2,3]";
  EXPECT_FALSE(parse_json({text, "f.json", ErrorKind::contract_syntax, 5}, diagnostics));
  EXPECT_EQ(describe(diagnostics),
            "f.json: error: the JSON has 7 bytes; at most 5 are read\n  hint: split it into several files\n");
}

TEST(Json, CutsTheExcerptOfALongLine) {
  std::string text = "[" + std::string(1000, ' ') + "x" + std::string(1000, ' ') + "]";
  std::string all = errors_of(text);
  EXPECT_EQ(all.substr(0, all.find('\n')), "f.json:1:1002: error: 'x' is not JSON");
  size_t excerpt = all.find('\n') + 1;
  size_t caret_line = all.find('\n', excerpt) + 1;
  EXPECT_EQ(utf8_length(all.substr(excerpt, all.find('x', excerpt) - excerpt)), all.find('^') - caret_line);
  EXPECT_LT(all.size(), 700U);
}

// simdjson decides; the locator must find a fault in exactly what it refuses.
TEST(Json, LocatorAgreesWithTheParser) {
  const unsigned seed = 20240611;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "[]{}\",:\\ \n\t0123456789-+.eEtrufalsn/#'\x01";
  const std::vector<std::string> corpus = {
      R"({"a": [1, -2.5e3, true, false, null], "b": {"c": "x\u00e9\ud83d\ude00\n"}})", R"([[], {}, [{}], "", 0])",
      R"([{"table": "T", "attributes": {"id": {"type": "S"}}}])"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text = corpus[random() % corpus.size()];
    for (unsigned edits = random() % 3; edits > 0; --edits) {
      size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1);
          break;
        default:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    Diagnostics diagnostics;
    JsonInput input{text, "f.json"};
    bool refused = !parse_json(input, diagnostics);
    JsonFault fault = locate_json_fault(text);
    bool single = diagnostics.has_errors() && diagnostics.list[0].message.starts_with("the JSON is a single");
    ASSERT_EQ(refused && !single, !fault.message.empty()) << text << "\n" << describe(diagnostics) << fault.message;
  }
}

}  // namespace
}  // namespace migrate
