// Lines of the log: see run_log.h.
#include "engine/run_log.h"

#include "base/log.h"
#include "engine/writer.h"

namespace migrate {
namespace {

const char* operation_of(const WriteRequest& request) {
  switch (request.kind) {
    case WriteRequest::Kind::insert:
    case WriteRequest::Kind::change:
      return "BatchExecuteStatement";
    case WriteRequest::Kind::change_alone:
      return request.intended[0]->write.deletes ? "DeleteItem" : "UpdateItem";
    case WriteRequest::Kind::put:
    case WriteRequest::Kind::put_back:
      return "PutItem";
    case WriteRequest::Kind::replace:
      return "BatchWriteItem";
    case WriteRequest::Kind::read_back:
    case WriteRequest::Kind::look:
      return "BatchGetItem";
  }
  return "";
}

std::string place_of(const ChunkAttempt& chunk) {
  return std::to_string(chunk.entity) + ":" + std::to_string(chunk.first);
}

}  // namespace

void log_request(const NativeJob& job, const WriteRequest& request, const AwsOutcome& outcome) {
  if (!log_file_takes(LogLevel::debug)) return;
  log_to_file(LogLevel::debug, "request",
              {{"table", job.target_table},
               {"chunk", place_of(request.items.front().chunk())},
               log_number("attempt", static_cast<uint64_t>(request.failures) + 1),
               {"operation", operation_of(request)},
               log_number("status", static_cast<uint64_t>(outcome.status)),
               {"request_id", outcome.request_id},
               log_number("latency_ms", outcome.seconds * 1000),
               log_number("items", request.items.size()),
               {"error", failure_brief(outcome)}});
}

void log_retry(const NativeJob& job, const WriteRequest& request, const AwsOutcome& cause, double wait_seconds) {
  if (!log_file_takes(LogLevel::warning)) return;
  log_to_file(LogLevel::warning, "request failed and is sent again",
              {{"table", job.target_table},
               {"chunk", place_of(request.items.front().chunk())},
               log_number("attempt", static_cast<uint64_t>(request.failures)),
               {"operation", operation_of(request)},
               {"error", failure_brief(cause)},
               log_number("items", request.items.size()),
               log_number("wait_ms", wait_seconds * 1000)});
}

void log_chunk(const NativeJob& job, const ChunkAttempt& chunk) {
  if (!log_file_takes(LogLevel::debug)) return;
  const ChunkTally& t = chunk.tally;
  log_to_file(LogLevel::debug, "chunk finished",
              {{"table", job.target_table},
               {"chunk", place_of(chunk)},
               {"entity", job.views.entities[chunk.entity].entity},
               log_number("attempt", uint64_t{chunk.again ? 2U : 1U}),
               log_number("rows", t.rows),
               log_number("written", t.written),
               log_number("present", t.present),
               log_number("conflicts", t.conflicts),
               log_number("dead_rows", t.dead_rows)});
}

void log_lost(const TableViews& views, const Error& error, uint64_t failures) {
  log_to_file(LogLevel::warning, "the source is lost and asked again",
              {{"table", views.table},
               {"code", std::string(error_code(error.kind))},
               {"error", error.message},
               log_number("failures", failures)});
}

}  // namespace migrate
