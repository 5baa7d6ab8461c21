// fault_proxy.h: FaultProxy and the faults.
#include "support/fault_proxy.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <optional>
#include <stdexcept>

namespace migrate::test {
namespace {

// An HTTP/1.1 message, whichever way it goes.
struct Message {
  std::string start;                                         // the first line
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return "";
  }
};

// Reads messages from a connection, one after the other.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}

  // nullopt: the connection ended before a whole message was there.
  std::optional<Message> next() {
    Message message;
    if (!line(message.start)) return std::nullopt;
    std::string text;
    for (;;) {
      if (!line(text)) return std::nullopt;
      if (text.empty()) break;
      const size_t colon = std::min(text.find(':'), text.size() - 1);
      std::string name = text.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      message.headers.emplace_back(name, text.substr(std::min(text.find_first_not_of(' ', colon + 1), text.size())));
    }
    // libcurl asks before it sends a large body, and waits a second when nobody answers.
    if (!message.header("expect").empty() && !send_all(fd_, "HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
    if (message.header("transfer-encoding") == "chunked") {
      for (size_t size = 1; size > 0;) {
        std::string end;
        if (!line(text)) return std::nullopt;
        size = std::stoul(text, nullptr, 16);
        if (!bytes(size, message.body) || !line(end)) return std::nullopt;
      }
    } else if (const std::string length = message.header("content-length"); !length.empty()) {
      if (!bytes(std::stoul(length), message.body)) return std::nullopt;
    }
    return message;
  }

 private:
  bool more() {
    const std::string got = receive_some(fd_);
    buffer_ += got;
    return !got.empty();
  }
  bool line(std::string& out) {
    size_t end;
    while ((end = buffer_.find("\r\n")) == buffer_.npos)
      if (!more()) return false;
    out = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }
  bool bytes(size_t count, std::string& out) {
    while (buffer_.size() < count)
      if (!more()) return false;
    out.append(buffer_, 0, count);
    buffer_.erase(0, count);
    return true;
  }

  int fd_;
  std::string buffer_;
};

bool about_transfer(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection" || name == "expect";
}

void set_header(HttpAnswer& answer, const std::string& name, const std::string& value) {
  std::erase_if(answer.headers, [&](const auto& header) { return header.first == name; });
  answer.headers.emplace_back(name, value);
}

// As DynamoDB does: over the bytes sent, compressed or not.
void set_checksum(HttpAnswer& answer, uLong wrong_by = 0) {
  const auto* bytes = reinterpret_cast<const Bytef*>(answer.body.data());
  set_header(answer, "x-amz-crc32", std::to_string(crc32(0, bytes, static_cast<uInt>(answer.body.size())) ^ wrong_by));
}

void gzip(std::string& body) {
  std::string out(compressBound(body.size()) + 64, '\0');
  z_stream stream{};
  const int gzip_format = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2 failed");
  stream.next_in = reinterpret_cast<Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  body = std::move(out);
}

std::function<void(HttpAnswer&)> error_answer(int status, const std::string& code) {
  return [=](HttpAnswer& answer) {
    answer = {status, {{"content-type", "application/x-amz-json-1.0"}}, ""};
    answer.body = R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + code + R"(","message":"as the test wants it"})";
    set_checksum(answer);
  };
}

std::optional<HttpAnswer> ask(int upstream, const Message& request) {
  std::string text = request.start + "\r\n";
  for (const auto& [name, value] : request.headers)
    if (!about_transfer(name)) text += name + ": " + value + "\r\n";
  text += "content-length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
  if (!send_all(upstream, text)) return std::nullopt;
  const std::optional<Message> got = Reader(upstream).next();
  if (!got || got->start.size() < 12) return std::nullopt;
  HttpAnswer answer{std::stoi(got->start.substr(9, 3)), got->headers, got->body};
  std::erase_if(answer.headers, [](const auto& header) { return about_transfer(header.first); });
  return answer;
}

std::string on_the_wire(const HttpAnswer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " .\r\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
  return text + "content-length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
}

// The host and port of http://HOST:PORT.
std::pair<std::string, int> parse(const std::string& endpoint) {
  const size_t host = std::string("http://").size(), colon = endpoint.rfind(':');
  if (!endpoint.starts_with("http://") || colon == endpoint.npos || colon < host)
    throw std::runtime_error("an endpoint like http://127.0.0.1:8000 is needed, not " + endpoint);
  return {endpoint.substr(host, colon - host), std::stoi(endpoint.substr(colon + 1))};
}

Fault forwarded(std::string name, std::function<void(HttpAnswer&)> change) {
  Fault fault;
  fault.name = std::move(name);
  fault.forward = true;
  fault.change = std::move(change);
  return fault;
}

Fault not_forwarded(std::string name, std::function<void(HttpAnswer&)> change) {
  Fault fault = forwarded(std::move(name), std::move(change));
  fault.forward = false;
  return fault;
}

}  // namespace

Fault answered(int status, std::string body) {
  return not_forwarded("answered", [=](HttpAnswer& answer) {
    answer = {status, {{"content-type", "application/x-amz-json-1.0"}}, body};
    set_checksum(answer);
  });
}

