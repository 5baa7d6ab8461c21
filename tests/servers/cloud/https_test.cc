// Certificates are verified: with the system's authorities, or with those of AWS_CA_BUNDLE.
#include <gmock/gmock.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "cloud/http.h"
#include "servers/cloud/support.h"
#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

// `openssl s_server` on a free port, with a certificate that signed itself for `name`.
class TlsServer {
 public:
  explicit TlsServer(const std::string& name) {
    std::string make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name +
                       " -addext subjectAltName=DNS:" + name + " -keyout " + folder_.path() + "/key.pem -out " + ca() +
                       " 2>/dev/null";
    if (system(make.c_str()) != 0) throw std::runtime_error("openssl req failed");
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], 1);
      std::string key = folder_.path() + "/key.pem", cert = ca();
      execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", cert.c_str(), "-key",
             key.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
    std::array<char, 256> line{};
    while (fgets(line.data(), line.size(), out_)) {  // "ACCEPT 127.0.0.1:40123"
      std::string text = line.data();
      if (text.starts_with("ACCEPT ")) {
        port_ = std::stoi(text.substr(text.rfind(':') + 1));
        return;
      }
    }
    throw std::runtime_error("openssl s_server did not start");
  }
  ~TlsServer() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    fclose(out_);
  }
  std::string ca() const { return folder_.path() + "/ca.pem"; }
  int port() const { return port_; }

 private:
  TempFolder folder_;
  pid_t pid_ = 0;
  FILE* out_ = nullptr;
  int port_ = 0;
};

HttpOutcome get(const TlsServer& server, const std::string& host, const std::string& ca_bundle) {
  auto client = make_http_client(1, ca_bundle);
  HttpRequest request;
  request.method = "GET";
  request.url = "https://" + host + ":" + std::to_string(server.port()) + "/";
  return fetch(*client, request);
}

TEST(Https, AStrangersCertificateIsRefusedBeforeAnythingIsSent) {
  TlsServer server("localhost");
  HttpOutcome outcome = get(server, "localhost", "");
  EXPECT_FALSE(outcome.ok);
  EXPECT_FALSE(outcome.sent);
  EXPECT_THAT(outcome.problem, testing::HasSubstr("certificate"));
}

TEST(Https, AnAuthorityOfOnesOwnIsTrusted) {
  TlsServer server("localhost");
  HttpOutcome outcome = get(server, "localhost", server.ca());
  EXPECT_TRUE(outcome.ok) << outcome.problem;
  EXPECT_EQ(outcome.response.status, 200);
}

TEST(Https, AnotherHostsCertificateIsRefused) {
  TlsServer server("elsewhere.example");
  HttpOutcome outcome = get(server, "localhost", server.ca());
  EXPECT_FALSE(outcome.ok);
  EXPECT_FALSE(outcome.sent);
}

}  // namespace
}  // namespace migrate::test
