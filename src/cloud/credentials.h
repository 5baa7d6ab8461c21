// Who we are to AWS: botocore's chain, in its order. Environment, assumed role, web identity, SSO, the credentials
// file, credential_process, the config file, container, instance (IMDSv2).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "cloud/aws_config.h"
#include "cloud/http.h"

namespace migrate {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;           // may be empty
  std::optional<double> expires;  // seconds since 1970
  std::string source;             // for people: "environment", "profile 'dev' in ~/.aws/credentials"
};

// The world as the chain sees it; tests give fakes.
struct CredentialsContext {
  AwsConfig config;
  std::string region;                                                  // for STS; may be empty
  std::function<std::unique_ptr<HttpClient>()> http;                   // for STS, SSO, container, instance
  std::function<double()> now;                                         // seconds since 1970
  std::function<Result<std::string>(const std::string& command)> run;  // credential_process: its stdout
  const std::atomic<bool>* stop = nullptr;                             // Ctrl-C: ends the walk

  bool stopped() const { return stop != nullptr && stop->load(); }
};
CredentialsContext system_credentials(AwsConfig config, std::string region, const std::atomic<bool>* stop = nullptr);

// Thread-safe. Asked for each request: keeps what it got, and renews it before it expires (from 15 minutes before when
// it works, at the latest 10 minutes before, as botocore), one thread at a time while the others go on with what is
// still valid.
class CredentialsProvider {
 public:
  explicit CredentialsProvider(CredentialsContext context);
  virtual ~CredentialsProvider() = default;
  // Errors: aws_credentials (says where it looked), aws_expired (e.g. run `aws sso login`), interrupted.
  virtual Result<std::shared_ptr<const Credentials>> get();
  // The service said that these have expired: the next get() asks the source again.
  virtual void reject(const std::string& access_key_id);

 private:
  Result<std::shared_ptr<const Credentials>> renew();
  CredentialsContext context_;
  std::mutex mutex_;        // guards what follows
  std::mutex renew_mutex_;  // held while a source is asked
  std::shared_ptr<const Credentials> current_;
  std::shared_ptr<const Credentials> rejected_;
  double tried_ = 0;  // when a renewal last failed
};

// Walks the chain once. Errors as get().
Result<Credentials> find_credentials(const CredentialsContext& context);

}  // namespace migrate
