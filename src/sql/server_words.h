// The server's words in errors, without the values that they quote: errors go to the log, the report, the cache and the
// screen, and a value may be a key, or what `mask` hides.
#pragma once

#include <string>
#include <string_view>

namespace migrate {

// The text of error `code`. What it quotes is kept where it is a name (of a table, a column, an account), or else left
// out: "Duplicate entry '…' for key 'email'".
std::string words_without_values(unsigned code, std::string_view words);
// A statement without its texts and numbers: "SELECT … WHERE id > … AND name = '…'".
std::string statement_without_values(std::string_view sql);

}  // namespace migrate
