// Values out of the server's words: words_without_values(), statement_without_values().
#include "sql/server_words.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace migrate {
namespace {

// The errors whose quotes hold names only, of those that a reader of tables and a maker of views meets ("MySQL 8.0
// Error Message Reference"; MariaDB's share/errmsg-utf8.txt). All others are taken to quote a value.
constexpr std::array QUOTES_NAMES = {1008U, 1044U, 1045U, 1046U, 1049U, 1050U, 1051U, 1052U, 1054U, 1060U, 1066U, 1072U,
                                     1091U, 1104U, 1109U, 1115U, 1128U, 1130U, 1142U, 1143U, 1146U, 1176U, 1191U, 1193U,
                                     1194U, 1195U, 1206U, 1226U, 1227U, 1231U, 1238U, 1264U, 1265U, 1267U, 1270U, 1271U,
                                     1273U, 1286U, 1290U, 1298U, 1305U, 1317U, 1345U, 1347U, 1348U, 1351U, 1356U, 1370U,
                                     1406U, 1412U, 1418U, 1419U, 1449U, 1463U, 1471U, 1615U, 1698U, 3118U, 3140U};
static_assert(std::is_sorted(QUOTES_NAMES.begin(), QUOTES_NAMES.end()));

// What the server itself puts after the value.
constexpr std::array<std::string_view, 3> TAILS = {"' for key '", "' for column ", "' for function "};

}  // namespace

// A value may hold quotes of its own, which the server does not double: so all from the first quote to the last goes,
// or to the last place where the server speaks again.
std::string words_without_values(unsigned code, std::string_view words) {
  constexpr unsigned RAISED_BY_SIGNAL = 1644;
  if (code == RAISED_BY_SIGNAL) return "raised by SIGNAL in the server's own code, whose text is left out";
  if (std::binary_search(QUOTES_NAMES.begin(), QUOTES_NAMES.end(), code)) return std::string(words);
  const size_t first = words.find('\'');
  if (first == words.npos) return std::string(words);
  size_t last = words.rfind('\'');
  size_t tail_at = words.npos;
  for (const std::string_view tail : TAILS) {
    const size_t at = words.rfind(tail);
    if (at != words.npos && at > first && (tail_at == words.npos || at > tail_at)) tail_at = at;
  }
  if (tail_at != words.npos) last = tail_at;
  return std::string(words.substr(0, first)) + "'…'" + std::string(words.substr(last + 1));
}

std::string statement_without_values(std::string_view sql) {
  std::string out;
  const auto digit = [&](size_t i) { return i < sql.size() && std::isdigit(static_cast<unsigned char>(sql[i])); };
  for (size_t i = 0; i < sql.size();) {
    if (sql[i] == '\'') {
      do { i = std::min(sql.find('\'', i + 1), sql.size() - 1) + 1; } while (i < sql.size() && sql[i] == '\'');
      out += "'…'";
      continue;
    }
    // Digits inside a name are part of it.
    const char before = i == 0 ? ' ' : sql[i - 1];
    const bool begins =
        !std::isalnum(static_cast<unsigned char>(before)) && std::string_view("_$`@\"").find(before) == sql.npos;
    if (digit(i) && begins) {
      while (i < sql.size() && std::string_view("0123456789.eE").find(sql[i]) != sql.npos) ++i;
      out += "…";
      continue;
    }
    out += sql[i++];
  }
  return out;
}

}  // namespace migrate
