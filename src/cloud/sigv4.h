// AWS Signature Version 4 with OpenSSL (libcurl 7.88's own is wrong for query strings and for S3). "Signature Version 4
// signing process", AWS General Reference.
#pragma once

#include <string>
#include <string_view>

#include "cloud/credentials.h"
#include "cloud/http.h"

namespace migrate {

std::string sha256_hex(std::string_view bytes);
std::string sha1_hex(std::string_view bytes);  // of names, for the SSO cache's files

// What is hashed and signed; shown by tests. All headers of the request are signed, and `host`. The path is encoded
// once more than it stands in the URL, but for S3, which takes it as it is.
struct CanonicalRequest {
  std::string text;
  std::string signed_headers;  // "host;x-amz-date"
};
CanonicalRequest canonical_request(const HttpRequest& request, std::string_view payload_hash, bool s3 = false);

// Signs for one service in one region. Keeps the key that it derives for each day. Not thread-safe.
class Signer {
 public:
  Signer(std::string service, std::string region);
  // Adds x-amz-date, x-amz-security-token and, for S3, x-amz-content-sha256 when they are needed, and authorization.
  // `now` is in seconds since 1970.
  void sign(HttpRequest& request, const Credentials& credentials, double now);

 private:
  void derive_key(const Credentials& credentials, const std::string& day);
  std::string service_;
  std::string region_;
  std::string day_, access_key_id_;  // that key_ is for
  Secret key_;
};

}  // namespace migrate
