// HTTP requests, many in flight: the edge to the network. One real client over libcurl's multi interface, fakes in
// tests.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace migrate {

struct HttpRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  double timeout_seconds = 30;
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // decoded, if it came as gzip
  uint32_t crc32 = 0;                                        // of the body as it came, before gzip was undone
  double seconds = 0;
  std::string_view header(std::string_view lower_case_name) const;
};

// What became of a request. `sent` false: nothing reached the server, so nothing can have happened there. A request is
// never sent twice behind the caller's back, as libcurl does when a kept connection turns out to be dead.
struct HttpOutcome {
  bool ok = false;  // a complete answer came
  bool sent = true;
  bool timed_out = false;
  HttpResponse response;
  std::string problem;  // when not ok: libcurl's words, without credentials
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Starts the request; `done` runs on the thread that calls poll().
  virtual void start(HttpRequest request, std::function<void(HttpOutcome)> done) = 0;
  // Waits up to `seconds` for something to happen and runs the callbacks that are due. Returns how many are in flight.
  virtual size_t poll(double seconds) = 0;
  // Wakes a poll() from another thread.
  virtual void wake() = 0;
};

// Not thread-safe but for wake(): one client for each thread. HTTP/1.1 keep-alive, at most `connections` per host;
// what is started beyond that waits inside, and its time-out starts when it is sent. Certificates are verified with the
// system's authorities, or with those in the file `ca_bundle`. Redirects are not followed.
std::unique_ptr<HttpClient> make_http_client(size_t connections, const std::string& ca_bundle = {});

// One request and its answer, waiting; no answer once `stop` is set.
HttpOutcome fetch(HttpClient& client, HttpRequest request, const std::atomic<bool>* stop = nullptr);

// "http://host:8000/a?b=c" in its parts; no user name, no fragment. nullopt when it is not http(s) or has no host.
struct Url {
  std::string scheme;     // "http", "https"
  std::string authority;  // "host:8000", without the scheme's own port
  std::string path;       // "/a"; "/" when there is none
  std::string query;      // "b=c", without '?'
};
std::optional<Url> parse_url(std::string_view url);
// %-encoding of all but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace migrate
