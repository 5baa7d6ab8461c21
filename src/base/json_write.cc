// Writing JSON: see json_write.h.
#include "base/json_write.h"

#include <charconv>
#include <cmath>

#include "base/text.h"

namespace migrate {
namespace {

bool plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

void append_escaped(std::string& out, std::string_view text) {
  static const char digits[] = "0123456789abcdef";
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (plain(c) || c >= 0x80) continue;
    out.append(text, start, i - start);
    start = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += digits[c >> 4];
        out += digits[c & 15];
    }
  }
  out.append(text, start, text.size() - start);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t bad = first_invalid_utf8(text);
  while (bad != std::string_view::npos) {
    append_escaped(out, text.substr(0, bad));
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
    bad = first_invalid_utf8(text);
  }
  append_escaped(out, text);
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void JsonObject::key(std::string_view k) {
  if (body_.size() > 1) body_ += ',';
  append_json_string(body_, k);
  body_ += ':';
}

JsonObject& JsonObject::add(std::string_view k, std::string_view text) {
  key(k);
  append_json_string(body_, text);
  return *this;
}

JsonObject& JsonObject::add(std::string_view k, long long number) { return raw(k, std::to_string(number)); }
JsonObject& JsonObject::add(std::string_view k, unsigned long long number) { return raw(k, std::to_string(number)); }

JsonObject& JsonObject::add(std::string_view k, double number) {
  if (!std::isfinite(number)) return raw(k, "null");
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  return raw(k, std::string_view(buffer, static_cast<size_t>(end - buffer)));
}

JsonObject& JsonObject::add(std::string_view k, bool value) { return raw(k, value ? "true" : "false"); }

JsonObject& JsonObject::raw(std::string_view k, std::string_view json) {
  key(k);
  body_ += json;
  return *this;
}

}  // namespace migrate
