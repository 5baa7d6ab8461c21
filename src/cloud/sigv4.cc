// Signing: Signer::sign(), canonical_request().
#include "cloud/sigv4.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"
#include "cloud/late_crypto.h"

namespace migrate {
namespace {

std::string digest(const EVP_MD* kind, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, kind, nullptr);
  return {reinterpret_cast<char*>(out.data()), size};
}

// Fetched once: an implicit fetch for each request costs more than hashing a small one.
const EVP_MD* sha256() {
  static const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned size = 0;
  HMAC(sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out.data(), &size);
  return {reinterpret_cast<char*>(out.data()), size};
}

// "/a/./b//../c" → "/a/c", as the services see it. S3's keys may hold such names, so its paths stay.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  size_t start = 0;
  while (start <= path.size()) {
    size_t end = std::min(path.find('/', start), path.size());
    std::string_view segment = path.substr(start, end - start);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    start = end + 1;
  }
  std::string out;
  for (std::string_view segment : kept) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

std::string canonical_path(std::string_view path, bool s3) {
  if (path == "/") return "/";
  if (s3) return std::string(path);
  std::string out;
  std::string normal = without_dot_segments(path);
  size_t start = 0;
  while (start < normal.size()) {
    size_t end = std::min(normal.find('/', start + 1), normal.size());
    out += '/';
    out += percent_encode(std::string_view(normal).substr(start + 1, end - start - 1));
    start = end;
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  auto value = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && value(text[i + 1]) >= 0 && value(text[i + 2]) >= 0) {
      out += static_cast<char>(value(text[i + 1]) * 16 + value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& part : split(query, '&')) {
    if (part.empty()) continue;
    size_t equals = std::min(part.find('='), part.size());
    std::string value = equals < part.size() ? part.substr(equals + 1) : std::string();
    pairs.emplace_back(percent_encode(percent_decode(part.substr(0, equals))), percent_encode(percent_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

void append_folded(std::string& out, std::string_view value) {
  bool blank = false;
  for (char c : trim(value)) {
    bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_blank)
      out += c;
    else if (!blank)
      out += ' ';
    blank = is_blank;
  }
}

bool has_header(const HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& h) { return equal_ignoring_case(h.first, name); });
}

}  // namespace

std::string sha256_hex(std::string_view bytes) { return to_hex(digest(sha256(), bytes)); }
std::string sha1_hex(std::string_view bytes) { return to_hex(digest(EVP_sha1(), bytes)); }

CanonicalRequest canonical_request(const HttpRequest& request, std::string_view payload_hash, bool s3) {
  CanonicalRequest out;
  Url url = parse_url(request.url).value_or(Url());
  std::vector<std::pair<std::string, std::string_view>> headers;
  headers.reserve(request.headers.size() + 1);
  for (const auto& [name, value] : request.headers) headers.emplace_back(lower_ascii(name), value);
  if (!has_header(request, "host")) headers.emplace_back("host", url.authority);
  std::stable_sort(headers.begin(), headers.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out.text.reserve(512);
  out.text.append(request.method).append("\n");
  out.text.append(canonical_path(url.path, s3)).append("\n");
  out.text.append(canonical_query(url.query)).append("\n");
  for (size_t i = 0; i < headers.size(); ++i) {
    bool more_of_it = i > 0 && headers[i - 1].first == headers[i].first;
    if (more_of_it) {
      out.text.back() = ',';
    } else {
      out.text.append(headers[i].first).append(":");
      if (!out.signed_headers.empty()) out.signed_headers += ';';
      out.signed_headers += headers[i].first;
    }
    append_folded(out.text, headers[i].second);
    out.text += '\n';
  }
  out.text.append("\n").append(out.signed_headers).append("\n").append(payload_hash);
  return out;
}

Signer::Signer(std::string service, std::string region) : service_(std::move(service)), region_(std::move(region)) {}

void Signer::derive_key(const Credentials& credentials, const std::string& day) {
  if (day == day_ && credentials.access_key_id == access_key_id_ && !key_.empty()) return;
  std::string key = hmac("AWS4" + credentials.secret_access_key.reveal(), day);
  key_ = Secret(hmac(hmac(hmac(key, region_), service_), "aws4_request"));
  day_ = day;
  access_key_id_ = credentials.access_key_id;
}

void Signer::sign(HttpRequest& request, const Credentials& credentials, double now) {
  auto seconds = static_cast<time_t>(now);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char stamp[32];
  strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
  const std::string day(stamp, 8);

  const bool s3 = service_ == "s3";
  std::string payload_hash = sha256_hex(request.body);
  request.headers.emplace_back("x-amz-date", stamp);
  if (s3) request.headers.emplace_back("x-amz-content-sha256", payload_hash);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", credentials.session_token.reveal());
  }
  CanonicalRequest canonical = canonical_request(request, payload_hash, s3);
  const std::string scope = day + "/" + region_ + "/" + service_ + "/aws4_request";
  const std::string to_sign =
      std::string("AWS4-HMAC-SHA256\n") + stamp + "\n" + scope + "\n" + sha256_hex(canonical.text);
  derive_key(credentials, day);
  request.headers.emplace_back("authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + "/" +
                                                    scope + ", SignedHeaders=" + canonical.signed_headers +
                                                    ", Signature=" + to_hex(hmac(key_.reveal(), to_sign)));
}

}  // namespace migrate
