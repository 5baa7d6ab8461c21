// A network and a world made up by the test.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cloud/credentials.h"
#include "cloud/http.h"

namespace migrate::test {

using Variables = std::map<std::string, std::string>;

inline Env env_of(Variables variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

inline HttpOutcome answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpOutcome out;
  out.ok = true;
  out.response.status = status;
  out.response.body = std::move(body);
  out.response.headers = std::move(headers);
  return out;
}

inline HttpOutcome no_answer(bool sent) {
  HttpOutcome out;
  out.sent = sent;
  out.problem = "Connection refused";
  return out;
}

// Answers each request at the next poll(), as `server` says; remembers what was asked.
struct FakeNetwork {
  std::function<HttpOutcome(const HttpRequest&)> server;
  std::vector<HttpRequest> requests;
};

class FakeHttpClient final : public HttpClient {
 public:
  explicit FakeHttpClient(FakeNetwork& network) : network_(network) {}
  void start(HttpRequest request, std::function<void(HttpOutcome)> done) override {
    network_.requests.push_back(request);
    waiting_.emplace_back(std::move(request), std::move(done));
  }
  size_t poll(double) override {
    auto due = std::move(waiting_);
    waiting_.clear();
    for (auto& [request, done] : due) done(network_.server(request));
    return waiting_.size();
  }
  void wake() override {}

 private:
  FakeNetwork& network_;
  std::deque<std::pair<HttpRequest, std::function<void(HttpOutcome)>>> waiting_;
};

inline std::string header_of(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

// A folder of its own, removed at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = "/tmp/migrate-cloud-XXXXXX";
    if (!mkdtemp(pattern.data())) abort();
    path_ = pattern;
  }
  ~TempFolder() { (void)!system(("rm -rf '" + path_ + "'").c_str()); }
  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& content) const {
    std::string file = path_ + "/" + name;
    (void)make_folders(folder_of(file)).ok();
    if (!write_file(file, content).ok()) abort();
  }

 private:
  std::string path_;
};

}  // namespace migrate::test
