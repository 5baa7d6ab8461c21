// DynamoDB's operations. For the hot path: bodies to start() and readers of answers, which hand items on as views of
// their JSON text (the attribute map); for all else: blocking functions with retries.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/aws.h"
#include "contract/project.h"

namespace migrate {

// Resolves region, endpoint and credentials once. `stop`: AwsService's. Errors: aws_region, aws_credentials (unreadable
// files), aws_connect.
Result<std::shared_ptr<const AwsService>> open_dynamodb(const TargetSettings& target, Env env = process_env(),
                                                        const std::atomic<bool>* stop = nullptr);
// A client of it; one for each thread.
std::unique_ptr<AwsClient> connect_dynamodb(std::shared_ptr<const AwsService> service, size_t connections);

// --- bodies; `item` and `key` are attribute maps as JSON, spliced in as they are ---

// PutItem that fails with conditional_failed when the key exists.
AwsRequest put_if_absent(std::string_view table, std::string_view pk_name, std::string_view item);
// BatchWriteItem of at most 25 puts: no two with one key.
AwsRequest batch_write(std::string_view table, const std::vector<std::string_view>& items);

// `INSERT INTO "t" VALUE {'a':?,'b':?}`: the statement's text, quoted for PartiQL (not for JSON).
std::string insert_statement(std::string_view table, const std::vector<std::string_view>& attributes);
inline constexpr size_t max_statement_length = 8192;  // bytes: DynamoDB Local counts those; AWS says "length"
struct Statement {
  std::string_view text;        // PartiQL
  std::string_view parameters;  // `{"S":"1"},{"N":"2"}`: values as JSON, with commas between
  bool returns_old = false;     // the item, when its condition fails
};
// BatchExecuteStatement of at most 25 statements, all writes or all reads.
AwsRequest batch_statements(const std::vector<Statement>& statements, bool writes);

// BatchGetItem, consistent, of at most 100 keys.
AwsRequest batch_get(std::string_view table, const std::vector<std::string_view>& keys);
AwsRequest get_item(std::string_view table, std::string_view key);  // consistent

struct ScanRequest {
  std::string table;
  std::string index;  // empty: the table itself
  uint32_t segment = 0;
  uint32_t segments = 1;
  bool consistent = true;  // ignored for an index: DynamoDB allows none there
  bool count_only = false;
  uint32_t limit = 0;                             // items a page; 0: as DynamoDB likes
  std::string projection;                         // ProjectionExpression
  std::map<std::string, std::string> names = {};  // of it: "#a" → name
  std::string start_key;                          // Page::last_key of the page before; empty: from the start
};
AwsRequest scan(const ScanRequest& request);

struct QueryRequest {
  std::string table;
  std::string index;
  std::string condition;                           // KeyConditionExpression: "#k = :k"
  std::map<std::string, std::string> names = {};   // "#k" → "email"
  std::map<std::string, std::string> values = {};  // ":k" → {"S":"a@b"}
  bool consistent = false;
  uint32_t limit = 0;
  std::string start_key;
};
AwsRequest query(const QueryRequest& request);

// --- answers; views point into `body`, which may be moved to larger memory once. Errors: aws_answer ---

struct Page {
  std::vector<std::string_view> items;
  uint64_t count = 0;
  uint64_t scanned = 0;
  std::string_view last_key;  // empty: this was the last page
};
Result<Page> read_page(std::string& body);

// One for each statement, in order.
struct StatementOutcome {
  AwsErrorClass error = AwsErrorClass::none;  // conditional_failed: DuplicateItem or ConditionalCheckFailed
  std::string code;
  std::string message;
  std::string_view item;  // of a read, of a failed condition that was asked to return it, or of a write by RETURNING
};
Result<std::vector<StatementOutcome>> read_statements(std::string& body, size_t expected, bool writes);

// The items that BatchWriteItem did not write.
Result<std::vector<std::string_view>> read_unprocessed(std::string& body, std::string_view table);

struct BatchGot {
  std::vector<std::string_view> items;
  std::vector<std::string_view> unprocessed_keys;
};
Result<BatchGot> read_batch_get(std::string& body, std::string_view table);
// The item, or empty when there is none: of GetItem, of a write whose condition failed, or of what DeleteItem returns.
Result<std::string_view> read_item(std::string& body);

struct ItemAttribute {
  std::string name;
  std::string_view value;  // JSON: {"S":"x"}
};
// Of an attribute map.
Result<std::vector<ItemAttribute>> read_attributes(std::string& item);

// --- blocking, with retries ---

Result<std::vector<std::string>> list_tables(AwsClient& client, const RetryPolicy& policy = {});
// The item's attribute map, or empty.
Result<std::string> fetch_item(AwsClient& client, std::string_view table, std::string_view key,
                               const RetryPolicy& policy = {});

}  // namespace migrate
