// The real HttpClient, over libcurl's multi interface: make_http_client(), fetch().
#include "cloud/http.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>

#include "base/text.h"
#include "cloud/late_curl.h"

namespace migrate {
namespace {

using Done = std::function<void(HttpOutcome)>;

// DynamoDB answers with 16 MB at most (BatchGetItem); what is far larger is no answer of AWS's.
constexpr size_t max_body = 64ULL << 20;

struct Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  HttpRequest request;
  Done done;
  size_t uploaded = 0;
  bool too_large = false;
  HttpResponse response;
  std::array<char, CURL_ERROR_SIZE> problem{};
  std::string host;
};

size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {  // a new answer, after "100 Continue" or a proxy's
    transfer.response.headers.clear();
  } else if (size_t colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response.headers.emplace_back(lower_ascii(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size * count;
}

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size * count > max_body) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size * count);
  return size * count;
}

size_t on_upload(char* buffer, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  size_t n = std::min(size * count, transfer.request.body.size() - transfer.uploaded);
  memcpy(buffer, transfer.request.body.data() + transfer.uploaded, n);
  transfer.uploaded += n;
  return n;
}

bool gunzip(std::string& body) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return false;  // +32: zlib and gzip headers are both understood
  std::string out;
  std::array<char, 65536> buffer;
  stream.next_in = reinterpret_cast<Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  int code = Z_OK;
  while (code == Z_OK && out.size() <= max_body) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  body = std::move(out);
  return code == Z_STREAM_END;
}

uint32_t crc32_of(const std::string& body) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
}

bool is_link_local_or_loopback(std::string_view host) {
  return host.starts_with("169.254.") || host.starts_with("127.") || host.starts_with("localhost") ||
         host.starts_with("[::1]") || host.starts_with("[fd00:ec2::");
}

