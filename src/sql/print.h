// Trees as SQL text. The text means the same under every sql_mode (NO_BACKSLASH_ESCAPES and ANSI_QUOTES, too) and every
// character set of the session: names stand in backticks, and a text that holds more than plain ASCII is written in
// hex.
#pragma once

#include <string>
#include <string_view>

#include "contract/schema.h"
#include "sql/tree.h"

namespace migrate {

std::string quote_name(std::string_view name);      // `a``b`
std::string text_literal(std::string_view text);    // _utf8mb4'it''s', _utf8mb4 X'C3BC'
std::string bytes_literal(std::string_view bytes);  // X'00FF'

std::string print(const Expr& expr, Flavor flavor);
// Views leave the choice of indexes to the server: one that names an index breaks when the index goes. A read of today
// names them, as the statistics of a table that was just filled say that it is empty, and InnoDB then reads the whole
// of it for each row.
enum class Indexes { chosen_by_server, forced };
// Several lines, each after the first indented by `indent` spaces; no line end at the end.
std::string print(const SelectTree& select, Flavor flavor, int indent = 0, Indexes = Indexes::chosen_by_server);

}  // namespace migrate
