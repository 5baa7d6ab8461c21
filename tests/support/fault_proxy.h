// Stands between migrate and DynamoDB and answers as a bad day does: throttled, cut, garbled, too late.
//
//   FaultProxy proxy(dynamodb_endpoint());
//   proxy.fail("PutItem", 2, 3, throttled());      // the 2nd, 3rd and 4th PutItem
//   proxy.fail_when([](const SeenRequest& r) { return r.body.find("user#7") != r.body.npos; }, answer_lost());
//
// A request with no fault passes as it is. Each fault says whether the request reached DynamoDB: that is what retries
// have to get right.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/loopback.h"

namespace migrate::test {

struct SeenRequest {
  std::string operation;                       // X-Amz-Target without the service: "PutItem"
  int number = 0;                              // counts from 1 for each operation
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string fault;  // its name, empty when there was none
  int status = 0;     // of the answer given; 0 when the connection was cut instead
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>>
      headers;  // names in lower case, without those on length and transfer
  std::string body;
};

struct Fault {
  std::string name;
  bool forward = false;                     // does DynamoDB see the request?
  double before = 0, after = 0;             // seconds to hold the request, or the answer; ends early with the proxy
  std::function<void(HttpAnswer&)> change;  // of DynamoDB's answer, or of an empty one when not forwarded
  enum class End { whole, half, none } end = End::whole;  // how much of the answer is sent; then the connection closes
};

// Not forwarded: nothing happened in the table.
Fault answered(int status, std::string body);  // with a checksum that is right
Fault failed(int status, std::string code);    // as the service words its errors
Fault throttled();                             // 400 ProvisionedThroughputExceededException
Fault connection_closed();
Fault request_held(double seconds);  // and forwarded then, when the caller may have given up
// Forwarded: what was written is written.
Fault failed_after(int status, std::string code);
Fault answer_lost();       // connection closed instead
Fault answer_cut();        // in the middle of the body
Fault answer_garbled();    // 200 and text that is no JSON, as from a captive portal
Fault answer_corrupted();  // its checksum does not fit
Fault answer_held(double seconds);
Fault answer_gzipped();                                               // right in all else
Fault answer_changed(std::function<void(std::string& body)> change);  // with a checksum that fits

class FaultProxy {
 public:
  explicit FaultProxy(const std::string& endpoint);  // http://HOST:PORT
  ~FaultProxy();

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  void fail(const std::string& operation, int first, int count, Fault fault);
  void fail_when(std::function<bool(const SeenRequest&)> when, Fault fault);  // the first that fits is taken
  void heal();                                                                // forgets all faults

  int count(const std::string& operation) const;
  std::vector<SeenRequest> log() const;  // in the order in which they came
  int connections() const { return server_.accepted(); }
  void refuse(bool on) { server_.refuse(on); }

 private:
  void serve(Socket& client);
  std::pair<size_t, Fault> note(SeenRequest request);
  void hold(double seconds);
  void answered_with(size_t request, int status);

  const std::pair<std::string, int> upstream_;  // host and port
  mutable std::mutex mutex_;
  std::condition_variable ending_;
  bool ends_ = false;
  std::vector<std::pair<std::function<bool(const SeenRequest&)>, Fault>> faults_;
  std::map<std::string, int> counts_;
  std::vector<SeenRequest> log_;
  LoopbackServer server_;
};

}  // namespace migrate::test