Fault failed(int status, std::string code) { return not_forwarded("failed", error_answer(status, code)); }
Fault throttled() { return not_forwarded("throttled", error_answer(400, "ProvisionedThroughputExceededException")); }
Fault failed_after(int status, std::string code) { return forwarded("failed_after", error_answer(status, code)); }

Fault connection_closed() {
  Fault fault = not_forwarded("connection_closed", nullptr);
  fault.end = Fault::End::none;
  return fault;
}

Fault request_held(double seconds) {
  Fault fault = forwarded("request_held", nullptr);
  fault.before = seconds;
  return fault;
}

Fault answer_lost() {
  Fault fault = forwarded("answer_lost", nullptr);
  fault.end = Fault::End::none;
  return fault;
}

Fault answer_cut() {
  Fault fault = forwarded("answer_cut", nullptr);
  fault.end = Fault::End::half;
  return fault;
}

Fault answer_garbled() {
  return forwarded("answer_garbled", [](HttpAnswer& answer) {
    answer = {200, {{"content-type", "text/html"}}, "<html><body>Please sign in to this network</body></html>"};
  });
}

Fault answer_corrupted() {
  return forwarded("answer_corrupted", [](HttpAnswer& answer) { set_checksum(answer, 1); });
}

Fault answer_held(double seconds) {
  Fault fault = forwarded("answer_held", nullptr);
  fault.after = seconds;
  return fault;
}

Fault answer_gzipped() {
  return forwarded("answer_gzipped", [](HttpAnswer& answer) {
    gzip(answer.body);
    set_header(answer, "content-encoding", "gzip");
    set_checksum(answer);
  });
}

Fault answer_changed(std::function<void(std::string& body)> change) {
  return forwarded("answer_changed", [change = std::move(change)](HttpAnswer& answer) {
    change(answer.body);
    set_checksum(answer);
  });
}

FaultProxy::FaultProxy(const std::string& endpoint)
    : upstream_(parse(endpoint)), server_([this](Socket& client) { serve(client); }) {}

FaultProxy::~FaultProxy() {
  std::lock_guard lock(mutex_);
  ends_ = true;
  ending_.notify_all();
}

void FaultProxy::fail(const std::string& operation, int first, int count, Fault fault) {
  fail_when(
      [=](const SeenRequest& request) {
        return request.operation == operation && request.number >= first && request.number < first + count;
      },
      std::move(fault));
}

void FaultProxy::fail_when(std::function<bool(const SeenRequest&)> when, Fault fault) {
  std::lock_guard lock(mutex_);
  faults_.emplace_back(std::move(when), std::move(fault));
}

void FaultProxy::heal() {
  std::lock_guard lock(mutex_);
  faults_.clear();
}

int FaultProxy::count(const std::string& operation) const {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(operation);
  return found == counts_.end() ? 0 : found->second;
}

std::vector<SeenRequest> FaultProxy::log() const {
  std::lock_guard lock(mutex_);
  return log_;
}

// Numbers and logs a request, and finds its fault; the number is its place in the log.
std::pair<size_t, Fault> FaultProxy::note(SeenRequest request) {
  std::lock_guard lock(mutex_);
  request.number = ++counts_[request.operation];
  Fault fault = forwarded("", nullptr);
  for (const auto& [when, what] : faults_)
    if (when(request)) {
      fault = what;
      break;
    }
  request.fault = fault.name;
  log_.push_back(std::move(request));
  return {log_.size() - 1, std::move(fault)};
}

void FaultProxy::hold(double seconds) {
  std::unique_lock lock(mutex_);
  ending_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return ends_; });
}

void FaultProxy::answered_with(size_t request, int status) {
  std::lock_guard lock(mutex_);
  log_[request].status = status;
}

void FaultProxy::serve(Socket& client) {
  Reader requests(client.fd());
  while (const std::optional<Message> request = requests.next()) {
    SeenRequest seen;
    const std::string target = request->header("x-amz-target");
    seen.operation = target.substr(target.find('.') == target.npos ? 0 : target.find('.') + 1);
    seen.headers.insert(request->headers.begin(), request->headers.end());
    seen.body = request->body;
    const auto [place, fault] = note(std::move(seen));

    if (fault.before > 0) hold(fault.before);
    HttpAnswer answer;
    if (fault.forward) {
      // A connection for each request: one that DynamoDB closed as idle would look like a fault that nobody asked for.
      Socket upstream(server_, LoopbackServer::dial(upstream_.first, upstream_.second));
      std::optional<HttpAnswer> got = ask(upstream.fd(), *request);
      if (!got) return;
      answer = std::move(*got);
    }
    if (fault.change) fault.change(answer);
    if (fault.after > 0) hold(fault.after);
    if (fault.end == Fault::End::none) return;
    std::string text = on_the_wire(answer);
    if (fault.end == Fault::End::half) text.resize(text.size() - (answer.body.size() + 1) / 2);
    answered_with(place, answer.status);
    if (!send_all(client.fd(), text) || fault.end == Fault::End::half) return;
  }
}

}  // namespace migrate::test
