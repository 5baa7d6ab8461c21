// Base64 (RFC 4648), as DynamoDB's wire format carries bytes.
#pragma once

#include <string>
#include <string_view>

namespace migrate {

void append_base64(std::string& out, std::string_view bytes);
// False when `text` is no padded base64; `out` then holds what was decoded so far. Blanks and line breaks, which
// TO_BASE64() of MySQL and MariaDB puts in, are passed over.
bool base64_decode(std::string_view text, std::string& out);

}  // namespace migrate