class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(size_t connections, std::string ca_bundle)
      : connections_(std::max<size_t>(1, connections)), ca_bundle_(std::move(ca_bundle)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(connections_) + 4);
  }

  ~CurlHttpClient() override {
    for (auto& transfer : transfers_) {
      if (transfer->done) curl_multi_remove_handle(multi_, transfer->easy);
      curl_easy_cleanup(transfer->easy);
      curl_slist_free_all(transfer->headers);
    }
    curl_multi_cleanup(multi_);
  }

  void start(HttpRequest request, Done done) override {
    auto url = parse_url(request.url);
    std::string key = url ? url->authority : std::string();
    Host& host = hosts_[key];
    ++in_flight_;
    if (host.active >= connections_) {
      host.waiting.emplace_back(std::move(request), std::move(done));
    } else {
      ++host.active;
      begin(std::move(request), std::move(done), std::move(key));
    }
  }

  size_t poll(double seconds) override {
    int running = 0;
    curl_multi_perform(multi_, &running);
    if (finish_due() > 0) return in_flight_;
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::clamp(seconds, 0.0, 3600.0) * 1000), nullptr);
    curl_multi_perform(multi_, &running);
    finish_due();
    return in_flight_;
  }

  void wake() override { curl_multi_wakeup(multi_); }

 private:
  struct Host {
    size_t active = 0;
    std::deque<std::pair<HttpRequest, Done>> waiting;
  };

  Transfer* idle_transfer() {
    if (!idle_.empty()) {
      Transfer* transfer = idle_.back();
      idle_.pop_back();
      return transfer;
    }
    auto transfer = std::make_unique<Transfer>();
    CURL* easy = curl_easy_init();
    transfer->easy = easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->problem.data());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer.get());
    if (!ca_bundle_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_bundle_.c_str());
    transfers_.push_back(std::move(transfer));
    return transfers_.back().get();
  }

  // The body goes through a read callback that cannot be rewound: with CURLOPT_POSTFIELDS, libcurl sends a request
  // again, unseen, when a kept connection dies after it was written (Curl_retry_request), and a write would happen
  // twice.
  void begin(HttpRequest request, Done done, std::string host) {
    Transfer& t = *idle_transfer();
    t.request = std::move(request);
    t.done = std::move(done);
    t.host = std::move(host);
    t.uploaded = 0;
    t.too_large = false;
    t.problem[0] = 0;
    for (const auto& [name, value] : t.request.headers) {
      t.headers = curl_slist_append(t.headers, (value.empty() ? name + ";" : name + ": " + value).c_str());
    }
    const std::string& method = t.request.method;
    if (!t.request.body.empty() || method == "POST" || method == "PUT") {
      t.headers = curl_slist_append(t.headers, "Expect:");
      curl_easy_setopt(t.easy, CURLOPT_POST, 1L);
      curl_easy_setopt(t.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(t.request.body.size()));
    } else {
      curl_easy_setopt(t.easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(t.easy, CURLOPT_CUSTOMREQUEST, method == "POST" || method == "GET" ? nullptr : method.c_str());
    long timeout_ms = std::max(1L, static_cast<long>(t.request.timeout_seconds * 1000));
    curl_easy_setopt(t.easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(t.easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout_ms, 10000L));
    curl_easy_setopt(t.easy, CURLOPT_NOPROXY, is_link_local_or_loopback(t.host) ? "*" : nullptr);
    curl_easy_setopt(t.easy, CURLOPT_URL, t.request.url.c_str());
    curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, t.headers);
    curl_multi_add_handle(multi_, t.easy);
  }

  size_t finish_due() {
    std::vector<std::pair<Transfer*, CURLcode>> due;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURLcode code = message->data.result;
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      due.emplace_back(transfer, code);
    }
    for (auto [transfer, code] : due) finish(*transfer, code);
    return due.size();
  }

  void finish(Transfer& t, CURLcode code) {
    curl_multi_remove_handle(multi_, t.easy);
    HttpOutcome outcome = outcome_of(t, code);
    Done done = std::move(t.done);
    t.done = nullptr;
    t.response = HttpResponse();
    curl_slist_free_all(t.headers);
    t.headers = nullptr;
    Host& host = hosts_[t.host];
    std::string key = std::move(t.host);
    idle_.push_back(&t);
    --in_flight_;
    if (host.waiting.empty()) {
      --host.active;
    } else {
      auto [request, next_done] = std::move(host.waiting.front());
      host.waiting.pop_front();
      begin(std::move(request), std::move(next_done), std::move(key));
    }
    done(std::move(outcome));
  }

  static HttpOutcome outcome_of(Transfer& t, CURLcode code) {
    HttpOutcome outcome;
    outcome.response = std::move(t.response);
    HttpResponse& response = outcome.response;
    long status = 0;
    long sent_bytes = 0;
    curl_off_t microseconds = 0;
    curl_easy_getinfo(t.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t.easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
    curl_easy_getinfo(t.easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    response.status = static_cast<int>(status);
    response.seconds = static_cast<double>(microseconds) / 1e6;
    outcome.sent = sent_bytes > 0;
    outcome.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    outcome.ok = code == CURLE_OK;
    if (!outcome.ok) {
      outcome.problem = t.too_large    ? "the answer is larger than " + human_bytes(max_body)
                        : t.problem[0] ? std::string(t.problem.data())
                                       : curl_easy_strerror(code);
      long os_error = 0;
      curl_easy_getinfo(t.easy, CURLINFO_OS_ERRNO, &os_error);
      if (code == CURLE_COULDNT_CONNECT && os_error != 0) {  // libcurl's own words leave the reason out
        outcome.problem =
            "cannot connect to " + t.host + ": " + std::generic_category().message(static_cast<int>(os_error));
      }
      if (code == CURLE_SEND_FAIL_REWIND) outcome.problem = "the server closed the connection before it answered";
      return outcome;
    }
    response.crc32 = crc32_of(response.body);
    std::string_view encoding = response.header("content-encoding");
    if ((equal_ignoring_case(encoding, "gzip") || equal_ignoring_case(encoding, "deflate")) && !gunzip(response.body)) {
      outcome.ok = false;
      outcome.problem = "the answer's gzip data is damaged";
    }
    return outcome;
  }

  size_t connections_;
  std::string ca_bundle_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::vector<Transfer*> idle_;
  std::map<std::string, Host> hosts_;
  size_t in_flight_ = 0;
};

}  // namespace

std::string_view HttpResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

std::unique_ptr<HttpClient> make_http_client(size_t connections, const std::string& ca_bundle) {
  return std::make_unique<CurlHttpClient>(connections, ca_bundle);
}

HttpOutcome fetch(HttpClient& client, HttpRequest request, const std::atomic<bool>* stop) {
  // Shared: an answer that comes after all finds its place.
  auto answer = std::make_shared<std::optional<HttpOutcome>>();
  client.start(std::move(request), [answer](HttpOutcome outcome) { *answer = std::move(outcome); });
  while (!*answer) {
    if (stop != nullptr && *stop) {
      HttpOutcome none;
      none.problem = "interrupted";
      return none;
    }
    client.poll(0.25);
  }
  return std::move(**answer);
}

}  // namespace migrate
