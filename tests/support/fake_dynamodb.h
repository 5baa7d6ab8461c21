// One DynamoDB table in memory, behind the HttpClient that the engine talks to: INSERT batches, PutItem,
// BatchWriteItem, BatchGetItem. Faults are decided request by request.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/dynamodb.h"

namespace migrate::test {

// What a request meets. `status` 0: as it should be.
struct FakeFault {
  int status = 0;
  std::string code = {};       // of a JSON error; "" with a status: an HTML page
  bool applied = false;        // the effect happens all the same
  bool no_answer = false;      // a time-out
  bool refused = false;        // no connection
  std::string statement = {};  // a code for the last statement of a batch; items of BatchWriteItem stay unprocessed
  bool every = false;          // statement of the batch meets it
};

struct FakeTable {
  std::string pk, sk;
  std::map<std::string, std::string> items;  // canonical key → attribute map
  std::map<std::string, int> requests;       // by operation
  std::function<FakeFault(const std::string& operation, const std::string& body, int number)> fault;
  std::function<bool(std::string_view item)> refuses;  // a ValidationException that refuses the whole batch
  std::function<void()> before_each;

  FakeTable(std::string pk_name, std::string sk_name = "") : pk(std::move(pk_name)), sk(std::move(sk_name)) {}
  std::string text() const;  // all attribute maps, by key, a line each
  void put(std::string_view item);
};

// A client of the table, to be used by one thread; the table must outlive it.
std::unique_ptr<AwsClient> connect(FakeTable& table);

}  // namespace migrate::test
