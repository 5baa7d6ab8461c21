// URLs in their parts: parse_url(), percent_encode().
#include "base/text.h"
#include "cloud/http.h"

namespace migrate {

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  url.scheme = lower_ascii(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(scheme_end + 3);
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '#') return std::nullopt;
  }
  size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  url.authority = lower_ascii(text.substr(0, authority_end));
  if (url.authority.empty() || url.authority.find('@') != std::string::npos || url.authority[0] == ':') {
    return std::nullopt;
  }
  const std::string own_port = url.scheme == "http" ? ":80" : ":443";
  if (url.authority.ends_with(own_port)) url.authority.resize(url.authority.size() - own_port.size());
  text.remove_prefix(authority_end);
  size_t query = text.find('?');
  url.path = text.substr(0, query);
  if (url.path.empty()) url.path = "/";
  if (query != std::string_view::npos) url.query = text.substr(query + 1);
  return url;
}

std::string percent_encode(std::string_view text) {
  static const char digits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    auto u = static_cast<unsigned char>(c);
    bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || c == '.' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += digits[u >> 4];
      out += digits[u & 15];
    }
  }
  return out;
}

}  // namespace migrate
